"""Texts of cells as values: numbers of a locale, times of a zone, words of a sender."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from onelot.intake.tabular.grid import Cell
from onelot.intake.tabular.instants import Instants
from onelot.intake.tabular.mapping import Column, Mapping, Reading
from onelot.intake.tabular.unreadable import UnreadableError
from onelot.kernel.units import is_unit

_SIGNS = ("<=", ">=", "<", ">", "≤", "≥", "NMT", "NLT")
"""Signs of censored values; NMT and NLT (not more, not less than) are the pharmacopoeias' words."""
_SPACES = "[ \u00a0\u202f]"


class Values:
    """Reads texts as one mapping says."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._instants = Instants(mapping)
        point = re.escape(mapping.decimal)
        group = _SPACES if mapping.thousands == " " else re.escape(mapping.thousands)
        whole = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+" if group else r"\d+"
        number = rf"[+-]?(?:(?:{whole})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d{{1,3}})?"
        words = sorted((*_SIGNS, *mapping.signs), key=len, reverse=True)
        sign = "|".join(re.escape(word) for word in words)
        self._number = re.compile(rf"((?:{sign})?\s*)({number})", re.ASCII | re.IGNORECASE)
        self._group = re.compile(group) if group else None
        self._quantity = re.compile(rf"((?:{sign})?\s*{number})\s*(\D.*)", re.ASCII | re.IGNORECASE)
        self._signed = re.compile(rf"(?:{sign})\s*", re.IGNORECASE)
        self._readers: dict[str, Callable[[Cell], object]] = {
            "text": lambda cell: cell.text, "measured": self._measured, "number": self._number_only,
            "integer": self._integer, "unit": self._unit,
        }  # fmt: skip

    def is_blank(self, cell: Cell) -> bool:
        """Whether nothing is recorded in the cell."""
        text = cell.text.strip()
        return not cell.literal and (not text or text in self._mapping.blank)

    def is_not_applicable(self, cell: Cell) -> bool:
        """Whether the cell says that nothing applies."""
        return not cell.literal and cell.text.strip() in self._mapping.not_applicable

    def fields(self, cell: Cell, reading: Reading, field: str) -> dict[str, Any]:
        """What a cell that is not blank says, by field of the event. Raises UnreadableError."""
        if isinstance(reading, Column) and reading.lookup and not cell.literal:
            return {
                **self._looked_up(cell, reading),
                **({field: self._coded(cell, reading)} if field else {}),
            }
        if reading.codes and not cell.literal:
            return {field: self._coded(cell, reading)}
        if reading.kind == "quantity" and not cell.literal:
            return self._split_quantity(cell, field)
        if reading.kind == "list":
            return {field: self._list(cell, reading.split)}
        return {field: self._readers[reading.kind](cell) if reading.kind in self._readers else cell.text}

    def time(self, cell: Cell, column: Column, before: str = "", offset: str = "") -> datetime:
        """An instant; ``before`` is the text of a date in other columns. Raises UnreadableError."""
        return self._instants.read(cell, column.day, before, offset)

    def _measured(self, cell: Cell) -> str:
        """A number with a decimal point, with its sign as written; other text as it stands."""
        if cell.number or cell.literal:
            return cell.text
        text = cell.text.strip()
        number = self._plain(text)
        if number is not None:
            return number
        body = self._signed.sub("", text, count=1)
        if _looks_like_number(body):
            raise UnreadableError(self._notation())
        if body.endswith("%") and (self._plain(body[:-1].strip()) or _looks_like_number(body[:-1].strip())):
            raise UnreadableError("a number without a unit ('kind: quantity' reads both)")
        return text

    def _number_only(self, cell: Cell) -> str:
        number = cell.text if cell.number else self._plain(cell.text.strip())
        if number is None:
            raise UnreadableError(self._notation())
        return number

    def _plain(self, text: str) -> str | None:
        found = self._number.fullmatch(text)
        if found is None:
            return None
        sign, number = found.groups()
        if self._group:
            number = self._group.sub("", number)
        word = sign.strip()
        known = {key.lower(): value for key, value in self._mapping.signs.items()}.get(word.lower())
        return (known or sign) + number.replace(self._mapping.decimal, ".")

    def _notation(self) -> str:
        group = f" and {self._mapping.thousands!r} between thousands" if self._mapping.thousands else ""
        return f"a number with {self._mapping.decimal!r} as decimal sign{group}"

    def _split_quantity(self, cell: Cell, field: str) -> dict[str, Any]:
        if cell.number or self._plain(cell.text.strip()) is not None:
            return {field: self._number_only(cell)}
        found = self._quantity.fullmatch(cell.text.strip())
        if found is None:
            raise UnreadableError(f"{self._notation()} and a unit")
        return {field: self._plain(found[1]), "unit": self._unit(cell._replace(text=found[2]))}

    def _integer(self, cell: Cell) -> int:
        number = self._number_only(cell)
        try:
            return int(number)
        except ValueError as error:
            raise UnreadableError("a whole number") from error

    def _unit(self, cell: Cell) -> str:
        if cell.literal:
            return cell.text
        text = cell.text.strip()
        if text in self._mapping.units:
            return self._mapping.units[text]
        if self._mapping.other_units == "ucum" and is_unit(text):
            return text
        listed = ", ".join(self._mapping.units) or "none"
        ucum = ", or a UCUM code" if self._mapping.other_units == "ucum" else ""
        raise UnreadableError(f"a unit that the mapping lists ({listed}){ucum}")

    def _list(self, cell: Cell, split: str) -> tuple[str, ...]:
        parts, part = [], ""
        for escaped, plain in re.findall(r"\\(.)|([^\\]|\\\Z)", cell.text, re.DOTALL):
            if plain == split:
                parts.append(part)
                part = ""
            else:
                part += escaped or plain
        return (*parts, part)

    def _coded(self, cell: Cell, reading: Reading) -> str:
        text = cell.text.strip()
        if not reading.codes:
            return text
        if text in reading.codes:
            return reading.codes[text]
        if reading.other_codes == "keep":
            return cell.text
        raise UnreadableError("one of " + ", ".join(reading.codes))

    def _looked_up(self, cell: Cell, column: Column) -> dict[str, str]:
        text = cell.text.strip()
        if text in column.lookup:
            return column.lookup[text]
        if column.other_codes == "keep":
            return {}
        raise UnreadableError("one of " + ", ".join(column.lookup))


_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d*)?", re.ASCII)
_POINTED = re.compile(r"[+-]?(?:\d+[.,]\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def _looks_like_number(text: str) -> bool:
    """Whether some locale writes a number so."""
    return bool(_GROUPED.fullmatch(text) or _POINTED.fullmatch(text))
