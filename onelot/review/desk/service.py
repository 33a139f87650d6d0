"""What people may do at the desk.

Every command checks who may, decides on what the person had read, and appends on the condition that it still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onelot.deviations.events import DeviationOpened, Severity
from onelot.deviations.queries import deviations_of
from onelot.deviations.service import Deviations
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import either, said, word
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import person_may
from onelot.registry.signing import Credentials, Signing
from onelot.review.desk.documents import justifications_of
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
from onelot.review.desk.signed import reviewed_content
from onelot.review.desk.states import MOVES, Act
from onelot.review.events import LotReviewed
from onelot.review.renewal.tasks import ask_again

_ACTS = (FindingDecided, DecisionWithdrawn, QuestionAsked, QuestionAnswered)
MAX_TEXT = 4_000
_TRIES = 5


@dataclass(frozen=True)
class Desk:
    """The commands of one person. Each raises Refused: ``registry.not_allowed``, ``desk.unknown``, and its own."""

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock
    evidence: EvidenceStore | None = None
    """Where approved policies are kept; without it, no approved justification can be chosen."""

    def decide(
        self, *, finding: str, decision: Decision, reason: str, seen: int, justification: str = "",
        deviation: str = "",
    ) -> None:  # fmt: skip
        """Decide on an exception that was read as it stood at ledger position ``seen``.

        ``justification`` is the code of one that the policy approved for such exceptions: its text is then the reason,
        followed by ``reason`` where that is given. ``deviation`` is the number of one that is open on this lot.
        Raises Refused: ``desk.reason_missing``, ``desk.justification``, ``desk.deviation``, ``desk.not_now``,
        ``desk.changed``.
        """
        card = self._finding(finding, "finding.decide")
        self._check_move(card, "decide")
        text = _text(self._justified(card, justification, reason), "justification")
        self._check_deviation(card, decision, deviation)
        event = FindingDecided(
            lot=card.lot, finding=finding, decision=decision, justification=justification, deviation=deviation
        )
        self._act(card, event, seen, text)

    def raise_deviation(
        self, *, finding: str, severity: Severity, title: str, reason: str, seen: int
    ) -> str:  # fmt: skip
        """Open a deviation from an exception, and decide on it, in one append; the deviation's number.

        Raises Refused as ``decide`` and ``Deviations.draft_opening`` do.
        """
        card = self._finding(finding, "finding.decide")
        self._check_move(card, "decide")
        text = _text(reason, "justification")
        lot = self._lot(card.lot, "deviation.raise")
        place = Place(lot.organisation, lot.site, lot.product)
        deviations = Deviations(self.ledger, self.actor, place, self.clock)
        for attempt in range(_TRIES):
            opening = deviations.draft_opening(
                lot=card.lot, severity=severity, title=title, description=text, finding=finding
            )
            assert isinstance(opening.event, DeviationOpened)
            number = opening.event.deviation
            event = FindingDecided(lot=card.lot, finding=finding, decision="deviation", deviation=number)
            decided = self._draft(event, card.lot, finding, text)
            taken = Query(tags=(f"deviation:{number}",), types=(DeviationOpened,))
            try:
                self.ledger.append([decided, opening], unless=_acted_on(card) | taken, after=seen)
            except Refused as refused:
                # The number may have gone to somebody else at this instant; the exception itself is as it was read.
                is_number = next(self.ledger.read(_acted_on(card), after=seen), None) is None
                if (
                    refused.refusals[0].code != "ledger.condition_failed"
                    or not is_number
                    or attempt + 1 == _TRIES
                ):
                    raise _told(refused, card.lot) from refused
            else:
                break
        return number

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
        """Give a lot or an exception to somebody who may decide on it, or, without a name, to nobody.

        Raises Refused (``desk.assignee``).
        """
        card = self._lot(lot, "finding.assign")
        place = Place(card.organisation, card.site, card.product)
        if person and not person_may(person, "finding.decide", place, self.clock()):
            raise refuse(
                "desk.assignee", "This person may not decide on exceptions of this lot.", where=lot,
                expected="a reviewer or head of quality with this site and product in scope", got=person[:80],
            )  # fmt: skip
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
                "desk.undecided",
                "The review of this lot cannot be signed now.",
                where=lot,
                expected="every exception decided, and no signature yet",
                got=said(
                    "{undecided} undecided, {asked} with the site, waits for {waits_for}",
                    undecided=card.undecided,
                    asked=card.asked,
                    waits_for=word(card.waits_for),
                ),
            )
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

    def review_again(self, *, lot: str) -> None:
        """Ask for another review by the newest policy. Raises Refused (``renewal.nothing_new``)."""
        self._lot(lot, "finding.decide")
        ask_again(lot, by=self.actor, clock=self.clock)

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
        try:
            self.ledger.append(
                [self._draft(event, card.lot, card.key, reason)], unless=_acted_on(card), after=seen
            )
        except Refused as refused:
            raise _told(refused, card.lot) from refused

    def _justified(self, card: FindingCard, code: str, reason: str) -> str:
        """The reason after the approved text; only what the policy approved for such exceptions may be chosen."""
        if not code:
            return reason
        known = justifications_of(self.ledger, self.evidence, card.lot) if self.evidence else ()
        fitting = [item for item in known if item.fits(card.check_id, card.severity)]
        chosen = next((item for item in fitting if item.code == code), None)
        if chosen is None:
            raise refuse(
                "desk.justification", "The policy has no such justification for an exception of this kind.",
                where=card.subject, expected=", ".join(item.code for item in fitting) or said("free text"),
                got=code[:80],
            )  # fmt: skip
        return f"{chosen.text} {reason}".strip()

    def _check_deviation(self, card: FindingCard, decision: Decision, number: str) -> None:
        """A deviation is named exactly where the decision is one, and it is of this lot and not closed."""
        if decision != "deviation" and not number:
            return
        known = [item.number for item in deviations_of(card.lot) if item.state != "closed"]
        if decision != "deviation" or number not in known:
            raise refuse(
                "desk.deviation", "There is no such open deviation of this lot.", where=card.subject,
                expected=", ".join(known) or said("a new deviation"), got=number[:80] or said("no number"),
                hint="Raise a new one, or choose one that is open.",
            )  # fmt: skip

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
                "desk.not_now",
                "This cannot be done with the exception as it stands now.",
                where=card.subject,
                expected=either(map(word, sorted({state for state, does in MOVES if does == act}))),
                got=word(card.state),
                hint="Look at it again: somebody may have acted on it meanwhile.",
            )

    def _check_of_lot(self, finding: str, lot: str) -> None:
        if not FindingCard.objects.filter(key=finding, lot=lot).exists():
            raise refuse("desk.unknown", "There is no such exception of this lot.", where=lot, got=finding)


def _acted_on(card: FindingCard) -> Query:
    """What must not have happened since a person read an exception: an act on it, or another review of its lot."""
    return Query(tags=(f"finding:{card.key}",), types=_ACTS) | Query(
        tags=(f"lot:{card.lot}",), types=(LotReviewed,)
    )


def _text(text: str, what: str) -> str:
    found = text.strip()
    if not found or len(found) > MAX_TEXT:
        raise refuse(
            "desk.reason_missing",
            said("A {what} is needed, of at most {max_text} characters.", what=word(what), max_text=MAX_TEXT),
            where=what,
            got=said("{count} characters", count=len(found)),
        )
    return found


def _told(refused: Refused, lot: str) -> Refused:
    """A failed condition in the words of the desk; any other refusal as it is."""
    return _changed(lot) if refused.refusals[0].code == "ledger.condition_failed" else refused


def _changed(lot: str) -> Refused:
    return refuse(
        "desk.changed", "Somebody acted on this meanwhile, so nothing was recorded.", where=lot,
        hint="Your text is kept. Read what was done, then decide again.",
    )  # fmt: skip
