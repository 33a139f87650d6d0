"""Values as an operator would record them: drawn inside the limits, with as many digits as the limits have."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from onelot.recipes.model import Limits, Parameter

_EDGE = 0.02
"""Share of a band kept free at either end, so that a good value stays good when it is rounded."""


class Band:
    """The values that nobody would question; an end may be open (None)."""

    def __init__(self, bands: Iterable[Limits | None]) -> None:
        self.low: float | None = None
        self.high: float | None = None
        self.decimals = 0
        for limits in bands:
            if limits is not None:
                self._narrow(limits)

    def _narrow(self, limits: Limits) -> None:
        if limits.low is not None:
            low = float(limits.low)
            self.low = low if self.low is None else max(self.low, low)
        if limits.high is not None:
            high = float(limits.high)
            self.high = high if self.high is None else min(self.high, high)
        self.decimals = max(self.decimals, _decimals(limits.low), _decimals(limits.high))

    def holds(self, value: float) -> bool:
        """Whether the value lies inside, away from the ends."""
        low, high = self.inner
        return low <= value <= high

    @property
    def inner(self) -> tuple[float, float]:
        """The band without its edges; open ends are infinite."""
        low, high = self.low, self.high
        if low is not None and high is not None:
            edge = (high - low) * _EDGE
            return low + edge, high - edge
        return (
            float("-inf") if low is None else low + abs(low) * _EDGE,
            float("inf") if high is None else high - abs(high) * _EDGE,
        )

    def clip(self, value: float) -> float:
        """The nearest value inside."""
        low, high = self.inner
        return min(max(value, low), high)

    def draw(self, target: Decimal | None, random: np.random.Generator) -> float:
        """A value around the target, or from the middle of the band."""
        low, high = self.low, self.high
        if low is None and high is None:
            return float(target or 1) * float(random.uniform(0.98, 1.02))
        if low is None and high is not None:
            low = 0.0 if high > 0 else high * 1.5
        if high is None and low is not None:
            high = low * 3 if low > 0 else low + 1
        assert low is not None
        assert high is not None
        if target is not None:
            return self.clip(random.normal(float(target), (high - low) / 12))
        return float(random.uniform(low + (high - low) * 0.2, high - (high - low) * 0.2))


def band_of(parameter: Parameter) -> Band:
    """Inside its alert, action and plausible limits."""
    return Band((parameter.alert, parameter.action, parameter.plausible))


def written(value: float, decimals: int) -> str:
    """The value with that many decimals, halves to even (as laboratories round, ASTM E29)."""
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))


def digits_for(value: float) -> int:
    """Decimals that leave about three digits, for quantities whose limits say nothing finer."""
    size = abs(value)
    return 2 if size < 10 else 1 if size < 1000 else 0


def _decimals(limit: Decimal | None) -> int:
    if limit is None:
        return 0
    exponent = limit.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
