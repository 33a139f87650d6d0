"""Defects in the course of phases: missing, out of order, too long, skipped, repeated."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from onelot.execution.events import EquipmentUsed, MaterialUsed, ParameterRecorded, PhasePerformed
from onelot.recipes.walk import PlacedPhase
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, known

_CONSEQUENCES = (
    "CMP-MISSING-ENTRY", "CMP-MISSING-PHASE", "SEQ-ORDER", "SEQ-STATE", "HLD-CLOCK", "ALR-CLOCK", "REC-MATERIAL",
    "REC-YIELD", "TRD-UNUSUAL", "TRD-UNUSUAL-MULTI", "CAL-CLASS", "TRD-SAMPLING", "SPC-RESULT", "MAT-QUANTITY",
    "CMP-NOT-RECORDED", "TPV-SECOND-PERSON", "SEQ-REPEATED", "SEQ-TIMES", "SEQ-DURATION", "IDM-CONTAINER", "LAT-ENTRY",
    "CUS-CHAIN", "ALM-ALARM", "AUD-TWO-PLACES", "CAL-VALID",
)  # fmt: skip
"""Checks that rightly speak up when a whole phase is missing or displaced."""


def _without_clocks(work: Workbench) -> PlacedPhase:
    """A phase that no clock, yield or specification hangs on."""
    points = {point for clock in work.plan.mbr.clocks for point in (clock.starts_on, clock.ends_on)}
    named = {part for entry in work.plan.mbr.yields for part in (entry.numerator, entry.denominator)} | {
        work.plan.mbr.specification.weight
    }
    return work.choose(
        work.phases(
            lambda placed: (
                not any(placed.name in point for point in points)
                and not any((name or "").startswith(placed.name + "/") for name in named)
                and not any(need.material == "apheresate" for need in placed.phase.materials)
            )
        )
    )


def _drop_contents(work: Workbench, phase: str) -> None:
    for event in [*work.record.events]:
        if isinstance(event, ParameterRecorded | MaterialUsed | EquipmentUsed) and event.phase == phase:
            work.remove(event)


@plants("CMP-MISSING-PHASE", "missing", *_CONSEQUENCES, alone=True)
def phase_missing(work: Workbench) -> str:
    """A required phase that the record does not hold."""
    placed = _without_clocks(work)
    _drop_contents(work, placed.name)
    work.remove(work.run(placed.name))
    return placed.name


@plants("CMP-MISSING-PHASE", "not_completed", *_CONSEQUENCES, alone=True)
def phase_not_completed(work: Workbench) -> str:
    """A required phase aborted and never run again."""
    placed = _without_clocks(work)
    work.change(work.run(placed.name), state="aborted", reason="device fault")
    return placed.name


@plants("SEQ-STATE", "aborted", *_CONSEQUENCES, alone=True)
def phase_aborted(work: Workbench) -> str:
    """A phase aborted with a reason, then run again."""
    return _aborted_and_repeated(work, "bubble in the line")


@plants("SEQ-STATE", "aborted_without_reason", *_CONSEQUENCES, alone=True)
def phase_aborted_without_reason(work: Workbench) -> str:
    """A phase aborted without a reason."""
    return _aborted_and_repeated(work, "")


@plants("SEQ-REPEATED", "no_reason", *_CONSEQUENCES, alone=True)
def phase_repeated_without_reason(work: Workbench) -> str:
    """A phase run again, and nobody says why."""
    return _aborted_and_repeated(work, "")


def _aborted_and_repeated(work: Workbench, reason: str) -> str:
    placed = _without_clocks(work)
    run = work.run(placed.name)
    begun = known(run.started_at)
    work.change(run, occurrence=2)
    work.add(
        msgspec.structs.replace(
            run, state="aborted", started_at=begun - timedelta(minutes=3), ended_at=begun - timedelta(minutes=1),
            entered_at=begun, reason=reason, verified_by="", verified_at=None, verification=None,
        )
    )  # fmt: skip
    return placed.name


@plants("SEQ-REPEATED", "phase", *_CONSEQUENCES, alone=True)
def phase_run_twice(work: Workbench) -> str:
    """A phase completed twice where once is allowed, with its prior data kept."""
    placed = _without_clocks(work)
    run = work.run(placed.name)
    again = msgspec.structs.replace(
        run, occurrence=2, started_at=run.ended_at, ended_at=known(run.ended_at) + timedelta(minutes=2),
        entered_at=known(run.ended_at) + timedelta(minutes=3), reason="first count failed",
        verified_at=None if run.verified_at is None else known(run.ended_at) + timedelta(minutes=9),
    )  # fmt: skip
    work.add(again)
    return placed.name


@plants("SEQ-STATE", "skipped", *_CONSEQUENCES, alone=True)
def phase_skipped(work: Workbench) -> str:
    """A phase skipped, with a reason."""
    return _skipped(work, "instrument not available")


@plants("SEQ-STATE", "skipped_without_reason", *_CONSEQUENCES, alone=True)
def phase_skipped_without_reason(work: Workbench) -> str:
    """A phase skipped without a reason."""
    return _skipped(work, "")


def _skipped(work: Workbench, reason: str) -> str:
    placed = _without_clocks(work)
    _drop_contents(work, placed.name)
    work.change(
        work.run(placed.name), state="skipped", started_at=None, ended_at=None, entered_at=None,
        verified_by="", verified_at=None, verification=None, reason=reason,
    )  # fmt: skip
    return placed.name


@plants("SEQ-ORDER", "overlap", *_CONSEQUENCES, alone=True)
def phases_overlap(work: Workbench) -> str:
    """A phase begun before the one it must follow had ended."""
    placed = work.choose(work.phases(lambda p: bool(p.phase.after)))
    before = work.run(placed.phase.after[0])
    run = work.run(placed.name)
    if known(before.started_at) >= known(before.ended_at) - timedelta(minutes=10):
        work.choose([])
    work.change(run, started_at=known(before.ended_at) - timedelta(minutes=5))
    return placed.name


@plants("SEQ-ORDER", "reversed", *_CONSEQUENCES, alone=True)
def phases_reversed(work: Workbench) -> str:
    """A phase run before the one it must follow."""
    placed = work.choose(work.phases(lambda p: bool(p.phase.after) and len(p.phase.parameters) < 4))
    before, run = work.run(placed.phase.after[0]), work.run(placed.name)
    start = known(before.started_at) - timedelta(minutes=30)
    work.change(run, started_at=start, ended_at=start + timedelta(minutes=20))
    return placed.name


@plants("SEQ-ORDER", "not_before", *_CONSEQUENCES, alone=True)
def predecessor_not_completed(work: Workbench) -> str:
    """A phase run although the one before it was aborted."""
    placed = work.choose(work.phases(lambda p: bool(p.phase.after)))
    work.change(work.run(placed.phase.after[0]), state="aborted", reason="power cut")
    return placed.name


@plants("SEQ-DURATION", "too_long", *_CONSEQUENCES, alone=True)
def phase_too_long(work: Workbench) -> str:
    """A phase that took longer than allowed."""
    placed = work.choose(work.phases(lambda p: p.phase.max_duration is not None))
    run = work.run(placed.name)
    longest = placed.phase.max_duration
    assert longest is not None
    work.change(run, ended_at=known(run.started_at) + longest + timedelta(seconds=61))
    return placed.name


@plants("SEQ-TIMES", "ended_before_start", *_CONSEQUENCES, alone=True)
def phase_ended_before_start(work: Workbench) -> str:
    """Start and end of a phase exchanged."""
    placed = _without_clocks(work)
    run = work.run(placed.name)
    work.change(run, started_at=run.ended_at, ended_at=run.started_at)
    return placed.name


@plants("SEQ-TIMES", "no_start", *_CONSEQUENCES, alone=True)
def phase_without_start(work: Workbench) -> str:
    """A phase whose start nobody recorded."""
    placed = _without_clocks(work)
    work.change(work.run(placed.name), started_at=None)
    return placed.name


@plants("SEQ-TIMES", "no_end", *_CONSEQUENCES, alone=True)
def phase_without_end(work: Workbench) -> str:
    """A phase whose end nobody recorded."""
    placed = _without_clocks(work)
    work.change(work.run(placed.name), ended_at=None)
    return placed.name


@plants("SEQ-TIMES", "running", *_CONSEQUENCES, alone=True)
def phase_still_running(work: Workbench) -> str:
    """A record sent while a phase was still running."""
    placed = _without_clocks(work)
    work.change(
        work.run(placed.name),
        state="running",
        ended_at=None,
        verified_by="",
        verified_at=None,
        verification=None,
    )
    return placed.name


@plants("CMP-EXTRA", "phase", *_CONSEQUENCES)
def extra_phase(work: Workbench) -> str:
    """A phase that the master batch record does not know."""
    run = work.run(_without_clocks(work).name)
    name = "rework/rework/wash"
    work.add(
        PhasePerformed(
            lot=work.lot, phase=name, started_at=run.started_at, ended_at=run.ended_at,
            entered_at=run.entered_at, performed_by=run.performed_by, location=run.location,
        )
    )  # fmt: skip
    return name


def _clock(work: Workbench, kind: str) -> tuple[str, PhasePerformed, PhasePerformed]:
    """A clock between two phases, with the runs at which it starts and ends."""
    clock = work.choose(
        [
            clock
            for clock in work.plan.mbr.clocks
            if clock.starts_on.startswith("phase:")
            and clock.ends_on.startswith("phase:")
            and getattr(clock, kind) is not None
        ]
    )
    start, end = (
        point.removeprefix("phase:").rsplit(".", 1)[0] for point in (clock.starts_on, clock.ends_on)
    )
    return clock.id, work.run(start), work.run(end)


@plants("HLD-CLOCK", "too_long", *_CONSEQUENCES, alone=True)
def held_too_long(work: Workbench) -> str:
    """Held longer than allowed between two phases."""
    name, _, last = _clock(work, "max")
    longest = next(clock.max for clock in work.plan.mbr.clocks if clock.id == name)
    assert longest is not None
    work.change(last, started_at=known(last.started_at) + longest, ended_at=known(last.ended_at) + longest)
    return name


@plants("HLD-CLOCK", "too_short", *_CONSEQUENCES, alone=True)
def held_too_short(work: Workbench) -> str:
    """Held shorter than required between two phases."""
    name, first, last = _clock(work, "min")
    lasts = known(last.ended_at) - known(last.started_at)
    shortest = next(clock.min for clock in work.plan.mbr.clocks if clock.id == name)
    assert shortest is not None
    begin = first.started_at if name == "prestimulation" else first.ended_at
    start = known(begin) + shortest - timedelta(minutes=5)
    work.change(last, started_at=start, ended_at=start + lasts)
    return name


@plants("HLD-CLOCK", "backwards", *_CONSEQUENCES, alone=True)
def clock_backwards(work: Workbench) -> str:
    """The end of a hold time lies before its start."""
    name, first, last = _clock(work, "max")
    lasts = known(last.ended_at) - known(last.started_at)
    start = known(first.started_at) - timedelta(hours=3) - lasts
    work.change(last, started_at=start, ended_at=start + lasts)
    return name


@plants("HLD-CLOCK", "open", *_CONSEQUENCES, alone=True)
def clock_never_stopped(work: Workbench) -> str:
    """The phase that ends a hold time is missing."""
    name, _, last = _clock(work, "max")
    _drop_contents(work, last.phase)
    work.remove(last)
    return name


@plants("HLD-CLOCK", "not_started", *_CONSEQUENCES, alone=True)
def clock_never_started(work: Workbench) -> str:
    """The phase that starts a hold time is missing."""
    name, first, _ = _clock(work, "max")
    _drop_contents(work, first.phase)
    work.remove(first)
    return name


@plants("ALR-CLOCK", "late", *_CONSEQUENCES, alone=True)
def held_beyond_alert(work: Workbench) -> str:
    """Held beyond the alert time, but within the limit."""
    name, first, last = _clock(work, "alert")
    clock = next(clock for clock in work.plan.mbr.clocks if clock.id == name)
    assert clock.alert is not None
    lasts = known(last.ended_at) - known(last.started_at)
    start = known(first.ended_at) + clock.alert + timedelta(minutes=4)
    work.change(last, started_at=start, ended_at=start + lasts)
    return name
