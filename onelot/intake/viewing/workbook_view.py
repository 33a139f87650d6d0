"""A workbook at one of its cells: the rows around it, with merged areas as people see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from onelot.intake.tabular.grid import Faults, place_of
from onelot.intake.tabular.xlsx_cells import CellReader, Styles, plain_text
from onelot.intake.tabular.xlsx_package import Package
from onelot.intake.viewing.window import AROUND, Grid, GridLine, Shown, shortened
from onelot.kernel.refusals import refuse

_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})(?: \(note\))?", re.ASCII)
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})", re.ASCII)
_ROWS = 4 * AROUND
_COLUMNS = 26

Area = tuple[int, int, int, int]
"""Top, left, bottom, right."""


def view_workbook(data: bytes, name: str, place: str) -> Grid:
    """The cells around ``place``, such as ``Data!C7``. Raises Refused (``intake.view.*``, ``intake.table.*``)."""
    sheet, _, cell = place.rpartition("!")
    asked = _CELL.fullmatch(cell)
    package = Package(data, name)
    main = next((path for kind, path in package.relations("").values() if kind == "officeDocument"), "")
    title, part = _part(package, main, sheet)
    row, column = (int(asked[2]), _column(asked[1])) if asked else (1, 1)
    first = max(1, column - _COLUMNS // 2) if column > _COLUMNS else 1
    window = (max(1, row - _ROWS), first, row + _ROWS, first + _COLUMNS - 1)
    areas = [area for area in _areas(package, part) if _meets(area, window)]
    rows = set(range(window[0], window[2] + 1)) | {area[0] for area in areas}
    texts = _texts(package, main, part, rows)
    last = max((right for (number, right) in texts if window[0] <= number <= window[2]), default=1)
    window = (window[0], window[1], window[2], min(window[3], max(last, column)))
    bottom = max((number for number, _ in texts), default=row)
    lines = tuple(
        GridLine(number, tuple(_cells(number, window, areas, texts, (row, column) if asked else (0, 0))))
        for number in range(window[0], min(window[2], max(bottom, row)) + 1)
    )
    columns = tuple(
        place_of("", 1, at).removeprefix("!").rstrip("1") for at in range(window[1], window[3] + 1)
    )
    return Grid(title, columns, lines, is_found=asked is not None and title == sheet)


def _part(package: Package, main: str, wanted: str) -> tuple[str, str]:
    """The name and the part of the sheet; the first one where the place names none."""
    relations = package.relations(main)
    first: tuple[str, str] | None = None
    for element in package.elements(main, "sheet"):
        title = element.get("name") or ""
        reference = next((value for key, value in element.items() if key.endswith("}id")), "")
        kind, part = relations.get(reference, ("", ""))
        if kind == "worksheet":
            first = first or (title, part)
            if title == wanted:
                return title, part
    if first is None:
        raise refuse("intake.view.unreadable", "The workbook has no sheet.", where=package.name)
    return first


def _areas(package: Package, part: str) -> Iterator[Area]:
    for element in package.elements(part, "mergeCell"):
        found = _AREA.fullmatch(element.get("ref") or "")
        if found:
            yield int(found[2]), _column(found[1]), int(found[4]), _column(found[3])


def _texts(package: Package, main: str, part: str, rows: set[int]) -> dict[tuple[int, int], str]:
    """The text of each filled cell in the rows; reading stops after the last of them."""
    paths = dict(package.relations(main).values())
    shared = paths.get("sharedStrings", "")
    strings = [plain_text(item) for item in package.elements(shared, "si")] if shared else []
    old = any(item.get("date1904") in ("1", "true") for item in package.elements(main, "workbookPr"))
    reader = CellReader(
        strings,
        Styles(package, paths.get("styles", "")),
        Faults(package.name),
        old_calendar=old,
        text_mark="",
    )
    found: dict[tuple[int, int], str] = {}
    number, last = 0, max(rows)
    for row in package.elements(part, "row"):
        number = int(row.get("r") or number + 1)
        if number > last:
            break
        if number in rows:
            found |= dict(_read(row, number, reader))
    return found


def _read(row: Any, number: int, reader: CellReader) -> Iterator[tuple[tuple[int, int], str]]:
    column = 0
    for element in row.iter("{*}c"):
        named = _CELL.fullmatch(element.get("r") or "")
        column = _column(named[1]) if named else column + 1
        cell = reader.read(element, "")
        if cell is not None:
            yield (number, column), shortened(cell.text)


def _cells(
    number: int, window: Area, areas: list[Area], texts: dict[tuple[int, int], str], marked: tuple[int, int]
) -> Iterator[Shown]:
    top, left, bottom, right = window
    for column in range(left, right + 1):
        area = next((a for a in areas if a[0] <= number <= a[2] and a[1] <= column <= a[3]), None)
        if area is None:
            yield Shown(texts.get((number, column), ""), (number, column) == marked)
        elif (number, column) == (max(area[0], top), max(area[1], left)):
            inside = area[0] <= marked[0] <= area[2] and area[1] <= marked[1] <= area[3]
            yield Shown(
                texts.get((area[0], area[1]), ""), inside, min(area[3], right) - column + 1,
                min(area[2], bottom) - number + 1,
            )  # fmt: skip


def _meets(area: Area, window: Area) -> bool:
    return area[0] <= window[2] and window[0] <= area[2] and area[1] <= window[3] and window[1] <= area[3]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
