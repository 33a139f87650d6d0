"""Keeps the desk's read models from events of records, reviews and people."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, F, Sum

from onelot.execution.events import LotOpened
from onelot.intake.events import DocumentReceived
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.registry.events import SiteRegistered
from onelot.registry.models import Site
from onelot.review.desk import events
from onelot.review.desk.keys import finding_key
from onelot.review.desk.models import FindingCard, LotCard, Remark, ReviewedWith, Tally, Turnaround
from onelot.review.desk.states import NONE_OPEN, RANKS, Standing, lane_of, waits_for
from onelot.review.events import FindingRaised, LotReviewed

_WAITING = ("open", "asked")


def _person(entry: Entry) -> str:
    return entry.actor.partition(":")[2]


def _refresh(card: LotCard, entry: Entry) -> None:
    """Count the lot's exceptions anew, say for whom it waits, and since when if that has changed; keep the card."""
    raised = FindingCard.objects.filter(lot=card.lot, is_raised=True).order_by()
    counts = [*raised.values_list("state", "severity").annotate(number=Count("pk"))]
    waiting = dict.fromkeys(RANKS, 0)
    for state, severity, number in counts:
        if state in _WAITING:
            waiting[severity] += number
    for severity, number in waiting.items():
        setattr(card, severity, number)
    card.undecided = sum(number for state, _, number in counts if state == "open")
    card.asked = sum(number for state, _, number in counts if state == "asked")
    card.exceptions = sum(number for state, _, number in counts if state != "by_policy")
    card.worst = min((RANKS[severity] for severity, number in waiting.items() if number), default=NONE_OPEN)
    is_signed = bool(card.review) and card.signed_review == card.review
    found = waits_for(Standing(bool(card.review), is_signed, card.undecided, card.asked, card.is_closed))
    if found != card.waits_for or card.waits_since is None:
        card.waits_for, card.waits_since = found, entry.recorded_at
    card.lane = lane_of(card.waits_for, card.exceptions)
    card.position = entry.position
    _keep(card)


def _card(lot: str) -> LotCard:
    """The lot's card; one that is not kept yet where nothing was said of the lot."""
    card = LotCard.objects.filter(lot=lot).first()
    if card is None:
        return LotCard(lot=lot)
    card.counted = card.counted_by()
    return card


def _keep(card: LotCard) -> None:
    """Keep a card that ``_card`` gave, and count its lot where it stands now."""
    was, now = card.counted, card.counted_by()
    card.save()
    if was == now:
        return
    if was is not None:
        Tally.objects.filter(**was).update(lots=F("lots") - 1)
    if not Tally.objects.filter(**now).update(lots=F("lots") + 1):
        Tally.objects.create(**now, lots=1)


def _due(card: LotCard) -> datetime | None:
    agreed = (
        Turnaround.objects.filter(site__in=("", card.site), product__in=("", card.product))
        .order_by("-site", "-product")
        .first()
    )
    if agreed is None or card.last_record_at is None:
        return None
    return card.last_record_at + timedelta(hours=agreed.hours)


def _received(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentReceived)
    for lot in event.lots:
        card = _card(lot)
        card.last_record_at = entry.recorded_at
        card.due_at = _due(card)
        _refresh(card, entry)


def _opened(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotOpened)
    card = _card(event.lot)
    card.coi_identifier, card.product, card.site = event.coi_identifier, event.product, event.site
    card.market, card.mbr, card.mbr_version = event.intended_market, event.mbr, event.mbr_version
    card.organisation = (
        Site.objects.filter(code=event.site).values_list("organisation", flat=True).first() or ""
    )
    card.due_at = _due(card)
    _refresh(card, entry)


def _site(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, SiteRegistered)
    if (
        LotCard.objects.filter(site=event.site)
        .exclude(organisation=event.organisation)
        .update(organisation=event.organisation)
    ):
        counts = Tally.objects.filter(site=event.site)
        sums = [*counts.values("product", "lane").annotate(lots=Sum("lots")).order_by("product", "lane")]
        counts.delete()
        Tally.objects.bulk_create(
            Tally(organisation=event.organisation, site=event.site, **found) for found in sums
        )


def _reviewed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotReviewed)
    FindingCard.objects.filter(lot=event.lot).update(is_raised=False)
    card = _card(event.lot)
    card.expires_at = event.expires_at
    card.review, card.verdict, card.reviewed_at = event.review, event.verdict, entry.recorded_at
    said = {"review": event.review, "reviewed_at": entry.recorded_at, "position": entry.position}
    for digest in (event.mbr_digest, event.policy_digest):
        ReviewedWith.objects.update_or_create(lot=event.lot, digest=digest, defaults=said)
    _refresh(card, entry)


def _raised(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, FindingRaised)
    said = {
        "lot": event.lot, "review": event.review, "check_id": event.check, "variant": event.variant,
        "severity": event.severity, "rank": RANKS[event.severity], "subject": event.subject,
        "sentence": event.sentence, "expected": event.expected, "observed": event.observed, "clause": event.clause,
        "evidence": list(event.evidence), "accepted_because": event.accepted_because, "is_raised": True,
    }  # fmt: skip
    first = {"state": "by_policy" if event.state == "accepted" else "open", "position": entry.position}
    FindingCard.objects.update_or_create(
        key=finding_key(event), defaults=said, create_defaults={**said, **first}
    )
    _refresh(_card(event.lot), entry)


def _unsigned(lot: str) -> None:
    """What was signed is not what is decided any more: the signature stays in the ledger and counts no more."""
    LotCard.objects.filter(lot=lot).update(signed_review="", signed_by="", signed_at=None)


def _decided(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.FindingDecided)
    FindingCard.objects.filter(key=event.finding).update(
        state=event.decision, decided_by=_person(entry), decided_at=entry.recorded_at,
        justification=event.justification, reason=entry.reason, deviation=event.deviation, question="",
        position=entry.position,
    )  # fmt: skip
    _unsigned(event.lot)
    _remark(entry, "decision", lot=event.lot, finding=event.finding, text=entry.reason, detail=event.decision)


def _withdrawn(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.DecisionWithdrawn)
    FindingCard.objects.filter(key=event.finding).update(
        state="open", decided_by="", decided_at=None, justification="", reason="", deviation="",
        position=entry.position,
    )  # fmt: skip
    _unsigned(event.lot)
    _remark(entry, "withdrawn", lot=event.lot, finding=event.finding, text=entry.reason)


def _asked(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.QuestionAsked)
    FindingCard.objects.filter(key=event.finding).update(
        state="asked", question=event.question, position=entry.position
    )
    _remark(entry, "question", lot=event.lot, finding=event.finding, text=event.text)


def _answered(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.QuestionAnswered)
    FindingCard.objects.filter(key=event.finding).update(state="open", question="", position=entry.position)
    _remark(entry, "answer", lot=event.lot, finding=event.finding, text=event.text)


def _assigned(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.FindingAssigned)
    if event.finding:
        FindingCard.objects.filter(key=event.finding).update(assigned_to=event.person)
    else:
        LotCard.objects.filter(lot=event.lot).update(assigned_to=event.person)
    _remark(entry, "assigned", lot=event.lot, finding=event.finding, detail=event.person)


def _commented(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.CommentMade)
    _remark(entry, "comment", lot=event.lot, finding=event.finding, text=event.text)


def _signed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.ReviewSigned)
    LotCard.objects.filter(lot=event.lot).update(
        signed_review=event.review, signed_by=_person(entry), signed_at=entry.recorded_at
    )
    _remark(entry, "signed", lot=event.lot, detail="reviewed")


def _remark(
    entry: Entry, kind: str, *, lot: str, finding: str = "", text: str = "", detail: str = ""
) -> None:
    Remark.objects.create(
        position=entry.position, lot=lot, finding=finding, kind=kind, person=_person(entry),
        at=entry.recorded_at, text=text, detail=detail,
    )  # fmt: skip
    _refresh(_card(lot), entry)


def _agreed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.TurnaroundAgreed)
    Turnaround.objects.update_or_create(
        site=event.site, product=event.product, defaults={"hours": event.hours}
    )
    for card in LotCard.objects.exclude(last_record_at=None):
        LotCard.objects.filter(pk=card.pk).update(due_at=_due(card))


def lot_decided(lot: str, *, is_closed: bool, entry: Entry) -> None:
    """A room above decided on the disposition of a lot; called in the turn of the append that says so."""
    card = _card(lot)
    card.is_closed = is_closed
    _refresh(card, entry)


def _infusion(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.InfusionPlanned)
    card = _card(event.lot)
    card.infusion_at = event.planned_for
    _keep(card)


PROJECTOR = Projector(
    models=(LotCard, FindingCard, Remark, ReviewedWith, Tally, Turnaround),
    handlers={
        DocumentReceived: _received,
        LotOpened: _opened,
        SiteRegistered: _site,
        LotReviewed: _reviewed,
        FindingRaised: _raised,
        events.FindingDecided: _decided,
        events.DecisionWithdrawn: _withdrawn,
        events.QuestionAsked: _asked,
        events.QuestionAnswered: _answered,
        events.FindingAssigned: _assigned,
        events.CommentMade: _commented,
        events.ReviewSigned: _signed,
        events.TurnaroundAgreed: _agreed,
        events.InfusionPlanned: _infusion,
    },
)
