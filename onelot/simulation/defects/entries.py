"""Defects in single entries: values, units, types, answers, blanks."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from onelot.execution.events import ParameterRecorded
from onelot.recipes.model import Limits, Parameter
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, path


def _step(limits: Limits) -> Decimal:
    """A little more than the smallest digit in which the limits are written."""
    exponents = [
        exponent
        for limit in (limits.low, limits.high)
        if limit is not None and isinstance(exponent := limit.as_tuple().exponent, int)
    ]
    return Decimal(1).scaleb(min(exponents)) * 2


def _beyond(limits: Limits) -> str:
    """A value just outside."""
    if limits.high is not None:
        return str(limits.high + _step(limits))
    assert limits.low is not None
    return str(limits.low - _step(limits))


@plants("RNG-ACTION", "outside", "ALR-ALERT")
def outside_action_limits(work: Workbench) -> str:
    """A value just outside its action limits."""
    entry = work.number(lambda parameter, _: parameter.action is not None and parameter.plausible is None)
    limits = work.asked(entry).action
    assert limits is not None
    return path(work.change(entry, value=_beyond(limits)))


@plants("RNG-ACTION", "undecidable")
def undecidable(work: Workbench) -> str:
    """A censored value of which nobody can tell whether it lies inside."""
    entry = work.number(
        lambda parameter, _: (
            parameter.action is not None and parameter.action.low is not None and not parameter.alert
        )
    )
    limits = work.asked(entry).action
    assert limits is not None
    assert limits.low is not None
    return path(work.change(entry, value=f"<{limits.low + _step(limits) * 3}"))


@plants("ALR-ALERT", "outside")
def outside_alert_limits(work: Workbench) -> str:
    """A value between its alert and its action limits."""
    entry = work.number(lambda parameter, _: _gap(parameter) is not None)
    value = _gap(work.asked(entry))
    return path(work.change(entry, value=str(value)))


def _gap(parameter: Parameter) -> Decimal | None:
    alert, action = parameter.alert, parameter.action
    if alert is None or action is None:
        return None
    if alert.high is not None and action.high is not None and alert.high < action.high:
        return (alert.high + action.high) / 2
    if alert.low is not None and action.low is not None and action.low < alert.low:
        return (alert.low + action.low) / 2
    return None


@plants("RNG-PLAUSIBLE", "implausible", "RNG-ACTION", "ALR-ALERT")
def implausible(work: Workbench) -> str:
    """A decimal point slipped, so that the reading cannot be true."""
    entry = work.number(
        lambda parameter, _: parameter.plausible is not None and parameter.plausible.high is not None
    )
    plausible = work.asked(entry).plausible
    assert plausible is not None
    assert plausible.high is not None
    return path(work.change(entry, value=str(plausible.high * 10 + 1)))


@plants("RNG-UNIT", "missing", "CMP-MISSING-ENTRY")
def unit_missing(work: Workbench) -> str:
    """A number without its unit."""
    return path(work.change(work.number(lambda parameter, _: parameter.unit != "1"), unit=""))


@plants("RNG-UNIT", "not_convertible")
def unit_of_another_quantity(work: Workbench) -> str:
    """A number in the unit of another kind of quantity."""
    entry = work.number(lambda parameter, _: parameter.unit not in {"1", "K/min"})
    unit = "mL" if work.asked(entry).unit == "min" else "min"
    return path(work.change(entry, unit=unit))


@plants("RNG-TYPE", "not_a_number")
def not_a_number(work: Workbench) -> str:
    """Words where a number belongs."""
    return path(work.change(work.number(), value="see attachment"))


@plants("RNG-TYPE", "not_an_integer", "RNG-ACTION")
def not_an_integer(work: Workbench) -> str:
    """A fraction where a whole number belongs."""
    entry = work.entry(lambda parameter, _: parameter.type == "integer")
    return path(work.change(entry, value="1.5"))


@plants("RNG-TYPE", "not_a_truth_value", "RNG-CHOICE")
def not_a_truth_value(work: Workbench) -> str:
    """An answer that is neither yes nor no."""
    entry = work.entry(lambda parameter, _: parameter.type == "boolean")
    return path(work.change(entry, value="probably"))


@plants("RNG-TYPE", "not_a_time")
def not_a_time(work: Workbench) -> str:
    """A time of day without a date and an offset."""
    entry = work.entry(lambda parameter, _: parameter.type == "datetime")
    return path(work.change(entry, value="14:30"))


@plants("RNG-CHOICE", "not_a_choice")
def not_a_choice(work: Workbench) -> str:
    """An answer that is not on the list."""
    entry = work.entry(lambda parameter, _: parameter.type == "choice")
    return path(work.change(entry, value="other, see note"))


@plants("RNG-CHOICE", "not_accepted")
def not_accepted(work: Workbench) -> str:
    """Among several answers one that a person must look at."""
    entry = work.entry(
        lambda parameter, _: (
            parameter.type == "multiple_choice" and len(parameter.choices) > len(parameter.accepted)
        )
    )
    parameter = work.asked(entry)
    wrong = next(choice for choice in parameter.choices if choice not in parameter.accepted)
    return path(work.change(entry, values=(parameter.accepted[0], wrong)))


@plants("RNG-CHOICE", "several")
def several_answers(work: Workbench) -> str:
    """Two answers where one is asked for."""
    entry = work.entry(lambda parameter, _: parameter.type == "choice" and len(parameter.accepted) > 1)
    return path(work.change(entry, value="", values=work.asked(entry).accepted[:2]))


@plants("RNG-CHOICE", "spelling")
def spelling(work: Workbench) -> str:
    """The right answer, spelt as the system could not have spelt it."""
    entry = work.entry(lambda parameter, _: parameter.type == "choice" and parameter.choices[0].islower())
    return path(work.change(entry, value=f" {entry.value.title()}"))


@plants("CMP-NOT-RECORDED", "blank", "TPV-SECOND-PERSON", "TRD-SAMPLING")
def blank(work: Workbench) -> str:
    """A field left empty."""
    return path(work.change(work.number(), value="", status="blank", unit=""))


@plants("CMP-NOT-RECORDED", "no_reason", "TRD-SAMPLING")
def not_applicable_without_reason(work: Workbench) -> str:
    """Marked not applicable without saying why."""
    return path(work.change(work.number(), value="", status="not_applicable", unit=""))


@plants("CMP-NOT-RECORDED", "not_applicable", "TRD-SAMPLING")
def not_applicable(work: Workbench) -> str:
    """A required entry marked not applicable, with a reason that a person must judge."""
    entry = work.number()
    return path(
        work.change(entry, value="", status="not_applicable", unit="", reason="analyser out of order")
    )


@plants("CMP-MISSING-ENTRY", "missing")
def entry_missing(work: Workbench) -> str:
    """A required entry that the record does not hold."""
    entry = work.number(
        lambda parameter, _: parameter.occurrences.min == 1 and parameter.occurrences.max == 1
    )
    work.remove(entry)
    return path(entry)


@plants("CMP-MISSING-ENTRY", "too_few", "TRD-SAMPLING")
def too_few_entries(work: Workbench) -> str:
    """A repeated reading made less often than asked."""
    entry = work.number(lambda parameter, _: parameter.occurrences.min > 1)
    due = work.asked(entry).occurrences.min
    for other in work.of(ParameterRecorded, lambda e: path(e) == path(entry) and e.occurrence >= due):
        work.remove(other)
    return path(entry)


@plants("CMP-EXTRA", "entry")
def extra_entry(work: Workbench) -> str:
    """An entry that the master batch record does not know."""
    like = work.number()
    work.add(
        ParameterRecorded(
            lot=work.lot, phase=like.phase, parameter="agitation", value="90", unit="/min",
            performed_at=like.performed_at, entered_at=like.entered_at, performed_by=like.performed_by,
        )
    )  # fmt: skip
    return f"{like.phase}/agitation"


@plants("CMP-DECLARED", "fewer")
def fewer_than_declared(work: Workbench) -> str:
    """The sender declares more entries than the record holds: something was lost on the way."""
    work.change(work.foot, declared_entries=(work.foot.declared_entries or 0) + 2)
    return ""


@plants("CMP-DECLARED", "more")
def more_than_declared(work: Workbench) -> str:
    """The record holds more entries than the sender declares."""
    work.change(work.foot, declared_entries=(work.foot.declared_entries or 0) - 1)
    return ""


@plants("SEQ-REPEATED", "entry")
def entry_twice(work: Workbench) -> str:
    """An entry made twice where once is allowed."""
    entry = work.number(lambda parameter, _: parameter.occurrences.max == 1)
    work.add(msgspec.structs.replace(entry, occurrence=2, reason="misread"))
    return path(entry)


@plants("TRD-SAMPLING", "gap")
def sampling_gap(work: Workbench) -> str:
    """A reading left out of a series of readings, so that the time between two is too long."""
    entry = work.number(lambda parameter, _: parameter.sampling is not None and parameter.occurrences.min > 1)
    taken = work.of(ParameterRecorded, lambda e: path(e) == path(entry))
    if len(taken) <= work.asked(entry).occurrences.min + 1:
        work.choose([])
    work.remove(taken[len(taken) // 2])
    work.remove(taken[len(taken) // 2 + 1])
    return path(entry)


@plants("TRD-SAMPLING", "time_unknown", "TPV-SECOND-PERSON", "TRN-VALID")
def sampling_time_unknown(work: Workbench) -> str:
    """Readings of which nobody knows when they were taken."""
    entry = work.number(lambda parameter, _: parameter.sampling is not None)
    for other in work.of(ParameterRecorded, lambda e: path(e) == path(entry)):
        work.change(other, performed_at=None, entered_at=None)
    return path(entry)
