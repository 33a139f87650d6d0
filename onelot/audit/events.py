"""That the audit trail was taken away, and which part of it."""

from __future__ import annotations

from typing import Literal

from onelot.kernel.events import Event


class TrailExported(Event, tag="audit.trail_exported.v1"):
    """Somebody took entries away as a file (21 CFR 11.10(b))."""

    form: Literal["csv", "jsonl"]
    through_position: int
    """Entries up to this ledger position."""
    filters: tuple[tuple[str, str], ...]
    """Name and value of each filter that was set."""


EVENTS: tuple[type[Event], ...] = (TrailExported,)
"""What the ledger may hold of this room."""
