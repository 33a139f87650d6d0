"""Keeps what sites see of their documents."""

from __future__ import annotations

from django.db.models import F

from onelot.execution.events import LotCompleted, ResultReported
from onelot.intake.events import DocumentReceived, DocumentRefused, DocumentSuperseded
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.partners.models import SentDocument, SentLot, Statement
from onelot.registry.models import Account


def _sender(entry: Entry) -> dict[str, str]:
    kind, _, name = entry.actor.partition(":")
    if kind != "person":
        return {}
    organisation = Account.objects.filter(person=name).values_list("organisation", flat=True).first() or ""
    return {"person": name, "organisation": organisation}


def _kept(text: str) -> str:
    """A text that every database can keep."""
    return text.replace("\x00", "\ufffd")


def _received(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentReceived)
    sent = SentDocument.objects.create(
        position=entry.position, document=event.document, name=event.name, size=event.size, outcome="taken",
        adapter=event.adapter, facts=event.facts, lots=list(event.lots), at=entry.recorded_at,
        supersedes=event.supersedes, **_sender(entry),
    )  # fmt: skip
    SentLot.objects.bulk_create([SentLot(document=sent, lot=lot) for lot in event.lots])
    if event.supersedes:
        SentDocument.objects.filter(document=event.supersedes).update(superseded_by=event.document)
        Statement.objects.filter(document=event.supersedes).delete()


def _refused(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentRefused)
    SentDocument.objects.create(
        position=entry.position, document=event.document, name=event.name, size=event.size, outcome="refused",
        refusals=[{field: _kept(text) for field, text in told.items()} for told in event.refusals],
        at=entry.recorded_at, **_sender(entry),
    )  # fmt: skip


def _superseded(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentSuperseded)
    SentDocument.objects.filter(document=event.by_document, outcome="taken").update(
        changes=F("changes") + len(event.differences)
    )


def _completed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotCompleted)
    _state(entry, event.lot, "completed")


def _result(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, ResultReported)
    name = f"{event.test}, {event.sample}" if event.sample else event.test
    _state(entry, event.lot, "result", name, event.status)


def _state(entry: Entry, lot: str, kind: str, name: str = "", status: str = "") -> None:
    document = entry.source.document if entry.source else ""
    Statement.objects.create(
        position=entry.position, lot=lot, document=document, kind=kind, name=_kept(name), status=status
    )


PROJECTOR = Projector(
    models=(SentDocument, SentLot, Statement),
    handlers={
        DocumentReceived: _received,
        DocumentRefused: _refused,
        DocumentSuperseded: _superseded,
        LotCompleted: _completed,
        ResultReported: _result,
    },
)
