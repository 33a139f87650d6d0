"""Keeps when each lot went through its stations, and what people declared."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F

from onelot.disposition.board.events import FullReviewMeasured, ReviewHoursDeclared
from onelot.disposition.board.models import FullReview, Hours, LotPath
from onelot.disposition.events import LotDisposed
from onelot.intake.events import DocumentReceived
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.review.desk.events import ReviewSigned
from onelot.review.events import FindingRaised, LotReviewed


def _received(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentReceived)
    for lot in event.lots:
        LotPath.objects.update_or_create(lot=lot, defaults={"last_record_at": entry.recorded_at})


def _reviewed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotReviewed)
    path, _ = LotPath.objects.get_or_create(lot=event.lot)
    if not path.first_review:
        path.first_review, path.first_reviewed_at = event.review, entry.recorded_at
        path.save()


def _raised(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, FindingRaised)
    if event.state == "open":
        LotPath.objects.filter(lot=event.lot, first_review=event.review).update(
            first_exceptions=F("first_exceptions") + 1
        )


def _signed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, ReviewSigned)
    LotPath.objects.filter(lot=event.lot).update(
        signed_at=entry.recorded_at, record_before_signing=F("last_record_at")
    )


def _disposed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotDisposed)
    LotPath.objects.filter(lot=event.lot, disposed_at=None).update(
        disposed_at=entry.recorded_at, record_before_disposal=F("last_record_at")
    )


def _hours(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, ReviewHoursDeclared)
    Hours.objects.update_or_create(
        person=event.person, defaults={"hours_per_week": Decimal(event.hours_per_week)}
    )


def _measured(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, FullReviewMeasured)
    said = {
        "minutes": list(event.minutes), "source": event.source, "person": entry.actor.partition(":")[2],
        "at": entry.recorded_at,
    }  # fmt: skip
    FullReview.objects.update_or_create(product=event.product, defaults=said)


PROJECTOR = Projector(
    models=(LotPath, Hours, FullReview),
    handlers={
        DocumentReceived: _received,
        LotReviewed: _reviewed,
        FindingRaised: _raised,
        ReviewSigned: _signed,
        LotDisposed: _disposed,
        ReviewHoursDeclared: _hours,
        FullReviewMeasured: _measured,
    },
)
