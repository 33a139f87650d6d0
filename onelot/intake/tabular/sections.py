"""Find the sections of a file and their rows: which cell stands in which column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from onelot.intake.tabular.coverage import Coverage
from onelot.intake.tabular.grid import Cell, Faults, GridRow, Sheet
from onelot.intake.tabular.headers import read_header
from onelot.intake.tabular.mapping import Mapping, Section, matches

_SHOWN = 80


@dataclass(frozen=True)
class Row:
    """One row of a section: filled cells by column; ``place`` is its first one."""

    cells: dict[str, Cell]
    place: str
    places: dict[str, str] = field(default_factory=dict)
    """Where the cells of a wide table are, filled or not."""
    key: tuple[str | None, int] | None = None
    """Sheet and number of the row in the file."""


@dataclass(frozen=True)
class FoundSection:
    """A section as it stands in the file."""

    section: Section
    sheet: str
    rows: list[Row]


class Layout:
    """Finds the sections of one file, and tells the coverage which cells have a meaning."""

    def __init__(self, mapping: Mapping, sheets: list[Sheet], faults: Faults, coverage: Coverage) -> None:
        self._mapping = mapping
        self._sheets = sheets
        self._faults = faults
        self._coverage = coverage
        self._markers = {section.marker for section in mapping.sections if section.marker}

    def sections(self) -> Iterator[FoundSection]:
        """Each section of the mapping that the file has, in the mapping's order."""
        for section in self._mapping.sections:
            found = False
            for sheet in self._sheets:
                if section.sheet and not matches(section.sheet, sheet.name):
                    continue
                for rows in self._spans(section, sheet):
                    found = True
                    yield FoundSection(section, sheet.name, [*self._rows(section, rows)])
            if section.required and not found:
                self._faults.add(
                    "section_missing", "A section that the mapping names is missing.",
                    place=section.sheet, expected=section.marker or section.sheet or section.at or section.id,
                    got="sheets " + ", ".join(sheet.name for sheet in self._sheets) if section.sheet else "",
                )  # fmt: skip

    def _spans(self, section: Section, sheet: Sheet) -> Iterator[list[GridRow]]:
        """The filled rows of each place where the section stands, without its marker."""
        if not section.marker:
            rows = self._until_end(section, sheet.rows, 0)
            if rows or (section.sheet and not sheet.rows):
                yield rows
            return
        for number, row in enumerate(sheet.rows):
            if row.alone == section.marker:
                self._coverage.claim(row.first)
                yield self._until_end(section, sheet.rows, number + 1)

    def _until_end(self, section: Section, rows: list[GridRow], start: int) -> list[GridRow]:
        for number in range(start, len(rows)):
            row = rows[number]
            if row.alone in self._markers or (section.ends and matches(section.ends, row.first.text)):
                return rows[start:number]
        return rows[start:]

    def _rows(self, section: Section, rows: list[GridRow]) -> Iterator[Row]:
        rows = [row for row in rows[section.skip :] if not self._is_ignored(section, row)]
        if section.layout == "rows":
            yield from self._table(section, rows)
        elif section.layout == "pairs":
            yield from self._pairs(section, rows)
        else:
            yield from self._records(section, rows)

    def _is_ignored(self, section: Section, row: GridRow) -> bool:
        if not any(matches(name, row.first.text) for name in section.ignore_rows):
            return False
        for cell in row.cells.values():
            self._coverage.claim(cell)
        return True

    def _table(self, section: Section, rows: list[GridRow]) -> Iterator[Row]:
        titles = read_header(section, rows, self._faults, self._coverage)
        if titles is None:
            return
        names = {*section.columns, *section.cells}
        wanted = [(column, title) for column, title in titles.items() if self._wanted(section, title, names)]
        wide = [(column, title) for column, title in wanted if title not in section.columns]
        ignored = {title for title in titles.values() if self._ignores(section, title)}
        width = rows[section.header_rows - 1].width
        above: dict[str, Cell] = {}
        for row in rows[section.header_rows :]:
            if self._faults.full:
                return
            self._check_width(row, width)
            cells = {title: row.cells[column] for column, title in wanted if column in row.cells}
            places = {title: row.place_of(column) for column, title in wide}
            for name in section.fill_down:
                if name not in cells and name in above:
                    cells[name] = above[name]._replace(spread=True)
            above = cells
            for column, title in titles.items():
                if column in row.cells:
                    self._coverage.entitle(row.cells[column], f"{section.id}/{title}")
                    if title in ignored:
                        self._coverage.claim(row.cells[column])
            yield from self._kept(section, Row(cells, row.first.place, places, (row.sheet, row.number)))

    def _check_width(self, row: GridRow, width: int | None) -> None:
        """A row of a CSV file has as many fields as the header; empty ones at its end do no harm."""
        if row.width is None or width is None:
            return
        longer = [cell for column, cell in row.cells.items() if column > width]
        if longer:
            self._faults.add(
                "ragged", "The row is longer than the header.", place=longer[0].place,
                expected=f"{width} fields", got=f"{row.width} fields: {longer[0].text[:_SHOWN]}",
                hint="A value that holds the delimiter must stand between quotes.",
            )  # fmt: skip
        elif row.width < width and self._mapping.short_rows == "refuse":
            self._faults.add(
                "ragged", "The row is shorter than the header.", place=row.first.place,
                expected=f"{width} fields", got=f"{row.width} fields",
                hint="The file may be cut short; if the sender leaves out empty fields, set 'short_rows: pad'.",
            )  # fmt: skip

    def _pairs(self, section: Section, rows: list[GridRow]) -> Iterator[Row]:
        labels: dict[str, tuple[Cell, list[Cell]]] = {}
        for row in rows:
            filled = [cell for column, cell in sorted(row.cells.items()) if column == 1 or not cell.spread]
            label, values = filled[0], filled[1:]
            name = " ".join(label.text.split()).rstrip(":")
            for cell in values:
                self._coverage.entitle(cell, f"{section.id}/{name}")
            if name in section.columns:
                self._coverage.claim(label)
                if name in labels:
                    self._fault("label_twice", "A label stands twice.", label, "labels that differ")
                for more in values[1:]:
                    self._fault("ragged", "More than one value stands after a label.", more, "one value")
                labels[name] = (label, values)
            elif self._ignores(section, name):
                for cell in filled:
                    self._coverage.claim(cell)
            elif values:
                self._coverage.claim(label)  # its name is kept with its unmapped value
        self._missing_labels(section, labels, rows)
        cells = {name: values[0] for name, (_, values) in labels.items() if values}
        if cells:
            yield from self._kept(section, Row(cells, next(iter(cells.values())).place))

    def _missing_labels(
        self, section: Section, labels: dict[str, tuple[Cell, list[Cell]]], rows: list[GridRow]
    ) -> None:
        for name, column in section.columns.items():
            if name not in labels and not column.optional:
                self._faults.add(
                    "label_missing", "A label that the mapping names is missing.",
                    place=rows[0].first.place if rows else section.id, expected=name,
                )  # fmt: skip

    def _records(self, section: Section, rows: list[GridRow]) -> Iterator[Row]:
        """Pairs whose labels begin with the section's path, as one row for each such beginning."""
        path = re.compile("(" + "[^/]+".join(map(re.escape, section.at.split("*"))) + ")/(.+)")
        records: dict[tuple[str, int], dict[str, Cell]] = {}
        begun: Counter[str] = Counter()
        for row in rows:
            label = row.cells.get(1)
            value = row.cells.get(2)
            found = path.fullmatch(label.text) if label else None
            if found is None or label is None or value is None:
                continue
            name = found[2]
            begun[found[1]] += name == section.starts
            record = records.setdefault((found[1], begun[found[1]]), {})
            self._coverage.claim(label)
            self._coverage.entitle(value, f"{section.id}/{label.text}")
            if name in section.columns or name in section.cells:
                if name in record:
                    self._fault("label_twice", "A label stands twice.", value, "labels that differ")
                record[name] = value
            elif self._ignores(section, name):
                self._coverage.claim(value)
        for record in records.values():
            first = next(iter(record.values()), None)
            if first is None:
                continue
            if any(matches(name, first.text) for name in section.ignore_rows):
                for cell in record.values():
                    self._coverage.claim(cell)
                continue
            yield from self._kept(section, Row(record, first.place))

    def _kept(self, section: Section, row: Row) -> Iterator[Row]:
        """The row, if it is one of those that count; then its cells have a meaning."""
        for name, text in section.only.items():
            if not matches(text, row.cells[name].text if name in row.cells else ""):
                return
        for cell in row.cells.values():
            self._coverage.claim(cell)
        yield row

    def _wanted(self, section: Section, title: str, names: set[str]) -> bool:
        return title in names or any(matches(name, title) for name in section.cells)

    def _ignores(self, section: Section, title: str) -> bool:
        return any(matches(name, title) for name in section.ignore)

    def _fault(self, code: str, what: str, cell: Cell, expected: str) -> None:
        self._faults.add(code, what, place=cell.place, expected=expected, got=cell.text[:_SHOWN])
