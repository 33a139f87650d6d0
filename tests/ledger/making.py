"""Drafts and small vocabularies for the tests of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from onelot.execution.events import CommentRecorded, LotCompleted, ParameterRecorded
from onelot.kernel.events import Event
from onelot.ledger.catalogue import Catalogue
from onelot.ledger.entry import Draft, Source

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class VialUsed(Event, tag="test.vial_used.v1"):
    vial: str
    lot: str


class LotHeld(Event, tag="test.lot_held.v1"):
    reason_required = True
    lot: str


EVENTS: tuple[type[Event], ...] = (VialUsed, LotHeld, ParameterRecorded, LotCompleted, CommentRecorded)
CATALOGUE = Catalogue(EVENTS)


def draft(event: Event, *tags: str, **envelope: Any) -> Draft:
    return Draft(event=event, tags=tags, **{"actor": "person:op1", "occurred_at": NOON, **envelope})


def vial(name: str = "V1", lot: str = "L1", **envelope: Any) -> Draft:
    return draft(VialUsed(vial=name, lot=lot), f"vial:{name}", f"lot:{lot}", **envelope)


def parameter(number: int, lot: str = "L1") -> Draft:
    event = ParameterRecorded(
        lot=lot, phase="make/grow/feed", parameter=f"volume-{number}", value="37.0", performed_at=NOON
    )
    return draft(event, f"lot:{lot}", source=Source("ab" * 32, f"line {number}"))
