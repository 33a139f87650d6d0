"""Defects of the audit trail: late and back-dated entries, changes, comments, alarms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from onelot.execution.events import (
    AlarmRaised,
    CommentRecorded,
    EntryChanged,
    ParameterRecorded,
    PhasePerformed,
)
from onelot.recipes.model import Parameter
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, known, path


def _plain(parameter: Parameter, _: str) -> bool:
    return parameter.verification == "none" and parameter.sampling is None


@plants("LAT-ENTRY", "late")
def entered_late(work: Workbench) -> str:
    """An entry made hours after the act."""
    entry = work.number(_plain)
    late = known(entry.performed_at) + work.plan.mbr.late_entry + timedelta(hours=5)
    return path(work.change(entry, entered_at=late))


@plants("LAT-ENTRY", "ahead")
def entered_ahead(work: Workbench) -> str:
    """An entry made before the act: written in advance."""
    entry = work.number(_plain)
    return path(work.change(entry, entered_at=known(entry.performed_at) - timedelta(hours=1)))


@plants("LAT-ENTRY", "after_completion")
def entered_after_completion(work: Workbench) -> str:
    """An entry made after the record had been completed."""
    entry = work.number(_plain)
    return path(work.change(entry, entered_at=work.foot.completed_at + timedelta(days=1)))


@plants("LAT-ENTRY", "performed_after_completion", "TRD-SAMPLING", "HLD-CLOCK")
def performed_after_completion(work: Workbench) -> str:
    """An act that is said to have happened after the record was completed."""
    entry = work.number(_plain)
    at = work.foot.completed_at + timedelta(hours=6)
    return path(work.change(entry, performed_at=at, entered_at=at))


def _change(work: Workbench, entry: ParameterRecorded, at: datetime, **fields: Any) -> EntryChanged:
    plain = EntryChanged(
        lot=work.lot, subject=path(entry), field="value", before="0", after=entry.value, changed_by=entry.performed_by,
        changed_at=at, occurrence=entry.occurrence, reason="typing error", role="operator",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


def _soon(entry: ParameterRecorded) -> datetime:
    return known(entry.entered_at) + timedelta(seconds=40)


def _harmless(parameter: Parameter, name: str) -> bool:
    return _plain(parameter, name) and parameter.criticality in {"KPP", "none"}


@plants("AUD-CHANGE", "no_reason")
def changed_without_reason(work: Workbench) -> str:
    """An entry changed, and nobody says why."""
    entry = work.number(_harmless)
    before = f"{entry.value}1"
    work.add(_change(work, entry, _soon(entry), reason="", before=before))
    return path(entry)


@plants("AUD-CHANGE", "deleted")
def deleted(work: Workbench) -> str:
    """A value deleted from the record."""
    entry = work.number(_harmless)
    work.add(_change(work, entry, _soon(entry), before=entry.value, after=""))
    return path(entry)


@plants("AUD-CHANGE", "after_verification")
def changed_after_verification(work: Workbench) -> str:
    """A value changed after a second person had verified it."""
    entry = work.number(lambda parameter, _: parameter.verification == "second_person")
    at = known(entry.verified_at) + timedelta(minutes=3)
    work.add(_change(work, entry, at, before=f"{entry.value}1"))
    return path(entry)


@plants("AUD-CHANGE", "after_completion")
def changed_after_completion(work: Workbench) -> str:
    """A value changed after the record had been completed."""
    entry = work.number(_harmless)
    at = work.foot.completed_at + timedelta(hours=2)
    work.add(_change(work, entry, at, before=f"{entry.value}1"))
    return path(entry)


@plants("AUD-CHANGE", "other_person")
def changed_by_another_person(work: Workbench) -> str:
    """A value changed by somebody else than who entered it."""
    entry = work.number(_harmless)
    place = work.plan.place(entry.phase)
    other = next(person for person in place.people if person != entry.performed_by)
    work.add(_change(work, entry, _soon(entry), changed_by=other, before=f"{entry.value}1"))
    return path(entry)


@plants("AUD-CHANGE", "administrator")
def changed_by_administrator(work: Workbench) -> str:
    """A value changed with an administrator's rights."""
    entry = work.number(_harmless)
    work.add(_change(work, entry, _soon(entry), role="system administrator", before=f"{entry.value}1"))
    return path(entry)


@plants("AUD-CHANGE", "into_limit")
def changed_into_limit(work: Workbench) -> str:
    """A value outside its action limits changed into one inside."""
    entry = work.number(lambda parameter, name: _plain(parameter, name) and parameter.action is not None)
    limits = work.asked(entry).action
    assert limits is not None
    outside = limits.high + 1 if limits.high is not None else (limits.low or 0) - 1
    work.add(_change(work, entry, _soon(entry), before=str(outside)))
    return path(entry)


@plants("AUD-CHANGE", "critical_change")
def critical_change(work: Workbench) -> str:
    """A critical value corrected at once, by who entered it, with a reason."""
    entry = work.number(
        lambda parameter, name: _plain(parameter, name) and parameter.criticality in {"CQA", "CPP"}
    )
    work.add(_change(work, entry, _soon(entry), before=entry.value + "0"))
    return path(entry)


@plants("AUD-CHANGE", "burst")
def burst_of_changes(work: Workbench) -> str:
    """Five changes by one person within ten minutes."""
    entry = work.number(_harmless)
    for number in range(5):
        at = _soon(entry) + timedelta(seconds=70 * number)
        work.add(_change(work, entry, at, before=f"{entry.value}{number + 1}"))
    return ""


@plants("AUD-CHANGE", "corrected", "RNG-ACTION", "ALR-ALERT", alone=True)
def corrected_record(work: Workbench) -> str:
    """A corrected record that the sender issued later, with another value."""
    entry = work.number(_harmless)
    corrected = [*work.record.events]
    value = f"{entry.value[:-1]}{(int(entry.value[-1]) + 1) % 10}"
    corrected[next(i for i, e in enumerate(corrected) if e is entry)] = msgspec.structs.replace(
        entry, value=value
    )
    work.record.corrected = corrected
    return path(entry)


@plants("AUD-COMMENT", "comment")
def comment(work: Workbench) -> str:
    """A remark that a rule cannot judge."""
    run = work.pick(PhasePerformed)
    work.add(
        CommentRecorded(
            lot=work.lot, subject=run.phase, text="Bag felt warmer than usual, please check.",
            written_by=run.performed_by, written_at=known(run.entered_at),
        )
    )  # fmt: skip
    return run.phase


def _alarm(work: Workbench) -> AlarmRaised:
    run = work.pick(PhasePerformed)
    start, end = known(run.started_at), known(run.ended_at)
    at = (start + (end - start) / 2).replace(microsecond=0)
    return AlarmRaised(
        lot=work.lot, alarm="pressure_high", raised_at=at, phase=run.phase, device=f"PUMP-{run.location}",
        priority="high", message="pressure above 1.2 bar", acknowledged_at=at + timedelta(minutes=1),
        acknowledged_by=run.performed_by, cleared_at=at + timedelta(minutes=5),
    )  # fmt: skip


@plants("ALM-ALARM", "unacknowledged")
def alarm_unacknowledged(work: Workbench) -> str:
    """An alarm that nobody acknowledged."""
    work.add(msgspec.structs.replace(_alarm(work), acknowledged_at=None, acknowledged_by=""))
    return "pressure_high"


@plants("ALM-ALARM", "critical_in_phase")
def critical_alarm(work: Workbench) -> str:
    """A critical alarm while a phase was running."""
    work.add(msgspec.structs.replace(_alarm(work), priority="critical"))
    return "pressure_high"


@plants("ALM-ALARM", "not_cleared")
def alarm_not_cleared(work: Workbench) -> str:
    """An alarm that is not recorded as cleared."""
    work.add(msgspec.structs.replace(_alarm(work), cleared_at=None))
    return "pressure_high"


@plants("ALM-ALARM", "order")
def alarm_acknowledged_before(work: Workbench) -> str:
    """An alarm acknowledged before it was raised: a clock is wrong."""
    alarm = _alarm(work)
    work.add(msgspec.structs.replace(alarm, acknowledged_at=alarm.raised_at - timedelta(minutes=9)))
    return "pressure_high"
