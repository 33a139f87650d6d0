"""Reads the rules of ordering that this installation follows, with the digest that orders name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from onelot.identity.domain.ordering import OrderingRules
from onelot.kernel.canonical import digest
from onelot.kernel.yaml_lines import read_yaml


@dataclass(frozen=True)
class LoadedRules:
    """The rules and the SHA-256 of the file that holds them."""

    rules: OrderingRules
    digest: str


@cache
def ordering_rules() -> LoadedRules:
    """The rules in the package's ``ordering.yaml``; read once."""
    data = files("onelot.identity").joinpath("ordering.yaml").read_bytes()
    return LoadedRules(OrderingRules.model_validate(read_yaml(data, "ordering.yaml").value), digest(data))
