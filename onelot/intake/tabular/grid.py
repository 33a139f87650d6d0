"""A table as cells with their places, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from onelot.kernel.refusals import Refusal

MAX_FAULTS = 100
"""A file with more faults than this says so after the first hundred."""


@dataclass(frozen=True)
class Cell:
    """A cell as people see it. ``at`` is set where the workbook says that it is a date."""

    text: str
    place: str
    at: datetime | None = None


@dataclass(frozen=True)
class Sheet:
    """Rows of cells; a CSV file is one sheet without a name. Rows may differ in length."""

    name: str
    rows: list[list[Cell]]


@dataclass
class Faults:
    """What is wrong with a file so far."""

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
        where = f"{self.name}: {place}" if place else self.name
        self.found.append(Refusal(f"intake.table.{code}", what, where, expected, got, hint))
