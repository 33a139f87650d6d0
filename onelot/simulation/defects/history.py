"""What lies within limits and is still wrong: values unusual for this starting material, and copied ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from onelot.execution.events import ParameterRecorded, PhasePerformed
from onelot.kernel.events import Event
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, path
from onelot.simulation.record import good_record

E = TypeVar("E", bound=Event)


def _trended(work: Workbench, name: str) -> ParameterRecorded:
    return work.entry(lambda parameter, full: parameter.trended and full.endswith(name))


@plants("TRD-UNUSUAL", "unusual", "TRD-UNUSUAL-MULTI")
def unusual_value(work: Workbench) -> str:
    """A purity well below what this process gives, and still within its limits."""
    entry = work.entry(
        lambda parameter, full: parameter.trended and full.endswith("activate/select/select/purity")
    )
    limits = work.asked(entry).alert
    assert limits is not None
    assert limits.low is not None
    return path(work.change(entry, value=str(limits.low + Decimal("0.3"))))


@plants("TRD-UNUSUAL-MULTI", "unusual", "TRD-UNUSUAL")
def unusual_together(work: Workbench) -> str:
    """A fold expansion that does not fit the cell count, though either alone is usual."""
    entry = _trended(work, "harvest/fold")
    value = Decimal(entry.value)
    other = value * Decimal("1.9") if value < 28 else value / Decimal("1.9")
    work.change(entry, value=str(round(other, 1)))
    return ""


@plants("TRD-UNUSUAL-MULTI", "incomplete", "CMP-MISSING-ENTRY", "REC-YIELD")
def trended_value_missing(work: Workbench) -> str:
    """A value without which the lot cannot be compared with the history."""
    entry = work.entry(lambda parameter, _: parameter.trended and parameter.verification == "none")
    work.remove(entry)
    return ""


@plants("TRD-UNUSUAL", "covariate_missing", "CMP-MISSING-ENTRY", "TRD-UNUSUAL-MULTI")
def covariate_missing(work: Workbench) -> str:
    """A property of the starting material is missing, so that nothing tells what to expect."""
    entry = work.entry(lambda parameter, _: parameter.covariate)
    work.remove(entry)
    return ""


@plants("DUP-VALUES", "other_lot", "REC-YIELD", "TRD-UNUSUAL", "TRD-UNUSUAL-MULTI", "SPC-RESULT", alone=True)
def copied_lot(work: Workbench) -> str:
    """A record whose measured values are another lot's, digit for digit."""
    other = next(work.earlier_lots(60), None) or work.choose([])
    theirs = {
        (path(event), event.occurrence): event.value
        for event in good_record(other).events
        if isinstance(event, ParameterRecorded)
    }
    for entry in work.entries(lambda parameter, _: parameter.trended or parameter.covariate):
        value = theirs.get((path(entry), entry.occurrence))
        if value is not None:
            work.change(entry, value=value)
    work.also_in.append(other.lot)
    return ""


@plants("DUP-VALUES", "other_run", "SEQ-REPEATED", "SEQ-ORDER", "REC-MATERIAL", "CAL-CLASS", "TPV-SECOND-PERSON",
        "CMP-MISSING-ENTRY", "CMP-MISSING-PHASE", "HLD-CLOCK", "REC-YIELD", "MAT-QUANTITY", "TRD-UNUSUAL", "ALR-CLOCK",
        "TRD-UNUSUAL-MULTI", "SEQ-DURATION", "LAT-ENTRY", "CAL-VALID", alone=True)  # fmt: skip
def copied_run(work: Workbench) -> str:
    """A repeated phase whose numbers are those of its first run."""
    run = work.pick(PhasePerformed, lambda e: _telling(work, e))
    assert run.started_at is not None
    assert run.ended_at is not None
    shift = run.ended_at - run.started_at
    work.add(_later(run, shift, occurrence=2, reason="device restarted"))
    for entry in work.of(ParameterRecorded, lambda e: e.phase == run.phase and e.occurrence == 1):
        work.add(_later(entry, shift, occurrence=2, reason="device restarted"))
    return run.phase


def _telling(work: Workbench, run: PhasePerformed) -> bool:
    """Whether the numbers of a short run could not agree by chance: at least five, with fourteen characters."""
    assert run.started_at is not None
    assert run.ended_at is not None
    numbers = work.of(ParameterRecorded, lambda e: e.phase == run.phase and e.unit != "")
    return (
        len(numbers) >= 5
        and sum(len(entry.value) for entry in numbers) >= 14
        and run.ended_at - run.started_at < timedelta(days=1)
    )


def _later(event: E, shift: timedelta, **fields: Any) -> E:
    times = {
        name: value + shift
        for name in event.__struct_fields__
        if isinstance(value := getattr(event, name), datetime)
    }
    return msgspec.structs.replace(event, **times, **fields)
