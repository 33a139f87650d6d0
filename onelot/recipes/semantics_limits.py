"""Faults of parameters, materials and series: limits that exclude each other, units that are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from onelot.kernel.said import said
from onelot.kernel.units import is_unit
from onelot.kernel.yaml_lines import Path
from onelot.recipes.faults import Fault
from onelot.recipes.model import Limits, MasterBatchRecord, Parameter
from onelot.recipes.walk import PlacedPhase


def unit_faults(unit: str | None, path: Path) -> Iterator[Fault]:
    """A unit that the library does not know."""
    if unit is not None and not is_unit(unit):
        yield Fault(
            "mbr.unit_unknown", path, "This is not a UCUM unit.",
            expected="a UCUM code such as 10*6/mL, %, Cel, [EU]/mL, {copies}/{cell}", got=unit,
        )  # fmt: skip


def band_faults(limits: Limits | None, path: Path) -> Iterator[Fault]:
    """A band that is empty, without any end, or with an open end that does not exist."""
    if limits is None:
        return
    low, high = limits.low, limits.high
    for end, number in (("low", low), ("high", high)):
        if number is not None and not number.is_finite():
            yield Fault("mbr.not_finite", (*path, end), "A limit must be a finite number.", got=str(number))
            return
        if number is None and getattr(limits, f"{end}_open"):
            yield Fault(
                "mbr.open_without_limit",
                (*path, f"{end}_open"),
                said("There is no {end} limit to be open.", end=end),
            )
    if low is None and high is None:
        yield Fault("mbr.limits_empty", path, "A band needs low, high or both.")
    elif low is not None and high is not None:
        open_end = limits.low_open or limits.high_open
        if low > high or (low == high and open_end):
            yield Fault(
                "mbr.limits_inverted", path, "No value can lie in this band.", expected="low below high",
                got=said("low {low}, high {high}", low=low, high=high),
            )  # fmt: skip


def inside(inner: Limits | None, outer: Limits | None) -> bool:
    """Whether each end that ``inner`` has lies within ``outer``; an end left out asks nothing."""
    if inner is None or outer is None:
        return True
    return _end_inside((inner.low, inner.low_open), (outer.low, outer.low_open), sign=1) and _end_inside(
        (inner.high, inner.high_open), (outer.high, outer.high_open), sign=-1
    )


def _end_inside(
    inner_end: tuple[Decimal | None, bool], outer_end: tuple[Decimal | None, bool], *, sign: int
) -> bool:
    """One end, given as (limit, whether open); ``sign`` is 1 for the low end and -1 for the high one."""
    (inner, inner_open), (outer, outer_open) = inner_end, outer_end
    if inner is None or outer is None:
        return True
    if inner == outer:
        return inner_open or not outer_open
    return (inner - outer) * sign > 0


def limit_faults(mbr: MasterBatchRecord, placed: list[PlacedPhase]) -> Iterator[Fault]:
    """Faults of the limits of all parameters, materials, series and yields."""
    for _, path, phase in placed:
        if phase.occurrences.max is not None and phase.occurrences.max < phase.occurrences.min:
            yield Fault("mbr.limits_inverted", (*path, "occurrences"), "max is less than min.")
        for i, parameter in enumerate(phase.parameters):
            yield from _parameter_faults(parameter, (*path, "parameters", i))
        for i, need in enumerate(phase.materials):
            here = (*path, "materials", i)
            yield from band_faults(need.quantity, (*here, "quantity"))
            yield from unit_faults(need.unit, (*here, "unit"))
    for i, material in enumerate(mbr.materials):
        if material.reconciliation is not None:
            yield from band_faults(
                material.reconciliation.percent, ("materials", i, "reconciliation", "percent")
            )
    for i, item in enumerate(mbr.yields):
        yield from band_faults(item.percent, ("yields", i, "percent"))
    for i, series in enumerate(mbr.series):
        here = ("series", i)
        yield from unit_faults(series.unit, (*here, "unit"))
        yield from band_faults(series.action, (*here, "action"))
        yield from band_faults(series.alert, (*here, "alert"))
        if not inside(series.alert, series.action):
            yield Fault(
                "mbr.alert_outside_action", (*here, "alert"), "The alert band is not within the action band."
            )
        if series.interval <= timedelta(0) or series.max_gap < series.interval:
            yield Fault("mbr.limits_inverted", (*here, "max_gap"), "max_gap is shorter than the interval.")


def _parameter_faults(parameter: Parameter, path: Path) -> Iterator[Fault]:
    numeric = parameter.type in ("number", "integer")
    for band in ("action", "alert", "plausible"):
        yield from band_faults(getattr(parameter, band), (*path, band))
        if getattr(parameter, band) is not None and not numeric:
            yield Fault(
                "mbr.limits_on_text",
                (*path, band),
                said("A {type} has no numeric limits.", type=parameter.type),
            )
    if numeric and parameter.unit is None:
        yield Fault("mbr.unit_missing", path, said("{id} is a number without a unit.", id=parameter.id),
                    hint="Write unit: '1' for a pure number.")  # fmt: skip
    yield from unit_faults(parameter.unit, (*path, "unit"))
    if not inside(parameter.alert, parameter.action):
        yield Fault(
            "mbr.alert_outside_action", (*path, "alert"), "The alert band is not within the action band."
        )
    if not inside(parameter.action, parameter.plausible):
        yield Fault(
            "mbr.action_outside_plausible",
            (*path, "action"),
            "The action band is not within the plausible one.",
        )
    if parameter.target is not None:
        point = Limits(low=parameter.target, high=parameter.target)
        if not numeric or not inside(point, parameter.action) or not inside(point, parameter.alert):
            yield Fault(
                "mbr.target_outside_limits", (*path, "target"), "The target is not within the limits."
            )
    yield from _choice_faults(parameter, path)
    most = parameter.occurrences.max
    if most is not None and most < parameter.occurrences.min:
        yield Fault("mbr.limits_inverted", (*path, "occurrences"), "max is less than min.")
    if parameter.sampling is not None and most == 1:
        yield Fault("mbr.sampling_of_one", (*path, "sampling"), "An entry that occurs once has no frequency.",
                    hint="Raise occurrences/max, or leave it empty for no upper bound.")  # fmt: skip
    if (parameter.trended or parameter.covariate) and not numeric:
        yield Fault("mbr.trend_of_text", path, "Only numbers can be trended or be covariates.")


def _choice_faults(parameter: Parameter, path: Path) -> Iterator[Fault]:
    wants = parameter.type in ("choice", "multiple_choice")
    if wants and not parameter.choices:
        yield Fault(
            "mbr.choices_missing",
            path,
            said("{id} is a {type} without choices.", id=parameter.id, type=parameter.type),
        )
    if not wants and (parameter.choices or (parameter.accepted and parameter.type != "boolean")):
        yield Fault("mbr.choices_unused", path, said("A {type} has no choices.", type=parameter.type))
    allowed = parameter.choices or ("true", "false")
    folded = [choice.strip().casefold() for choice in parameter.choices]
    if len(folded) != len(set(folded)):
        yield Fault(
            "mbr.duplicate_id",
            (*path, "choices"),
            "A choice is given twice (case and outer space do not count).",
        )
    for i, answer in enumerate(parameter.accepted):
        if (wants or parameter.type == "boolean") and answer not in allowed:
            yield Fault(
                "mbr.accepted_not_a_choice", (*path, "accepted", i), "An accepted answer is not among the choices.",
                expected=said("one of {allowed}", allowed=', '.join(allowed)), got=answer,
            )  # fmt: skip
