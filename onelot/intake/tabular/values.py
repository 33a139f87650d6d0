"""Texts of cells as values: numbers of a locale, times of a zone, words of a sender."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property
from zoneinfo import ZoneInfo

from onelot.intake.tabular.grid import Cell
from onelot.intake.tabular.mapping import CellEvent, Column, Mapping
from onelot.kernel.units import is_unit

_OFFSET = re.compile(r"(.*\d)\s*(Z|[+-]\d\d:?\d\d)")
_SIGNS = {
    "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">=", "nmt": "<=", "nlt": ">=",
}  # fmt: skip
"""Signs of censored values; NMT and NLT (not more, not less than) are the pharmacopoeias' words."""


class UnreadableError(ValueError):
    """``str(error)`` is what was expected."""


class Values:
    """Reads texts as one mapping says."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._zone = ZoneInfo(mapping.zone)
        point, group = re.escape(mapping.decimal), re.escape(mapping.thousands)
        whole = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+" if group else r"\d+"
        self._number = re.compile(rf"([+-]?)({whole})(?:{point}(\d+))?([eE][+-]?\d{{1,3}})?")
        other = re.escape("," if mapping.decimal == "." else ".")
        self._foreign = re.compile(rf"[+-]?(?:\d+{other}\d+|\d{{1,3}}(?:{other}\d{{3}})+(?:{point}\d+)?)")
        self._signed = re.compile(r"(<=|>=|<|>|≤|≥|NMT|NLT|nmt|nlt)\s*(.*)")

    def is_blank(self, cell: Cell) -> bool:
        """Whether nothing is recorded in the cell."""
        text = cell.text.strip()
        return not text or text in self._mapping.blank

    def is_not_applicable(self, cell: Cell) -> bool:
        """Whether the cell says that nothing applies."""
        return cell.text.strip() in self._mapping.not_applicable

    def read(self, cell: Cell, column: Column | CellEvent) -> object:
        """The cell as the column's kind. Raises UnreadableError."""
        if column.codes:
            return self._code(cell.text.strip(), column)
        if column.kind == "time":
            return self.time(cell)
        if column.kind == "list":
            return self._list(cell.text, column.split if isinstance(column, Column) else "|")
        return self._texts[column.kind](cell.text)

    @cached_property
    def _texts(self) -> dict[str, Callable[[str], object]]:
        return {"measured": self.measured, "integer": self._integer, "unit": self._unit, "text": str}

    def measured(self, text: str) -> str:
        """A number with a decimal point (and its sign, where censored); other text stays as it is."""
        stripped = text.strip()
        signed = self._signed.fullmatch(stripped)
        sign, body = (_SIGNS[signed[1].lower()], signed[2]) if signed else ("", stripped)
        number = self._number.fullmatch(body)
        if number:
            digits = re.sub(r"\D", "", number[2])
            exponent = f"E{number[4]}" if number[4] else ""
            return (
                f"{sign}{number[1].replace('+', '')}{digits}{'.' + number[3] if number[3] else ''}{exponent}"
            )
        if self._foreign.fullmatch(body):
            raise UnreadableError(
                f"a number with {self._mapping.decimal!r} as decimal sign"
                + (f" and {self._mapping.thousands!r} between thousands" if self._mapping.thousands else "")
            )
        return text

    def time(self, cell: Cell) -> datetime:
        """An instant. A local time that happens twice or never, when clocks change, needs its offset."""
        if cell.at is not None:
            return self._in_zone(cell.at)
        text = cell.text.strip()
        for name, number in self._months:
            text = re.sub(rf"\b{name}(?![^\W\d_])\.?", f"{number:02d}", text)
        offset = _OFFSET.fullmatch(text)
        if offset:
            return self._parsed(offset[1]).replace(tzinfo=_offset(offset[2]))
        return self._in_zone(self._parsed(text))

    @cached_property
    def _months(self) -> list[tuple[str, int]]:
        return sorted(
            ((re.escape(name), number) for name, number in self._mapping.months.items()), reverse=True
        )

    def _parsed(self, text: str) -> datetime:
        found = set()
        for pattern in self._mapping.dates:
            try:
                found.add(datetime.strptime(text, pattern))  # noqa: DTZ007 - the zone is given next
            except ValueError:
                continue
        if len(found) != 1:
            patterns = ", ".join(self._mapping.dates)
            raise UnreadableError(
                f"one time written as {patterns}" + (" (this could be several)" if found else "")
            )
        return found.pop()

    def _in_zone(self, at: datetime) -> datetime:
        first, second = at.replace(tzinfo=self._zone, fold=0), at.replace(tzinfo=self._zone, fold=1)
        if first.utcoffset() != second.utcoffset():
            raise UnreadableError(
                f"a time with its offset from UTC: in {self._mapping.zone} this one happens twice or never, "
                "because clocks change"
            )
        return first.astimezone(timezone(first.utcoffset() or timedelta(0)))

    def _integer(self, text: str) -> int:
        try:
            return int(self.measured(text))
        except ValueError as error:
            raise UnreadableError("a whole number") from error

    def _unit(self, text: str) -> str:
        text = text.strip()
        unit = self._mapping.units.get(text, text)
        if unit and not is_unit(unit):
            raise UnreadableError("a unit that the mapping translates, or a UCUM code")
        return unit

    def _list(self, text: str, split: str) -> tuple[str, ...]:
        parts = re.split(rf"(?<!\\){re.escape(split)}", text)
        return tuple(part.replace(f"\\{split}", split) for part in parts)

    def _code(self, text: str, column: Column | CellEvent) -> str:
        if text in column.codes:
            return sys.intern(column.codes[text])
        if isinstance(column, Column) and column.other_codes == "keep":
            return text
        raise UnreadableError("one of " + ", ".join(column.codes))


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if text[0] == "-" else shift)
