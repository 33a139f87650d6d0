"""Keeps the read models of identity from their events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onelot.identity import events
from onelot.identity.models import (
    BedsideCard,
    CollectionCard,
    ContainerCard,
    CorrectionCard,
    InfusionCard,
    LabelCard,
    MilestoneCard,
    MismatchCard,
    OrderCard,
    ScanCard,
    TherapyCard,
    TherapyLot,
)
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Handler, Projector
from onelot.registry.models import Site


def _on(handler: Callable[[Any, Entry], None]) -> Handler:
    """A handler that is given the event first."""
    return lambda entry: handler(entry.event, entry)


def _person(entry: Entry) -> str:
    return entry.actor.partition(":")[2]


def _therapy(coi: str, entry: Entry, **changes: Any) -> None:
    TherapyCard.objects.filter(coi_identifier=coi).update(position=entry.position, **changes)


def _order(order: str, entry: Entry, **changes: Any) -> None:
    OrderCard.objects.filter(order=order).update(position=entry.position, **changes)


def _ordered(event: events.TherapyOrdered, entry: Entry) -> None:
    OrderCard.objects.create(
        order=event.order, product=event.product, market=event.market, organisation=event.organisation,
        clinic=event.clinic, state="ordered", checklist=event.checklist,
        answers=[{"item": a.item, "answer": a.answer, "note": a.note} for a in event.answers],
        collect_from=event.collect_from, infuse_by=event.infuse_by, ordered_by=_person(entry),
        ordered_at=entry.occurred_at, position=entry.position,
    )  # fmt: skip


def _changed(event: events.OrderChanged, entry: Entry) -> None:
    _order(event.order, entry, collect_from=event.collect_from, infuse_by=event.infuse_by)


def _prescribed(event: events.OrderPrescribed, entry: Entry) -> None:
    _order(
        event.order, entry, state="prescribed", prescribed_by=_person(entry), prescribed_at=entry.occurred_at
    )


def _ended(why: str) -> Callable[[Any, Entry], None]:
    def end(event: Any, entry: Entry) -> None:
        _order(event.order, entry, state="ended", ended_by=why, ended_reason=entry.reason)
        card = OrderCard.objects.get(order=event.order)
        if card.coi_identifier:
            _therapy(card.coi_identifier, entry, state="ended")

    return end


def _coi_assigned(event: events.CoiAssigned, entry: Entry) -> None:
    _order(event.order, entry, coi_identifier=event.coi_identifier)
    order = OrderCard.objects.get(order=event.order)
    TherapyCard.objects.create(
        coi_identifier=event.coi_identifier, order=order.order, product=order.product, market=order.market,
        organisation=order.organisation, clinic=order.clinic, state="enrolled", assigned_at=entry.occurred_at,
        position=entry.position,
    )  # fmt: skip


def _lot_assigned(event: events.LotAssigned, entry: Entry) -> None:
    TherapyLot.objects.filter(coi_identifier=event.coi_identifier).update(is_replaced=True)
    TherapyLot.objects.create(
        lot=event.lot, coi_identifier=event.coi_identifier, mbr=event.mbr, mbr_version=event.mbr_version,
        site=event.site, replaces=event.replaces, assigned_at=entry.occurred_at,
    )  # fmt: skip
    maker = Site.objects.filter(code=event.site).values_list("organisation", flat=True).first() or ""
    card = TherapyCard.objects.get(coi_identifier=event.coi_identifier)
    _therapy(
        event.coi_identifier, entry, lot=event.lot, mbr=event.mbr, mbr_version=event.mbr_version, site=event.site,
        maker=maker, state="scheduled" if card.state == "enrolled" else card.state,
    )  # fmt: skip
    _order(card.order, entry, site=event.site, maker=maker)


def _collected(event: events.CollectionRecorded, entry: Entry) -> None:
    CollectionCard.objects.create(
        din=event.din, coi_identifier=event.coi_identifier, lot=event.lot, site=event.site,
        started_at=event.started_at, ended_at=event.ended_at, collected_by=event.collected_by,
        verified_by=event.verified_by,
    )  # fmt: skip
    _therapy(event.coi_identifier, entry, state="collected", collected_at=event.ended_at)


def _registered(event: events.ContainerRegistered, entry: Entry) -> None:
    ContainerCard.objects.create(
        code=event.container, coi_identifier=event.coi_identifier, lot=event.lot, kind=event.kind, of=event.of,
        din=event.din, parents=list(event.parents), material=event.material, volume=event.volume, unit=event.unit,
        number=event.number, total=event.total, state="registered", registered_at=entry.occurred_at,
        position=entry.position,
    )  # fmt: skip
    _therapy(event.coi_identifier, entry)


def _container(codes: tuple[str, ...], entry: Entry, **changes: Any) -> None:
    ContainerCard.objects.filter(code__in=codes).update(position=entry.position, **changes)


def _split(event: events.ContainersSplit, entry: Entry) -> None:
    if event.is_emptied:
        _container((event.parent,), entry, state="emptied")
    _therapy(event.coi_identifier, entry)


def _pooled(event: events.ContainersPooled, entry: Entry) -> None:
    _container(event.parents, entry, state="emptied")
    _therapy(event.coi_identifier, entry)


def _read(event: events.IdentifierRead, entry: Entry) -> None:
    known = TherapyLot.objects.filter(lot=event.lot).first()
    if known is None:
        return  # a lot that was not ordered here
    coi = known.coi_identifier
    match event.kind:
        case "coi_identifier":
            agrees = event.identifier == coi
        case "lot":
            agrees = event.identifier == event.lot
        case "din":
            agrees = CollectionCard.objects.filter(coi_identifier=coi, din=event.identifier).exists()
        case _:
            agrees = ContainerCard.objects.filter(coi_identifier=coi, code=event.identifier).exists()
    ScanCard.objects.create(
        position=entry.position, coi_identifier=coi, lot=event.lot, point=event.point, carrier=event.carrier,
        kind=event.kind, identifier=event.identifier[:400], agrees=agrees,
        read_by=event.read_by or _person(entry), verified_by=event.verified_by, read_at=event.read_at,
    )  # fmt: skip


def _mismatched(event: events.IdentityMismatch, entry: Entry) -> None:
    MismatchCard.objects.create(
        position=entry.position, coi_identifier=event.coi_identifier, lot=event.lot, point=event.point,
        expected=event.expected[:400], read=event.read[:400], deviation=event.deviation, other=event.other,
        read_by=event.read_by or _person(entry), read_at=entry.occurred_at,
    )  # fmt: skip
    _therapy(event.coi_identifier, entry, stopped_by=event.deviation)


def _reestablished(event: events.IdentityReestablished, entry: Entry) -> None:
    MismatchCard.objects.filter(coi_identifier=event.coi_identifier, reestablished_at=None).update(
        reestablished_by=_person(entry), reestablished_at=entry.occurred_at
    )
    _therapy(event.coi_identifier, entry, stopped_by="")


def _printed(event: events.LabelPrinted, entry: Entry) -> None:
    LabelCard.objects.create(
        label=event.label, kind=event.kind, coi_identifier=event.coi_identifier, lot=event.lot,
        mbr_label=event.mbr_label, container=event.container, content=event.content,
        shows_patient=event.shows_patient, replaces=event.replaces, state="printed", printed_by=_person(entry),
        printed_at=entry.occurred_at, position=entry.position,
    )  # fmt: skip


def _label(state: str) -> Callable[[Any, Entry], None]:
    def move(event: Any, entry: Entry) -> None:
        changes = {"container": event.container} if isinstance(event, events.LabelApplied) else {}
        LabelCard.objects.filter(label=event.label).update(state=state, position=entry.position, **changes)

    return move


def _proposed(event: events.CorrectionProposed, entry: Entry) -> None:
    CorrectionCard.objects.create(
        correction=event.correction, coi_identifier=event.coi_identifier, lot=event.lot, subject=event.subject,
        identifier=event.identifier, after=event.after, reason=entry.reason, state="proposed",
        proposed_by=_person(entry), proposed_at=entry.occurred_at, position=entry.position,
    )  # fmt: skip


def _decided(state: str) -> Callable[[Any, Entry], None]:
    def decide(event: Any, entry: Entry) -> None:
        CorrectionCard.objects.filter(correction=event.correction).update(
            state=state, decided_by=_person(entry), decided_at=entry.occurred_at, position=entry.position
        )

    return decide


def _corrected(event: events.IdentityCorrected, entry: Entry) -> None:
    _decided("made")(event, entry)
    match event.subject:
        case "label":
            LabelCard.objects.filter(label=event.identifier).update(state="void", position=entry.position)
        case "container":
            _container((event.identifier,), entry, state="void")
        case _:
            collection = CollectionCard.objects.get(din=event.identifier)
            collection.delete()
            collection.corrected_from = collection.corrected_from or event.identifier
            collection.din = event.after
            collection.save(force_insert=True)
            ContainerCard.objects.filter(din=event.identifier).update(din=event.after)
    _therapy(event.coi_identifier, entry)


def _thawed(event: events.ThawStarted, entry: Entry) -> None:
    _container(
        (event.container,), entry, state="thawed", thawed_at=event.started_at,
        thaw_limit_minutes=event.limit_minutes or None, thaw_limit_from=event.limit_from,
    )  # fmt: skip
    BedsideCard.objects.filter(coi_identifier=event.coi_identifier).delete()
    _therapy(event.coi_identifier, entry, state="thawing")


def _bedside(event: events.BedsideChecked, entry: Entry) -> None:
    BedsideCard.objects.filter(coi_identifier=event.coi_identifier).delete()
    BedsideCard.objects.create(
        coi_identifier=event.coi_identifier, containers=list(event.containers), performed_by=event.performed_by,
        verified_by=_person(entry), checked_at=event.checked_at, position=entry.position,
    )  # fmt: skip
    _therapy(event.coi_identifier, entry, state="checked")


def _infused(event: events.InfusionRecorded, entry: Entry) -> None:
    checked = BedsideCard.objects.filter(coi_identifier=event.coi_identifier).first()
    InfusionCard.objects.create(
        position=entry.position, coi_identifier=event.coi_identifier, lot=event.lot,
        containers=list(event.containers), started_at=event.started_at, ended_at=event.ended_at,
        performed_by=event.performed_by, checked_by=checked.verified_by if checked else "", volume=event.volume,
        unit=event.unit, reactions=event.reactions,
    )  # fmt: skip
    BedsideCard.objects.filter(coi_identifier=event.coi_identifier).delete()
    _container(event.containers, entry, state="infused")
    _therapy(event.coi_identifier, entry, state="infused", infused_at=event.ended_at)


def _out(state: str) -> Callable[[Any, Entry], None]:
    def move(event: Any, entry: Entry) -> None:
        _container((event.container,), entry, state=state)
        _therapy(event.coi_identifier, entry)

    return move


def _due(event: events.FollowUpDue, entry: Entry) -> None:
    del entry
    MilestoneCard.objects.update_or_create(
        key=f"{event.coi_identifier} {event.milestone}",
        defaults={
            "coi_identifier": event.coi_identifier, "milestone": event.milestone, "due_at": event.due_at,
        },
    )  # fmt: skip


def _followed(event: events.FollowUpDone, entry: Entry) -> None:
    MilestoneCard.objects.filter(key=f"{event.coi_identifier} {event.milestone}").update(
        outcome=event.outcome, note=event.note or entry.reason[:400], done_by=_person(entry),
        done_at=entry.occurred_at,
    )  # fmt: skip


_HANDLERS: dict[type[Any], Callable[[Any, Entry], None]] = {
    events.TherapyOrdered: _ordered,
    events.OrderChanged: _changed,
    events.OrderPrescribed: _prescribed,
    events.OrderCancelled: _ended("cancelled"),
    events.PatientWithdrawn: _ended("withdrawn"),
    events.PatientDied: _ended("died"),
    events.CoiAssigned: _coi_assigned,
    events.LotAssigned: _lot_assigned,
    events.CollectionRecorded: _collected,
    events.ContainerRegistered: _registered,
    events.ContainersSplit: _split,
    events.ContainersPooled: _pooled,
    events.IdentifierRead: _read,
    events.IdentityMismatch: _mismatched,
    events.IdentityReestablished: _reestablished,
    events.LabelPrinted: _printed,
    events.LabelApplied: _label("applied"),
    events.LabelScrapped: _label("scrapped"),
    events.LabelRetained: _label("retained"),
    events.CorrectionProposed: _proposed,
    events.IdentityCorrected: _corrected,
    events.CorrectionDeclined: _decided("declined"),
    events.ThawStarted: _thawed,
    events.BedsideChecked: _bedside,
    events.InfusionRecorded: _infused,
    events.ProductReturned: _out("returned"),
    events.ProductDestroyed: _out("destroyed"),
    events.FollowUpDue: _due,
    events.FollowUpDone: _followed,
}

PROJECTOR = Projector(
    models=(
        OrderCard, TherapyCard, TherapyLot, CollectionCard, ContainerCard, LabelCard, ScanCard, MismatchCard,
        CorrectionCard, InfusionCard, BedsideCard, MilestoneCard,
    ),
    handlers={event: _on(handler) for event, handler in _HANDLERS.items()},
)  # fmt: skip
