"""Read an MBR or a review policy: bytes in, a checked document out, or all of its errors at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from onelot.kernel.canonical import canonical, digest
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.yaml_lines import YamlDocument, read_yaml
from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.policy import ReviewPolicy
from onelot.recipes.semantics import faults_of

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class LoadedMbr:
    """An MBR with its canonical bytes (RFC 8785) and their SHA-256, which is its identity."""

    mbr: MasterBatchRecord
    canonical: bytes
    digest: str


@dataclass(frozen=True)
class LoadedPolicy:
    """A review policy with its canonical bytes and their SHA-256."""

    policy: ReviewPolicy
    canonical: bytes
    digest: str


def load_mbr(data: bytes, name: str) -> LoadedMbr:
    """Read an MBR from YAML (or JSON, which is YAML). Raises Refused with every fault and its line."""
    document = read_yaml(data, name)
    mbr = _validated(MasterBatchRecord, document, "mbr")
    if faults := [fault.refusal(document) for fault in faults_of(mbr)]:
        raise Refused(faults)
    text = canonical_of(mbr)
    return LoadedMbr(mbr, text, digest(text))


def load_policy(data: bytes, name: str) -> LoadedPolicy:
    """Read a review policy. Raises Refused with every fault and its line."""
    policy = _validated(ReviewPolicy, read_yaml(data, name), "policy")
    text = canonical_of(policy)
    return LoadedPolicy(policy, text, digest(text))


def canonical_of(model: BaseModel) -> bytes:
    """RFC 8785 bytes of a document: numbers with a point as text, fields left at their default left out."""
    return canonical(model.model_dump(mode="json", exclude_defaults=True))


def _validated(model: type[_Model], document: YamlDocument, kind: str) -> _Model:
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        faults = [dict(fault) for fault in error.errors(include_url=False)]
        raise Refused(
            [_refusal(fault, document, kind) for fault in faults if not _echo(fault, faults)]
        ) from error


def _echo(fault: dict[str, Any], faults: list[dict[str, Any]]) -> bool:
    """A list that is "too short" only because its members have faults, which are reported themselves."""
    path = fault["loc"]
    return fault["type"] == "too_short" and any(
        other["loc"][: len(path)] == path and len(other["loc"]) > len(path) for other in faults
    )


def _refusal(fault: dict[str, Any], document: YamlDocument, kind: str) -> Refusal:
    path = tuple(fault["loc"])
    context = fault.get("ctx", {})
    if fault["type"] == "missing":
        what, got = f"The field {path[-1]!r} is missing.", ""
    elif fault["type"] == "extra_forbidden":
        what, got = f"There is no field {path[-1]!r} here.", str(path[-1])
    else:
        what, got = f"{fault['msg']}.", str(fault["input"])[:80]
    return Refusal(
        f"{kind}.{fault['type']}",
        what,
        document.where(path),
        expected=str(context.get("expected") or context.get("pattern") or ""),
        got=got,
    )
