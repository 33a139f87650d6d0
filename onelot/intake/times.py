"""Times in events must carry their offset."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from onelot.kernel.events import Event


@lru_cache(maxsize=256)
def _fields(kind: type[Event]) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if "datetime" in str(kind.__annotations__[name]))


def times_without_zone(event: Event) -> Iterator[tuple[str, str]]:
    """(field, text) of every time of the event, its series' readings included, that has no offset."""
    for field in _fields(type(event)):
        value = getattr(event, field)
        if isinstance(value, datetime) and value.tzinfo is None:
            yield field, value.isoformat()
    for index, point in enumerate(getattr(event, "points", ())):
        if point.at.tzinfo is None:
            yield f"points/{index}/0", point.at.isoformat()
