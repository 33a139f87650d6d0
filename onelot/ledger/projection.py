"""Read models: tables that pages read, kept from the ledger's events and from nothing else (decision D2).

A projector runs inside the append's transaction, so a page is never behind the ledger. Its tables hold nothing that the
ledger does not say: they can be dropped and built again, and are then the same, table by table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from onelot.kernel.events import Event
from onelot.ledger.entry import Draft, Entry

Handler = Callable[[Entry], None]

Guard = Callable[[Sequence[Draft]], None]
"""Asked in the turn of every append, whoever writes: raises Refused where read models say that it may not be. A rebuild
asks no guard: what is in the ledger happened."""


@dataclass(frozen=True)
class Projector:
    """One room's read models, and what keeps them: for each event type the function that changes them."""

    models: tuple[Any, ...]
    """Django models; those that others refer to come first."""
    handlers: Mapping[type[Event], Handler] = field(default_factory=dict)
    forget: Callable[[], None] | None = None
    """Called when all is built anew, for rows that hold more than the ledger says and so are not dropped."""

    def drop(self) -> None:
        """Empty the read models."""
        for model in reversed(self.models):
            model.objects.all().delete()
        if self.forget is not None:
            self.forget()
