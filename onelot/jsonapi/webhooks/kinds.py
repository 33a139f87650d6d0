"""The coarse kinds of events that other systems are told of, and what they are told: where to look, and no more.

No text that a person wrote, nothing of a patient, no measured value leaves with a webhook; who is told asks the API.
"""

from __future__ import annotations

from typing import Any

from onelot.deviations.events import DeviationAssessed, DeviationClosed, DeviationOpened
from onelot.disposition.events import LotDisposed
from onelot.intake.events import DocumentReceived
from onelot.kernel.events import Event
from onelot.ledger.entry import Entry
from onelot.review.desk.events import (
    DecisionWithdrawn,
    FindingDecided,
    QuestionAnswered,
    QuestionAsked,
    ReviewSigned,
)
from onelot.review.events import FindingRaised, LotReviewed

KINDS: dict[str, tuple[type[Event], ...]] = {
    "document.received": (DocumentReceived,),
    "lot.reviewed": (LotReviewed,),
    "exception.raised": (FindingRaised,),
    "exception.decided": (FindingDecided, DecisionWithdrawn),
    "question.asked": (QuestionAsked,),
    "question.answered": (QuestionAnswered,),
    "review.signed": (ReviewSigned,),
    "deviation.opened": (DeviationOpened,),
    "deviation.assessed": (DeviationAssessed,),
    "deviation.closed": (DeviationClosed,),
    "lot.disposed": (LotDisposed,),
}
"""Name of a kind to the events that are of it."""
KIND_OF: dict[type[Event], str] = {event: kind for kind, events in KINDS.items() for event in events}
_TOLD = (
    "review",
    "question",
    "finding",
    "deviation",
    "document",
    "severity",
    "check",
    "market",
    "decision",
    "held",
)
"""Members of events that are codes or identifiers, and may be told."""
_NAMES = {"finding": "exception"}


def lots_of(entry: Entry) -> tuple[str, ...]:
    """The lots of which an entry tells."""
    event = entry.event
    if isinstance(event, DocumentReceived):
        return event.lots
    return (str(getattr(event, "lot", "")),)


def told(entry: Entry, lots: tuple[str, ...]) -> dict[str, Any]:
    """The body of a delivery about an entry, as far as it is about these lots."""
    event = entry.event
    data: dict[str, Any] = {"lots": list(lots)}
    for name in _TOLD:
        value = getattr(event, name, None)
        if value not in (None, ""):
            data[_NAMES.get(name, name)] = value
    return {
        "id": entry.id,
        "type": KIND_OF[type(event)],
        "event": type(event).event_name(),
        "position": entry.position,
        "occurred_at": entry.occurred_at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(),
        "data": data,
        "links": {"lots": [f"/api/v1/lots/{lot}" for lot in lots]},
    }
