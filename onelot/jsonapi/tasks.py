"""Periodic work of the API: webhooks are delivered."""

from __future__ import annotations

from datetime import timedelta

from onelot.jobs.kinds import Kind, Periodic
from onelot.jsonapi.webhooks.delivering import deliver_due

KINDS: tuple[Kind, ...] = ()
PERIODIC = (Periodic("webhooks", timedelta(seconds=2), lambda place: deliver_due(place.ledger, place.clock)),)
