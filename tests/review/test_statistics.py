"""Exact intervals against published values and against their definition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelot.review.statistics import Rate, exact_interval, exact_lower_bound


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_intervals_of_newcombe(hits: int, trials: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 5 (Clopper-Pearson)."""
    assert exact_interval(hits, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("trials", "proved"), [(59, 0.95), (299, 0.99), (1000, 0.997)])
def test_zero_misses_prove_a_sensitivity(trials: int, proved: float) -> None:
    """0.05 ** (1/n): 59 without a miss prove 95 %, 299 prove 99 %, about 1,000 prove 99.7 %."""
    assert exact_lower_bound(trials, trials) == pytest.approx(0.05 ** (1 / trials))
    assert exact_lower_bound(trials, trials) >= proved
    if trials < 1000:
        assert exact_lower_bound(trials - 1, trials - 1) < proved


def _at_least(hits: int, trials: int, rate: float) -> float:
    return math.fsum(
        math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(hits, trials + 1)
    )


@given(st.integers(1, 60).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_ends_leave_two_and_a_half_percent_on_each_side(sample: tuple[int, int]) -> None:
    hits, trials = sample
    low, high = exact_interval(hits, trials)
    assert low == 0.0 if hits == 0 else _at_least(hits, trials, low) == pytest.approx(0.025, rel=1e-6)
    assert (
        high == 1.0
        if hits == trials
        else 1 - _at_least(hits + 1, trials, high) == pytest.approx(0.025, rel=1e-6)
    )
    assert low <= hits / trials <= high


def test_without_trials_nothing_is_known() -> None:
    rate = Rate.of(0, 0)
    assert (rate.low, rate.high, rate.at_least, rate.value) == (0.0, 1.0, 0.0, None)


@pytest.mark.parametrize(("hits", "trials"), [(-1, 3), (4, 3)])
def test_impossible_counts_are_refused(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="expected 0 <= hits <= trials"):
        exact_interval(hits, trials)
