"""How many requests a caller may make: so many at once, and then so many a minute.

Each process of the server counts by itself, in memory: the limit keeps a loop gone wild from taking the site from the
people who release lots; it is no billing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

_FORGET_AT = 10_000


@dataclass
class _Left:
    requests: float
    at: datetime


class Allowance:
    """A bucket for each caller, filled with ``a_minute`` requests, and filled up at that rate."""

    def __init__(self) -> None:
        self._left: dict[str, _Left] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Let everybody begin anew."""
        with self._lock:
            self._left.clear()

    def take(self, caller: str, now: datetime, a_minute: int) -> Refused | None:
        """Count one request; the refusal (``jsonapi.too_many_requests``) when none is left."""
        with self._lock:
            if len(self._left) > _FORGET_AT:
                self._left.clear()
            left = self._left.setdefault(caller, _Left(a_minute, now))
            passed = max(0.0, (now - left.at).total_seconds())
            left.requests = min(float(a_minute), left.requests + passed * a_minute / 60)
            left.at = now
            if left.requests >= 1:
                left.requests -= 1
                return None
        return refuse(
            "jsonapi.too_many_requests", "These are more requests than one caller may make.", where=caller,
            expected=said("at most {a_minute} a minute", a_minute=a_minute), hint="Wait a few seconds, then go on.",
        )  # fmt: skip


allowance = Allowance()
"""That of this process."""


def check_allowed(caller: str, now: datetime) -> None:
    """Raises Refused (``jsonapi.too_many_requests``)."""
    refused = allowance.take(caller, now, settings.API_REQUESTS_A_MINUTE)
    if refused is not None:
        raise refused
