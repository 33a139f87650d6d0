"""Rows as events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from onelot.execution.events import ParameterRecorded, SeriesRecorded
from onelot.intake.adapter import Extract
from onelot.intake.events import ContentUnmapped
from onelot.intake.tabular.grid import Cell, Faults
from onelot.intake.tabular.mapping import KINDS, CellEvent, Column, Mapping, Section, matches
from onelot.intake.tabular.sections import FoundSection, Row
from onelot.intake.tabular.values import UnreadableError, Values
from onelot.kernel.events import Event

_POINT = "points."
_TEXTS = ("text", "measured", "unit")


class RowReader:
    """Turns the rows of a file's sections into events, and its faults into refusals."""

    def __init__(self, mapping: Mapping, faults: Faults) -> None:
        self._mapping = mapping
        self._values = Values(mapping)
        self._faults = faults

    def events(self, found: FoundSection) -> Iterator[Extract]:
        """The events of one section, in the order of its rows."""
        section = found.section
        counts: Counter[tuple[object, ...]] = Counter()
        series: list[tuple[dict[str, Any], list[dict[str, Any]], str]] = []
        for row in found.rows:
            if self._faults.full:
                return
            fields = self._fields(section, row)
            lot = str(fields.get("lot", ""))
            yield from self._unmapped(section, row, lot)
            if not section.event or fields is _FAULTY:
                continue
            kind = KINDS[section.event]
            if section.cells:
                yield from self._cell_events(section, row, fields, counts)
            elif kind is SeriesRecorded:
                _into_series(series, fields, row.place)
            else:
                if section.count:
                    key = tuple(fields.get(name) for name in section.count_by)
                    counts[key] += 1
                    fields[section.count] = counts[key]
                yield from self._event(kind, fields, row.place)
        for head, points, place in series:
            yield from self._event(SeriesRecorded, {**head, "points": points}, place)

    def text(self, row: Row, column: str, section: Section) -> object:
        """One of the document's own fields; None where it is blank."""
        cell = row.cells.get(column)
        if cell is None or self._values.is_blank(cell):
            return None
        return self._read(cell, section.columns[column])

    def _fields(self, section: Section, row: Row) -> dict[str, Any]:
        fields: dict[str, Any] = dict(section.constants)
        for name, column in section.columns.items():
            cell = row.cells.get(name)
            if cell is None or not column.field:
                continue
            if self._values.is_not_applicable(cell) and column.field == "value":
                fields["status"] = "not_applicable"
            elif not self._values.is_blank(cell) or (
                column.kind == "text" and cell.text and not cell.text.strip()
            ):
                value = self._read(cell, column)
                if value is not None:
                    fields[column.field] = value
            elif column.kind in _TEXTS and not column.codes and column.field in _required(section.event):
                fields[column.field] = ""  # an empty label is a fact for the review, no fault of the file
        return fields

    def _read(self, cell: Cell, column: Column | CellEvent) -> object:
        try:
            return self._values.read(cell, column)
        except UnreadableError as error:
            self._faults.add(
                "value", "The cell cannot be read.", place=cell.place, expected=str(error), got=cell.text[:80],
                hint="Correct the file, or the mapping.",
            )  # fmt: skip
            return None

    def _cell_events(
        self, section: Section, row: Row, shared: dict[str, Any], counts: Counter[tuple[object, ...]]
    ) -> Iterator[Extract]:
        kind = KINDS[section.event]
        for name, wanted in section.cells.items():
            cell = row.cells.get(name)
            if cell is None or (self._values.is_blank(cell) and kind is not ParameterRecorded):
                continue
            fields = {**shared, **wanted.fields}
            if self._values.is_not_applicable(cell):
                fields["status"] = "not_applicable"
            elif self._values.is_blank(cell):
                fields["status"] = "blank"
            else:
                value = self._read(cell, wanted)
                if value is None:
                    continue
                fields[wanted.field] = value
            if section.count:
                key = tuple(fields.get(field) for field in section.count_by)
                counts[key] += 1
                fields[section.count] = counts[key]
            yield from self._event(kind, fields, cell.place)

    def _event(self, kind: type[Event], fields: dict[str, Any], place: str) -> Iterator[Extract]:
        try:
            yield Extract(msgspec.convert(fields, kind, strict=False), place)
        except (msgspec.ValidationError, ValueError, TypeError) as error:
            if not self._faults.full:
                self._faults.add(
                    "row", f"The row does not make up what {kind.event_name()} needs.", place=place,
                    expected=str(error),
                    got="; ".join(f"{name} {_shown(value)}" for name, value in fields.items())[:300],
                )  # fmt: skip

    def _unmapped(self, section: Section, row: Row, lot: str) -> Iterator[Extract]:
        """What stands in columns that the mapping neither reads nor ignores."""
        for name, cell in row.cells.items():
            known = name in section.columns or name in section.cells
            if known or not cell.text.strip() or any(matches(ignored, name) for ignored in section.ignore):
                continue
            yield Extract(ContentUnmapped(lot=lot, name=f"{section.id}/{name}", value=cell.text), cell.place)


_FAULTY: dict[str, Any] = {}


@cache
def _required(event: str) -> frozenset[str]:
    """Fields without which there is no such event."""
    kind = KINDS.get(event)
    return (
        frozenset(field.name for field in msgspec.structs.fields(kind) if field.required)
        if kind
        else frozenset()
    )


def _into_series(
    series: list[tuple[dict[str, Any], list[dict[str, Any]], str]], fields: dict[str, Any], place: str
) -> None:
    """Rows that differ in nothing but the reading are one series."""
    head = {name: value for name, value in fields.items() if not name.startswith(_POINT)}
    point = [
        fields.get(f"{_POINT}at"),
        fields.get(f"{_POINT}value", ""),
        fields.get(f"{_POINT}quality", "good"),
    ]
    if not series or series[-1][0] != head:
        series.append((head, [], place))
    series[-1][1].append(point)  # type: ignore[arg-type]


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
