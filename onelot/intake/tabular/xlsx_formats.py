"""Number formats of workbooks, as far as they say what a number is: a date, a time, a duration, or a number."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal

Kind = Literal["number", "date", "time", "datetime", "duration"]

_DATE, _TIME, _BOTH = "yyyy-mm-dd", "hh:mm:ss", "yyyy-mm-dd hh:mm"
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: _DATE, 15: _DATE, 16: _DATE, 17: _DATE, 18: _TIME, 19: _TIME, 20: _TIME, 21: _TIME, 22: _BOTH,
    37: "#,##0_)", 38: "#,##0_)", 39: "#,##0.00_)", 40: "#,##0.00_)", 45: _TIME, 46: "[h]:mm:ss", 47: _TIME,
    **dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), _DATE),
    32: _TIME, 33: _TIME, **dict.fromkeys((34, 35, 55, 56), _BOTH),
}  # fmt: skip
"""What a format number means that the workbook does not define (ECMA-376, 18.8.30). A date's order differs by language,
so all dates stand as one format; from 27 on they are those of East Asian languages, which differ in what 34, 35, 55 and
56 show. Formats that are not here show a number as it is."""

_LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DAY_MS = 86_400_000
# Workbooks hold local times; their zone is the mapping's to tell.
_SINCE_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_BEFORE_1900 = datetime(1899, 12, 31)  # noqa: DTZ001


def kind_of(code: str) -> Kind:
    """What the first section of a format code shows (ECMA-376, 18.8.31)."""
    plain = _LITERAL.sub("", code.partition(";")[0]).lower()
    if _ELAPSED.search(plain):
        return "duration"
    if plain == "general":
        return "number"
    letters = {letter for letter in "ymdhs" if letter in plain}
    if letters & {"h", "s"}:
        return "datetime" if letters & {"y", "d"} else "time"
    return "date" if letters else "number"


def instant(days: Decimal, *, since_1904: bool) -> datetime | time:
    """The local time of a day number, to the millisecond (ECMA-376, 18.17.4.1); below 1 a time without a day.

    The calendar that starts in 1900 counts 29 February 1900, a day that never was.
    Raises ValueError or OverflowError where there is no such day.
    """
    ms = round(days * _DAY_MS)
    if ms < 0:
        raise ValueError("before the calendar")
    if ms < _DAY_MS:
        return (_SINCE_1904 + timedelta(milliseconds=ms)).time()
    if since_1904:
        return _SINCE_1904 + timedelta(milliseconds=ms)
    if 60 * _DAY_MS <= ms < 61 * _DAY_MS:
        raise ValueError("29 February 1900")
    return _BEFORE_1900 + timedelta(milliseconds=ms if ms < 60 * _DAY_MS else ms - _DAY_MS)
