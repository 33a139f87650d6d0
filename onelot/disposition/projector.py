"""Keeps the read models of dispositions from their events."""

from __future__ import annotations

from onelot.disposition.events import CertificateIssued, DispositionItemStated, LotDisposed
from onelot.disposition.models import (
    Certificate,
    Decision,
    ItemStatement,
    MaterialStatus,
    Standing,
)
from onelot.disposition.states import CLOSED
from onelot.intake.events import DocumentReceived
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.registry.models import SignatureCard
from onelot.review.desk.projector import lot_decided
from onelot.supply.events import MaterialLotStatusChanged


def _person(entry: Entry) -> str:
    return entry.actor.partition(":")[2]


def _disposed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, LotDisposed)
    Standing.objects.update_or_create(
        lot=event.lot, market=event.market,
        defaults={
            "state": event.decision, "is_closed": event.decision in CLOSED, "position": entry.position,
            "decided_at": entry.recorded_at,
        },
    )  # fmt: skip
    Decision.objects.create(
        position=entry.position, lot=event.lot, market=event.market, decision=event.decision,
        signature=event.signature, through_position=event.through_position, reason=entry.reason,
        pending=list(event.pending), out_of_specification=list(event.out_of_specification),
        consequence_plan=event.consequence_plan, request=event.request, acceptance=event.acceptance,
        protocol=event.protocol, informed=event.informed, person=_person(entry), at=entry.recorded_at,
    )  # fmt: skip
    lot_decided(event.lot, is_closed=event.decision in CLOSED, entry=entry)


def _stated(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DispositionItemStated)
    if event.state == "withdrawn":
        ItemStatement.objects.filter(lot=event.lot, market=event.market, item=event.item).delete()
        return
    ItemStatement.objects.update_or_create(
        lot=event.lot,
        market=event.market,
        item=event.item,
        defaults={
            "state": event.state, "document": event.document, "document_name": event.document_name,
            "reason": entry.reason, "person": _person(entry),
            "at": entry.recorded_at, "position": entry.position,
        },
    )  # fmt: skip


def _issued(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, CertificateIssued)
    signed = SignatureCard.objects.filter(signature=event.signature).first()
    Certificate.objects.create(
        number=event.certificate, kind=event.kind, lot=event.lot, market=event.market, content=event.content,
        signature=event.signature, person=_person(entry), name=signed.name if signed else "",
        issued_at=entry.recorded_at, position=entry.position,
    )  # fmt: skip


def _material(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, MaterialLotStatusChanged)
    MaterialStatus.objects.create(
        position=entry.position, material=event.material, material_lot=event.material_lot, status=event.status,
        changed_at=event.changed_at, document=entry.source.document if entry.source else "",
    )  # fmt: skip


def _received(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentReceived)
    if event.supersedes:
        MaterialStatus.objects.filter(document=event.supersedes).delete()


PROJECTOR = Projector(
    models=(Standing, Decision, ItemStatement, Certificate, MaterialStatus),
    handlers={
        LotDisposed: _disposed,
        DispositionItemStated: _stated,
        CertificateIssued: _issued,
        MaterialLotStatusChanged: _material,
        DocumentReceived: _received,
    },
)
