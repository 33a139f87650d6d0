"""How many requests a caller may make in a minute, whichever of the server's processes answer them.

The database counts, so that the limit holds for all processes together. A process takes a share of the minute's
requests at a time and gives them out from memory, so that most requests write nothing. What it has taken and not given
out when the minute ends is lost: with several processes a caller may be stopped a few requests before the limit, never
after it. The limit keeps a loop gone wild from taking the site from the people who release lots; it is no billing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.registry.rates import count, minute_of, seconds_left

_SHARES = 20
"""A process takes one of so many parts of a minute's requests at a time."""
_FORGET_AT = 10_000


@dataclass
class _Held:
    minute: int
    requests: int
    """That were taken from the database and not given out yet."""
    is_spent: bool = False
    """The database has given all of this minute's."""


class Allowance:
    """What one process holds for each caller."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Hold nothing any more, as a process that just began."""
        with self._lock:
            self._held.clear()

    def take(self, caller: str, now: datetime, a_minute: int) -> Refused | None:
        """Count one request; the refusal (``jsonapi.too_many_requests``) when none is left in this minute."""
        with self._lock:
            if len(self._held) > _FORGET_AT:
                self._held.clear()
            held = self._held.get(caller)
            if held is None or held.minute != minute_of(now):
                held = self._held[caller] = _Held(minute_of(now), 0)
            if not held.requests and not held.is_spent:
                held.requests = _share(caller, now, a_minute)
                held.is_spent = not held.requests
            if held.requests:
                held.requests -= 1
                return None
        return refuse(
            "jsonapi.too_many_requests", "These are more requests than one caller may make.", where=caller,
            expected=said("at most {a_minute} a minute", a_minute=a_minute),
            hint=said("Go on in {seconds} seconds.", seconds=seconds_left(now)),
        )  # fmt: skip


def _share(caller: str, now: datetime, a_minute: int) -> int:
    """Take a share from the database; how many requests it is, 0 when the minute's are used up."""
    share = max(1, a_minute // _SHARES)
    before = count(f"api:{caller}", now, share) - share
    return max(0, min(share, a_minute - before))


allowance = Allowance()
"""That of this process."""


def check_allowed(caller: str, now: datetime) -> None:
    """Raises Refused (``jsonapi.too_many_requests``)."""
    refused = allowance.take(caller, now, settings.API_REQUESTS_A_MINUTE)
    if refused is not None:
        raise refused
