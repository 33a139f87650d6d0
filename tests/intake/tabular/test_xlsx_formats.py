"""What number formats mean, compared with openpyxl where it is right, and with the standard where it is not."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from onelot.intake.tabular.xlsx_formats import BUILT_IN, instant, kind_of


def _by_openpyxl(code: str) -> str:
    return "duration" if is_timedelta_format(code) else is_datetime(code) or "number"


@pytest.mark.parametrize("number", sorted(BUILTIN_FORMATS))
def test_built_in_formats_are_of_the_kind_that_openpyxl_knows(number: int) -> None:
    assert kind_of(BUILT_IN.get(number, "General")) == _by_openpyxl(BUILTIN_FORMATS[number])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", "number"),
        ("0.00E+00", "number"),
        ('0.0" days"', "number"),
        ("[Red]0.00;[Blue]-0.00", "number"),
        (r"0\d", "number"),
        ("0_d", "number"),
        ("[$€-407] #,##0.00", "number"),
        ("DD/MM/YYYY", "date"),
        ("[$-409]d mmm yyyy;@", "date"),
        ("mmmm", "date"),
        ("dd.mm.yyyy hh:mm", "datetime"),
        ("h:mm AM/PM", "time"),
        ("mm:ss.0", "time"),
        ("[hh]:mm", "duration"),
        ("[mm]:ss", "duration"),
    ],
)
def test_the_kind_of_a_format_of_the_workbook_itself(code: str, kind: str) -> None:
    assert kind_of(code) == kind


@given(st.integers(0, 2_958_465), st.integers(0, 86_399_999), st.booleans())
def test_day_numbers_are_the_instants_that_openpyxl_knows(day: int, ms: int, since_1904: bool) -> None:
    number = Decimal(day) + Decimal(ms) / 86_400_000
    if (since_1904 and day > 2_957_003) or day == 60:
        return
    calendar = CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900
    wanted = from_excel(float(number), calendar)
    found = instant(number, since_1904=since_1904)
    if isinstance(found, time):
        assert found == wanted
    else:
        assert abs((found - wanted).total_seconds()) <= 0.001


def test_the_first_days_of_the_calendar() -> None:
    """ECMA-376, 18.17.4.1: 1 is 1 January 1900, and 61 is 1 March 1900."""
    assert instant(Decimal(1), since_1904=False) == datetime.fromisoformat("1900-01-01")
    assert instant(Decimal(59), since_1904=False) == datetime.fromisoformat("1900-02-28")
    assert instant(Decimal(61), since_1904=False) == datetime.fromisoformat("1900-03-01")
    assert instant(Decimal("0.5"), since_1904=False) == time(12)


@pytest.mark.parametrize("days", ["60", "60.5", "-1", "2958466", "1e12"])
def test_a_day_that_never_was_is_refused(days: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        instant(Decimal(days), since_1904=False)
