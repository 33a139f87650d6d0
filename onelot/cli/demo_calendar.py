"""The time of the demonstration: some weeks of work that end now, on working days."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

WEEK = 5
"""Working days."""
DAYS = 3 * WEEK + 1
"""Working days of the demonstration, the first of them for what is agreed before."""
OPENS, CLOSES = 6, 16
"""Hours in UTC between which people of the demonstration work."""
_SATURDAY = 5


@dataclass
class DemoClock:
    """Stands still until it is moved, and never goes back: what is recorded then has that time.

    Nor does it go beyond ``until``: work begun just before takes no time, so nothing is recorded in the future.
    """

    now: datetime
    until: datetime

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def move(self, to: datetime) -> None:
        """Let it be ``to``, unless it is later already, or ``to`` is beyond the end."""
        self.now = max(self.now, min(to, self.until))


@dataclass
class Diary:
    """What is to be done when, in order of time, until ``until``; what would come later is never done."""

    clock: DemoClock
    until: datetime
    _queue: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0

    def add(self, at: datetime, task: Callable[[], None]) -> None:
        """Enter a task."""
        self._count += 1
        heapq.heappush(self._queue, (at, self._count, task))

    def run(self) -> None:
        """Do every task at its time; a task may enter others."""
        while self._queue and self._queue[0][0] < self.until:
            at, _, task = heapq.heappop(self._queue)
            self.clock.move(at)
            task()


def first_day(until: datetime) -> datetime:
    """When the demonstration's ledger begins."""
    return datetime.combine(working_days(until, DAYS)[0], time(OPENS), UTC)


def working_days(until: datetime, count: int) -> list[date]:
    """The last working days before the day of ``until``, the earliest first."""
    days: list[date] = []
    day = until.date()
    while len(days) < count:
        day -= timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days.append(day)
    return days[::-1]


def at_work(at: datetime) -> datetime:
    """The instant, or the same minutes after the opening of the next working day."""
    if at.weekday() < _SATURDAY and OPENS <= at.hour < CLOSES:
        return at
    day = at.date() if at.hour < OPENS else at.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, time(OPENS, at.minute, at.second), UTC)
