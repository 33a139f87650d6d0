"""Facts about organisations, sites, people and equipment. They belong to no lot.

What a plant reports of its own people's accounts and training (``AccountChanged``, ``TrainingRecorded``) is evidence
for reviews. Who may do what in onelot is said by ``PersonRegistered``, ``AccessChanged``, ``RoleGranted`` and
``RoleRevoked``.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from onelot.kernel.events import Event

OrganisationKind = Literal["sponsor", "cdmo", "clinic", "laboratory", "carrier"]
Role = Literal[
    "site", "reviewer", "quality_head", "qp", "author", "administrator", "validation",
    "coordinator", "physician", "collector", "courier", "receiver", "nurse", "planner", "supply_planner",
]  # fmt: skip
"""``coordinator``, ``physician``, ``collector`` (apheresis) and ``nurse`` (infusion) are a clinic's, ``courier`` a
carrier's, ``receiver`` a plant's."""
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


class OrganisationRegistered(Event, tag="registry.organisation_registered.v1"):
    """A legal entity. Saying it again with another name renames it; the kind stays."""

    organisation: str
    """Its code, never used for another one."""
    name: str
    kind: OrganisationKind


class SiteRegistered(Event, tag="registry.site_registered.v1"):
    """A place of an organisation, as records name it. Saying it again changes its name or time zone."""

    site: str
    """Its code, never used for another one."""
    organisation: str
    name: str
    time_zone: str = "UTC"
    """IANA name; times that happened there are shown in it."""


class PersonRegistered(Event, tag="registry.person_registered.v1"):
    """One human being who may sign in. The user name is theirs for ever (21 CFR 11.100(a)).

    Saying it again changes the printed name, the address or the organisation.
    """

    person: str
    """User name: small letters, digits, dots and hyphens."""
    name: str
    """As printed beside signatures (21 CFR 11.50(a)(1))."""
    organisation: str
    email: str = ""


class AccessChanged(Event, tag="registry.access_changed.v1"):
    """A person may sign in, or may not any more (21 CFR 11.10(d), EU GMP Annex 11, 12.3)."""

    reason_required: ClassVar[bool] = True

    person: str
    change: Literal["enabled", "disabled"]


class RoleGranted(Event, tag="registry.role_granted.v1"):
    """What a person may do, and where. An empty scope is every organisation, site or product."""

    grant: str
    person: str
    role: Role
    organisation: str = ""
    site: str = ""
    product: str = ""
    valid_until: datetime | None = None


class RoleRevoked(Event, tag="registry.role_revoked.v1"):
    """A grant ended before its time."""

    reason_required: ClassVar[bool] = True

    grant: str
    person: str


RECORDED: tuple[type[Event], ...] = (EquipmentStatusRecorded, TrainingRecorded, AccountChanged)
"""What records from elsewhere may say. Nothing else here may ever be read from a file: it gives rights."""

EVENTS: tuple[type[Event], ...] = (
    *RECORDED,
    OrganisationRegistered,
    SiteRegistered,
    PersonRegistered,
    AccessChanged,
    RoleGranted,
    RoleRevoked,
)
