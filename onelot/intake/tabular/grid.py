"""A table as cells with their places, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from onelot.kernel.refusals import Refusal

MAX_FAULTS = 100
"""A file with more faults than this is refused with the first hundred."""


class Cell(NamedTuple):
    """A cell that is not empty, as people see it."""

    text: str
    place: str
    at: datetime | None = None
    """Set where the workbook says that the cell is a date: local time, without a zone."""
    day: bool = False
    """The workbook shows a date without a time of day."""
    number: bool = False
    """The workbook holds a number, so its text has a decimal point whatever the locale."""
    literal: bool = False
    """The sender marked the text as meaning just itself: no code, no number, no word for blank."""
    spread: bool = False
    """Says again what another cell holds: covered by a merged area, filled down, or a label with its path."""


@dataclass(frozen=True)
class GridRow:
    """Filled cells of one row by column (from 1). ``number`` is the row of a sheet, or the line of a file."""

    number: int
    cells: dict[int, Cell]
    width: int | None = None
    """How many fields the row of a CSV file has; None where rows have no width of their own."""
    sheet: str | None = None

    def place_of(self, column: int) -> str:
        """Where a cell of this row is, filled or not."""
        return place_of(self.sheet, self.number, column)

    @property
    def first(self) -> Cell:
        """The leftmost filled cell; only for rows that have one."""
        return self.cells[min(self.cells)]

    @property
    def alone(self) -> str:
        """The text of the row's only cell, if it has just one and that is its first; else nothing."""
        own = [column for column, cell in self.cells.items() if not cell.spread]
        if own != [1] or self.cells[1].literal:
            return ""
        return self.cells[1].text.strip()


@dataclass(frozen=True)
class Sheet:
    """The filled rows of one sheet; a CSV file is one sheet without a name."""

    name: str
    rows: list[GridRow]
    remarks: tuple[Cell, ...] = ()
    """What a workbook holds outside its cells, such as notes; each is kept as unmapped content."""


def place_of(sheet: str | None, number: int, column: int) -> str:
    """``Data!C7`` in a workbook, ``line 7, column 3`` in a text file."""
    if sheet is None:
        return f"line {number}, column {column}"
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{sheet}!{letters}{number}"


@dataclass
class Faults:
    """What is wrong with a file so far; no more than a hundred faults are kept."""

    name: str
    found: list[Refusal] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether looking for more helps nobody."""
        return len(self.found) >= MAX_FAULTS

    def add(
        self, code: str, what: str, *, place: str = "", expected: str = "", got: str = "", hint: str = ""
    ) -> None:
        """One fault at a place in the file."""
        if not self.full:
            where = f"{self.name}: {place}" if place else self.name
            fault = Refusal(f"intake.table.{code}", what, where, expected, got, hint)
            if fault not in self.found:  # sections may read the same rows
                self.found.append(fault)
