"""A lot's whole record, folded from its entries: phases with values and limits, materials, equipment, results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from onelot.execution.events import (
    EntryChanged,
    EquipmentUsed,
    MaterialUsed,
    ParameterRecorded,
    PhasePerformed,
    ResultReported,
)
from onelot.intake.events import DocumentReceived, DocumentSuperseded
from onelot.kernel.said import joined
from onelot.ledger.entry import Entry
from onelot.recipes.columns import limit_text
from onelot.recipes.model import Criterion, MasterBatchRecord, Parameter, WeightBand
from onelot.recipes.walk import phases
from onelot.review.desk.telling import value_of
from onelot.review.phrases import limits


@dataclass(frozen=True)
class Mark:
    """An exception at a row of the record."""

    key: str
    severity: str
    sentence: str


@dataclass(frozen=True)
class Value:
    """One entry of a phase with what the master batch record allows."""

    position: int
    name: str
    occurrence: int
    value: str
    action: str
    alert: str
    performed_at: datetime | None
    performed_by: str
    verified_by: str
    marks: tuple[Mark, ...]
    changes: tuple[str, ...]
    """What it was before, and why it was changed."""
    has_source: bool


@dataclass
class PhaseRecord:
    """One phase: its runs and its entries."""

    path: str
    title: str
    runs: list[Entry] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    is_continued: bool = False
    """Whether the beginning of the same phase stands before it."""


@dataclass(frozen=True)
class Tested:
    """What a market asks of a test, and what was reported."""

    title: str
    criterion: str
    limit: str
    results: tuple[tuple[Entry, str, tuple[Mark, ...]], ...]


@dataclass(frozen=True)
class Life:
    """The entries of one lot that stand, and the marks by ledger position."""

    entries: tuple[Entry, ...]
    marks: Mapping[int, tuple[Mark, ...]]
    superseded: frozenset[str]
    """Digests of originals that were corrected by others."""

    def standing(self, kind: type[Any]) -> Iterator[Entry]:
        """Entries of one type, those of corrected originals left out."""
        for entry in self.entries:
            if isinstance(entry.event, kind) and not (
                entry.source and entry.source.document in self.superseded
            ):
                yield entry


def life_of(entries: Iterable[Entry], findings: Iterable[Any]) -> Life:
    """Fold the entries of a lot; ``findings`` are its exceptions (rows of ``FindingCard``)."""
    held = tuple(entries)
    replaced = frozenset(
        entry.event.supersedes
        for entry in held
        if isinstance(entry.event, DocumentReceived) and entry.event.supersedes
    )
    marks: dict[int, list[Mark]] = defaultdict(list)
    for finding in findings:
        for position in finding.evidence:
            marks[position].append(Mark(finding.key, finding.severity, finding.in_words))
    return Life(held, {position: tuple(found) for position, found in marks.items()}, replaced)


def record_by_phase(life: Life, mbr: MasterBatchRecord | None) -> list[PhaseRecord]:
    """Every phase in the order of the procedure, also those of which nothing is recorded; unknown ones last."""
    known: dict[str, PhaseRecord] = {}
    parameters: dict[str, Parameter] = {}
    for placed in phases(mbr) if mbr else ():
        known[placed.name] = PhaseRecord(placed.name, placed.phase.title or placed.name)
        parameters |= {f"{placed.name}/{parameter.id}": parameter for parameter in placed.phase.parameters}
    for entry in life.standing(PhasePerformed):
        run: Any = entry.event
        known.setdefault(run.phase, PhaseRecord(run.phase, run.phase)).runs.append(entry)
    changes = _changes(life)
    for entry in life.standing(ParameterRecorded):
        event: Any = entry.event
        phase = known.setdefault(event.phase, PhaseRecord(event.phase, event.phase))
        path = f"{event.phase}/{event.parameter}"
        phase.values.append(_value(entry, parameters.get(path), changes.get(path, ()), life.marks))
    return list(known.values())


def in_parts(records: Iterable[PhaseRecord], values: int) -> list[PhaseRecord]:
    """The same phases, each in parts of at most so many values, so that no page of them grows without end."""
    found = []
    for record in records:
        found.append(PhaseRecord(record.path, record.title, record.runs, record.values[:values]))
        found += [
            PhaseRecord(
                record.path, record.title, [], record.values[first : first + values], is_continued=True
            )
            for first in range(values, len(record.values), values)
        ]
    return found


def _value(
    entry: Entry,
    parameter: Parameter | None,
    changes: Sequence[tuple[int, str]],
    marks: Mapping[int, tuple[Mark, ...]],
) -> Value:
    event: Any = entry.event
    unit = parameter.unit or "" if parameter else ""
    return Value(
        entry.position, (parameter.title if parameter else "") or event.parameter, event.occurrence, value_of(event),
        limits(limit_text(parameter.action, unit)) if parameter and parameter.action else _answers(parameter),
        limits(limit_text(parameter.alert, unit)) if parameter and parameter.alert else "",
        event.performed_at, event.performed_by, event.verified_by, marks.get(entry.position, ()),
        tuple(text for occurrence, text in changes if occurrence in (0, event.occurrence)), entry.source is not None,
    )  # fmt: skip


def _answers(parameter: Parameter | None) -> str:
    return ", ".join(parameter.accepted or parameter.choices) if parameter else ""


def _changes(life: Life) -> dict[str, list[tuple[int, str]]]:
    """What was changed after it was entered, in the source system or by a corrected document, by full path."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for entry in life.standing(EntryChanged):
        event: Any = entry.event
        why = f" ({event.changed_by}{', ' + event.reason if event.reason else ''})"
        found[event.subject].append((event.occurrence, f"{event.before or '–'} → {event.after or '–'}{why}"))
    for entry in life.standing(DocumentSuperseded):
        corrected: Any = entry.event
        for item in corrected.differences:
            found[item.subject].append((0, f"{item.before or '–'} → {item.after or '–'}"))
    return found


def materials(life: Life) -> list[tuple[Entry, tuple[Mark, ...]]]:
    """Movements of material in order of the record."""
    return [(entry, life.marks.get(entry.position, ())) for entry in life.standing(MaterialUsed)]


def equipment(life: Life) -> list[tuple[Entry, tuple[Mark, ...]]]:
    """Uses of equipment in order of the record."""
    return [(entry, life.marks.get(entry.position, ())) for entry in life.standing(EquipmentUsed)]


def tested(life: Life, mbr: MasterBatchRecord | None, market: str) -> list[Tested]:
    """Each criterion of the market with the results of its tests, then results that no criterion asks for."""
    reported: dict[str, list[tuple[Entry, str, tuple[Mark, ...]]]] = defaultdict(list)
    for entry in life.standing(ResultReported):
        event: Any = entry.event
        reported[event.test].append((entry, value_of(event), life.marks.get(entry.position, ())))
    rows: list[Tested] = []
    asked: set[str] = set()
    tests = {test.id: test for test in mbr.specification.tests} if mbr else {}
    for criterion in _criteria(mbr, market):
        names = [criterion.test] if criterion.test else [other.test for other in criterion.any_of]
        found = [result for name in names if name for result in reported.get(name, ())]
        asked.update(name for name in names if name)
        test = tests.get(names[0] or "")
        unit = test.unit or "" if test else ""
        rows.append(
            Tested(
                (test.title if test else "") or criterion.id,
                criterion.id,
                _asks(criterion, unit),
                tuple(found),
            )
        )
    for name, results in reported.items():
        if name not in asked:
            title = tests[name].title if name in tests else ""
            rows.append(Tested(title or name, "", "", tuple(results)))
    return rows


def _criteria(mbr: MasterBatchRecord | None, market: str) -> tuple[Criterion, ...]:
    markets = mbr.specification.markets if mbr else ()
    return next((item.criteria for item in markets if item.market == market), ())


def _asks(criterion: Criterion, unit: str) -> str:
    """The limit in words; bands by weight and alternatives one after another."""
    asks: list[str] = [limits(limit_text(criterion.limits, unit))] if criterion.limits else []
    asks += [
        joined(" kg: ", (_weights(band), limits(limit_text(band.limits, unit)))) for band in criterion.bands
    ]
    asks += [" / ".join(criterion.text)] if criterion.text else []
    asks += [
        joined(
            ": ",
            (other.test, limits(limit_text(other.limits, "")) if other.limits else " / ".join(other.text)),
        )
        for other in criterion.any_of
    ]
    return joined("; ", asks)


def _weights(band: WeightBand) -> str:
    """The weights of a band: above its lower end, up to and with its upper one."""
    return f"> {band.above}" if band.up_to is None else f"> {band.above} ≤ {band.up_to}"
