"""Times as senders write them: local, in their language, sometimes with an offset, sometimes a number of days."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from onelot.intake.tabular.grid import Cell
from onelot.intake.tabular.mapping import Mapping
from onelot.intake.tabular.unreadable import UnreadableError

_OFFSET = re.compile(r"(.*\d)\s*(Z|[+-]\d\d:?\d\d)", re.ASCII | re.DOTALL)
_ONLY_OFFSET = re.compile(r"(?:UTC|GMT)?\s*(Z|[+-]\d\d:?\d\d)", re.ASCII)
_SERIAL = re.compile(r"\d{1,7}(?:[.,]\d+)?", re.ASCII)
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - day 0 of a spreadsheet's calendar, a local time
_FIRST_SERIAL = 61
"""1 March 1900. Before it a spreadsheet counts a day that never was (29 February 1900)."""
_LAST_SERIAL = 2_958_466
"""Day after 31 December 9999."""
END_OF_DAY = timedelta(hours=23, minutes=59, seconds=59)


class Instants:
    """Reads times as one mapping says."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._zone = ZoneInfo(mapping.zone)
        names = sorted(mapping.months, key=len, reverse=True)
        numbers = {name.casefold(): f"{number:02d}" for name, number in mapping.months.items()}
        joined = "|".join(re.escape(name) for name in names)
        self._month = re.compile(rf"(?<![^\W\d_])(?:{joined})(?![^\W\d_])", re.IGNORECASE) if names else None
        self._numbers = numbers

    def read(self, cell: Cell, day: str, before: str, offset: str) -> datetime:
        """The instant; ``day`` says what a date alone means, ``offset`` is the text of the offset's own column."""
        try:
            return self._read(cell, day, before, offset)
        except OverflowError as error:
            raise UnreadableError("a time between the years 1 and 9999 in every zone") from error

    def _read(self, cell: Cell, day: str, before: str, offset: str) -> datetime:
        shift = _offset(offset) if offset else None
        if cell.at is not None and not before:
            local, whole = cell.at, not cell.day
        else:
            text = self._translated(f"{before} {cell.text}".strip())
            own = _OFFSET.fullmatch(text)
            if own and (parsed := self._parsed(own[1])):
                (local, whole), own_shift = _one(parsed, self._mapping), _offset(own[2])
                if shift is not None and shift != own_shift:
                    raise UnreadableError("one offset; the cell and the offset's column differ")
                shift = own_shift
            else:
                local, whole = _one(self._parsed(text), self._mapping)
        if not whole:
            if not day:
                raise UnreadableError("a time of day ('day' in the mapping says what a date alone means)")
            local += END_OF_DAY if day == "end" else timedelta(0)
        return local.replace(tzinfo=shift) if shift is not None else self._in_zone(local)

    def _translated(self, text: str) -> str:
        if self._month is None:
            return text
        return self._month.sub(lambda found: self._numbers[found[0].casefold()], text)

    def _parsed(self, text: str) -> set[tuple[datetime, bool]]:
        """Every reading of the text by one of the mapping's patterns, and whether it has a time of day."""
        found: set[tuple[datetime, bool]] = set()
        for pattern in self._mapping.dates:
            if pattern == "excel":
                serial = _serial(text)
                if serial is not None:
                    found.add(serial)
                continue
            try:
                found.add((datetime.strptime(text, pattern), "%H" in pattern or "%I" in pattern))  # noqa: DTZ007
            except ValueError:
                continue
        return found

    def _in_zone(self, at: datetime) -> datetime:
        first, second = at.replace(tzinfo=self._zone, fold=0), at.replace(tzinfo=self._zone, fold=1)
        chosen = first
        if first.utcoffset() != second.utcoffset():
            exists = first.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) == at
            if not exists:
                raise UnreadableError(
                    f"a time that {self._mapping.zone} has: clocks were put forward over this one"
                )
            if self._mapping.clock_change == "refuse":
                raise UnreadableError(
                    f"a time with its offset from UTC: in {self._mapping.zone} this one happens twice, because "
                    "clocks were put back"
                )
            chosen = first if self._mapping.clock_change == "first" else second
        return chosen.replace(tzinfo=timezone(chosen.utcoffset() or timedelta(0)))


def _one(parsed: set[tuple[datetime, bool]], mapping: Mapping) -> tuple[datetime, bool]:
    instants = {at for at, _ in parsed}
    if len(instants) != 1:
        several = f" (it could be {' or '.join(sorted(str(at) for at in instants))})" if instants else ""
        raise UnreadableError(f"one time, written as {', '.join(mapping.dates)}{several}")
    return max(parsed, key=lambda reading: reading[1])


def _serial(text: str) -> tuple[datetime, bool] | None:
    if not _SERIAL.fullmatch(text):
        return None
    days = float(text.replace(",", "."))
    if not _FIRST_SERIAL <= days < _LAST_SERIAL:
        return None
    return _EPOCH + timedelta(milliseconds=round(days * 86_400_000)), not days.is_integer()


def _offset(text: str) -> timezone:
    found = _ONLY_OFFSET.fullmatch(text.strip())
    if not found:
        raise UnreadableError("an offset from UTC, such as +01:00")
    if found[1] == "Z":
        return UTC
    hours, minutes = int(found[1][1:3]), int(found[1][-2:])
    if hours > 14 or minutes > 59:
        raise UnreadableError("an offset from UTC of at most 14 hours")
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if found[1][0] == "-" else shift)
