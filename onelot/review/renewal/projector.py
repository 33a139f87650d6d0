"""Keeps what is needed to know which lots want another review."""

from __future__ import annotations

from onelot.execution.events import LotOpened
from onelot.intake.events import DocumentReceived
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.recipes.events import DocumentApproved, DocumentRetired
from onelot.review.events import LotReviewed
from onelot.review.renewal.models import ApprovedDocument, LotRecords, SiteRecords


def _received(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentReceived)
    if not event.lots:
        SiteRecords.objects.update_or_create(pk=1, defaults={"position": entry.position})
    for lot in event.lots:
        LotRecords.objects.update_or_create(lot=lot, defaults={"recorded": entry.position})


def _opened(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotOpened)
    LotRecords.objects.update_or_create(
        lot=event.lot, defaults={"mbr": event.mbr, "mbr_version": event.mbr_version}
    )


def _reviewed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotReviewed)
    said = {
        "reviewed": event.through_position, "reviewed_mbr": event.mbr_digest,
        "reviewed_policy": event.policy_digest, "baseline": event.baseline_digest, "position": entry.position,
    }  # fmt: skip
    LotRecords.objects.update_or_create(lot=event.lot, defaults=said)


def _approved(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentApproved)
    ApprovedDocument.objects.create(
        position=entry.position, kind=event.kind, document_id=event.id, version=event.version, digest=event.digest,
        document=event.document,
    )  # fmt: skip


def _retired(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentRetired)
    ApprovedDocument.objects.filter(digest=event.digest).delete()


PROJECTOR = Projector(
    models=(LotRecords, SiteRecords, ApprovedDocument),
    handlers={
        DocumentReceived: _received,
        LotOpened: _opened,
        LotReviewed: _reviewed,
        DocumentApproved: _approved,
        DocumentRetired: _retired,
    },
)
