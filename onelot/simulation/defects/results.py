"""Defects of test results."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec

from onelot.execution.events import ParameterRecorded, ResultReported
from onelot.recipes.model import Criterion, Limits
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, known, path
from onelot.simulation.patient_lot import criteria

_FOLLOWS = ("SPC-REPEAT",)


def _criterion(work: Workbench, test: str) -> Criterion | None:
    asked = criteria(work.plan.mbr, work.plan.clinic.market)
    return next((criterion for criterion in asked if criterion.test == test), None)


def _limits(work: Workbench, test: str) -> Limits | None:
    criterion = _criterion(work, test)
    return criterion.limits if criterion else None


def _number(work: Workbench) -> tuple[ResultReported, Limits]:
    """A final result that a plain range judges."""
    result = work.pick(ResultReported, lambda e: e.status == "final" and _limits(work, e.test) is not None)
    limits = _limits(work, result.test)
    assert limits is not None
    return result, limits


def _answer(work: Workbench) -> ResultReported:
    """A final result in words that one criterion judges, and that was not reported in steps."""
    return work.pick(
        ResultReported,
        lambda e: e.status == "final" and e.occurrence == 1 and bool(e.value)
        and (asked := _criterion(work, e.test)) is not None and bool(asked.text) and asked.accepts == ("final",),
    )  # fmt: skip


def _beyond(limits: Limits) -> str:
    if limits.low is not None:
        return str(limits.low - 1 if limits.low > 1 else limits.low / 2)
    assert limits.high is not None
    return str(limits.high + 1)


@plants("SPC-RESULT", "outside", *_FOLLOWS)
def result_outside(work: Workbench) -> str:
    """A result outside the specification of the lot's market."""
    result, limits = _number(work)
    work.change(result, value=_beyond(limits))
    return ""


@plants("SPC-RESULT", "text", *_FOLLOWS)
def result_text(work: Workbench) -> str:
    """An answer that the specification does not accept."""
    work.change(_answer(work), value="positive")
    return ""


@plants("SPC-RESULT", "blank", *_FOLLOWS)
def result_blank(work: Workbench) -> str:
    """A result reported without a value."""
    work.change(_number(work)[0], value="")
    return ""


@plants("SPC-RESULT", "not_a_number", *_FOLLOWS)
def result_not_a_number(work: Workbench) -> str:
    """Words where the specification asks for a number."""
    work.change(_number(work)[0], value="conforms")
    return ""


@plants("SPC-RESULT", "unit", *_FOLLOWS)
def result_unit(work: Workbench) -> str:
    """A result in a unit that does not convert."""
    work.change(_number(work)[0], unit="min")
    return ""


@plants("SPC-RESULT", "undecidable", *_FOLLOWS)
def result_undecidable(work: Workbench) -> str:
    """A censored result of which nobody can tell whether it conforms."""
    result, limits = _number(work)
    if limits.high is not None:
        work.change(result, value=f"<{limits.high * 2}")
    else:
        assert limits.low is not None
        work.change(result, value=f"<{limits.low + 5}")
    return ""


@plants("SPC-RESULT", "pending", *_FOLLOWS, "SPC-REPORT")
def result_pending(work: Workbench) -> str:
    """A result that is still pending."""
    result = work.pick(
        ResultReported,
        lambda e: e.status == "final" and e.occurrence == 1
        and (asked := _criterion(work, e.test)) is not None and asked.accepts == ("final",),
    )  # fmt: skip
    work.change(
        result, status="pending", value="", values=(), tested_at=None, reported_at=None, reviewed_by="",
        reviewed_at=None, analyst="",
    )  # fmt: skip
    return ""


@plants("SPC-RESULT", "negative_to_date", *_FOLLOWS, "SPC-REPORT")
def result_negative_to_date(work: Workbench) -> str:
    """A result that is only negative to date where the market wants the final one."""
    work.change(_answer(work), status="negative_to_date")
    return ""


@plants("SPC-RESULT", "invalidated", *_FOLLOWS)
def result_invalidated(work: Workbench) -> str:
    """The only result of a test was invalidated."""
    work.change(_number(work)[0], status="invalidated", reason="control out of range")
    return ""


@plants("SPC-RESULT", "absent")
def result_absent(work: Workbench) -> str:
    """A test of the specification without a result."""
    work.remove(_number(work)[0])
    return ""


@plants("SPC-RESULT", "weight", "CMP-MISSING-ENTRY", "SPC-REPEAT", alone=True)
def weight_missing(work: Workbench) -> str:
    """The patient's weight is missing, so that a limit by weight cannot be applied."""
    weight = work.plan.mbr.specification.weight
    if not any(criterion.bands for criterion in criteria(work.plan.mbr, work.plan.clinic.market)):
        work.choose([])
    work.remove(work.pick(ParameterRecorded, lambda e: path(e) == weight))
    return ""


def _again(result: ResultReported, **fields: object) -> ResultReported:
    """The same test of the same sample, a day later."""
    day = timedelta(days=1)
    later = {name: known(getattr(result, name)) + day for name in ("tested_at", "reported_at", "reviewed_at")}
    return msgspec.structs.replace(result, occurrence=result.occurrence + 1, **later, **fields)


@plants("SPC-REPEAT", "too_many")
def tested_too_often(work: Workbench) -> str:
    """A test repeated more often than the specification allows."""
    result, _ = _number(work)
    allowed = next(t.max_occurrences for t in work.plan.mbr.specification.tests if t.id == result.test)
    for _ in range(allowed):
        result = _again(result, reason="instrument check")
        work.add(result)
    return ""


@plants("SPC-REPEAT", "repeated_without_reason")
def repeated_without_reason(work: Workbench) -> str:
    """A test repeated without a reason."""
    work.add(_again(_number(work)[0], reason=""))
    return ""


@plants("SPC-REPEAT", "into_compliance", "SPC-RESULT")
def tested_into_compliance(work: Workbench) -> str:
    """A failing test repeated until it passed."""
    result, limits = _number(work)
    work.change(result, value=_beyond(limits))
    work.add(_again(result, reason="repeat requested"))
    return ""


@plants("SPC-REPEAT", "invalidated_without_reason")
def invalidated_without_reason(work: Workbench) -> str:
    """A result invalidated without a reason, then repeated."""
    result, _ = _number(work)
    first = work.change(result, status="invalidated", reason="")
    work.add(_again(first, status="final", reason="repeat of the invalidated test"))
    return ""


@plants("SPC-REPEAT", "invalidated_failure")
def failure_invalidated(work: Workbench) -> str:
    """A failing result set aside, and a passing one put in its place."""
    result, limits = _number(work)
    first = work.change(
        result, status="invalidated", value=_beyond(limits), reason="pipetting error suspected"
    )
    work.add(_again(first, status="final", value=result.value, reason="repeat of the invalidated test"))
    return ""


@plants("SPC-REPORT", "not_in_specification", "CMP-EXTRA")
def test_not_in_specification(work: Workbench) -> str:
    """A test that the specification does not know."""
    result, _ = _number(work)
    work.add(msgspec.structs.replace(result, test="residual_beads", method="QC-099"))
    return "residual_beads"


@plants("SPC-REPORT", "method")
def another_method(work: Workbench) -> str:
    """A test run by another method."""
    result, _ = _number(work)
    work.change(result, method="QC-999")
    return ""


@plants("SPC-REPORT", "order", "LAT-ENTRY")
def tested_before_sampled(work: Workbench) -> str:
    """A sample tested before it was taken."""
    result, _ = _number(work)
    work.change(result, tested_at=known(result.sampled_at) - timedelta(hours=3))
    return ""


@plants("SPC-REPORT", "not_reviewed")
def result_not_reviewed(work: Workbench) -> str:
    """A final result that nobody reviewed."""
    work.change(_number(work)[0], reviewed_by="", reviewed_at=None)
    return ""


@plants("SPC-REPORT", "own_review")
def analyst_reviews(work: Workbench) -> str:
    """A result reviewed by its own analyst."""
    result, _ = _number(work)
    work.change(result, reviewed_by=result.analyst)
    return ""


@plants("SPC-REPORT", "analyst_missing")
def analyst_missing(work: Workbench) -> str:
    """A result that does not say who tested."""
    work.change(_number(work)[0], analyst="")
    return ""


def _yield(work: Workbench) -> tuple[str, ParameterRecorded, ParameterRecorded]:
    wanted = work.choose([*work.plan.mbr.yields])
    entries = {path(entry): entry for entry in work.of(ParameterRecorded)}
    return wanted.id, entries[wanted.numerator], entries[wanted.denominator]


_YIELD = ("TRD-UNUSUAL", "TRD-UNUSUAL-MULTI", "RNG-ACTION", "ALR-ALERT")


@plants("REC-YIELD", "outside", *_YIELD)
def yield_outside(work: Workbench) -> str:
    """More cells lost than the process ever loses."""
    name, above, below = _yield(work)
    work.change(above, value=str((Decimal(below.value) * Decimal("0.55")).quantize(Decimal(1))))
    return name


@plants("REC-YIELD", "missing", "CMP-MISSING-ENTRY")
def yield_missing(work: Workbench) -> str:
    """A yield that cannot be computed, because one of its entries is missing."""
    name, above, _ = _yield(work)
    work.remove(above)
    return name


@plants("REC-YIELD", "not_computable", *_YIELD, "RNG-TYPE")
def yield_not_computable(work: Workbench) -> str:
    """A yield that cannot be computed, because one of its entries is no plain number."""
    name, above, _ = _yield(work)
    work.change(above, value=f">{above.value}")
    return name
