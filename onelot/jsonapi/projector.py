"""Keeps the read models of systems, tokens and subscriptions from their events."""

from __future__ import annotations

import msgspec
from django.db.models import QuerySet

from onelot.jsonapi.events import (
    SystemRegistered,
    SystemRetired,
    TokenIssued,
    TokenRevoked,
    WebhookEnded,
    WebhookSubscribed,
)
from onelot.jsonapi.models import Subscription, System, Token
from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector


def _who(entry: Entry) -> str:
    return entry.actor.partition(":")[2]


def _registered(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, SystemRegistered)
    said = {
        "name": event.name, "organisation": event.organisation, "is_active": True, "position": entry.position,
        "grants": [msgspec.to_builtins(grant) for grant in event.grants], "scopes": list(event.scopes),
    }  # fmt: skip
    first = {"registered_by": _who(entry), "registered_at": entry.recorded_at}
    System.objects.update_or_create(code=event.system, defaults=said, create_defaults={**said, **first})


def _retired(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, SystemRetired)
    System.objects.filter(code=event.system).update(is_active=False, position=entry.position)
    _end(Token.objects.filter(system=event.system, revoked_at=None), entry)


def _issued(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, TokenIssued)
    Token.objects.create(
        token=event.token, system=event.system, label=event.label, issued_by=_who(entry), issued_at=entry.recorded_at,
        valid_until=event.valid_until,
    )  # fmt: skip


def _revoked(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, TokenRevoked)
    _end(Token.objects.filter(token=event.token), entry)


def _end(tokens: QuerySet[Token], entry: Entry) -> None:
    tokens.update(revoked_at=entry.recorded_at, revoked_by=_who(entry), reason=entry.reason)


def _subscribed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, WebhookSubscribed)
    Subscription.objects.create(
        subscription=event.subscription, url=event.url, kinds=list(event.kinds), organisation=event.organisation,
        created_by=_who(entry), created_at=entry.recorded_at, position=entry.position,
    )  # fmt: skip


def _ended(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, WebhookEnded)
    Subscription.objects.filter(subscription=event.subscription).update(is_active=False)


PROJECTOR = Projector(
    models=(System, Token, Subscription),
    handlers={
        SystemRegistered: _registered,
        SystemRetired: _retired,
        TokenIssued: _issued,
        TokenRevoked: _revoked,
        WebhookSubscribed: _subscribed,
        WebhookEnded: _ended,
    },
)
