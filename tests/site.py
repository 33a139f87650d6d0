"""What tests of pages and read models share: a ledger on Django's test database, with every projector."""

from __future__ import annotations

from datetime import UTC, datetime

from onelot.ledger.catalogue import Catalogue
from onelot.ledger.store import Ledger
from onelot.settings.projectors import PROJECTORS
from onelot.settings.vocabulary import EVENTS

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def new_ledger() -> Ledger:
    """An empty ledger whose clock stands at ``NOW``."""
    return Ledger(Catalogue(EVENTS), projectors=PROJECTORS, clock=lambda: NOW)
