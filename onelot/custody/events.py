"""Facts of the chain of custody."""

from __future__ import annotations

from datetime import datetime

from onelot.kernel.events import Event


class HandedOver(Event, tag="custody.handed_over.v1"):
    """A container went from one custodian to another (ISO 21973)."""

    lot: str
    leg: str
    """The MBR's custody leg, for example ``inbound`` or ``outbound``; ordered by time within it."""
    container: str
    from_party: str
    to_party: str
    released_at: datetime
    received_at: datetime | None = None
    """None: not yet received."""
    released_by: str = ""
    received_by: str = ""
    location: str = ""
    condition: str = ""


RECORDED: tuple[type[Event], ...] = (HandedOver,)
"""What records from elsewhere may say."""

EVENTS: tuple[type[Event], ...] = (*RECORDED,)
