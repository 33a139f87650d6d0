"""Keeps the read model of deviations from their events."""

from __future__ import annotations

from onelot.deviations.events import DeviationAssessed, DeviationClosed, DeviationOpened
from onelot.deviations.models import Deviation
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector


def _person(entry: Entry) -> str:
    return entry.actor.partition(":")[2]


def _opened(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DeviationOpened)
    Deviation.objects.create(
        number=event.deviation, lot=event.lot, finding=event.finding, severity=event.severity, title=event.title,
        description=event.description, opened_by=_person(entry), opened_at=entry.recorded_at, position=entry.position,
    )  # fmt: skip


def _assessed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DeviationAssessed)
    Deviation.objects.filter(number=event.deviation).update(
        state="assessed", impact=event.impact, severity=event.severity, impact_reason=entry.reason,
        assessed_by=_person(entry), assessed_at=entry.recorded_at, position=entry.position,
    )  # fmt: skip


def _closed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DeviationClosed)
    Deviation.objects.filter(number=event.deviation).update(
        state="closed", conclusion=entry.reason, closed_by=_person(entry), closed_at=entry.recorded_at,
        position=entry.position,
    )  # fmt: skip


PROJECTOR = Projector(
    models=(Deviation,),
    handlers={DeviationOpened: _opened, DeviationAssessed: _assessed, DeviationClosed: _closed},
)
