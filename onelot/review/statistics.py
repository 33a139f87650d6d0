"""Exact binomial intervals after Clopper and Pearson (Biometrika 26, 1934, 404-413).

"Exact" means that the true rate lies inside in at least the stated share of all samples, whatever the rate;
approximate intervals promise less just where reviews need them, near 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv


@dataclass(frozen=True)
class Rate:
    """``hits`` of ``trials``, with the interval that holds the true rate.

    ``low`` and ``high`` are the ends of the two-sided interval at 95 % confidence, ``at_least`` is the
    one-sided lower bound at 95 % (zero misses in 59 prove at least 95 %). Without trials nothing is
    known: 0 to 1.
    """

    hits: int
    trials: int
    low: float
    high: float
    at_least: float

    @classmethod
    def of(cls, hits: int, trials: int) -> Rate:
        """The rate with both kinds of exact bound. Raises ValueError unless ``0 <= hits <= trials``."""
        low, high = exact_interval(hits, trials)
        return cls(hits, trials, low, high, exact_lower_bound(hits, trials))

    @property
    def value(self) -> float | None:
        """The observed share; None without trials."""
        return self.hits / self.trials if self.trials else None


def exact_interval(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided Clopper-Pearson interval of a binomial proportion; ``(0, 1)`` without trials.

    Raises ValueError unless ``0 <= hits <= trials``.
    """
    tail = (1.0 - confidence) / 2.0
    return _lower(hits, trials, tail), 1.0 - _lower(trials - hits, trials, tail)


def exact_lower_bound(hits: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided Clopper-Pearson lower bound: ``(1 - confidence) ** (1 / trials)`` without a miss.

    Raises ValueError unless ``0 <= hits <= trials``.
    """
    return _lower(hits, trials, 1.0 - confidence)


def _lower(hits: int, trials: int, tail: float) -> float:
    """The rate at which ``hits`` or more of ``trials`` have probability ``tail``: a beta quantile."""
    if not 0 <= hits <= trials:
        raise ValueError(f"expected 0 <= hits <= trials, got {hits} of {trials}")
    return float(betaincinv(hits, trials - hits + 1, tail)) if hits else 0.0
