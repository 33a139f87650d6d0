"""Every guard of every room: what the ledger asks before it takes an append."""

from __future__ import annotations

from onelot.disposition.guards import refuse_changes_to_closed_lots, refuse_use_of_lots_not_released
from onelot.ledger.projection import Guard

GUARDS: tuple[Guard, ...] = (refuse_changes_to_closed_lots, refuse_use_of_lots_not_released)
