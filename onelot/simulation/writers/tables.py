"""Events as tables of a sender: a mapping read backwards, so that each column says what its sender would say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from onelot.execution.events import SeriesRecorded
from onelot.intake.tabular.mapping import KINDS, Column, Mapping, Section
from onelot.kernel.events import Event
from onelot.kernel.measured import parse_measured

Value = str | datetime | None
_POINT = "points."


@dataclass(frozen=True)
class Table:
    """One section, ready to be laid out. Times without an offset are in the mapping's zone."""

    section: Section
    rows: list[list[Value]]


def document_table(mapping: Mapping, document: str, sender: str, issued_at: datetime) -> Table:
    """The document's own fields, as pairs."""
    fields = mapping.document
    assert fields is not None
    section = next(section for section in mapping.sections if section.id == fields.section)
    said: dict[str, Value] = {fields.id: document, fields.issued_at: _time(issued_at, mapping)}
    return Table(section, [[name, said.get(name, sender)] for name in section.columns])


def event_tables(mapping: Mapping, events: Sequence[Event]) -> Iterator[Table]:
    """One table for each kind of event that occurs, in the mapping's order.

    Raises ValueError for an event, or a field, for which the mapping has no column.
    """
    left = {type(event) for event in events}
    for section in mapping.sections:
        kind = KINDS.get(section.event)
        if kind not in left:
            continue
        left.discard(kind)
        rows = [row for event in events if type(event) is kind for row in _rows(section, mapping, event)]
        yield Table(section, rows)
    if left:
        raise ValueError(
            f"no section of mapping {mapping.id} holds {', '.join(kind.event_name() for kind in left)}"
        )


def _rows(section: Section, mapping: Mapping, event: Event) -> Iterator[list[Value]]:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    if not isinstance(event, SeriesRecorded):
        yield [_cell(fields[column.field], column, mapping) for column in section.columns.values()]
        return
    for point in event.points:
        whole = {**fields, **{f"{_POINT}{name}": getattr(point, name) for name in ("at", "value", "quality")}}
        yield [_cell(whole[column.field], column, mapping) for column in section.columns.values()]


def _cell(value: object, column: Column, mapping: Mapping) -> Value:
    if value is None or value == ():
        return None
    if isinstance(value, datetime):
        return _time(value, mapping)
    if isinstance(value, tuple):
        return column.split.join(str(part).replace(column.split, f"\\{column.split}") for part in value)
    return _text(str(value), column, mapping)


def _text(text: str, column: Column, mapping: Mapping) -> str:
    if column.codes:
        return {word: own for own, word in column.codes.items()}.get(text, text)
    if column.kind == "unit":
        return {code: own for own, code in mapping.units.items()}.get(text, text)
    if column.kind == "measured" and parse_measured(text) is not None:
        return text.replace(".", mapping.decimal)
    return text


def _time(at: datetime, mapping: Mapping) -> Value:
    """Local time of the zone; where clocks change, or below the second, text with the offset."""
    there = at.astimezone(ZoneInfo(mapping.zone))
    plain = there.replace(tzinfo=None)
    ambiguous = there.utcoffset() != there.replace(fold=1 - there.fold).utcoffset()
    if ambiguous:
        return f"{plain.strftime(_pattern(mapping, plain))} {_offset(there)}"
    return plain


def time_text(at: datetime, mapping: Mapping) -> str:
    """A local time as the sender writes it."""
    return at.strftime(_pattern(mapping, at))


def _pattern(mapping: Mapping, at: datetime) -> str:
    return next(p for p in mapping.dates if ("%f" in p) == bool(at.microsecond) and "%S" in p)


def _offset(at: datetime) -> str:
    text = at.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
