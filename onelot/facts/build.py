"""Events to fact tables, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import pyarrow as pa

from onelot.custody.events import HandedOver
from onelot.execution.events import (
    AlarmRaised,
    CommentRecorded,
    EntryChanged,
    EquipmentUsed,
    LotCompleted,
    LotOpened,
    MaterialUsed,
    ParameterRecorded,
    PhasePerformed,
    ResultReported,
    SeriesRecorded,
)
from onelot.facts.derived import DERIVED, Numbering, derived
from onelot.facts.schema import LOT_TABLES, TABLES
from onelot.identity.events import IdentifierRead, LabelsReconciled
from onelot.intake.events import ContentUnmapped, DocumentSuperseded
from onelot.kernel.clock import epoch_us
from onelot.kernel.events import Event, Sourced
from onelot.kernel.measured import parse_measured
from onelot.registry.events import AccountChanged, EquipmentStatusRecorded, TrainingRecorded
from onelot.supply.events import MaterialLotStatusChanged

ANSWERS_JOIN = "; "
"""Between the answers of a multiple-choice entry in ``parameter_value.text`` and ``result.text``."""

_ONE_ROW: dict[type[Event], tuple[str, dict[str, str]]] = {
    PhasePerformed: ("phase_performed", {}),
    ParameterRecorded: ("parameter_value", {"text": "value"}),
    MaterialUsed: ("material_used", {"text": "quantity"}),
    EquipmentUsed: ("equipment_used", {}),
    IdentifierRead: ("identifier_read", {"performed_by": "read_by"}),
    LabelsReconciled: ("labels_reconciled", {"performed_by": "reconciled_by"}),
    HandedOver: ("handed_over", {}),
    AlarmRaised: ("alarm", {}),
    ResultReported: ("result", {"text": "value"}),
    CommentRecorded: ("comment", {}),
    ContentUnmapped: ("unmapped", {"text": "value"}),
    EquipmentStatusRecorded: ("equipment_status", {}),
    TrainingRecorded: ("training", {}),
    AccountChanged: ("account_change", {}),
    MaterialLotStatusChanged: ("material_status", {}),
}
"""Events that are one row of one table, with the columns whose field is not named like the column."""

_MANY_ROWS: tuple[type[Event], ...] = (
    LotOpened,
    LotCompleted,
    EntryChanged,
    SeriesRecorded,
    DocumentSuperseded,
)


def fact_tables(sourced: Iterable[Sourced]) -> dict[str, pa.Table]:
    """All tables of ``onelot.facts.schema.TABLES`` for the given events, in whatever order they come.

    Events that state no fact (a document was received, a lot was reviewed) give no rows. Every lot that
    any event names has at least one row in ``lot``: without a head its fields are empty, and heads or feet
    that differ give one row each. ``provenance`` covers site tables too, with an empty lot. A multiple-choice
    entry's ``text`` is its answers joined by "; "; each answer is also a row of ``choice``.

    Raises Refused (``kernel.time_without_zone``).
    """
    by_type: dict[type[Event], list[Sourced]] = {kind: [] for kind in (*_ONE_ROW, *_MANY_ROWS)}
    for item in sorted(sourced, key=_order):
        rows = by_type.get(type(item.event))
        if rows is not None:
            rows.append(item)
    columns = {table: _one_row(kind, by_type[kind]) for kind, (table, _) in _ONE_ROW.items()}
    columns["lot"] = _lots(by_type)
    columns["choice"] = _answers(by_type[ParameterRecorded], "parameter", _parameter)
    columns["result_choice"] = _answers(by_type[ResultReported], "test", attrgetter("test"))
    columns["entry_changed"] = _changes(by_type[EntryChanged], by_type[DocumentSuperseded])
    columns["series_point"] = _points(by_type[SeriesRecorded])
    columns["provenance"] = _provenance(by_type)
    return {name: _table(name, columns[name]) for name in TABLES}


def _order(item: Sourced) -> tuple[str, int]:
    return getattr(item.event, "lot", ""), item.position


def _table(name: str, columns: dict[str, Sequence[Any]]) -> pa.Table:
    schema = TABLES[name]
    return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def _one_row(kind: type[Event], items: Sequence[Sourced]) -> dict[str, Sequence[Any]]:
    table, renamed = _ONE_ROW[kind]
    schema = TABLES[table]
    if not items:
        return {name: [] for name in schema.names}
    events: list[Any] = [item.event for item in items]
    columns: dict[str, Sequence[Any]] = {"position": [item.position for item in items]}
    if kind is ParameterRecorded:
        columns["parameter"] = [_parameter(event) for event in events]
    if "text" in schema.names:
        columns["text"] = [_text(event, renamed.get("text", "text")) for event in events]
    number = "quantity" if kind is MaterialUsed else "value"
    if number in schema.names:
        columns.update(_numbers(columns["text"], number, censored="censor" in schema.names))
    for name in schema.names:
        if name not in columns and name not in DERIVED:
            columns[name] = _column(kind, events, name, renamed.get(name, name))
    return {**columns, **derived(table, columns, Numbering())}


def _column(kind: type[Event], events: Sequence[Any], name: str, field: str) -> list[Any]:
    if name.endswith("_us"):
        fields = kind.__struct_fields__
        base = field.removesuffix("_us")
        get = attrgetter(base if base in fields else f"{base}_at")
        return [None if (instant := get(event)) is None else epoch_us(instant) for event in events]
    if field == "verification":
        # Readings of identifiers and counts of labels are verified by people only: their events have no such field.
        return [getattr(event, field, None) or "" for event in events]
    return [*map(attrgetter(field), events)]


def _parameter(event: ParameterRecorded) -> str:
    return f"{event.phase}/{event.parameter}"


def _text(event: Any, field: str) -> str:
    answers: tuple[str, ...] = getattr(event, "values", ())
    return ANSWERS_JOIN.join(answers) if answers else getattr(event, field)


@lru_cache(maxsize=65536)
def _number(text: str) -> tuple[float | None, str]:
    measured = parse_measured(text)
    return (None, "") if measured is None else (float(measured.number), measured.censor)


def _numbers(texts: Iterable[str], name: str, *, censored: bool) -> dict[str, Sequence[Any]]:
    """Number and censoring sign of each text. A table without signs holds no number for a censored one."""
    pairs = [_number(text) for text in texts]
    if censored:
        return {name: [value for value, _ in pairs], "censor": [censor for _, censor in pairs]}
    return {name: [None if censor else value for value, censor in pairs]}


def _rows(table: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
    names = TABLES[table].names
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())


def _us(instant: datetime | None) -> int | None:
    return None if instant is None else epoch_us(instant)


def _lots(by_type: dict[type[Event], list[Sourced]]) -> dict[str, Sequence[Any]]:
    """One row for each lot and each different pair of head and foot (one of each where all is well)."""
    seen: dict[str, int] = {}
    for items in by_type.values():
        for item in items:
            lot = getattr(item.event, "lot", "")
            if lot and item.position < seen.get(lot, item.position + 1):
                seen[lot] = item.position
    heads = _distinct(by_type[LotOpened])
    feet = _distinct(by_type[LotCompleted])
    rows: list[tuple[Any, ...]] = []
    for lot in sorted(seen):
        for head in heads.get(lot, [None]):
            opened: Any = (
                head.event
                if head
                else LotOpened(lot=lot, coi_identifier="", product="", mbr="", mbr_version="", site="")
            )
            for foot in feet.get(lot, [None]):
                completed: Any = foot.event if foot else None
                rows.append(
                    (
                        *(getattr(opened, name) for name in LOT_TABLES["lot"].names[:8]),
                        _us(opened.opened_at),
                        _us(completed.completed_at) if completed else None,
                        completed.declared_entries if completed else None,
                        head.position if head else seen[lot],
                        foot.position if foot else 0,
                    )
                )
    return _rows("lot", rows)


def _distinct(items: Sequence[Sourced]) -> dict[str, list[Any]]:
    """By lot, the first statement of each different event: two files may carry the same head."""
    found: dict[str, dict[Event, Sourced]] = {}
    for item in items:
        found.setdefault(item.event.lot, {}).setdefault(item.event, item)  # type: ignore[attr-defined]
    return {lot: [*statements.values()] for lot, statements in found.items()}


def _answers(items: Sequence[Sourced], key: str, subject: Callable[[Any], str]) -> dict[str, Sequence[Any]]:
    table = "choice" if key == "parameter" else "result_choice"
    rows: list[tuple[Any, ...]] = []
    for item in items:
        event: Any = item.event
        rows += [
            (event.lot, subject(event), event.occurrence, answer, item.position) for answer in event.values
        ]
    return _rows(table, rows)


def _changes(edited: Sequence[Sourced], superseded: Sequence[Sourced]) -> dict[str, Sequence[Any]]:
    rows: list[tuple[Any, ...]] = []
    for item in edited:
        event: Any = item.event
        rows.append(
            (
                *(getattr(event, name) for name in LOT_TABLES["entry_changed"].names[:9]),
                epoch_us(event.changed_at),
                "source",
                item.position,
            )
        )
    for item in superseded:
        event = item.event
        for change in event.differences:
            values = (change.subject, 1, change.field, change.before, change.after)
            rows.append(
                (event.lot, *values, "", "", "", _us(event.superseded_at), "correction", item.position)
            )
    rows.sort(key=lambda row: (row[0], row[-1]))
    return _rows("entry_changed", rows)


def _points(items: Sequence[Sourced]) -> dict[str, Sequence[Any]]:
    rows: list[tuple[Any, ...]] = []
    for item in items:
        event: Any = item.event
        for point in event.points:
            value, censor = _number(point.value)
            rows.append(
                (
                    event.lot,
                    event.series,
                    epoch_us(point.at),
                    point.value,
                    None if censor else value,
                    event.unit,
                    point.quality,
                    event.device,
                    item.position,
                )
            )
    return _rows("series_point", rows)


def _provenance(by_type: dict[type[Event], list[Sourced]]) -> dict[str, Sequence[Any]]:
    items = sorted((item for items in by_type.values() for item in items), key=_order)
    return {
        "lot": [getattr(item.event, "lot", "") for item in items],
        "position": [item.position for item in items],
        "document": [item.document for item in items],
        "place": [item.place for item in items],
    }
