"""What people declare for the board. The only writer of its events."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from onelot.disposition.board.events import FullReviewMeasured, ReviewHoursDeclared
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.store import Ledger
from onelot.registry.models import Account
from onelot.registry.permissions import Actor, Place

_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?", re.ASCII)
_MOST_HOURS, _MOST_MINUTES, _MOST_LOTS = Decimal(60), Decimal(9999), 500


@dataclass(frozen=True)
class Board:
    """The commands of one person. Each raises Refused: ``registry.not_allowed``, and its own."""

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock

    def declare_hours(self, *, person: str, hours: str) -> None:
        """Say how many hours a week somebody has. Raises Refused (``board.number``, ``registry.unknown``)."""
        self.actor.check_may("board.declare", Place())
        if not Account.objects.filter(person=person).exists():
            raise refuse("registry.unknown", "There is no such person.", where="person", got=person[:80])
        self._append(
            ReviewHoursDeclared(person=person, hours_per_week=_number(hours, "hours", _MOST_HOURS)),
            f"person:{person}",
        )

    def declare_full_review(self, *, product: str, minutes: str, source: str) -> None:
        """Say how long full reviews took, one number a lot, between spaces.

        Raises Refused: ``board.number``, ``board.source_missing``.
        """
        self.actor.check_may("board.declare", Place(product=product))
        numbers = minutes.replace(";", " ").split()
        if not 0 < len(numbers) <= _MOST_LOTS:
            raise refuse(
                "board.number",
                "The minutes of each measured lot are needed.",
                where="minutes",
                expected=said("1 to {most_lots} numbers between spaces", most_lots=_MOST_LOTS),
                got=said("{count} numbers", count=len(numbers)),
            )
        told = source.strip()
        if not told or len(told) > 1000:
            raise refuse(
                "board.source_missing", "It is needed where this was measured, in at most 1000 characters.",
                where="source", expected="a protocol, time sheet or study",
            )  # fmt: skip
        event = FullReviewMeasured(
            product=product, minutes=tuple(_number(text, "minutes", _MOST_MINUTES) for text in numbers),
            source=told,
        )  # fmt: skip
        self._append(event, "about:board")

    def _append(self, event: Event, tag: str) -> None:
        who = self.actor.who
        self.ledger.append([Draft(event=event, actor=who, occurred_at=self.clock(), tags=(tag,))])


def _number(text: str, where: str, most: Decimal) -> str:
    found = text.strip()
    if not _NUMBER.fullmatch(found) or Decimal(found) > most:
        raise refuse(
            "board.number", "This is no number that can be used here.", where=where,
            expected=said("0 to {most}, with a decimal point and at most two decimals", most=most), got=found[:40],
        )  # fmt: skip
    return found
