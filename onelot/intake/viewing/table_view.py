"""A text table at a line and column, and an outline at a line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque

from onelot.intake.viewing.window import AROUND, Grid, GridLine, Lines, Piece, Shown, View, joined, shortened

_PLACE = re.compile(r"line (\d+)(?:, column (\d+))?")
_ROWS = 4 * AROUND
_COLUMNS = 40
_LONGEST_FIELD = 16 * 1024 * 1024


def text_of(data: bytes) -> str:
    """The text of a file whose mapping is not at hand: by its byte order mark, else UTF-8, else Windows-1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def view_table(data: bytes, place: str, *, is_outline: bool = False) -> View:
    """The lines around ``place``, such as ``line 7, column 3``; as cells unless the file is an outline."""
    asked = _PLACE.match(place)
    line, column = (int(asked[1]), int(asked[2] or 0)) if asked else (0, 0)
    text = text_of(data)
    if is_outline:
        return _outline(text, line)
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        return _grid(text, line, column)
    except csv.Error:
        return _outline(text, line)


def _outline(text: str, line: int) -> Lines:
    lines = text.splitlines()
    first = max(0, line - 1 - 6 * AROUND)
    pieces = [
        Piece([(number, content.expandtabs(4))], number == line)
        for number, content in enumerate(lines[first : first + 12 * AROUND + 1], first + 1)
    ]
    return joined(pieces, is_found=0 < line <= len(lines))


def _grid(text: str, line: int, column: int) -> Grid:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    window: deque[tuple[int, list[str]]] = deque(maxlen=_ROWS)
    after = 0
    title: tuple[int, list[str]] | None = None
    found: tuple[int, list[str]] | None = None
    begins, width = 1, -1
    shown: list[tuple[int, list[str]]] = []
    for cells in reader:
        number, begins = begins, reader.line_num + 1
        if found is None:
            if len(cells) != width:
                width, title = len(cells), (number, cells)
            if number <= line <= reader.line_num or (line == 0 and number == 1):
                found = (number, cells)
                shown = [*window, found]
            window.append((number, cells))
        else:
            shown.append((number, cells))
            after += 1
            if after >= _ROWS:
                break
    shown = shown or list(window)
    first = max(0, min(column - _COLUMNS // 2, max((len(cells) for _, cells in shown), default=0) - _COLUMNS))
    numbers = range(first, first + _COLUMNS)
    last = max((len(cells) for _, cells in shown), default=0)
    outside = title is not None and title[0] not in [number for number, _ in shown]
    marked = found[0] if found and line else 0
    return Grid(
        "", tuple(str(at + 1) for at in numbers if at < last),
        tuple(_row(number, cells, numbers, column if number == marked else -1) for number, cells in shown),
        is_found=bool(marked), title_row=_row(*title, numbers, -1) if outside and title else None,
    )  # fmt: skip


def _row(number: int, cells: list[str], numbers: range, marked: int) -> GridLine:
    """The cells of one line; all of them are marked where the place names no column."""
    return GridLine(
        number,
        tuple(
            Shown(shortened(cells[at]), marked == at + 1 or marked == 0) for at in numbers if at < len(cells)
        ),
    )


def _delimiter(text: str) -> str:
    """The sign that stands in most of the first lines."""
    lines = text[:65_536].splitlines()[:50]
    return max(";,\t|", key=lambda sign: sum(line.count(sign) for line in lines))
