"""The commands on deviations. The caller has checked that the person may see the lot."""

from __future__ import annotations

from dataclasses import dataclass

from onelot.deviations.events import (
    DeviationAssessed,
    DeviationClosed,
    DeviationOpened,
    Impact,
    Severity,
)
from onelot.deviations.models import Deviation
from onelot.deviations.states import MOVES, Act
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import either, said, word
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place

MAX_TEXT = 4_000


@dataclass(frozen=True)
class Deviations:
    """The commands of one person on the deviations of lots at ``place``.

    Each raises Refused: ``registry.not_allowed``, ``deviations.text``, ``deviations.unknown``, ``deviations.not_now``,
    ``deviations.changed``.
    """

    ledger: Ledger
    actor: Actor
    place: Place
    clock: Clock = system_clock

    def draft_opening(
        self, *, lot: str, severity: Severity, title: str, description: str, finding: str = ""
    ) -> Draft:
        """A new deviation with its number, for the caller to append together with what raises it."""
        self.actor.check_may("deviation.raise", self.place)
        return self._drafted(lot, severity, title, description, finding)

    def draft_found(self, *, lot: str, severity: Severity, title: str, description: str) -> Draft:
        """The same for what a check of onelot found: whoever was at work there needs no right to report it."""
        return self._drafted(lot, severity, title, description, "")

    def _drafted(self, lot: str, severity: Severity, title: str, description: str, finding: str) -> Draft:
        event = DeviationOpened(
            deviation=self._next_number(), lot=lot, severity=severity, title=_text(title, "title"),
            description=description.strip()[:MAX_TEXT], finding=finding,
        )  # fmt: skip
        return self._draft(event, event.deviation, lot)

    def open(self, *, lot: str, severity: Severity, title: str, description: str, finding: str = "") -> str:
        """Report a deviation; its number. A number taken meanwhile by somebody else is not used twice."""
        draft = self.draft_opening(
            lot=lot, severity=severity, title=title, description=description, finding=finding
        )
        number = str(getattr(draft.event, "deviation"))  # noqa: B009 - the draft holds any event
        self._append(draft, number, after=0, types=(DeviationOpened,))
        return number

    def assess(self, *, number: str, impact: Impact, severity: Severity, reason: str, seen: int) -> None:
        """Say what a deviation, read as it stood at position ``seen``, means for its lot."""
        card = self._moved(number, "assess", "deviation.assess")
        event = DeviationAssessed(deviation=number, lot=card.lot, impact=impact, severity=severity)
        draft = self._draft(event, number, card.lot, _text(reason, "reason"))
        self._append(draft, number, after=seen, types=())

    def close(self, *, number: str, conclusion: str, seen: int) -> None:
        """End a deviation whose meaning for the lot was said."""
        card = self._moved(number, "close", "deviation.close")
        event = DeviationClosed(deviation=number, lot=card.lot)
        draft = self._draft(event, number, card.lot, _text(conclusion, "conclusion"))
        self._append(draft, number, after=seen, types=())

    def _next_number(self) -> str:
        year = self.clock().year
        prefix = f"DEV-{year}-"
        last = Deviation.objects.filter(number__startswith=prefix).order_by("-number").first()
        return f"{prefix}{int(last.number.removeprefix(prefix)) + 1 if last else 1:05}"

    def _moved(self, number: str, act: Act, action: str) -> Deviation:
        self.actor.check_may(action, self.place)
        card = Deviation.objects.filter(number=number).first()
        if card is None:
            raise refuse("deviations.unknown", "There is no such deviation.", where="deviation", got=number)
        if (card.state, act) not in MOVES:
            raise refuse(
                "deviations.not_now",
                "This cannot be done with the deviation as it stands.",
                where=number,
                expected=either(map(word, sorted({state for state, does in MOVES if does == act}))),
                got=word(card.state),
                hint="Say what it means for the lot first." if card.state == "open" else "",
            )
        return card

    def _append(self, draft: Draft, number: str, *, after: int, types: tuple[type[Event], ...]) -> None:
        try:
            self.ledger.append([draft], unless=Query(tags=(f"deviation:{number}",), types=types), after=after)
        except Refused as refused:
            if refused.refusals[0].code != "ledger.condition_failed":
                raise
            raise refuse(
                "deviations.changed", "Somebody acted on this deviation meanwhile, so nothing was recorded.",
                where=number, hint="Read it again, then decide.",
            ) from refused  # fmt: skip

    def _draft(self, event: Event, number: str, lot: str, reason: str = "") -> Draft:
        return Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(),
            tags=(f"lot:{lot}", f"deviation:{number}"), reason=reason,
        )  # fmt: skip


def _text(text: str, what: str) -> str:
    found = text.strip()
    if not found or len(found) > MAX_TEXT:
        raise refuse(
            "deviations.text",
            said("A {what} is needed, of at most {max_text} characters.", what=word(what), max_text=MAX_TEXT),
            where=what,
            got=said("{count} characters", count=len(found)),
        )
    return found
