"""Several files read together, without a ledger: duplicates once, corrected documents in place of what they correct."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from onelot.intake.adapter import Extraction
from onelot.intake.differences import differences
from onelot.intake.events import DocumentSuperseded
from onelot.intake.reading import read_document
from onelot.kernel.canonical import digest
from onelot.kernel.events import Sourced
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said

if TYPE_CHECKING:
    from onelot.intake.tabular.mapping import LoadedMapping


@dataclass(frozen=True)
class Collected:
    """All facts with positions from 1 in reading order, and the name of each document by its SHA-256."""

    sourced: tuple[Sourced, ...]
    names: dict[str, str]


@dataclass(frozen=True)
class _Read:
    name: str
    digest: str
    extraction: Extraction


def collect(files: Iterable[tuple[str, bytes]], mappings: Sequence[LoadedMapping] = ()) -> Collected:
    """Read all files (name and bytes) or none. Raises Refused with the faults of all of them."""
    read: dict[str, _Read] = {}
    faults: list[Refusal] = []
    for name, data in files:
        known = digest(data)
        if known in read:
            continue
        try:
            read[known] = _Read(name, known, read_document(data, name, mappings))
        except Refused as refused:
            faults += refused.refusals
    if faults:
        raise Refused(faults)
    current, replaced = _current(read.values())
    sourced: list[Sourced] = []
    for item in current:
        for event, place in item.extraction.extracts:
            sourced.append(Sourced(position=len(sourced) + 1, event=event, document=item.digest, place=place))
    for old, new in replaced:
        for event in _superseded(old, new):
            sourced.append(Sourced(position=len(sourced) + 1, event=event, document=new.digest))
    return Collected(tuple(sourced), {item.digest: item.name for item in read.values()})


def _current(read: Iterable[_Read]) -> tuple[list[_Read], list[tuple[_Read, _Read]]]:
    """The documents that count, in reading order, and each pair of one replaced and the one after it."""
    states: dict[str, list[_Read]] = {}
    for item in read:
        states.setdefault(item.extraction.document, []).append(item)
    current: list[_Read] = []
    replaced: list[tuple[_Read, _Read]] = []
    for name, items in states.items():
        ordered = _by_issue(name, items) if len(items) > 1 else items
        current.append(ordered[-1])
        replaced += pairwise(ordered)
    return current, replaced


def _by_issue(document: str, items: list[_Read]) -> list[_Read]:
    issued = [(item.extraction.issued_at, item) for item in items]
    known = [(at, item) for at, item in issued if at is not None]
    if len({at for at, _ in known}) < len(items):
        raise refuse(
            "intake.order_unknown", "Several files are one document, and nothing says which is newest.",
            where=", ".join(item.name for item in items),
            expected=said("one file of {document}, or times of issue that differ", document=document),
            got="; ".join(at.isoformat() if at else "no time of issue" for at, _ in issued),
            hint="Give only the file that counts.",
        )  # fmt: skip
    return [item for _, item in sorted(known, key=lambda pair: pair[0])]


def _superseded(old: _Read, new: _Read) -> Iterable[DocumentSuperseded]:
    changed = differences(
        (extract.event for extract in old.extraction.extracts),
        (extract.event for extract in new.extraction.extracts),
    )
    for lot, found in changed.items():
        if lot:
            yield DocumentSuperseded(
                lot=lot, document=old.digest, by_document=new.digest, differences=found,
                superseded_at=new.extraction.issued_at,
            )  # fmt: skip
