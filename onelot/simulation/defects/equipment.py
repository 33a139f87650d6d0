"""Defects of equipment. The unit concerned serves no other lot."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from onelot.execution.events import EquipmentUsed
from onelot.recipes.model import EquipmentClass
from onelot.registry.events import EquipmentStatusKind, EquipmentStatusRecorded
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, known

_KINDS: tuple[EquipmentStatusKind, ...] = ("calibration", "cleaning", "qualification")
_YEAR = timedelta(days=365)


def _loaned(work: Workbench) -> tuple[EquipmentUsed, EquipmentClass]:
    """Let a unit of its own serve one phase."""
    use = work.pick(EquipmentUsed)
    wanted = next(entry for entry in work.plan.mbr.equipment_classes if entry.id == use.equipment_class)
    unit = f"{use.equipment_class}-LOAN-{work.plan.index:05d}"
    return work.change(use, equipment=unit), wanted


def _status(
    work: Workbench,
    use: EquipmentUsed,
    kind: EquipmentStatusKind,
    *,
    start: datetime,
    end: datetime | None,
    outcome: Literal["passed", "failed"] = "passed",
) -> None:
    work.record.site_events.append(
        EquipmentStatusRecorded(
            equipment=use.equipment, equipment_class=use.equipment_class, kind=kind, outcome=outcome,
            valid_from=start, valid_until=end, performed_by="metrology", certificate=f"LOAN-{work.plan.index:05d}",
        )
    )  # fmt: skip


def _others_valid(work: Workbench, use: EquipmentUsed, wanted: EquipmentClass, but: str = "") -> None:
    for kind in _KINDS:
        if kind != but and getattr(wanted, kind):
            _status(
                work, use, kind, start=known(use.used_from) - _YEAR / 2, end=known(use.used_from) + _YEAR / 2
            )


def _kind(wanted: EquipmentClass) -> EquipmentStatusKind:
    return next(kind for kind in _KINDS if getattr(wanted, kind))


@plants("CAL-VALID", "none_on_file")
def no_calibration(work: Workbench) -> str:
    """Equipment used of which no calibration is on file."""
    use, wanted = _loaned(work)
    _others_valid(work, use, wanted, _kind(wanted))
    if not any(getattr(wanted, kind) for kind in _KINDS if kind != _kind(wanted)):
        _status(work, use, "qualification", start=known(use.used_from) - _YEAR, end=None)
    return use.equipment


@plants("CAL-VALID", "not_yet")
def calibrated_later(work: Workbench) -> str:
    """Equipment used before its first calibration."""
    use, wanted = _loaned(work)
    kind = _kind(wanted)
    _others_valid(work, use, wanted, kind)
    _status(
        work, use, kind, start=known(use.used_until) + timedelta(days=4), end=known(use.used_until) + _YEAR
    )
    return use.equipment


@plants("CAL-VALID", "expired")
def calibration_expired(work: Workbench) -> str:
    """Equipment used after its calibration had run out."""
    use, wanted = _loaned(work)
    kind = _kind(wanted)
    _others_valid(work, use, wanted, kind)
    _status(work, use, kind, start=known(use.used_from) - _YEAR, end=known(use.used_from) - timedelta(days=2))
    return use.equipment


@plants("CAL-VALID", "failed")
def calibration_failed(work: Workbench) -> str:
    """Equipment used although its latest calibration had failed."""
    use, wanted = _loaned(work)
    kind = _kind(wanted)
    _others_valid(work, use, wanted)
    _status(work, use, kind, start=known(use.used_from) - timedelta(days=1), end=None, outcome="failed")
    return use.equipment


@plants("CAL-VALID", "expires_during_use")
def calibration_expires_during_use(work: Workbench) -> str:
    """Equipment whose calibration ran out while it was used."""
    use, wanted = _loaned(work)
    kind = _kind(wanted)
    _others_valid(work, use, wanted, kind)
    middle = known(use.used_from) + (known(use.used_until) - known(use.used_from)) / 2
    _status(work, use, kind, start=known(use.used_from) - _YEAR / 2, end=middle)
    return use.equipment


@plants("CAL-VALID", "fails_during_use")
def calibration_fails_during_use(work: Workbench) -> str:
    """Equipment found out of calibration while it was used."""
    use, wanted = _loaned(work)
    kind = _kind(wanted)
    _others_valid(work, use, wanted)
    middle = known(use.used_from) + (known(use.used_until) - known(use.used_from)) / 2
    _status(work, use, kind, start=middle, end=None, outcome="failed")
    return use.equipment


@plants("CAL-CLASS", "missing")
def equipment_missing(work: Workbench) -> str:
    """A phase for which no equipment of the required class is recorded."""
    use = work.pick(EquipmentUsed)
    work.remove(use)
    return use.phase


@plants("CAL-CLASS", "not_foreseen")
def equipment_not_foreseen(work: Workbench) -> str:
    """Equipment of a class that the phase does not name."""
    use = work.pick(EquipmentUsed)
    work.add(
        EquipmentUsed(
            lot=work.lot, phase=use.phase, equipment=f"waterbath-{work.plan.suite.name}", equipment_class="waterbath",
            used_from=use.used_from, used_until=use.used_until,
        )
    )  # fmt: skip
    return ""


@plants("CAL-CLASS", "other_class")
def equipment_of_another_class(work: Workbench) -> str:
    """Equipment recorded as another class than the one under which it is on file."""
    use, wanted = _loaned(work)
    _others_valid(work, use, wanted)
    work.record.site_events[:] = [
        EquipmentStatusRecorded(
            **{
                **{name: getattr(event, name) for name in event.__struct_fields__},
                "equipment_class": "incubator",
            }
        )
        if isinstance(event, EquipmentStatusRecorded) and event.equipment == use.equipment
        else event
        for event in work.record.site_events
    ]
    return use.equipment
