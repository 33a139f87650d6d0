"""Facts of the chain of identity."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from onelot.kernel.events import Event

Carrier = Literal["label", "scan", "document", "manual"]
IdentifierKind = Literal["coi_identifier", "lot", "din", "container"]


class IdentifierRead(Event, tag="identity.identifier_read.v1"):
    """An identifier was read at a named point of the process, by whom and from what."""

    lot: str
    point: str
    """The MBR's identity point, for example ``receipt``."""
    carrier: Carrier
    kind: IdentifierKind
    identifier: str
    """Exactly what was read."""
    read_at: datetime
    entered_at: datetime | None = None
    read_by: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None
    device: str = ""


class LabelsReconciled(Event, tag="identity.labels_reconciled.v1"):
    """Count of one label: printed = applied + scrapped + retained (21 CFR 211.125(c))."""

    lot: str
    label: str
    printed: int
    applied: int
    scrapped: int
    retained: int
    reconciled_at: datetime
    reconciled_by: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None


EVENTS: tuple[type[Event], ...] = (IdentifierRead, LabelsReconciled)
