"""Events as tables of a sender: a mapping read backwards, so that each column says what its sender would say.

What is written is read back with the mapping at once, cell by cell: a text that would mean something else there gets
the mapping's mark for plain text, and what no cell can say is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from onelot.execution.events import SeriesRecorded
from onelot.intake.tabular.csv_grid import may_be_formula
from onelot.intake.tabular.grid import Cell
from onelot.intake.tabular.mapping import Column, Mapping, Section
from onelot.intake.tabular.mapping_checks import KINDS, POINT
from onelot.intake.tabular.unreadable import UnreadableError
from onelot.intake.tabular.values import Values
from onelot.kernel.events import Event
from onelot.kernel.measured import parse_measured
from onelot.kernel.refusals import Refused, refuse

Value = str | datetime | None


@dataclass(frozen=True)
class Table:
    """One section, ready to be laid out. Times without an offset are in the mapping's zone."""

    section: Section
    rows: list[list[Value]]


class Tables:
    """Events as the tables of one mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._values = Values(mapping)
        self._zone = ZoneInfo(mapping.zone)
        self._markers = {section.marker for section in mapping.sections}

    def document(self, document: str, sender: str, issued_at: datetime) -> Table:
        """The document's own fields, as pairs."""
        fields = self._mapping.document
        assert fields is not None
        section = next(section for section in self._mapping.sections if section.id == fields.section)
        said = {fields.id: document, fields.issued_at: issued_at}
        return Table(
            section,
            [[name, self._cell(said.get(name, sender), column)] for name, column in section.columns.items()],
        )

    def events(self, events: Sequence[Event]) -> Iterator[Table]:
        """One table for each kind of event that occurs, in the mapping's order.

        Raises Refused for an event, a field or a value for which the mapping has no place.
        """
        left = {type(event) for event in events}
        for section in self._mapping.sections:
            kind = KINDS.get(section.event)
            if kind not in left or section.cells:
                continue
            left.discard(kind)
            own = [event for event in events if type(event) is kind]
            yield Table(section, [*self._rows(section, own)])
        if left:
            raise self._no_place(", ".join(sorted(kind.event_name() for kind in left)), "a section for it")

    def _rows(self, section: Section, events: Sequence[Event]) -> Iterator[list[Value]]:
        columns = section.columns.values()
        named = {column.field for column in columns}
        defaults = {
            field.encode_name: field.default
            for field in msgspec.structs.fields(type(events[0]))
            if field.encode_name not in named and field.encode_name != "points"
        }
        runs: Counter[tuple[object, ...]] = Counter()
        for event in events:
            for name, default in defaults.items():
                if getattr(event, name) != default:
                    raise self._no_place(
                        f"{name} {getattr(event, name)!r}", f"a column in section {section.id}"
                    )
            for row in self._fields(event, runs, named):
                yield [self._cell(row[column.field], column) for column in columns]

    def _fields(
        self, event: Event, runs: Counter[tuple[object, ...]], named: set[str]
    ) -> Iterator[dict[str, object]]:
        fields: dict[str, object] = {name: getattr(event, name) for name in event.__struct_fields__}
        if not isinstance(event, SeriesRecorded):
            yield fields
            return
        head = (event.lot, event.series, event.unit, event.device)
        runs[head] += 1
        if runs[head] > 1 and f"{POINT}run" not in named:
            raise self._no_place("a second stretch of one series", f"a column for {POINT}run")
        empty = {f"{POINT}run": runs[head], f"{POINT}at": None, f"{POINT}value": "", f"{POINT}quality": ""}
        if not event.points:
            yield {**fields, **empty}
        for point in event.points:
            read = {f"{POINT}{name}": getattr(point, name) for name in ("at", "value", "quality")}
            yield {**fields, **empty, **read}

    def _cell(self, value: object, column: Column) -> Value:
        if value is None or value in {(), ""}:
            return None
        if isinstance(value, datetime):
            return self._time(value, column)
        if isinstance(value, tuple):
            parts = (
                str(part).replace("\\", "\\\\").replace(column.split, f"\\{column.split}") for part in value
            )
            return self._safe(column.split.join(parts), column, value)
        return self._safe(self._text(str(value), column), column, value)

    def _text(self, text: str, column: Column) -> str:
        if column.codes:
            return {word: own for own, word in column.codes.items()}.get(text, text)
        if column.kind == "unit":
            return {code: own for own, code in self._mapping.units.items()}.get(text, text)
        if column.kind in ("measured", "number") and parse_measured(text) is not None:
            return text.replace(".", self._mapping.decimal)
        return text

    def _safe(self, text: str, column: Column, value: object) -> str:
        """The text, marked as plain text where it would be read as something else."""
        if (
            text
            and not may_be_formula(text)
            and text.strip() not in self._markers
            and self._says(text, column, value)
        ):
            return text
        mark = self._mapping.text_mark
        plain = text if isinstance(value, tuple) else str(value)
        if not mark or not self._says(mark + plain, column, value):
            raise self._no_place(repr(value), f"a cell of {column.field or 'the document'} that says it")
        return mark + plain

    def _says(self, text: str, column: Column, value: object) -> bool:
        mark = self._mapping.text_mark
        literal = bool(mark) and text.startswith(mark)
        cell = Cell(text.removeprefix(mark) if literal else text, "", literal=literal)
        if self._values.is_blank(cell) or (self._values.is_not_applicable(cell) and text not in column.codes):
            return False
        try:
            return self._values.fields(cell, column, "said") == {"said": value}
        except UnreadableError:
            return False

    def _time(self, at: datetime, column: Column) -> Value:
        """Local time of the zone; text with the offset where clocks change."""
        try:
            there = at.astimezone(self._zone)
            plain = there.replace(tzinfo=None)
            if there.utcoffset() == there.replace(fold=1 - there.fold).utcoffset():
                return plain
            text = f"{time_text(plain, self._mapping)} {_offset(there)}"
            if there.utcoffset() != timedelta(
                minutes=(there.utcoffset() or timedelta()) // timedelta(minutes=1)
            ):
                text = f"{time_text(at.astimezone(ZoneInfo('UTC')), self._mapping)} +00:00"
            if self._values.time(Cell(text, ""), column) == at:
                return text
        except (OverflowError, UnreadableError):
            pass
        raise self._no_place(
            at.isoformat(), f"a time of {self._mapping.zone}, written as a pattern of 'dates' says"
        )

    def _no_place(self, got: str, expected: str) -> Refused:
        return refuse(
            "simulation.table.no_place", "The mapping has no place for this.", where=self._mapping.id,
            expected=expected, got=got[:200],
        )  # fmt: skip


def time_text(at: datetime, mapping: Mapping) -> str:
    """A local time as the sender writes it; the year with four digits, whatever the platform does."""
    pattern = next((p for p in mapping.dates if ("%f" in p) == bool(at.microsecond) and "%S" in p), "")
    if not pattern:
        raise refuse(
            "simulation.table.no_place", "No pattern of the mapping can say this time.", where=mapping.id,
            expected="a pattern with seconds, and one with %f for parts of them", got=at.isoformat(),
        )  # fmt: skip
    return at.strftime(pattern.replace("%Y", f"{at.year:04d}"))


def _offset(at: datetime) -> str:
    text = at.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
