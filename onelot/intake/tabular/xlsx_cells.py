"""Single cells of a workbook: text, numbers as the sheet shows them, and dates as local times."""

from __future__ import annotations

import re
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from onelot.intake.tabular.grid import Cell, Faults
from onelot.intake.tabular.xlsx_formats import BUILT_IN, instant, kind_of
from onelot.intake.tabular.xlsx_package import Package
from onelot.kernel.said import said

_FIXED = re.compile(r"(#,##)?0(?:\.(0+))?(?:_\))?")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DIGITS = 15
"""Significant digits that a spreadsheet shows and computes with at most; what is stored below is rounding noise."""
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def plain_text(element: Any) -> str:
    """The text of a string item, its rich parts joined, without phonetic hints (ECMA-376, 18.4)."""
    if len(element) == 0:
        return _unescaped(element.text or "")
    parts = []
    for node in element.iter("{*}t"):
        if not any(above.tag.endswith("}rPh") for above in node.iterancestors()):
            parts.append(node.text or "")
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    """Characters that XML cannot hold are written ``_x000D_`` (ECMA-376, 22.9.2.19)."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Styles:
    """The number formats of a workbook's cells."""

    def __init__(self, package: Package, part: str) -> None:
        self._formats: list[str] = []
        if not part:
            return
        own: dict[str, str] = {}
        for element in package.elements(part, "numFmt", "cellXfs"):
            if element.tag.endswith("}numFmt"):
                own[element.get("numFmtId") or ""] = element.get("formatCode") or ""
            else:
                for style in element.iter("{*}xf"):
                    self._formats.append(_format(style.get("numFmtId") or "0", own))

    def of(self, index: str | None) -> str:
        """The number format of style ``s``."""
        number = int(index) if index and index.isascii() and index.isdigit() and len(index) < 8 else 0
        return self._formats[number] if number < len(self._formats) else "General"


def _format(known: str, own: dict[str, str]) -> str:
    if known in own:
        return own[known]
    return BUILT_IN.get(int(known), "General") if known.isascii() and known.isdigit() else "General"


class CellReader:
    """Reads ``c`` elements."""

    def __init__(
        self, strings: list[str], styles: Styles, faults: Faults, *, old_calendar: bool, text_mark: str
    ) -> None:
        self._strings = strings
        self._styles = styles
        self._faults = faults
        self._old_calendar = old_calendar
        self._mark = text_mark

    def read(self, element: Any, place: str) -> Cell | None:
        """The cell; None where it is empty, or faulty."""
        if (formula := element.find("{*}f")) is not None:
            self._fault("formula", "The cell is a formula, which is never executed.", place,
                        "a value; save a copy of the values", f"={formula.text or ''}")  # fmt: skip
            return None
        kind = element.get("t") or "n"
        if kind == "inlineStr":
            inline = element.find("{*}is")
            return self._text(plain_text(inline) if inline is not None else "", place)
        value = element.findtext("{*}v")
        return self._valued(kind, value, element.get("s"), place) if value else None

    def _valued(self, kind: str, value: str, style: str | None, place: str) -> Cell | None:
        cell: Cell | None = None
        if kind == "n":
            cell = self._number(value.strip(), self._styles.of(style), place)
        elif kind == "s":
            cell = self._shared(value, place)
        elif kind == "str":
            cell = self._text(_unescaped(value), place)
        elif kind == "b":
            cell = Cell("true" if value.strip() == "1" else "false", place)
        elif kind == "d":
            cell = self._iso(value.strip(), place)
        else:
            self._fault("cell_error", "The cell holds an error of the spreadsheet.", place, "a value", value)
        return cell

    def _text(self, text: str, place: str) -> Cell | None:
        if self._mark and text.startswith(self._mark):
            return Cell(text.removeprefix(self._mark), place, literal=True)
        return Cell(text, place) if text else None

    def _shared(self, value: str, place: str) -> Cell | None:
        index = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1
        if not 0 <= index < len(self._strings):
            self._fault("workbook_broken", "The cell refers to a text that is not there.", place,
                        said("a number below {count}", count=len(self._strings)), value)  # fmt: skip
            return None
        return self._text(self._strings[index], place)

    def _iso(self, value: str, place: str) -> Cell | None:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self._fault("date", "The cell is no date that there is.", place, "an ISO 8601 date", value)
            return None
        if at.tzinfo is not None:
            return Cell(at.isoformat(sep=" "), place)
        return _dated(at, place, day=bool(_ISO_DAY.fullmatch(value)))

    def _number(self, value: str, shown_as: str, place: str) -> Cell | None:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number.adjusted()) > 400:
            self._fault("number", "The cell holds no number that there is.", place, "a number", value)
            return None
        kind = kind_of(shown_as)
        if kind == "duration":
            return Cell(_duration(number), place)
        if kind == "number":
            return _shown(number, shown_as, place)
        try:
            at = instant(number, since_1904=self._old_calendar)
        except (ValueError, OverflowError):
            self._fault(
                "date", "The cell is no date that there is.", place, "a date from 1900 to 9999", value
            )
            return None
        if isinstance(at, time):
            return Cell(at.isoformat(), place)
        return _dated(at, place, day=kind == "date" and number == int(number))

    def _fault(self, code: str, what: str, place: str, expected: str, got: str) -> None:
        self._faults.add(code, what, place=place, expected=expected, got=got[:60])


def _dated(at: datetime, place: str, *, day: bool) -> Cell:
    return Cell(f"{at:%Y-%m-%d}" if day else at.isoformat(sep=" "), place, at=at, day=day)


def _duration(days: Decimal) -> str:
    seconds = round(abs(days) * 86_400)
    sign = "-" if days < 0 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _shown(number: Decimal, shown_as: str, place: str) -> Cell:
    """The number with the digits that the sheet shows, unless showing so few would change it."""
    exact = number if len(number.as_tuple().digits) <= _DIGITS else Decimal(f"{float(number):.{_DIGITS}g}")
    if "%" in shown_as:
        # People see 98.5%; the workbook holds 0.985. As text with its sign it cannot be taken for the other.
        return Cell(_plain(exact * 100) + "%", place)
    fixed = _FIXED.fullmatch(shown_as)
    if fixed and exact.adjusted() < _DIGITS:
        shown = exact.quantize(Decimal(1).scaleb(-len(fixed[2] or "")))
        if shown == exact:
            return Cell(format(shown, "f"), place, number=True)
    return Cell(_plain(exact), place, number=True)


def _plain(exact: Decimal) -> str:
    return format(exact.normalize(), "f" if -_DIGITS < exact.adjusted() < 2 * _DIGITS else "E")
