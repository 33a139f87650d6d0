"""Time: the only place that reads the clock, and the one conversion to facts' integers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from onelot.kernel.refusals import refuse

Clock = Callable[[], datetime]
"""Returns the present instant, aware and in UTC. Passed in wherever time is needed."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def epoch_us(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z. Refuses a time without a zone."""
    if instant.tzinfo is None:
        raise refuse(
            "kernel.time_without_zone",
            "A time has no zone, so it cannot be compared with other sites' times.",
            expected="an RFC 3339 time with an offset, such as 2026-03-01T08:30:00+01:00",
            got=instant.isoformat(),
        )
    return (instant - _EPOCH) // _MICROSECOND


def from_epoch_us(microseconds: int) -> datetime:
    """The instant, in UTC, of a count of microseconds since 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(microseconds=microseconds)
