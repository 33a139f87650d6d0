"""Keeps training and reviews of roles from their events."""

from __future__ import annotations

from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.registry.people import events
from onelot.registry.people.models import GrantsReview, Training


def _trained(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.UserTrained)
    said = {
        "valid_from": event.valid_from, "valid_until": event.valid_until, "evidence": entry.reason,
        "recorded_by": entry.actor, "position": entry.position,
    }  # fmt: skip
    Training.objects.update_or_create(person=event.person, curriculum=event.curriculum, defaults=said)


def _reviewed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.GrantsReviewed)
    said = {
        "outcome": event.outcome, "grants": list(event.grants), "reason": entry.reason,
        "reviewed_by": entry.actor, "reviewed_at": entry.occurred_at, "position": entry.position,
    }  # fmt: skip
    GrantsReview.objects.update_or_create(person=event.person, defaults=said)


PROJECTOR = Projector(
    models=(Training, GrantsReview),
    handlers={events.UserTrained: _trained, events.GrantsReviewed: _reviewed},
)
