"""What people may do at the desk.

Every command checks who may, decides on what the person had read, and appends on the condition that it still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place
from onelot.registry.signing import Credentials, Signing
from onelot.review.desk.events import (
    CommentMade,
    Decision,
    DecisionWithdrawn,
    FindingAssigned,
    FindingDecided,
    InfusionPlanned,
    QuestionAnswered,
    QuestionAsked,
    ReviewSigned,
    TurnaroundAgreed,
)
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.states import MOVES, Act
from onelot.review.events import LotReviewed

_ACTS = (FindingDecided, DecisionWithdrawn, QuestionAsked, QuestionAnswered)
MAX_TEXT = 4_000


@dataclass(frozen=True)
class Desk:
    """The commands of one person. Each raises Refused: ``registry.not_allowed``, ``desk.unknown``, and its own."""

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock

    def decide(
        self, *, finding: str, decision: Decision, reason: str, seen: int, justification: str = "",
        deviation: str = "",
    ) -> None:  # fmt: skip
        """Decide on an exception that was read as it stood at ledger position ``seen``.

        Raises Refused: ``desk.reason_missing``, ``desk.not_now``, ``desk.changed``.
        """
        card = self._finding(finding, "finding.decide")
        self._check_move(card, "decide")
        text = _text(reason, "justification")
        event = FindingDecided(
            lot=card.lot, finding=finding, decision=decision, justification=justification, deviation=deviation
        )
        self._act(card, event, seen, text)

    def withdraw(self, *, finding: str, reason: str, seen: int) -> None:
        """Open a decided exception again. Raises Refused as ``decide`` does."""
        card = self._finding(finding, "finding.decide")
        self._check_move(card, "withdraw")
        self._act(card, DecisionWithdrawn(lot=card.lot, finding=finding), seen, _text(reason, "reason"))

    def ask(self, *, finding: str, text: str, seen: int) -> None:
        """Send an exception back to its site with a question. Raises Refused as ``decide`` does."""
        card = self._finding(finding, "finding.ask")
        self._check_move(card, "ask")
        event = QuestionAsked(lot=card.lot, finding=finding, question=new_id(), text=_text(text, "question"))
        self._act(card, event, seen)

    def answer(self, *, finding: str, text: str, seen: int) -> None:
        """Answer the question that waits. Raises Refused as ``decide`` does."""
        card = self._finding(finding, "finding.answer")
        self._check_move(card, "answer")
        event = QuestionAnswered(
            lot=card.lot, finding=finding, question=card.question, text=_text(text, "answer")
        )
        self._act(card, event, seen)

    def comment(self, *, lot: str, text: str, finding: str = "") -> None:
        """Say something about a lot or one of its exceptions. Raises Refused (``desk.reason_missing``)."""
        self._lot(lot, "finding.comment")
        if finding:
            self._check_of_lot(finding, lot)
        self._append(CommentMade(lot=lot, finding=finding, text=_text(text, "comment")), lot, finding)

    def assign(self, *, lot: str, person: str, finding: str = "") -> None:
        """Give a lot or an exception to somebody, or, without a name, to nobody."""
        self._lot(lot, "finding.assign")
        if finding:
            self._check_of_lot(finding, lot)
        self._append(FindingAssigned(lot=lot, finding=finding, person=person), lot, finding)

    def sign_review(
        self, *, lot: str, review: str, seen: int, signing: Signing, credentials: Credentials
    ) -> None:
        """Sign that the record was reviewed, with the decisions as they stood at position ``seen``.

        Raises Refused: ``desk.undecided``, ``desk.changed``, ``registry.signature_failed``.
        """
        card = self._lot(lot, "review.sign")
        content = reviewed_content(card)
        if card.review != review or card.position > seen:
            raise _changed(lot)
        if card.waits_for != "signature":
            raise refuse(
                "desk.undecided", "The review of this lot cannot be signed now.", where=lot,
                expected="every exception decided, and no signature yet",
                got=f"{card.undecided} undecided, {card.asked} with the site, waits for {card.waits_for}",
            )  # fmt: skip
        decided = FindingCard.objects.filter(lot=lot, is_raised=True).exclude(state="by_policy").count()
        try:
            signing.sign(
                credentials=credentials, meaning="reviewed", content=content, tags=(f"lot:{lot}",),
                acts=lambda signature: [
                    ReviewSigned(lot=lot, review=review, signature=signature, decided=decided)
                ],
                unless=Query(tags=(f"lot:{lot}",), types=(*_ACTS, LotReviewed, ReviewSigned)), after=seen,
            )  # fmt: skip
        except Refused as refused:
            raise _told(refused, lot) from refused

    def agree_turnaround(self, *, hours: int, site: str = "", product: str = "") -> None:
        """Say how long a review may take after the last record."""
        self.actor.check_may("people.manage")
        self._append(TurnaroundAgreed(site=site, product=product, hours=hours), "", "")

    def plan_infusion(self, *, lot: str, planned_for: datetime) -> None:
        """Say when the patient is to receive the lot."""
        self._lot(lot, "finding.assign")
        self._append(InfusionPlanned(lot=lot, planned_for=planned_for), lot, "")

    def _act(self, card: FindingCard, event: Event, seen: int, reason: str = "") -> None:
        """Append unless somebody acted on the exception, or the lot was reviewed, after ``seen``."""
        unless = Query(tags=(f"finding:{card.key}",), types=_ACTS) | Query(
            tags=(f"lot:{card.lot}",), types=(LotReviewed,)
        )
        try:
            self.ledger.append([self._draft(event, card.lot, card.key, reason)], unless=unless, after=seen)
        except Refused as refused:
            raise _told(refused, card.lot) from refused

    def _append(self, event: Event, lot: str, finding: str) -> None:
        self.ledger.append([self._draft(event, lot, finding)])

    def _draft(self, event: Event, lot: str, finding: str, reason: str = "") -> Draft:
        tags = [f"lot:{lot}"] if lot else []
        if finding:
            tags.append(f"finding:{finding}")
        return Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=tuple(tags), reason=reason
        )

    def _finding(self, key: str, action: str) -> FindingCard:
        card = FindingCard.objects.filter(key=key, is_raised=True).first()
        if card is None:
            raise refuse("desk.unknown", "There is no such exception.", where="exception", got=key)
        self._lot(card.lot, action)
        return card

    def _lot(self, lot: str, action: str) -> LotCard:
        """A lot the person may see; else it is unknown, so that nobody learns by guessing what exists."""
        card = LotCard.objects.filter(lot=lot).first()
        place = Place(card.organisation, card.site, card.product) if card else Place()
        if card is None or not self.actor.may("lot.open", place):
            raise refuse("desk.unknown", "There is no such lot.", where="lot", got=lot)
        self.actor.check_may(action, place)
        return card

    def _check_move(self, card: FindingCard, act: Act) -> None:
        if (card.state, act) not in MOVES:
            raise refuse(
                "desk.not_now", "This cannot be done with the exception as it stands now.", where=card.subject,
                expected=" or ".join(sorted({state for state, does in MOVES if does == act})), got=card.state,
                hint="Look at it again: somebody may have acted on it meanwhile.",
            )  # fmt: skip

    def _check_of_lot(self, finding: str, lot: str) -> None:
        if not FindingCard.objects.filter(key=finding, lot=lot).exists():
            raise refuse("desk.unknown", "There is no such exception of this lot.", where=lot, got=finding)


def reviewed_content(card: LotCard) -> dict[str, object]:
    """Exactly what a reviewer signs: the verdict, and every exception with what was decided on it."""
    decisions = [
        {
            "finding": row.key, "severity": row.severity, "sentence": row.sentence, "state": row.state,
            "decided_by": row.decided_by, "reason": row.reason or row.accepted_because,
            "deviation": row.deviation,
        }
        for row in FindingCard.objects.filter(lot=card.lot, is_raised=True).order_by("rank", "key")
    ]  # fmt: skip
    return {
        "lot": card.lot, "coi_identifier": card.coi_identifier, "product": card.product, "site": card.site,
        "market": card.market, "mbr": f"{card.mbr} version {card.mbr_version}", "review": card.review,
        "verdict": card.verdict, "decisions": decisions,
    }  # fmt: skip


def _text(text: str, what: str) -> str:
    found = text.strip()
    if not found or len(found) > MAX_TEXT:
        raise refuse(
            "desk.reason_missing", f"A {what} is needed, of at most {MAX_TEXT} characters.", where=what,
            got=f"{len(found)} characters",
        )  # fmt: skip
    return found


def _told(refused: Refused, lot: str) -> Refused:
    """A failed condition in the words of the desk; any other refusal as it is."""
    return _changed(lot) if refused.refusals[0].code == "ledger.condition_failed" else refused


def _changed(lot: str) -> Refused:
    return refuse(
        "desk.changed", "Somebody acted on this meanwhile, so nothing was recorded.", where=lot,
        hint="Your text is kept. Read what was done, then decide again.",
    )  # fmt: skip
