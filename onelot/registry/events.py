"""Facts about people and equipment. They belong to a site, not to one lot."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from onelot.kernel.events import Event

EquipmentStatusKind = Literal["calibration", "cleaning", "qualification"]


class EquipmentStatusRecorded(Event, tag="registry.equipment_status_recorded.v1"):
    """One interval in which equipment was calibrated, clean or qualified (21 CFR 211.68, 211.182)."""

    equipment: str
    equipment_class: str
    kind: EquipmentStatusKind
    outcome: Literal["passed", "failed"]
    valid_from: datetime
    valid_until: datetime | None = None
    """None: open-ended."""
    performed_by: str = ""
    certificate: str = ""


class TrainingRecorded(Event, tag="registry.training_recorded.v1"):
    """A person's valid training in one curriculum (21 CFR 211.25)."""

    person: str
    curriculum: str
    valid_from: datetime
    valid_until: datetime | None = None


class AccountChanged(Event, tag="registry.account_changed.v1"):
    """A person's account was enabled or disabled from an instant on (21 CFR 11.10(d))."""

    person: str
    change: Literal["enabled", "disabled"]
    changed_at: datetime
    changed_by: str = ""


EVENTS: tuple[type[Event], ...] = (EquipmentStatusRecorded, TrainingRecorded, AccountChanged)
