"""Find the sections of a file and their rows: which cell stands in which column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onelot.intake.tabular.grid import Cell, Faults, Sheet
from onelot.intake.tabular.mapping import Mapping, Section, matches


@dataclass(frozen=True)
class Row:
    """One row of a section: cells by column; ``place`` is its first filled cell."""

    cells: dict[str, Cell]
    place: str


@dataclass(frozen=True)
class FoundSection:
    """A section as it stands in the file."""

    section: Section
    rows: list[Row]


class Layout:
    """Finds the sections of one file."""

    def __init__(self, mapping: Mapping, sheets: list[Sheet], faults: Faults) -> None:
        self._mapping = mapping
        self._sheets = sheets
        self._faults = faults
        self._markers = {section.marker for section in mapping.sections if section.marker}

    def sections(self) -> Iterator[FoundSection]:
        """Each section of the mapping that the file has, in the mapping's order; rows of no section are faults."""
        claimed: dict[int, set[int]] = {index: set() for index in range(len(self._sheets))}
        for section in self._mapping.sections:
            found = False
            for index, sheet in enumerate(self._sheets):
                if section.sheet and not matches(section.sheet, sheet.name):
                    continue
                for start, end in self._spans(section, sheet):
                    found = True
                    claimed[index].update(range(start - bool(section.marker), end))
                    yield FoundSection(section, [*self._rows(section, sheet.rows[start:end])])
            if section.required and not found:
                self._missing(section)
        for index, sheet in enumerate(self._sheets):
            self._unclaimed(sheet, claimed[index])

    def _spans(self, section: Section, sheet: Sheet) -> Iterator[tuple[int, int]]:
        """First row (its header) and the row after its last one."""
        if not section.marker:
            yield 0, self._end(section, sheet, 0)
            return
        for number, row in enumerate(sheet.rows):
            if _alone(row) == section.marker:
                yield number + 1, self._end(section, sheet, number + 1)

    def _end(self, section: Section, sheet: Sheet, start: int) -> int:
        for number in range(start, len(sheet.rows)):
            row = sheet.rows[number]
            text = _alone(row)
            if text in self._markers or (section.ends and row and matches(section.ends, row[0].text)):
                return number
        return len(sheet.rows)

    def _rows(self, section: Section, rows: list[list[Cell]]) -> Iterator[Row]:
        rows = rows[section.skip :]
        if section.layout == "pairs":
            yield from self._pairs(section, rows)
            return
        header = self._header(section, rows[: section.header_rows])
        above: dict[str, Cell] = {}
        for row in rows[section.header_rows :]:
            if not any(cell.text.strip() for cell in row):
                continue
            extra = [cell for cell in row[len(header) :] if cell.text.strip()]
            for cell in extra:
                self._fault("ragged", "The row is longer than the header.", cell, f"{len(header)} columns")
            cells = dict(zip(header, row, strict=False))
            for name in section.fill_down:
                if name in cells and not cells[name].text.strip() and name in above:
                    cells[name] = Cell(above[name].text, cells[name].place, above[name].at)
            above = cells
            cells.pop("", None)
            yield Row(cells, next(cell.place for cell in row if cell.text.strip()))

    def _header(self, section: Section, rows: list[list[Cell]]) -> list[str]:
        if len(rows) < section.header_rows:
            self._faults.add(
                "header_missing", "The section has no header.", place=section.marker or section.sheet
            )
            return []
        width = max(len(row) for row in rows)
        names = [self._title([row[column] for row in rows if column < len(row)]) for column in range(width)]
        seen: set[str] = set()
        for column, name in enumerate(names):
            if name and name in seen:
                self._fault(
                    "header_twice", "Two columns have one name.", _at(rows, column), "names that differ"
                )
            seen.add(name)
        for name in [*section.columns, *section.cells]:
            if name not in seen:
                self._faults.add(
                    "column_missing", "A column that the mapping names is missing.",
                    place=rows[0][0].place if rows[0] else section.id, expected=name,
                    got=", ".join(filter(None, names))[:300],
                    hint="If the sender changed the layout, the mapping needs a new version.",
                )  # fmt: skip
        return names

    def _title(self, cells: list[Cell]) -> str:
        texts = [" ".join(cell.text.split()) for cell in cells]
        return " / ".join(text for number, text in enumerate(texts) if text and text not in texts[:number])

    def _pairs(self, section: Section, rows: list[list[Cell]]) -> Iterator[Row]:
        cells: dict[str, Cell] = {}
        for row in rows:
            filled = [cell for cell in row if cell.text.strip()]
            if not filled:
                continue
            label, *values = filled
            name = " ".join(label.text.split()).rstrip(":")
            if name in cells:
                self._fault("label_twice", "A label stands twice.", label, "labels that differ")
            cells[name] = values[0] if values else Cell("", label.place)
            for more in values[1:]:
                self._fault("ragged", "More than one value stands after a label.", more, "one value")
        for name in section.columns:
            if name not in cells:
                self._faults.add(
                    "label_missing",
                    "A label that the mapping names is missing.",
                    place=section.id,
                    expected=name,
                )
        if cells:
            yield Row(cells, next(iter(cells.values())).place)

    def _missing(self, section: Section) -> None:
        self._faults.add(
            "section_missing", "A section that the mapping names is missing.", place=section.sheet,
            expected=section.marker or section.sheet or section.id,
            got="sheets " + ", ".join(sheet.name for sheet in self._sheets) if section.sheet else "",
        )  # fmt: skip

    def _unclaimed(self, sheet: Sheet, claimed: set[int]) -> None:
        for number, row in enumerate(sheet.rows):
            filled = [cell for cell in row if cell.text.strip()]
            if filled and number not in claimed and not self._faults.full:
                self._fault(
                    "row_outside",
                    "The row belongs to no section of the mapping.",
                    filled[0],
                    "rows of known sections",
                )

    def _fault(self, code: str, what: str, cell: Cell, expected: str) -> None:
        if not self._faults.full:
            self._faults.add(code, what, place=cell.place, expected=expected, got=cell.text[:80])


def _alone(row: list[Cell]) -> str:
    """The text of a row that has one filled cell, its first."""
    return row[0].text.strip() if row and not any(cell.text.strip() for cell in row[1:]) else ""


def _at(rows: list[list[Cell]], column: int) -> Cell:
    return next(row[column] for row in rows if column < len(row) and row[column].text.strip())
