"""The figures of the board, against plain counting and against published values."""

from __future__ import annotations

import statistics
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.disposition.board.figures import (
    AGES,
    Lead,
    Row,
    age_group,
    by_state,
    late,
    lead,
    percentile,
    savings,
)
from tests.site import NOW

HOURS = st.lists(st.floats(0, 1e4), min_size=2, max_size=40)


@settings(max_examples=50)
@given(values=HOURS)
def test_percentiles_are_those_of_the_standard_library(values: list[float]) -> None:
    ordered = sorted(values)
    tenths = statistics.quantiles(ordered, n=10, method="inclusive")
    assert percentile(ordered, 0.5) == pytest.approx(statistics.median(ordered))
    assert percentile(ordered, 0.9) == pytest.approx(tenths[8])


def test_nothing_known_is_no_figure() -> None:
    assert lead([None, None]) == Lead(0, None, None)
    assert savings([Row("L1", "S", "P", "review", None)], {}) == []


def test_savings_have_the_interval_of_welch() -> None:
    """The numbers of the example in R: ``t.test(c(30, 34, 29, 41), c(5, 9, 7))``."""
    rows = [
        Row(f"L{n}", "S", "P", "disposition", NOW, minutes=minutes)
        for n, minutes in enumerate((5.0, 9.0, 7.0))
    ]
    (saving,) = savings(rows, {"": (30.0, 34.0, 29.0, 41.0)})
    assert (saving.lots, saving.full_lots) == (3, 4)
    assert saving.saved == pytest.approx(26.5)
    assert saving.low is not None
    assert saving.high is not None
    assert saving.low < 26.5 < saving.high
    assert saving.high - 26.5 == pytest.approx(26.5 - saving.low)
    (alone,) = savings(rows[:1], {"P": (30.0, 40.0)})
    assert (alone.saved, alone.low) == (30.0, None), "one lot has no spread"
    (unknown,) = savings(rows, {"Q": (30.0,)})
    assert unknown.saved is None


@pytest.mark.parametrize(("hours", "group"), [
    (-5, 0), (0, 0), (23.9, 0), (24, 1), (71.9, 1), (72, 3), (168, 7), (9999, 7),
])  # fmt: skip
def test_ages_have_their_lower_ends(hours: float, group: int) -> None:
    row = Row("L", "S", "P", "review", NOW - timedelta(hours=hours))
    assert age_group(row, NOW) == group
    assert by_state([row], NOW)["review"] == {age: int(age == group) for age in AGES}


@pytest.mark.parametrize(("change", "why"), [
    ({}, ()),
    ({"due_at": NOW + timedelta(days=6)}, ("due",)),
    ({"due_at": NOW + timedelta(days=6), "state": "disposition"}, ()),
    ({"due_at": NOW + timedelta(days=8)}, ()),
    ({"infusion_at": NOW + timedelta(days=7)}, ("infusion",)),
    ({"infusion_at": NOW - timedelta(days=7)}, ("infusion",)),
    ({"infusion_at": NOW, "state": "nobody"}, ()),
    ({"expires_at": NOW + timedelta(days=9)}, ()),
    ({"expires_at": NOW + timedelta(days=9), "usual": Lead(5, 24 * 10.0, None)}, ("expiry",)),
    ({"expires_at": NOW + timedelta(days=9), "usual": Lead(4, 24 * 10.0, None)}, ()),
    ({"expires_at": NOW}, ("expiry",)),
])  # fmt: skip
def test_what_will_be_late(change: dict[str, object], why: tuple[str, ...]) -> None:
    usual = change.pop("usual", Lead(0, None, None))
    said = {"lot": "L", "site": "S", "product": "P", "state": "decision", "since": NOW, **change}
    assert late(Row(**said), NOW, usual) == why  # type: ignore[arg-type]
