"""What every command of identity needs: who acts on which therapy, as it stands, and how it is appended."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onelot.identity import events
from onelot.identity.models import ContainerCard, OrderCard, TherapyCard
from onelot.identity.queries import clinic_place, maker_place, may_at
from onelot.identity.states import (
    CONTAINER_MOVES,
    ORDER_MOVES,
    THERAPY_MOVES,
    ContainerAct,
    OrderAct,
    TherapyAct,
)
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import either, said, word
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import actor_of
from onelot.registry.signing import Credentials, Signing

MAX_TEXT = 4_000
MAX_NOTE = 400
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
"""What the code of a container, a label or a point may look like: it is in symbols and addresses."""
TRIES = 20

DECIDING: tuple[type[Event], ...] = (
    events.LotAssigned, events.CollectionRecorded, events.ContainerRegistered, events.ContainersSplit,
    events.ContainersPooled, events.IdentityMismatch, events.IdentityReestablished, events.IdentityCorrected,
    events.ThawStarted, events.BedsideChecked, events.InfusionRecorded, events.ProductReturned,
    events.ProductDestroyed, events.OrderCancelled, events.PatientWithdrawn, events.PatientDied,
)  # fmt: skip
"""Commands on a therapy decide on these: one more of them, and what was read does not hold any more."""


@dataclass(frozen=True)
class Witness:
    """A second person at the same screen (``Signing.witnessed_by``), and what they entered."""

    signing: Signing
    credentials: Credentials

    @property
    def person(self) -> str:
        """As events name the second person."""
        return self.signing.account.person


@dataclass(frozen=True)
class Commands:
    """The commands of one person, or of a system.

    Each raises Refused: ``registry.not_allowed``, ``identity.unknown``, ``identity.not_now``, ``identity.stopped``,
    ``identity.changed``, ``identity.text``, and its own.
    """

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock
    evidence: EvidenceStore | None = None
    """Where labels' contents and approved master batch records are kept. Without it nothing is asked of these."""

    def _order(self, order: str, action: str) -> OrderCard:
        """An order the person may see; else it is unknown, so that nobody learns by guessing what exists."""
        card = OrderCard.objects.filter(order=order).first()
        if card is None or not may_at(self.actor, "journey.open", card):
            raise refuse("identity.unknown", "There is no such order.", where="order", got=order[:80])
        self.actor.check_may(action, clinic_place(card))
        return card

    def _therapy(
        self, coi: str, action: str, act: TherapyAct | None = None, place: Place | None = None
    ) -> TherapyCard:
        """A therapy on which the person may act, in a state in which ``act`` is possible.

        ``place`` is where the caller knows the act to happen, for example in a carrier's hands.
        """
        card = TherapyCard.objects.filter(coi_identifier=coi).first()
        if card is None or not (place is not None or may_at(self.actor, "journey.open", card)):
            raise refuse(
                "identity.unknown", "There is no such therapy.", where="COI identifier", got=coi[:80]
            )
        self._check_may(self.actor, action, card, place)
        if act is not None:
            check_therapy_move(card, act)
        return card

    def _check_may(self, actor: Actor, action: str, card: TherapyCard, place: Place | None = None) -> None:
        if place is not None:
            actor.check_may(action, place)
        elif not may_at(actor, action, card):
            made_at = maker_place(card)
            actor.check_may(action, clinic_place(card))
            if made_at is not None:
                actor.check_may(action, made_at)

    def _container(self, code: str, therapy: TherapyCard, act: ContainerAct | None = None) -> ContainerCard:
        """A container of this patient; one of another patient is refused, whatever is to be done with it."""
        card = ContainerCard.objects.filter(code=code).first()
        if card is None:
            raise refuse("identity.unknown", "There is no such container.", where="container", got=code[:80])
        if card.coi_identifier != therapy.coi_identifier:
            raise refuse(
                "identity.other_patient", "This container belongs to another patient.", where=code,
                expected=said("a container of {whose}", whose=therapy.coi_identifier), got="another COI identifier",
                hint="Stop, put it aside, and tell quality assurance.",
            )  # fmt: skip
        if act is not None and (card.state, act) not in CONTAINER_MOVES:
            raise refuse(
                "identity.not_now",
                "This cannot be done with the container as it stands.",
                where=code,
                expected=either(
                    word(state) for state in sorted({state for state, does in CONTAINER_MOVES if does == act})
                ),
                got=word(card.state),
            )
        return card

    def _check_lot(self, card: TherapyCard) -> None:
        if not card.lot:
            raise refuse(
                "identity.no_lot", "No lot was assigned to this therapy yet.", where=card.coi_identifier,
                expected="a booked manufacturing slot, which assigns the lot", hint="Book the slots first.",
            )  # fmt: skip

    def _draft(self, event: Event, tags: Sequence[str], reason: str = "") -> Draft:
        return Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=tuple(tags), reason=reason
        )

    def _append(self, drafts: Sequence[Draft], coi: str, seen: int, *, unless: Query | None = None) -> range:
        """Append unless something that decides happened to the therapy after ``seen``, or ``unless`` matches."""
        condition = Query(tags=(f"coi:{coi}",), types=DECIDING)
        try:
            return self.ledger.append(drafts, unless=condition | unless if unless else condition, after=seen)
        except Refused as refused:
            raise told(refused, coi) from refused

    def _append_signed(
        self, witness: Witness, card: TherapyCard, action: str, act: str, point: str, *, seen: int,
        acts: Callable[[str], Sequence[Event]] | None = None, also: Sequence[Draft] = (), reason: str = "",
        content: dict[str, Any] | None = None, place: Place | None = None, unless: Query | None = None,
    ) -> range:  # fmt: skip
        """Append with the signature of a second person, who may do the same themselves.

        Without ``acts``, what is signed is that ``also`` was checked.
        """
        second = actor_of(witness.signing.account, self.clock())
        if second.who == self.actor.who:
            raise refuse(
                "registry.same_person", "A second person must confirm this: nobody verifies what they did themselves.",
                where="signature", expected="another person", got=second.person,
            )  # fmt: skip
        if not may_at(
            second, "order.prescribe", card
        ):  # a physician of the clinic confirms whatever is done there
            self._check_may(second, action, card, place)
        coi, lot = card.coi_identifier, card.lot

        def verified(signature: str) -> Sequence[Event]:
            return [
                events.Verified(
                    coi_identifier=coi, lot=lot, act=act, point=point, performed_by=self.actor.person,
                    signature=signature,
                )
            ]  # fmt: skip

        condition = Query(tags=(f"coi:{coi}",), types=DECIDING)
        shown = {
            "coi_identifier": coi, "lot": lot, "act": act, "point": point, "performed_by": self.actor.person,
            **(content or {}),
        }  # fmt: skip
        try:
            return witness.signing.sign(
                credentials=witness.credentials, meaning="verified", content=shown, tags=tags_of(card),
                acts=acts or verified, unless=condition | unless if unless else condition, after=seen, reason=reason,
                also=also,
            )  # fmt: skip
        except Refused as refused:
            raise told(refused, coi) from refused


def check_order_move(card: OrderCard, act: OrderAct) -> None:
    """Raises Refused (``identity.not_now``) where the order's state does not allow it."""
    if (card.state, act) not in ORDER_MOVES:
        raise refuse(
            "identity.not_now",
            "This cannot be done with the order as it stands.",
            where=card.order,
            expected=either(
                word(state) for state in sorted({state for state, does in ORDER_MOVES if does == act})
            ),
            got=word(card.state),
        )


def check_therapy_move(card: TherapyCard, act: TherapyAct) -> None:
    """Raises Refused (``identity.not_now``) where the therapy's state does not allow it."""
    if (card.state, act) not in THERAPY_MOVES:
        raise refuse(
            "identity.not_now",
            "This cannot be done with the therapy as it stands.",
            where=card.coi_identifier,
            expected=either(
                word(state) for state in sorted({state for state, does in THERAPY_MOVES if does == act})
            ),
            got=word(card.state),
        )


def check_going(card: TherapyCard) -> None:
    """Raises Refused (``identity.stopped``) after a mismatch, until two people have read the identifiers right."""
    if card.stopped_by:
        raise refuse(
            "identity.stopped", "Work on this therapy stands still: an identifier did not match.",
            where=card.coi_identifier, expected="two people who read the right identifiers again",
            got=said("deviation {number}", number=card.stopped_by),
            hint="Put everything aside. At the scan station two people read the identifiers again.",
        )  # fmt: skip


def tags_of(card: TherapyCard, *more: str) -> tuple[str, ...]:
    """The tags of a therapy's events."""
    lot = (f"lot:{card.lot}",) if card.lot else ()
    return (f"coi:{card.coi_identifier}", *lot, f"order:{card.order}", *more)


def therapy_number(letter: str, card: TherapyCard) -> str:
    """A short number of a therapy, from its order's: ``C26000017`` of ``ORD-2026-000017``."""
    _, year, number = card.order.split("-")
    return f"{letter}{year[-2:]}{number}"


def checked_text(text: str, what: str, *, longest: int = MAX_TEXT) -> str:
    """A text without outer spaces. Raises Refused (``identity.text``) for none, or one that is too long."""
    found = text.strip()
    if not found or len(found) > longest:
        raise refuse(
            "identity.text",
            said("A {what} is needed, of at most {count} characters.", what=word(what), count=longest),
            where=what,
            got=said("{count} characters", count=len(found)),
        )
    return found


def checked_code(code: str, what: str) -> str:
    """A code. Raises Refused (``identity.code``)."""
    found = code.strip()
    if not CODE.fullmatch(found):
        raise refuse(
            "identity.code", said("This cannot be the code of a {what}.", what=word(what)), where=what,
            expected="1 to 32 letters, digits, dots, hyphens and underscores", got=found[:80],
        )  # fmt: skip
    return found


def check_times(started_at: datetime, ended_at: datetime, now: datetime, what: str) -> None:
    """Raises Refused (``identity.times``) where an end is before its beginning, or something is in the future."""
    if not started_at <= ended_at <= now:
        raise refuse(
            "identity.times", said("The times of the {what} cannot be right.", what=word(what)), where=what,
            expected=said(
                "a beginning, an end that is not before it, and neither after {time} UTC", time=f"{now:%Y-%m-%d %H:%M}"
            ),
            got=said(
                "{begin} to {end}", begin=started_at.isoformat(), end=ended_at.isoformat()
            ),
        )  # fmt: skip


def is_condition(refused: Refused) -> bool:
    """Whether an append failed since something had happened meanwhile."""
    return refused.refusals[0].code == "ledger.condition_failed"


def told(refused: Refused, where: str) -> Refused:
    """A failed condition in the words of this room; any other refusal as it is."""
    if not is_condition(refused):
        return refused
    return refuse(
        "identity.changed", "Somebody acted on this meanwhile, so nothing was recorded.", where=where,
        hint="Look at it again, then decide.",
    )  # fmt: skip
