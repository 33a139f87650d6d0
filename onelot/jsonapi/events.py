"""Which systems may use the API, with what, and what they are told. No secret is in the ledger, nor its hash."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from onelot.kernel.events import Event
from onelot.registry.events import Role


class SystemGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A role in which a system acts, and where; an empty scope is everywhere."""

    role: Role
    organisation: str = ""
    site: str = ""
    product: str = ""


class SystemRegistered(Event, tag="jsonapi.system_registered.v1"):
    """Another system may act through the API (21 CFR 11.10(d)). Saying it again changes all but the organisation."""

    reason_required: ClassVar[bool] = True

    system: str
    """Its code: capital letters, digits and hyphens, so that it is never a person's user name."""
    name: str
    organisation: str
    """Who runs it and answers for it."""
    grants: tuple[SystemGrant, ...]
    scopes: tuple[str, ...]
    """Parts of the API that its tokens open (``onelot.jsonapi.scopes``)."""


class SystemRetired(Event, tag="jsonapi.system_retired.v1"):
    """A system may not act any more; its tokens end with it."""

    reason_required: ClassVar[bool] = True

    system: str


class TokenIssued(Event, tag="jsonapi.token_issued.v1"):
    """A token was shown once to the administrator who asked for it."""

    token: str
    """Identifier, not the secret."""
    system: str
    label: str
    """Where the token will be used, in the administrator's words."""
    valid_until: datetime


class TokenRevoked(Event, tag="jsonapi.token_revoked.v1"):
    """A token ended before its time, for example since it was lost (21 CFR 11.300(c))."""

    reason_required: ClassVar[bool] = True

    token: str
    system: str


class WebhookSubscribed(Event, tag="jsonapi.webhook_subscribed.v1"):
    """Another system wants to be told of some kinds of events, from the next entry of the ledger on."""

    subscription: str
    """Identifier."""
    url: str
    kinds: tuple[str, ...]
    """Names of ``onelot.jsonapi.webhooks.kinds``, sorted."""
    organisation: str = ""
    """Only what happens to lots of this organisation; empty: to all."""


class WebhookEnded(Event, tag="jsonapi.webhook_ended.v1"):
    """Nothing is sent for a subscription any more."""

    reason_required: ClassVar[bool] = True

    subscription: str


EVENTS: tuple[type[Event], ...] = (
    SystemRegistered,
    SystemRetired,
    TokenIssued,
    TokenRevoked,
    WebhookSubscribed,
    WebhookEnded,
)
"""What the ledger may hold of this room."""
