"""Read an MBR or a review policy: bytes in, a checked document out, or all of its errors at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from onelot.kernel.canonical import canonical, digest
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.said import said
from onelot.kernel.yaml_lines import Path, YamlDocument, read_yaml_with_faults
from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.policy import ReviewPolicy
from onelot.recipes.semantics import faults_of
from onelot.recipes.sound_part import sense_faults

_Model = TypeVar("_Model", bound=BaseModel)
_DURATION = ("This is not a duration.", "ISO 8601, such as PT30M, PT4H or P2D")
_NUMBER = ("This is not a number.", "a number such as 6.80")
_DATE = ("This is not a date.", "a date such as 2026-01-31")
_PLAIN = {
    "time_delta_parsing": _DURATION,
    "time_delta_type": _DURATION,
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "int_parsing": ("This is not a whole number.", "a whole number such as 2"),
    "int_type": ("This is not a whole number.", "a whole number such as 2"),
    "bool_parsing": ("This is neither true nor false.", "true or false"),
    "bool_type": ("This is neither true nor false.", "true or false"),
    "date_from_datetime_parsing": _DATE,
    "date_type": _DATE,
    "literal_error": ("This word has no meaning here.", ""),
    "string_pattern_mismatch": ("This text does not have the form that is asked for here.", ""),
    "string_type": ("This must be a text.", "a text"),
    "model_type": ("This must have fields.", "fields with their values, as field: value"),
    "tuple_type": ("This must be a list.", "a list, as [one, other], or lines that begin with a hyphen"),
    "too_short": ("This list is too short.", ""),
}
"""By pydantic's name of a fault: what a writer of YAML reads instead, and what is expected where that is always so."""

Placed = tuple[Path, Refusal]
"""A refusal with the path in the document of what is refused."""


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
    """Read an MBR from YAML (or JSON, which is YAML).

    Raises Refused with every fault of YAML, of shape and of sense at once, each with its line.
    """
    document = read_yaml_with_faults(data, name)
    mbr, shape = _validated(MasterBatchRecord, document, "mbr")
    whole = mbr is not None and not document.unread
    sense = faults_of(mbr) if mbr and whole else sense_faults(document, [path for path, _ in shape])
    faults = [*document.faults, *shape, *((fault.path, fault.refusal(document)) for fault in sense)]
    if mbr is None or faults:
        raise _refused(faults, document)
    text = canonical_of(mbr)
    return LoadedMbr(mbr, text, digest(text))


def load_policy(data: bytes, name: str) -> LoadedPolicy:
    """Read a review policy. Raises Refused with every fault and its line."""
    document = read_yaml_with_faults(data, name)
    policy, shape = _validated(ReviewPolicy, document, "policy")
    if policy is None or document.faults:
        raise _refused([*document.faults, *shape], document)
    text = canonical_of(policy)
    return LoadedPolicy(policy, text, digest(text))


def canonical_of(model: BaseModel) -> bytes:
    """RFC 8785 bytes of a document: numbers with a point as text, fields left at their default left out."""
    return canonical(model.model_dump(mode="json", exclude_defaults=True))


def _refused(faults: Iterable[Placed], document: YamlDocument) -> Refused:
    """All faults in the order of their lines."""
    return Refused(refusal for _, refusal in sorted(faults, key=lambda fault: document.line(fault[0])))


def _validated(model: type[_Model], document: YamlDocument, kind: str) -> tuple[_Model | None, list[Placed]]:
    """The document, or its faults of shape; those of values that were not read are told already."""
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        faults: list[dict[str, Any]] = [dict(fault) for fault in error.errors(include_url=False)]
        return None, [
            (fault["loc"], _refusal(fault, document, kind))
            for fault in faults
            if not _echo(fault, faults)
            and not any(fault["loc"][: len(path)] == path for path in document.unread)
        ]


def _echo(fault: dict[str, Any], faults: list[dict[str, Any]]) -> bool:
    """A list that is "too short" only because its members have faults, which are reported themselves."""
    path = fault["loc"]
    return fault["type"] == "too_short" and any(
        other["loc"][: len(path)] == path and len(other["loc"]) > len(path) for other in faults
    )


def _refusal(fault: dict[str, Any], document: YamlDocument, kind: str) -> Refusal:
    path = tuple(fault["loc"])
    context = fault.get("ctx", {})
    what: str
    if fault["type"] == "missing":
        what, got = said("The field {name} is missing.", name=repr(path[-1])), ""
    elif fault["type"] == "extra_forbidden":
        what, got = said("There is no field {name} here.", name=repr(path[-1])), str(path[-1])
    else:
        what, got = _PLAIN.get(fault["type"], (f"{fault['msg']}.", ""))[0], str(fault["input"])[:80]
    asked: object = (
        context.get("expected") or context.get("pattern") or _PLAIN.get(fault["type"], ("", ""))[1]
    )
    if fault["type"] == "too_short":
        asked = said("at least {min_length}", min_length=context["min_length"])
    return Refusal(
        f"{kind}.{fault['type']}",
        what,
        document.where(path),
        expected=asked if isinstance(asked, str) else str(asked),
        got=got,
    )
