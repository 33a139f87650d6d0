"""That the audit trail was taken away, and which part of it; that the ledger was verified, and what was found."""

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


class LedgerVerified(Event, tag="audit.ledger_verified.v1"):
    """The whole ledger was read and checked (EU GMP Annex 11, 7.2 and 11). The entry's actor asked for it."""

    entries: int
    """How many were read: those before this one."""
    root: str
    """Merkle root over them, in hexadecimal digits."""
    checkpoints: int
    """How many checkpoints with a signature of this ledger's key they were compared with."""
    faults: int
    """0: everything is as it was recorded."""
    named: tuple[tuple[int, str], ...] = ()
    """Position (0: the ledger as a whole) and what is wrong there, of the first faults."""


EVENTS: tuple[type[Event], ...] = (TrailExported, LedgerVerified)
"""What the ledger may hold of this room."""
