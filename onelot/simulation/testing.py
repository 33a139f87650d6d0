"""Quality control: the results of a lot's samples, as its market wants them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from onelot.execution.events import ResultReported
from onelot.kernel.events import Event
from onelot.recipes.model import Criterion, Test
from onelot.simulation.patient_lot import Plan, criteria, release_limits
from onelot.simulation.schedule import local
from onelot.simulation.values import Band, digits_for, written

_TURNAROUND_DAYS = 1


def results(plan: Plan) -> Iterator[Event]:
    """Every test of the specification; one that a market accepts as negative to date is first reported so."""
    sampled = local(plan.schedule.phases[plan.product.sampled_in][1], plan.laboratory.zone)
    for test in plan.mbr.specification.tests:
        days = plan.product.turnaround_days.get(test.id, _TURNAROUND_DAYS)
        final = sampled + timedelta(days=days, minutes=float(plan.random.integers(600)))
        analyst, reviewer = (
            str(name) for name in plan.random.choice(plan.laboratory.people, size=2, replace=False)
        )
        steps: list[tuple[Literal["negative_to_date", "final"], datetime]] = [("final", final)]
        if any("negative_to_date" in c.accepts for c in _asking(plan, test)):
            steps.insert(0, ("negative_to_date", sampled + timedelta(days=2)))
        value = _value(plan, test)
        for occurrence, (status, at) in enumerate(steps, 1):
            tested = at - timedelta(hours=2)
            yield ResultReported(
                lot=plan.lot, test=test.id, status=status, sample=f"{plan.lot}-QC1", occurrence=occurrence,
                unit=test.unit or "", method=test.method, laboratory=plan.laboratory.name,
                sampled_at=sampled.replace(microsecond=0), tested_at=tested.replace(microsecond=0),
                reported_at=at.replace(microsecond=0), analyst=analyst, reviewed_by=reviewer,
                reviewed_at=(at + timedelta(hours=1)).replace(microsecond=0), **value,
            )  # fmt: skip


def _asking(plan: Plan, test: Test) -> list[Criterion]:
    return [
        criterion
        for criterion in criteria(plan.mbr, plan.clinic.market)
        if criterion.test == test.id or any(a.test == test.id for a in criterion.any_of)
    ]


def _value(plan: Plan, test: Test) -> dict[str, Any]:
    if test.type == "number":
        return {"value": _number(plan, test)}
    answers = [*(text for c in _asking(plan, test) for text in c.text), "none"]
    return {"values": (answers[0],)} if test.type == "multiple_choice" else {"value": answers[0]}


def _number(plan: Plan, test: Test) -> str:
    limits = release_limits(plan.mbr, plan.clinic.market, plan.patient.weight)
    band = Band(allowed for name, allowed in limits if name == test.id)
    quantity = plan.product.results.get(test.id)
    value = band.draw(None, plan.random) if quantity is None else plan.quantities[quantity]
    return written(value, max(band.decimals, digits_for(value)))
