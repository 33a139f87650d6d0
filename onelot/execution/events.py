"""Facts of making and testing one lot, as an executed batch record states them (21 CFR 211.188).

``phase`` is the full path in the MBR, ``unit_procedure/operation/phase``. ``occurrence`` counts
repetitions of the same phase or entry from 1. ``performed_at`` is when a thing was done,
``entered_at`` when it was put into the source system (equal or later).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from onelot.kernel.events import Event

Verification = Literal["person", "machine"]


class LotOpened(Event, tag="execution.lot_opened.v1"):
    """The head of a batch record: which lot, of whom, after which master batch record, for which market."""

    lot: str
    coi_identifier: str
    product: str
    mbr: str
    mbr_version: str
    site: str
    """Where it is made."""
    organisation: str = ""
    """The manufacturer: the sponsor or a CDMO."""
    intended_market: str = ""
    opened_at: datetime | None = None


class LotCompleted(Event, tag="execution.lot_completed.v1"):
    """The foot of a batch record."""

    lot: str
    completed_at: datetime
    declared_entries: int | None = None
    """How many parameter entries the sender says the record holds."""


class PhasePerformed(Event, tag="execution.phase_performed.v1"):
    """One run of one phase."""

    lot: str
    phase: str
    occurrence: int = 1
    state: Literal["completed", "aborted", "skipped", "running"] = "completed"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    entered_at: datetime | None = None
    performed_by: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None
    verification: Verification | None = None
    location: str = ""
    """Suite or room."""
    reason: str = ""
    """Why it was repeated, skipped or aborted."""


class ParameterRecorded(Event, tag="execution.parameter_recorded.v1"):
    """One entry: a set-point, reading, observation or answer."""

    lot: str
    phase: str
    parameter: str
    """The parameter's id within its phase."""
    occurrence: int = 1
    value: str = ""
    """As recorded, decimal point, with ``<`` etc. where censored; empty only when not recorded."""
    values: tuple[str, ...] = ()
    """All chosen answers of a multiple-choice entry; then ``value`` is empty."""
    unit: str = ""
    """UCUM code."""
    status: Literal["recorded", "not_applicable", "blank"] = "recorded"
    reason: str = ""
    """Why not applicable, or why repeated."""
    performed_at: datetime | None = None
    entered_at: datetime | None = None
    performed_by: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None
    verification: Verification | None = None
    device: str = ""


class EntryChanged(Event, tag="execution.entry_changed.v1"):
    """One line of the source system's audit trail: an entry was changed or deleted after it was made."""

    lot: str
    subject: str
    """Full path of what was changed, ``phase/parameter`` or another id."""
    field: str
    before: str
    after: str
    changed_by: str
    changed_at: datetime
    occurrence: int = 1
    reason: str = ""
    role: str = ""
    """The changer's role, for example ``operator`` or ``administrator``."""


class MaterialUsed(Event, tag="execution.material_used.v1"):
    """A movement of material in a phase; balances are reconciled over ``use``."""

    lot: str
    phase: str
    material: str
    material_lot: str
    use: Literal["received", "consumed", "produced", "returned", "wasted", "sampled"]
    quantity: str
    unit: str
    used_at: datetime
    entered_at: datetime | None = None
    container: str = ""
    performed_by: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None
    verification: Verification | None = None


class EquipmentUsed(Event, tag="execution.equipment_used.v1"):
    """Equipment served one phase for an interval."""

    lot: str
    phase: str
    equipment: str
    equipment_class: str
    used_from: datetime
    used_until: datetime | None = None


class SeriesPoint(msgspec.Struct, frozen=True, array_like=True):
    """One reading ``[at, value, quality]``; quality as OPC UA names it."""

    at: datetime
    value: str
    quality: Literal["good", "uncertain", "bad"] = "good"


class SeriesRecorded(Event, tag="execution.series_recorded.v1"):
    """A stretch of a time series from a device or a shipment's logger."""

    lot: str
    series: str
    """The MBR's series id, for example ``incubator.temperature`` or ``inbound.temperature``."""
    unit: str
    points: tuple[SeriesPoint, ...]
    device: str = ""


class AlarmRaised(Event, tag="execution.alarm_raised.v1"):
    """A device alarm and what became of it."""

    lot: str
    alarm: str
    raised_at: datetime
    phase: str = ""
    device: str = ""
    priority: Literal["critical", "high", "low"] = "low"
    message: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    cleared_at: datetime | None = None


class ResultReported(Event, tag="execution.result_reported.v1"):
    """A test result of a sample of the lot; a later occurrence may repeat or finish an earlier one."""

    lot: str
    test: str
    status: Literal["pending", "negative_to_date", "final", "invalidated"]
    sample: str = ""
    occurrence: int = 1
    value: str = ""
    values: tuple[str, ...] = ()
    unit: str = ""
    method: str = ""
    laboratory: str = ""
    sampled_at: datetime | None = None
    tested_at: datetime | None = None
    reported_at: datetime | None = None
    analyst: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    reason: str = ""
    """Why invalidated or repeated."""


class CommentRecorded(Event, tag="execution.comment_recorded.v1"):
    """Free text that a person wrote into the record; a rule cannot judge it, so a person must read it."""

    lot: str
    subject: str
    text: str
    written_by: str = ""
    written_at: datetime | None = None


EVENTS: tuple[type[Event], ...] = (
    LotOpened,
    LotCompleted,
    PhasePerformed,
    ParameterRecorded,
    EntryChanged,
    MaterialUsed,
    EquipmentUsed,
    SeriesRecorded,
    AlarmRaised,
    ResultReported,
    CommentRecorded,
)
