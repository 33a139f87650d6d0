"""What goes with the cells: identifiers read, labels counted, hand-overs, temperatures, alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from onelot.custody.events import HandedOver
from onelot.execution.events import AlarmRaised, SeriesPoint, SeriesRecorded
from onelot.identity.events import Carrier, IdentifierKind, IdentifierRead, LabelsReconciled
from onelot.kernel.events import Event
from onelot.recipes.model import Series
from onelot.simulation.network import SeriesCourse
from onelot.simulation.patient_lot import Plan
from onelot.simulation.schedule import local
from onelot.simulation.values import written
from onelot.supply.events import MaterialLotStatusChanged, MaterialStatus

COURIER = "Example Courier"
_MEMORY = 0.7
"""Autocorrelation of neighbouring readings of a logger."""


def identifiers(plan: Plan) -> Iterator[Event]:
    """At each point one reading a carrier; the donation number is read where the bag changes hands."""
    for point in plan.mbr.identity_points:
        phase = plan.product.identity[point.id]
        place = plan.place(phase)
        start, end = (local(at, place.zone) for at in plan.schedule.phases[phase])
        reader, second = (str(name) for name in plan.random.choice(place.people, size=2, replace=False))
        at = _second(start + (end - start) * float(plan.random.uniform(0.05, 0.3)))
        readings: list[tuple[Carrier, IdentifierKind, str]] = [
            (carrier, "lot" if carrier == "document" else "coi_identifier",
             plan.lot if carrier == "document" else plan.coi_identifier)
            for carrier in point.carriers
        ]  # fmt: skip
        if phase in (plan.product.identity["chairside"], plan.product.identity["receipt"]):
            readings.append((point.carriers[0], "din", plan.din))
        for number, (carrier, kind, identifier) in enumerate(readings):
            read = at + timedelta(seconds=20 * number)
            yield IdentifierRead(
                lot=plan.lot, point=point.id, carrier=carrier, kind=kind, identifier=identifier, read_at=read,
                entered_at=read + timedelta(seconds=3), read_by=reader, verified_by=second,
                verified_at=read + timedelta(minutes=3), device="scanner" if carrier == "scan" else "",
            )  # fmt: skip


def labels(plan: Plan) -> Iterator[Event]:
    """Printed = applied + scrapped + retained."""
    for label in plan.mbr.labels:
        phase = plan.product.labels[label.id]
        place = plan.place(phase)
        end = local(plan.schedule.phases[phase][1], place.zone)
        counter, second = (str(name) for name in plan.random.choice(place.people, size=2, replace=False))
        applied, scrapped = int(plan.random.integers(1, 5)), int(plan.random.integers(0, 3))
        at = end + timedelta(minutes=3)
        yield LabelsReconciled(
            lot=plan.lot, label=label.id, printed=applied + scrapped + 1, applied=applied, scrapped=scrapped,
            retained=1, reconciled_at=at, reconciled_by=counter, verified_by=second,
            verified_at=at + timedelta(minutes=6),
        )  # fmt: skip


def custody(plan: Plan) -> Iterator[Event]:
    """Each leg: sender to courier, courier to receiver."""
    for leg in plan.mbr.custody_legs:
        released, received = plan.schedule.legs[leg.id]
        inbound = plan.product.custody[leg.id].before is not None
        sender, receiver = (plan.clinic.id, plan.site.id) if inbound else (plan.site.id, plan.clinic.id)
        giver, taker = (plan.bay, plan.suite) if inbound else (plan.suite, plan.bay)
        container = f"{plan.din}-01" if inbound else f"{plan.lot}-BAG1"
        yield HandedOver(
            lot=plan.lot, leg=leg.id, container=container, from_party=sender, to_party=COURIER,
            released_at=_second(local(released, giver.zone)),
            received_at=_second(local((released + timedelta(minutes=12)), giver.zone)),
            released_by=giver.people[0], received_by="courier.1", location=giver.name, condition="good",
        )  # fmt: skip
        yield HandedOver(
            lot=plan.lot, leg=leg.id, container=container, from_party=COURIER, to_party=receiver,
            released_at=_second(local((received - timedelta(minutes=10)), taker.zone)),
            received_at=_second(local(received, taker.zone)),
            released_by="courier.1", received_by=taker.people[0], location=taker.name, condition="good",
        )  # fmt: skip


def starting_material(plan: Plan) -> Iterator[Event]:
    """The apheresate in quarantine when collected, released to production after its receipt."""
    for material in plan.mbr.materials:
        if material.kind == "starting_material":
            collected = plan.schedule.phases[plan.product.clinic_phases[0]][1]
            received = plan.schedule.phases[plan.product.identity["receipt"]][1]
            steps: tuple[tuple[MaterialStatus, datetime], ...] = (
                ("quarantine", collected),
                ("released", received),
            )
            for status, at in steps:
                yield MaterialLotStatusChanged(
                    material=material.id, material_lot=plan.din, status=status,
                    changed_at=local(at, plan.suite.zone), expiry_at=collected + timedelta(hours=72),
                    supplier=plan.clinic.id,
                )  # fmt: skip


def series(plan: Plan) -> Iterator[Event]:
    """One logger or probe for each series of the MBR."""
    for wanted in plan.mbr.series:
        course = plan.product.series[wanted.id]
        legs = plan.schedule.legs
        start, end = legs[course.during] if course.during in legs else plan.schedule.phases[course.during]
        zone = plan.suite.zone
        yield SeriesRecorded(
            lot=plan.lot, series=wanted.id, unit=wanted.unit,
            points=tuple(_readings(plan, wanted, course, _second(local(start, zone)), end)),
            device=f"LOGGER-{plan.index:05d}" if course.during in legs else f"PROBE-{plan.suite.name}",
        )  # fmt: skip


def _readings(
    plan: Plan, wanted: Series, course: SeriesCourse, at: datetime, end: datetime
) -> Iterator[SeriesPoint]:
    """A stationary first-order autoregression around the mean, kept inside the alert limits."""
    inside = wanted.alert or wanted.action
    low, high = float(inside.low or -1e9), float(inside.high or 1e9)
    deviation = float(plan.random.normal())
    while at <= end:
        value = min(max(course.mean + course.sd * deviation, low), high)
        yield SeriesPoint(at=at, value=written(value, 2))
        deviation = _MEMORY * deviation + (1 - _MEMORY**2) ** 0.5 * float(plan.random.normal())
        at += wanted.interval


def alarms(plan: Plan) -> Iterator[Event]:
    """Now and then one of low priority, acknowledged and cleared: part of every good record."""
    if plan.random.random() < 0.4:
        phase = str(plan.random.choice([*plan.schedule.phases]))
        place = plan.place(phase)
        start, end = (local(at, place.zone) for at in plan.schedule.phases[phase])
        at = _second(start + (end - start) * float(plan.random.uniform(0.2, 0.8)))
        yield AlarmRaised(
            lot=plan.lot, alarm="door_open", raised_at=at, phase=phase, device=f"DOOR-{place.name}",
            message="door open longer than 30 s", acknowledged_at=at + timedelta(minutes=1),
            acknowledged_by=place.people[1], cleared_at=at + timedelta(minutes=2),
        )  # fmt: skip


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
