"""Facts about lots of material, among them vector lots. They belong to a site, not to one patient's lot."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from onelot.kernel.events import Event

MaterialStatus = Literal["quarantine", "released", "rejected", "blocked"]


class MaterialLotStatusChanged(Event, tag="supply.material_lot_status_changed.v1"):
    """From ``changed_at`` on, the material lot has this status (21 CFR 211.84)."""

    material: str
    material_lot: str
    status: MaterialStatus
    changed_at: datetime
    expiry_at: datetime | None = None
    supplier: str = ""
    certificate: str = ""


RECORDED: tuple[type[Event], ...] = (MaterialLotStatusChanged,)
"""What records from elsewhere may say."""

EVENTS: tuple[type[Event], ...] = (*RECORDED,)
