"""Workbooks as cells (ECMA-376, part 1, 18). Formulas are refused; their cached values are never used."""

from __future__ import annotations

import re
from collections.abc import Iterator

from onelot.intake.tabular.grid import Cell, Faults, GridRow, Sheet, place_of
from onelot.intake.tabular.xlsx_cells import CellReader, Styles, plain_text
from onelot.intake.tabular.xlsx_package import Package, broken
from onelot.kernel.refusals import Refused

MAX_CELLS = 3_000_000
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})", re.ASCII)
_HARMLESS = re.compile(
    r"\[Content_Types\]\.xml|.*_rels/.*\.rels|docProps/.*|customXml/.*|.*/$|"
    r"xl/(workbook|styles|sharedStrings|calcChain|metadata)\.xml|xl/(theme|printerSettings|tables|persons|threadedComments)/.*|"
    r"xl/drawings/vmlDrawing.*|xl/richData/.*"
)
"""Parts that hold no content of their own: a threaded comment also stands among the plain ones."""
_HEADERS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


def read_xlsx(data: bytes, name: str, text_mark: str = "") -> list[Sheet]:
    """All sheets of a workbook, hidden ones too. Raises Refused (``intake.table.*``) with every fault."""
    return _Workbook(Package(data, name), text_mark).read()


class _Workbook:
    def __init__(self, package: Package, text_mark: str) -> None:
        self._package = package
        self._mark = text_mark
        self._faults = Faults(package.name)
        self._cells = 0
        self._read: set[str] = set()

    def read(self) -> list[Sheet]:
        package = self._package
        main = next((path for kind, path in package.relations("").values() if kind == "officeDocument"), "")
        if not main:
            raise broken(package.name, "no workbook part")
        relations = package.relations(main)
        old_calendar = any(
            element.get("date1904") in ("1", "true") for element in package.elements(main, "workbookPr")
        )
        paths = dict(relations.values())
        strings = self._strings(paths.get("sharedStrings", ""))
        styles = Styles(package, paths.get("styles", ""))
        reader = CellReader(strings, styles, self._faults, old_calendar=old_calendar, text_mark=self._mark)
        named = [
            (
                element.get("name") or "",
                next((value for key, value in element.items() if key.endswith("}id")), ""),
            )
            for element in package.elements(main, "sheet")
        ]
        sheets = []
        for title, reference in named:
            kind, path = relations.get(reference, ("", ""))
            if kind == "worksheet":
                self._read.add(path)
                sheets.append(self._sheet(title, path, reader))
            elif kind != "chartsheet":
                raise broken(package.name, f"sheet {title!r} has no part")
        if self._faults.found:
            raise Refused(self._faults.found)
        return [*sheets, *self._others()]

    def _strings(self, part: str) -> list[str]:
        if not part:
            return []
        return [plain_text(item) for item in self._package.elements(part, "si")]

    def _sheet(self, title: str, path: str, reader: CellReader) -> Sheet:
        rows: dict[int, dict[int, Cell]] = {}
        merged: list[str] = []
        remarks: list[Cell] = []
        row = column = 0
        # The element of a row ends after its cells, so a cell without a reference follows the one before it.
        for element in self._package.elements(path, "c", "row", "mergeCell", *_HEADERS):
            tag = element.tag.rpartition("}")[2]
            if tag == "row":
                row, column = int(_whole(element.get("r")) or row + 1), 0
            elif tag == "mergeCell":
                merged.append(element.get("ref") or "")
            elif tag == "c":
                self._cells += 1
                if self._cells > MAX_CELLS:
                    raise self._too_large()
                around = element.getparent()
                if around is None or around.tag.rpartition("}")[2] != "row":
                    raise broken(self._package.name, f"sheet {title!r} has a cell outside a row")
                parent = int(_whole(around.get("r")) or row + 1)
                at = self._position(element.get("r"), title, parent, column + 1)
                column = at[1]
                cell = reader.read(element, place_of(title, *at))
                if cell is not None and rows.setdefault(at[0], {}).setdefault(at[1], cell) is not cell:
                    self._faults.add(
                        "workbook_broken", "A cell stands twice.", place=cell.place, got=cell.text[:80]
                    )
            elif element.text:
                remarks.append(Cell(plain_text(element), f"{title}!{tag}"))
        self._merge(title, rows, merged)
        remarks += self._notes(title, path)
        grid = [GridRow(number, cells, sheet=title) for number, cells in sorted(rows.items()) if cells]
        return Sheet(title, grid, tuple(remarks))

    def _position(self, reference: str | None, title: str, row: int, column: int) -> tuple[int, int]:
        if reference is None:
            return row, column
        found = _REFERENCE.fullmatch(reference)
        at = (int(found[2]), _column(found[1])) if found else (0, 0)
        if not (0 < at[0] <= MAX_ROW and at[1] <= MAX_COLUMN):
            raise broken(self._package.name, f"sheet {title!r} has a cell {reference[:20]!r}")
        return at

    def _merge(self, title: str, rows: dict[int, dict[int, Cell]], merged: list[str]) -> None:
        """The value of a merged area holds for all its cells, as far as the sheet is filled."""
        last_row = max(rows, default=0)
        last_column = max((max(cells) for cells in rows.values() if cells), default=0)
        for area in merged:
            ends = [_REFERENCE.fullmatch(end) for end in area.split(":")]
            if len(ends) != 2 or ends[0] is None or ends[1] is None:
                raise broken(self._package.name, f"sheet {title!r} has a merged area {area[:30]!r}")
            top, left = int(ends[0][2]), _column(ends[0][1])
            bottom, right = min(int(ends[1][2]), last_row), min(_column(ends[1][1]), last_column)
            if top > bottom or left > right:
                continue
            self._cells += (bottom - top + 1) * (right - left + 1)
            if self._cells > MAX_CELLS:
                raise self._too_large()
            self._spread(title, rows, (top, left, bottom, right))

    def _spread(self, title: str, rows: dict[int, dict[int, Cell]], area: tuple[int, int, int, int]) -> None:
        top, left, bottom, right = area
        value = rows.get(top, {}).get(left)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) == (top, left):
                    continue
                hidden = rows.get(row, {}).get(column)
                if hidden is not None:
                    self._faults.add(
                        "merged_over", "A value lies hidden below a merged area.", place=hidden.place,
                        expected="one value in a merged area", got=hidden.text[:80],
                    )  # fmt: skip
                elif value is not None:
                    covered = value._replace(place=place_of(title, row, column), spread=True)
                    rows.setdefault(row, {})[column] = covered

    def _notes(self, title: str, path: str) -> Iterator[Cell]:
        """Notes that people hung on cells."""
        for kind, part in self._package.relations(path).values():
            if kind == "comments":
                self._read.add(part)
                for note in self._package.elements(part, "comment"):
                    text = plain_text(note)
                    if text.strip():
                        yield Cell(text, f"{title}!{note.get('ref')} (note)")

    def _others(self) -> Iterator[Sheet]:
        """Parts that were not read, such as drawings and charts: named, so that nothing is lost in silence."""
        left = [
            part for part in self._package.parts if part not in self._read and not _HARMLESS.fullmatch(part)
        ]
        if left:
            yield Sheet("workbook", [], tuple(Cell(part, f"part {part}") for part in left))

    def _too_large(self) -> Refused:
        self._faults.add("too_large", "The workbook has more cells than onelot reads.",
                         expected=f"at most {MAX_CELLS}", hint="Split the record by lot.")  # fmt: skip
        return Refused(self._faults.found)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _whole(text: str | None) -> str:
    return text if text is not None and text.isascii() and text.isdigit() and len(text) < 8 else ""
