"""What is shown of an original: numbered lines, or the cells of a grid, with the place marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_LINES = 200
"""Lines that are shown at most; what is left out is said."""
MAX_TEXT = 600
"""Characters of one line or cell that are shown at most."""
AROUND = 2
"""Neighbours that are shown on each side of the place."""


@dataclass(frozen=True)
class Line:
    """One line; ``number`` is that of the original where the line begins, None where it goes on."""

    number: int | None
    text: str
    is_marked: bool = False


@dataclass(frozen=True)
class Lines:
    """Some lines of a text; ``is_found`` says whether the place was there, else the beginning is shown."""

    lines: tuple[Line, ...]
    is_found: bool
    is_cut: bool = False
    """Whether the marked part is longer than what is shown."""


@dataclass(frozen=True)
class Shown:
    """One cell; a merged area is one cell over several columns and rows."""

    text: str
    is_marked: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True)
class GridLine:
    """One row of cells with its number in the original."""

    number: int
    cells: tuple[Shown, ...]


@dataclass(frozen=True)
class Grid:
    """Some rows of a table. ``columns`` are their names: letters in a workbook, numbers in a text table."""

    sheet: str
    columns: tuple[str, ...]
    rows: tuple[GridLine, ...]
    is_found: bool
    title_row: GridLine | None = None
    """The row of titles above, where it lies outside what is shown."""


View = Lines | Grid


@dataclass(frozen=True)
class Piece:
    """A stretch of the original laid out: lines with the number on which each begins."""

    lines: list[tuple[int, str]]
    is_marked: bool


def shortened(text: str) -> str:
    """The text as one line of bearable length."""
    flat = text.replace("\r", " ").replace("\n", "⏎")
    return flat if len(flat) <= MAX_TEXT else flat[: MAX_TEXT - 1] + "…"


def joined(pieces: Iterable[Piece], *, is_found: bool) -> Lines:
    """The pieces as one window; neighbours are cut before the marked piece is."""
    lines: list[Line] = []
    cut = False
    last = 0
    for piece in pieces:
        limit = MAX_LINES if piece.is_marked else MAX_LINES // 8
        for number, text in piece.lines[:limit]:
            lines.append(Line(number if number != last else None, shortened(text), piece.is_marked))
            last = number
        if len(piece.lines) > limit:
            lines.append(Line(None, "…", piece.is_marked))
            cut = cut or piece.is_marked
    return Lines(tuple(lines), is_found, cut)
