"""Reads the rules of markets that this installation follows, with the digest that decisions name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from onelot.disposition.domain.markets import MarketRules
from onelot.kernel.canonical import digest
from onelot.kernel.yaml_lines import read_yaml


@dataclass(frozen=True)
class LoadedRules:
    """The rules and the SHA-256 of the file that holds them."""

    rules: MarketRules
    digest: str


@cache
def market_rules() -> LoadedRules:
    """The rules in the package's ``markets.yaml``; read once."""
    data = files("onelot.disposition").joinpath("markets.yaml").read_bytes()
    return LoadedRules(MarketRules.model_validate(read_yaml(data, "markets.yaml").value), digest(data))
