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
from onelot.intake.tabular.coverage import Coverage
from onelot.intake.tabular.grid import Cell, Faults
from onelot.intake.tabular.mapping import CellEvent, Column, Mapping, Reading, Section, matches
from onelot.intake.tabular.mapping_checks import KINDS, POINT, event_fields
from onelot.intake.tabular.sections import FoundSection, Row
from onelot.intake.tabular.series import SeriesRows
from onelot.intake.tabular.unreadable import UnreadableError
from onelot.intake.tabular.values import Values
from onelot.kernel.events import Event
from onelot.kernel.said import said

_SHOWN = 80
_NOT_APPLICABLE = "not_applicable"


class RowReader:
    """Turns the rows of a file's sections into events, and its faults into refusals."""

    def __init__(self, mapping: Mapping, faults: Faults, coverage: Coverage, shared: dict[str, Any]) -> None:
        self._values = Values(mapping)
        self._faults = faults
        self._coverage = coverage
        self._shared = shared
        """Fields that hold for all rows: from the file's name, and from sections without an event."""

    def events(self, found: FoundSection) -> Iterator[Extract]:
        """The events of one section, in the order of its rows."""
        section = found.section
        counts: Counter[tuple[object, ...]] = Counter()
        series = SeriesRows(self._faults)
        for row in found.rows:
            if self._faults.full:
                return
            fields = self._fields(found, row)
            if fields is None:
                continue
            if not section.event:
                self._share(fields, row)
                continue
            self._coverage.belongs(row.key, str(fields.get("lot", "")))
            kind = KINDS[section.event]
            if section.cells:
                yield from self._cell_events(section, row, fields, counts)
            elif kind is SeriesRecorded:
                series.add(fields, row.place)
            else:
                _count(section, fields, counts)
                yield from self._event(kind, fields, row.place)
        for fields, place in series.whole():
            yield from self._event(SeriesRecorded, fields, place)

    def document_field(self, row: Row, title: str, section: Section) -> object:
        """One of the document's own fields; None where it is blank or cannot be read."""
        cell, column = row.cells.get(title), section.columns[title]
        if cell is None or self._values.is_blank(cell):
            return None
        found = self._read(cell, column, "value", row)
        return None if found is None else found["value"]

    def _share(self, fields: dict[str, Any], row: Row) -> None:
        for name, value in fields.items():
            if self._shared.get(name, value) != value:
                self._faults.add(
                    "contradiction", f"The file says {name} twice, and differently.", place=row.place,
                    expected=str(self._shared[name]), got=str(value),
                )  # fmt: skip
            self._shared[name] = value

    def _fields(self, found: FoundSection, row: Row) -> dict[str, Any] | None:
        """The fields that a row's columns give; None where a cell cannot be read."""
        section = found.section
        fields = _base(section, found.sheet, self._shared)
        said: dict[str, Any] = {}
        faulty = False
        for title, column in section.columns.items():
            if not (column.field or column.lookup):
                continue
            cell = row.cells.get(title)
            given = self._given(cell, column, row, section.event)
            if given is None:
                faulty = True
                continue
            for name, value in given.items():
                if said.get(name, value) != value and cell is not None:
                    self._faults.add(
                        "contradiction", f"Two cells of the row disagree about {name}.", place=cell.place,
                        expected=str(said[name]), got=str(value),
                    )  # fmt: skip
                said[name] = value
        if faulty:
            return None
        for column in section.columns.values():
            # An empty label is a fact for the review; without a lot, nothing is known.
            if column.field in _required_texts(section.event) and column.field not in fields:
                said.setdefault(column.field, "")
        fields |= said
        if section.event == ParameterRecorded.event_name() and not section.cells:
            empty = not fields.get("value") and not fields.get("values")
            if empty and "status" not in fields:
                fields["status"] = "blank"
        return fields

    def _given(self, cell: Cell | None, column: Column, row: Row, event: str) -> dict[str, Any] | None:
        """What one cell says, by field; None where it cannot be read."""
        if cell is None:
            return {}
        text = cell.text.strip()
        coded = not cell.literal and (text in column.codes or text in column.lookup)
        if not coded and self._values.is_not_applicable(cell):
            return self._not_applicable(cell, event) if column.field in ("value", "values") else {}
        if not coded and self._values.is_blank(cell):
            return {}
        return self._read(cell, column, column.field, row)

    def _not_applicable(self, cell: Cell, event: str) -> dict[str, Any] | None:
        if event and _NOT_APPLICABLE in event_fields(event).get("status", _NO_FIELD).words:
            return {"status": _NOT_APPLICABLE}
        self._unreadable(cell, said("a value: {event} cannot be not applicable", event=event))
        return None

    def _read(self, cell: Cell, reading: Reading, field: str, row: Row) -> dict[str, Any] | None:
        try:
            if reading.kind == "time" and isinstance(reading, Column):
                before = " ".join(row.cells[name].text for name in reading.after if name in row.cells)
                offset = row.cells.get(reading.offset)
                shift = offset.text if offset is not None and not self._values.is_blank(offset) else ""
                return {field: self._values.time(cell, reading, before, shift)}
            return self._values.fields(cell, reading, field)
        except UnreadableError as error:
            self._unreadable(cell, str(error))
            return None

    def _unreadable(self, cell: Cell, expected: str) -> None:
        self._faults.add(
            "value", "The cell cannot be read.", place=cell.place, expected=expected, got=cell.text[:_SHOWN],
            hint="Correct the file, or the mapping.",
        )  # fmt: skip

    def _cell_events(
        self, section: Section, row: Row, shared: dict[str, Any], counts: Counter[tuple[object, ...]]
    ) -> Iterator[Extract]:
        kind = KINDS[section.event]
        titles = row.places or {title: cell.place for title, cell in row.cells.items()}
        for title, place in titles.items():
            wanted = _cell_of(section, title)
            if wanted is None:
                continue
            fields = {**shared, **wanted.fields, **({wanted.title: title} if wanted.title else {})}
            given = self._cell_given(row.cells.get(title), wanted, row, kind)
            if given is None:
                continue
            fields |= given
            _count(section, fields, counts)
            yield from self._event(kind, fields, place)

    def _cell_given(
        self, cell: Cell | None, wanted: CellEvent, row: Row, kind: type[Event]
    ) -> dict[str, Any] | None:
        """What one cell of a wide table says; None where it says nothing, or cannot be read."""
        if cell is None or self._values.is_blank(cell):
            return {"status": "blank"} if kind is ParameterRecorded and wanted.when_blank == "blank" else None
        if self._values.is_not_applicable(cell) and cell.text.strip() not in wanted.codes:
            return self._not_applicable(cell, kind.event_name())
        return self._read(cell, wanted, wanted.field, row)

    def _event(self, kind: type[Event], fields: dict[str, Any], place: str) -> Iterator[Extract]:
        names = kind.__struct_fields__
        if "lot" in names and not fields.get("lot"):
            self._faults.add(
                "lot_missing", "The row does not say which lot it is of.", place=place, expected="a lot"
            )
            return
        try:
            own = {name: value for name, value in fields.items() if name in names}
            yield Extract(msgspec.convert(own, kind, strict=False), place)
        except (msgspec.ValidationError, ValueError) as error:
            self._faults.add(
                "row", f"The row does not make up what {kind.event_name()} needs.", place=place,
                expected=str(error),
                got="; ".join(f"{name} {_shown(value)}" for name, value in fields.items())[:300],
            )  # fmt: skip


_NO_FIELD = event_fields(ParameterRecorded.event_name())["value"]


def _base(section: Section, sheet: str, shared: dict[str, Any]) -> dict[str, Any]:
    known = event_fields(section.event) if section.event else {}
    fields: dict[str, Any] = {name: value for name, value in shared.items() if name in known}
    fields |= section.constants
    if section.sheet_name:
        fields[section.sheet_name] = sheet
    return fields


def _count(section: Section, fields: dict[str, Any], counts: Counter[tuple[object, ...]]) -> None:
    if section.count and section.count not in fields:
        key = tuple(str(fields.get(name)) for name in section.count_by)
        counts[key] += 1
        fields[section.count] = counts[key]


@cache
def _required_texts(event: str) -> frozenset[str]:
    """Text fields without which there is no such event, its lot aside."""
    if not event:
        return frozenset()
    return frozenset(
        name
        for name, field in event_fields(event).items()
        if field.required and "unit" in field.kinds and name != "lot" and not name.startswith(POINT)
    )


def _cell_of(section: Section, title: str) -> CellEvent | None:
    if title in section.columns:
        return None
    if title in section.cells:
        return section.cells[title]
    return next((cell for name, cell in section.cells.items() if matches(name, title)), None)


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
