"""What people may do to dispose of lots.

Every command checks who may, decides on what the person had read, and appends on the condition that it still holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from onelot.custody import events as custody
from onelot.deviations import events as deviations
from onelot.disposition.domain.case import Case
from onelot.disposition.domain.certificates import Given
from onelot.disposition.domain.checklist import checklist, is_compliant
from onelot.disposition.domain.rules import Blocker, blockers, criteria_not_met, pending_tests
from onelot.disposition.events import DecisionCode, DispositionItemStated, LotDisposed
from onelot.disposition.issuing import Issue, read_registers, shown
from onelot.disposition.queries import visible_lot
from onelot.disposition.reading import ReadCase, read_case
from onelot.disposition.states import CLOSED, DECISIONS, DUTIES, RELEASING
from onelot.execution import events as execution
from onelot.identity import events as identity
from onelot.intake.events import DocumentReceived, DocumentSuperseded
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said, word
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place
from onelot.registry.signature_events import Meaning
from onelot.registry.signing import Credentials, Signing
from onelot.review import events as review
from onelot.review.desk import events as desk
from onelot.review.desk.models import LotCard

MAX_TEXT = 4_000
MAX_FILE = 20 * 1024 * 1024
"""Bytes of a file that shows a statement; it goes into the dossier, too."""
COMPLIANT_REASON = "Every item of the checklist is present or does not apply."
"""The reason of a release that needs no justification of its own."""
TEXTS = ("reason", "consequence_plan", "request", "acceptance", "protocol", "informed")
"""What may be given with a decision."""
_TRIES = 5

RESTS_ON: tuple[type[Event], ...] = (
    *execution.EVENTS, *custody.EVENTS, *identity.EVENTS, *deviations.EVENTS, *review.EVENTS, DocumentReceived,
    DocumentSuperseded, desk.FindingDecided, desk.DecisionWithdrawn, desk.QuestionAsked, desk.QuestionAnswered,
    desk.ReviewSigned, DispositionItemStated, LotDisposed,
)  # fmt: skip
"""A decision rests on these: one of them that is newer than what was shown, and it has to be read again."""


@dataclass(frozen=True)
class StatedFile:
    """A file that shows what somebody states: a scanned order, a certificate of conformance."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Disposing:
    """The commands of one person.

    Each raises Refused: ``registry.not_allowed``, ``disposition.unknown``, ``disposition.changed``,
    ``disposition.text``, and its own.
    """

    ledger: Ledger
    evidence: EvidenceStore
    actor: Actor
    clock: Clock = system_clock

    def state_items(
        self, *, lot: str, states: Mapping[str, Literal["present", "not_applicable", "withdrawn"]], reason: str,
        seen: int, file: StatedFile | None = None, others_present: bool = False,
    ) -> None:  # fmt: skip
        """Say of items that no record shows that they are there, or do not apply, as the lot stood at ``seen``.

        ``file`` shows it, and is kept as evidence. ``others_present``: every other item that is missing and theirs to
        state is there, too.

        Raises Refused: ``disposition.item_unknown``, ``disposition.closed``, ``disposition.nothing_stated``,
        ``disposition.file``.
        """
        card = self._lot(lot, "disposition.state")
        read = self._read(card, seen)
        if read.case.state in CLOSED:
            raise refuse(
                "disposition.closed", "The lot was finally decided on, so its checklist is not changed any more.",
                where=lot, got=word(read.case.state.replace("_", " ")),
            )  # fmt: skip
        roles = {grant.role for grant in self.actor.grants}
        owed = {statement.id: statement.owes for statement in read.case.wanted}
        if others_present:
            theirs = [item for item, owes in owed.items() if roles & {*owes}]
            missing = [item for item in theirs if item not in (read.case.stated or {})]
            states = {**dict.fromkeys(missing, "present"), **states}
        if not states:
            raise refuse(
                "disposition.nothing_stated", "No item was chosen.", where="items", expected="one or more"
            )
        for item in states:
            if item not in owed or not roles & {*owed[item]}:
                raise refuse(
                    "disposition.item_unknown", "This item is not yours to state for this lot.", where=item,
                    expected=", ".join(one for one, owes in owed.items() if roles & {*owes}) or "none",
                )  # fmt: skip
        text, who = _text(reason, "reason"), self.actor.who
        name = _checked_name(file) if file else ""
        document = self.evidence.put(file.data) if file else ""
        drafts = [
            Draft(
                event=DispositionItemStated(lot=lot, market=card.market, item=item, state=state, document=document,
                                            document_name=name),
                actor=who, occurred_at=self.clock(), tags=(f"lot:{lot}",), reason=text,
            )
            for item, state in states.items()
        ]  # fmt: skip
        try:
            self.ledger.append(drafts, unless=touching(lot), after=read.position)
        except Refused as refused:
            raise changed(lot) if is_condition(refused) else refused from refused

    def dispose(
        self, *, lot: str, market: str, given: Given, seen: int, signing: Signing, credentials: Credentials
    ) -> int:  # fmt: skip
        """Sign a decision on a lot for its market, on what was shown at ``seen``; the position of the decision.

        The signature holds the whole checklist, the results and what was given. Certificates that go with the decision
        are issued in the same append. Raises Refused: ``disposition.market``, ``disposition.blocked`` (one refusal for
        everything that stops it), ``disposition.missing``, ``registry.signature_failed``.
        """
        for _ in range(_TRIES):
            card = self._lot(lot, "disposition.open")
            if market != card.market:
                raise refuse(
                    "disposition.market", "The lot is not intended for this market, so nothing was judged for it.",
                    where=lot, expected=card.market, got=market,
                    hint="Correct the intended market in the record and review it again.",
                )  # fmt: skip
            read = self._read(card, seen)
            self._check(card, read.case, given)
            issue = Issue(
                case=read.case, given=_completed(given), meaning=meaning_of(read.case, given.decision),
                registers=read_registers(read.case, given.decision, self.clock().year), evidence=self.evidence,
                now=self.clock(),
            )  # fmt: skip
            try:
                appended = self._signed(read, issue, seen, signing, credentials)
            except Refused as refused:
                if not is_condition(refused):
                    raise
                if credentials.code or credentials.security_key:
                    raise changed(lot) from refused  # these prove a person once only
                continue  # another lot took the number, or somebody acted on this one: _read tells
            return appended[1]
        raise changed(lot)

    def may_decide(self, case: Case, decision: DecisionCode) -> bool:
        """Whether this is a decision of the person's: a release takes the permission of the lot's market."""
        place = Place(case.head.organisation, case.head.site, case.head.product)
        return any(self.actor.may(action, place) for action in actions_for(case, decision))

    def _signed(
        self, read: ReadCase, issue: Issue, seen: int, signing: Signing, credentials: Credentials
    ) -> range:
        case, given, lot = read.case, issue.given, read.case.head.lot
        unless = touching(lot)
        for register in issue.registers:
            unless |= register.taken()

        def acts(signature: str) -> list[Event]:
            disposed = LotDisposed(
                lot=lot, market=case.head.market, decision=given.decision, signature=signature, through_position=seen,
                pending=pending_tests(case) if given.decision == "released_conditionally" else (),
                consequence_plan=given.consequence_plan, request=given.request, acceptance=given.acceptance,
                protocol=given.protocol, out_of_specification=criteria_not_met(case), informed=given.informed,
            )  # fmt: skip
            return [disposed, *issue.certificates(signature, signing)]

        return signing.sign(
            credentials=credentials, meaning=issue.meaning, content=shown(case, given, seen),
            tags=(f"lot:{lot}", *(register.tag for register in issue.registers)), acts=acts, unless=unless,
            after=read.position, reason=given.reason,
        )  # fmt: skip

    def _check(self, card: LotCard, case: Case, given: Given) -> None:
        """Who may, then what stops it, then what is missing."""
        place = Place(card.organisation, card.site, card.product)
        actions = actions_for(case, given.decision)
        if not any(self.actor.may(action, place) for action in actions):
            self.actor.check_may(actions[0], place)
        found = blockers(case, given.decision, self.actor.person)
        if found:
            raise Refused([_refusal(card.lot, given.decision, one) for one in found])
        missing = missing_fields(case, given)
        if missing:
            raise Refused(
                [
                    Refusal(
                        "disposition.missing",
                        said("The decision wants this: {field}.", field=word(field.replace("_", " "))),
                        where=field,
                    )
                    for field in missing
                ]
            )
        for field in TEXTS:
            if len(getattr(given, field)) > MAX_TEXT:
                _text(getattr(given, field), field.replace("_", " "))

    def _read(self, card: LotCard, seen: int) -> ReadCase:
        read = read_case(self.ledger, self.evidence, card)
        if seen > read.position or any(True for _ in self.ledger.read(touching(card.lot), after=seen)):
            raise changed(card.lot)
        return read

    def _lot(self, lot: str, action: str) -> LotCard:
        card = visible_lot(self.actor, lot)
        if card is None:
            raise refuse("disposition.unknown", "There is no such lot.", where="lot", got=lot)
        self.actor.check_may(action, Place(card.organisation, card.site, card.product))
        return card


def actions_for(case: Case, decision: DecisionCode) -> tuple[str, ...]:
    """The permissions of which one is needed; for a release, that of the market (only a QP certifies in the EU)."""
    if decision in RELEASING:
        return (case.basis.release_action,) if case.basis else ("lot.certify",)
    return DUTIES[decision].actions


def meaning_of(case: Case, decision: DecisionCode) -> Meaning:
    """What the signature says."""
    if decision in RELEASING and case.basis and case.basis.releases == "qp":
        return "certified"
    return DUTIES[decision].meaning


def missing_fields(case: Case, given: Given) -> tuple[str, ...]:
    """Fields that this decision wants and that are empty.

    A justification is forced unless a release finds everything compliant; exceptional supply wants a protocol where the
    market says so (in the US an expanded access protocol or IND).
    """
    wants = [*DUTIES[given.decision].wants]
    if given.decision == "supplied_exceptionally" and case.basis and case.basis.exceptional.protocol:
        wants.append("protocol")
    if not (given.decision in RELEASING and is_compliant(checklist(case))):
        wants.append("reason")
    return tuple(field for field in wants if not getattr(given, field).strip())


def is_decision(text: str) -> bool:
    """Whether a text names a decision."""
    return text in DECISIONS


def _completed(given: Given) -> Given:
    """Texts without outer spaces, and the reason of a decision that needs no justification."""
    texts = {field: getattr(given, field).strip() for field in TEXTS}
    return replace(given, **{**texts, "reason": texts["reason"] or COMPLIANT_REASON})


def _refusal(lot: str, decision: DecisionCode, one: Blocker) -> Refusal:
    return Refusal(
        "disposition.blocked",
        one.what,
        where=lot,
        expected=said("nothing that stops “{decision}”", decision=word(decision.replace("_", " "))),
        got=one.code.replace("_", " "),
        hint="The checklist says who owes it." if one.item else "",
    )


def touching(lot: str) -> Query:
    """Matches what a decision on the lot rests on."""
    return Query(tags=(f"lot:{lot}",), types=RESTS_ON)


def is_condition(refused: Refused) -> bool:
    """Whether an append was refused since something came in between."""
    return refused.refusals[0].code == "ledger.condition_failed"


def _checked_name(file: StatedFile) -> str:
    """The file's name without folders and invisible characters. Raises Refused (``disposition.file``)."""
    last = file.name.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in last if c.isprintable()).strip()[:200]
    if not name or not 0 < len(file.data) <= MAX_FILE:
        raise refuse(
            "disposition.file", "The file cannot be kept with the statement.", where="file",
            expected=said("a file with a name, of 1 to {count} bytes", count=MAX_FILE),
            got=said("{count} bytes", count=len(file.data)),
        )  # fmt: skip
    return name


def _text(text: str, what: str) -> str:
    found = text.strip()
    if not found or len(found) > MAX_TEXT:
        raise refuse(
            "disposition.text",
            said("A {what} is needed, of at most {max_text} characters.", what=word(what), max_text=MAX_TEXT),
            where=what,
            got=said("{count} characters", count=len(found)),
        )
    return found


def changed(lot: str) -> Refused:
    """Something about the lot is newer than what was shown."""
    return refuse(
        "disposition.changed", "Something about this lot changed meanwhile, so nothing was recorded.", where=lot,
        hint="Your text is kept. Read what is new, then decide again.",
    )  # fmt: skip
