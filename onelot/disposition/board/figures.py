"""The figures of the board, computed from one row a lot. Pure: every figure is a count of rows that can be listed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

STATES = ("review", "decision", "site", "signature", "disposition", "nobody")
"""For whom a lot waits; ``nobody``: it is closed."""
AGES = (0, 1, 3, 7)
"""Days since the last record, lower ends of the groups."""
WEEK = timedelta(days=7)
_ENOUGH = 5
"""Lots from which on a median lead time tells when a lot is expected to be done."""
_HOUR = 3600.0


@dataclass(frozen=True)
class Row:
    """One lot as the board counts it."""

    lot: str
    site: str
    product: str
    state: str
    since: datetime | None
    """Last record, or since when it waits."""
    to_disposition: float | None = None
    """Hours from the last record before it to the first decision."""
    to_signature: float | None = None
    first: str = ""
    """clean, exceptions; empty: never reviewed."""
    checks: tuple[str, ...] = ()
    """Check of each exception of the last review."""
    minutes: float | None = None
    """Measured work of people up to the signature; None: not signed, or none was measured."""
    due_at: datetime | None = None
    infusion_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Lead:
    """Lead time in hours over ``lots`` lots; None without any."""

    lots: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Saving:
    """Minutes a lot that review by exception saves for one product, with its interval at 95 % confidence (Welch)."""

    product: str
    lots: int
    mean: float
    full_lots: int = 0
    full_mean: float | None = None
    """None: a full review was not measured."""
    saved: float | None = None
    low: float | None = None
    """None: fewer than two lots on a side."""
    high: float | None = None


def age_group(row: Row, now: datetime) -> int:
    """The lower end of the group of days that the lot belongs to."""
    days = (now - row.since) / timedelta(days=1) if row.since else 0.0
    return max(age for age in AGES if age <= max(days, 0.0))


def by_state(rows: Iterable[Row], now: datetime) -> dict[str, dict[int, int]]:
    """How many lots of each state are how old."""
    counts = Counter((row.state, age_group(row, now)) for row in rows)
    return {state: {age: counts[state, age] for age in AGES} for state in STATES}


def lead(hours: Iterable[float | None]) -> Lead:
    """Median and 90th percentile of what is known."""
    known = sorted(value for value in hours if value is not None)
    return Lead(len(known), percentile(known, 0.5), percentile(known, 0.9))


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Linear between the two nearest of ordered values (Hyndman and Fan, type 7); None of none."""
    if not ordered:
        return None
    at = (len(ordered) - 1) * share
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def right_first_time(rows: Iterable[Row]) -> tuple[int, int]:
    """Lots without an exception at their first review, of all that were reviewed."""
    first = Counter(row.first for row in rows)
    return first["clean"], first["clean"] + first["exceptions"]


def exceptions(rows: Sequence[Row]) -> list[tuple[str, str, int, int]]:
    """Check, site, exceptions of the last reviews, lots reviewed there; most first."""
    counts = Counter((check, row.site) for row in rows for check in row.checks)
    lots = Counter(row.site for row in rows if row.first)
    found = [(check, site, count, lots[site]) for (check, site), count in counts.items()]
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))


def late(row: Row, now: datetime, usual: Lead) -> tuple[str, ...]:
    """Why a lot is late or will be within a week: its agreed turnaround, the infusion, its expiry.

    ``usual``: lead time to disposition, by which the expected end is compared with the expiry once five lots tell it.
    """
    if row.state == "nobody":
        return ()
    end = now + WEEK
    why = []
    if row.due_at and row.due_at <= end and row.state != "disposition":
        why.append("due")
    if row.infusion_at and row.infusion_at <= end:
        why.append("infusion")
    if row.expires_at and (row.expires_at <= end or _expected(row, usual, now) > row.expires_at):
        why.append("expiry")
    return tuple(why)


def _expected(row: Row, usual: Lead, now: datetime) -> datetime:
    if usual.lots < _ENOUGH or usual.median is None or row.since is None:
        return now
    return max(now, row.since + timedelta(hours=usual.median))


def savings(rows: Iterable[Row], full: Mapping[str, Sequence[float]]) -> list[Saving]:
    """By product what was saved against measured full reviews (``full``: minutes by product; empty: of the others)."""
    spent: dict[str, list[float]] = {}
    for row in rows:
        if row.minutes is not None:
            spent.setdefault(row.product, []).append(row.minutes)
    return [
        _saving(product, spent[product], full.get(product, full.get("", ()))) for product in sorted(spent)
    ]


def _saving(product: str, spent: Sequence[float], full: Sequence[float]) -> Saving:
    mean = math.fsum(spent) / len(spent)
    if not full:
        return Saving(product, len(spent), mean)
    full_mean = math.fsum(full) / len(full)
    saved = full_mean - mean
    half = _half_width(spent, full)
    low, high = (None, None) if half is None else (saved - half, saved + half)
    return Saving(product, len(spent), mean, len(full), full_mean, saved, low, high)


def _half_width(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Of the 95 % interval of the difference of two means (Welch, Biometrika 34, 1947, 28-35)."""
    if min(len(one), len(other)) < 2:
        return None
    from scipy.special import stdtrit  # a tenth of a second, which most pages do not need

    parts = [(_variance(values) / len(values), len(values) - 1) for values in (one, other)]
    total = sum(part for part, _ in parts)
    if total == 0:
        return 0.0
    freedom = total**2 / sum(part**2 / degrees for part, degrees in parts)
    return float(stdtrit(freedom, 0.975)) * math.sqrt(total)


def _variance(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def hours_between(before: datetime | None, after: datetime | None) -> float | None:
    """Hours from one instant to the other, where both are known."""
    return None if before is None or after is None else (after - before).total_seconds() / _HOUR
