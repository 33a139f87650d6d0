"""When a lot's product expires: the shelf life of its master batch record, counted in its record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from onelot.execution.events import PhasePerformed
from onelot.kernel.events import Sourced
from onelot.recipes.model import Expiry


class Expiries:
    """Notes, while facts go by, when the lots among them expire.

    Counted from the last time the step was reached, as clocks are; a lot whose record does not say it has no expiry
    here, and is never taken to keep for ever (EU GMP Part IV 6.14; 21 CFR 211.137).
    """

    def __init__(self, expiry: Expiry | None) -> None:
        self._expiry = expiry
        self._phase, _, self._end = (
            expiry.starts_on.removeprefix("phase:").rpartition(".") if expiry else ("", "", "")
        )
        self._reached: dict[str, datetime] = {}

    def passing(self, facts: Iterable[Sourced]) -> Iterator[Sourced]:
        """The same facts, noted."""
        for fact in facts:
            event = fact.event
            if isinstance(event, PhasePerformed) and event.phase == self._phase:
                at = self._at(event)
                if at is not None:
                    self._reached[event.lot] = max(at, self._reached.get(event.lot, at))
            yield fact

    def of(self, lot: str) -> datetime | None:
        """When the lot expires; None: not known."""
        reached = self._reached.get(lot)
        return reached + self._expiry.shelf_life if reached and self._expiry else None

    def _at(self, event: PhasePerformed) -> datetime | None:
        if self._end == "start":
            return event.started_at if event.state != "skipped" else None
        return event.ended_at if event.state == "completed" else None
