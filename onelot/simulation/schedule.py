"""When each phase and each transport of one lot takes place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np

from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.walk import phases
from onelot.simulation.network import Product, Transport

Span = tuple[datetime, datetime]
_PAUSE = (0.05, 0.25)
"""Hours between two phases where the network says nothing."""
_SHARE = (0.35, 0.7)
"""A phase takes this share of its longest duration where the network says nothing."""


@dataclass(frozen=True)
class Schedule:
    """From when until when, by full path of the phase and by custody leg."""

    phases: dict[str, Span]
    legs: dict[str, Span]

    @property
    def end(self) -> datetime:
        """The last instant."""
        return max(end for _, end in (*self.phases.values(), *self.legs.values()))


def schedule(
    product: Product, mbr: MasterBatchRecord, opened: datetime, random: np.random.Generator
) -> Schedule:
    """Each phase starts when those it must follow have ended, after a wait; transports lie in the waits."""
    spans: dict[str, Span] = {}
    for placed in phases(mbr):
        before = [spans[name][1] for name in placed.phase.after]
        start = max(before) + _hours(product.waits.get(placed.name, _PAUSE), random) if before else opened
        longest = (placed.phase.max_duration or timedelta(hours=2)).total_seconds() / 3600
        lasts = product.durations.get(placed.name, (longest * _SHARE[0], longest * _SHARE[1]))
        spans[placed.name] = (start, start + _hours(lasts, random))
    legs = {name: _transport(leg, spans, random) for name, leg in product.custody.items()}
    return Schedule(spans, legs)


def _transport(leg: Transport, spans: dict[str, Span], random: np.random.Generator) -> Span:
    released = spans[leg.after][1] + _hours((0.4, 1.2), random)
    if leg.before is not None:
        return released, spans[leg.before][0] - _hours((0.2, 0.8), random)
    return released, released + _hours(leg.hours, random)


def _hours(span: tuple[float, float], random: np.random.Generator) -> timedelta:
    return timedelta(seconds=round(random.uniform(*span) * 3600))


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant with the offset that holds in the zone then. Fixed, so that adding hours adds real hours."""
    there = at.astimezone(zone)
    return there.replace(tzinfo=timezone(there.utcoffset() or timedelta(0)))
