"""How limits, numbers and durations of an MBR look in columns."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from onelot.recipes.model import Limits


def band(prefix: str, limits: Limits | None, unit: str = "") -> dict[str, Any]:
    """The five columns of one band."""
    limits = limits or Limits()
    return {
        f"{prefix}_low": number(limits.low),
        f"{prefix}_high": number(limits.high),
        f"{prefix}_low_open": limits.low_open,
        f"{prefix}_high_open": limits.high_open,
        f"{prefix}_text": limit_text(limits, unit),
    }


def limit_text(limits: Limits, unit: str) -> str:
    """How people read a band: ``36.5 to 37.5 Cel``, ``at least 70 %``, ``above 0 and below 5``; "" for none."""
    low, high = limits.low, limits.high
    if low is not None and low == high:
        text = f"exactly {low}"
    elif low is not None and high is not None and not (limits.low_open or limits.high_open):
        text = f"{low} to {high}"
    else:
        ends = []
        if low is not None:
            ends.append(f"{'above' if limits.low_open else 'at least'} {low}")
        if high is not None:
            ends.append(f"{'below' if limits.high_open else 'at most'} {high}")
        text = " and ".join(ends)
    return f"{text} {unit}" if text and unit not in ("", "1") else text


def number(value: Decimal | None) -> float | None:
    """An exact decimal as the nearest double, as facts hold numbers."""
    return None if value is None else float(value)


def microseconds(duration: timedelta | None) -> int | None:
    """A duration as facts count time."""
    return None if duration is None else duration // timedelta(microseconds=1)
