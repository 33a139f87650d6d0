"""Keeps the read model of the documents' versions from their events."""

from __future__ import annotations

from typing import Any

from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.recipes.documents.models import Version
from onelot.recipes.events import (
    DocumentApproved,
    DocumentPrepared,
    DocumentRetired,
    DocumentReturned,
    DocumentReviewed,
    DocumentWithdrawn,
)
from onelot.recipes.standing import person_of
from onelot.recipes.states import OWED, State


def _prepared(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentPrepared)
    said = {
        "kind": event.kind, "document_id": event.id, "version": event.version, "title": event.title,
        "product": event.product, "file": event.document, "prepared_by": person_of(entry.actor),
        "prepared_at": entry.occurred_at, "reviewed_by": "", "reviewed_at": None, "ended_by": "",
        **_moved(entry, "prepared"),
    }  # fmt: skip
    Version.objects.update_or_create(
        digest=event.digest, defaults=said, create_defaults={**said, "first": entry.position}
    )


def _reviewed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentReviewed)
    Version.objects.filter(digest=event.digest).update(
        reviewed_by=person_of(entry.actor), reviewed_at=entry.occurred_at, **_moved(entry, "reviewed")
    )


def _approved(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentApproved)
    said = {
        "approved_by": event.approved_by, "approved_at": event.approved_at, "approval": entry.position,
        **_moved(entry, "approved"),
    }  # fmt: skip
    alone = {
        "kind": event.kind, "document_id": event.id, "version": event.version, "file": event.document,
        "prepared_by": event.prepared_by, "reviewed_by": event.reviewed_by, "first": entry.position,
    }  # fmt: skip
    Version.objects.update_or_create(digest=event.digest, defaults=said, create_defaults={**alone, **said})


def _returned(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentReturned)
    _end(entry, event.digest, "returned")


def _withdrawn(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentWithdrawn)
    _end(entry, event.digest, "withdrawn")


def _retired(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, DocumentRetired)
    _end(entry, event.digest, "retired")


def _end(entry: Entry, digest: str, state: State) -> None:
    Version.objects.filter(digest=digest).update(ended_by=person_of(entry.actor), **_moved(entry, state))


def _moved(entry: Entry, state: State) -> dict[str, Any]:
    return {
        "state": state, "owed_by": OWED[state], "since": entry.recorded_at, "reason": entry.reason,
        "position": entry.position,
    }  # fmt: skip


PROJECTOR = Projector(
    models=(Version,),
    handlers={
        DocumentPrepared: _prepared,
        DocumentReviewed: _reviewed,
        DocumentApproved: _approved,
        DocumentReturned: _returned,
        DocumentWithdrawn: _withdrawn,
        DocumentRetired: _retired,
    },
)
