"""A lot's complete record, before anything is planted in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from onelot.execution.events import LotCompleted, LotOpened, ParameterRecorded, ResultReported
from onelot.kernel.events import Event
from onelot.simulation import moving
from onelot.simulation.patient_lot import Plan
from onelot.simulation.performing import Performance
from onelot.simulation.schedule import local
from onelot.simulation.testing import results


@dataclass
class LotRecord:
    """What will be written for one lot: its own events, and what it adds to its site's record."""

    plan: Plan
    events: list[Event]
    site_events: list[Event] = field(default_factory=list)
    corrected: list[Event] | None = None
    """The record as its sender issued it again later."""


def late_results(events: Iterable[Event]) -> list[Event]:
    """Final results of tests that were first reported in a state before: they come after the record.

    They are taken from what is known at the end, so that whatever was planted in them stays in them.
    """
    reported = [event for event in events if isinstance(event, ResultReported)]
    first = {
        (event.test, event.sample): event.occurrence
        for event in reported
        if event.status in ("pending", "negative_to_date")
    }
    return [
        event
        for event in reported
        if event.status not in ("pending", "negative_to_date")
        and event.occurrence > first.get((event.test, event.sample), event.occurrence)
    ]


def without(events: Iterable[Event], left_out: Iterable[Event]) -> list[Event]:
    """The events but those left out, by identity."""
    gone = {id(event) for event in left_out}
    return [event for event in events if id(event) not in gone]


def good_record(plan: Plan) -> LotRecord:
    """Everything done as the master batch record asks. Times are whole seconds."""
    body = [
        *moving.starting_material(plan), *moving.identifiers(plan), *Performance(plan).perform(),
        *moving.labels(plan), *moving.custody(plan), *moving.series(plan), *moving.alarms(plan), *results(plan),
    ]  # fmt: skip
    opened = min(start for start, _ in plan.schedule.phases.values())
    head = LotOpened(
        lot=plan.lot, coi_identifier=plan.coi_identifier, product=plan.product.code, mbr=plan.mbr.id,
        mbr_version=plan.mbr.version, site=plan.site.id, organisation=plan.site.organisation,
        intended_market=plan.clinic.market,
        opened_at=local((opened - timedelta(minutes=20)), plan.bay.zone),
    )  # fmt: skip
    foot = LotCompleted(
        lot=plan.lot,
        completed_at=(latest_time(without(body, late_results(body))) + timedelta(hours=3)).astimezone(
            plan.suite.zone
        ),
        declared_entries=sum(isinstance(event, ParameterRecorded) for event in body),
    )
    return LotRecord(plan, [whole_seconds(event) for event in (head, *body, foot)])


def latest_time(events: list[Event]) -> datetime:
    """The last instant that any of the events names, expiries aside."""
    return max(
        value
        for event in events
        for name, value in msgspec.structs.asdict(event).items()
        if isinstance(value, datetime) and name != "expiry_at"
    )


def whole_seconds(event: Event) -> Event:
    """The event with its times cut to whole seconds, as most systems record them."""
    cut = {
        name: value.replace(microsecond=0)
        for name, value in msgspec.structs.asdict(event).items()
        if isinstance(value, datetime) and value.microsecond
    }
    return msgspec.structs.replace(event, **cut) if cut else event
