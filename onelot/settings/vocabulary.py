"""The whole vocabulary: every event of every room. The ledger refuses what is not in it."""

from __future__ import annotations

from onelot.audit import events as audit
from onelot.custody import events as custody
from onelot.deviations import events as deviations
from onelot.disposition import events as disposition
from onelot.disposition.board import events as board
from onelot.execution import events as execution
from onelot.identity import events as identity
from onelot.intake import events as intake
from onelot.jobs import events as jobs
from onelot.jsonapi import events as jsonapi
from onelot.kernel.events import Event
from onelot.notices import events as notices
from onelot.recipes import events as recipes
from onelot.registry import events as registry
from onelot.registry import signature_events as signatures
from onelot.registry.access import events as access
from onelot.registry.people import events as people
from onelot.registry.vault import events as vault
from onelot.review import events as review
from onelot.review.desk import events as desk
from onelot.supply import events as supply

EVENTS: tuple[type[Event], ...] = (
    *registry.EVENTS,
    *signatures.EVENTS,
    *access.EVENTS,
    *jobs.EVENTS,
    *people.EVENTS,
    *vault.EVENTS,
    *recipes.EVENTS,
    *identity.EVENTS,
    *supply.EVENTS,
    *custody.EVENTS,
    *execution.EVENTS,
    *intake.EVENTS,
    *review.EVENTS,
    *desk.EVENTS,
    *deviations.EVENTS,
    *disposition.EVENTS,
    *board.EVENTS,
    *audit.EVENTS,
    *jsonapi.EVENTS,
    *notices.EVENTS,
)
