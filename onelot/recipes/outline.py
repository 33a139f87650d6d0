"""A document as people read it: of a master batch record what is asked for, phase by phase."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from onelot.recipes.model import Clock, Criterion, Limits, MasterBatchRecord, MaterialNeed, Parameter, Phase
from onelot.recipes.policy import AutoAcceptance, Justification, ReviewPolicy, SeverityRule
from onelot.recipes.walk import phases


def outline(document: MasterBatchRecord | ReviewPolicy) -> Iterator[str]:
    """Lines of text, indented by level."""
    if isinstance(document, ReviewPolicy):
        yield from _policy(document)
    else:
        yield from _mbr(document)


def _policy(policy: ReviewPolicy) -> Iterator[str]:
    yield "Every check runs" if policy.checks == "all" else f"Checks that run: {', '.join(policy.checks)}"
    yield from _listed("Not run", (f"{check}: {why}" for check, why in policy.not_run.items()))
    yield from _listed(
        "Severities that differ; the first that fits decides", map(_severity, policy.severities)
    )
    yield from _listed("Accepted without a person", map(_accepted, policy.auto_accept))
    yield from _listed("Always to a person", iter(policy.always_to_a_person))
    yield from _listed("Justifications that reviewers may choose", map(_justification, policy.justifications))
    yield ""
    yield f"{policy.minors_become_major} minor findings of one check count as a major one"
    yield f"Unusual from a robust distance of {policy.robust_distance}, with {policy.history_lots} lots of history"


def _severity(rule: SeverityRule) -> str:
    of = " ".join(filter(None, (rule.check, rule.variant, rule.criticality)))
    return f"{of}: {rule.severity} ({rule.reason})"


def _accepted(rule: AutoAcceptance) -> str:
    of = " ".join(filter(None, (rule.check, rule.variant)))
    return f"{of}, {', '.join(rule.severities)}: {rule.justification}"


def _justification(item: Justification) -> str:
    checks = "every check" if item.checks == "all" else ", ".join(item.checks)
    return f"{item.code} ({checks}; {', '.join(item.severities)}): {item.text}"


def _mbr(mbr: MasterBatchRecord) -> Iterator[str]:
    for placed in phases(mbr):
        yield f"{placed.name}  {placed.phase.title}"
        yield from (f"    {line}" for line in _phase(placed.phase))
    yield from _listed("Clocks", (_clock(clock) for clock in mbr.clocks))
    yield from _listed(
        "Expiry", (f"{_span(e.shelf_life)} after {e.starts_on}" for e in (mbr.expiry,) if e is not None)
    )
    yield from _listed(
        "Series", (f"{s.id}: {band(s.action)} {s.unit}, every {_span(s.interval)}" for s in mbr.series)
    )
    yield from _listed("Identity", (f"{p.id}: {', '.join(p.carriers)}" for p in mbr.identity_points))
    yield from _listed("Custody", (leg.id for leg in mbr.custody_legs))
    yield from _listed("Labels", (label.id for label in mbr.labels))
    yield from _listed(
        "Yields", (f"{y.id}: {y.numerator} / {y.denominator} {band(y.percent)} %" for y in mbr.yields)
    )
    for market in mbr.specification.markets:
        title = f"Release in {market.market}, {mbr.specification.id} version {mbr.specification.version}"
        yield from _listed(title, (_criterion(criterion) for criterion in market.criteria))


def _phase(phase: Phase) -> Iterator[str]:
    if phase.after:
        yield f"after {', '.join(phase.after)}"
    told = [
        f"at most {_span(phase.max_duration)}" if phase.max_duration else "",
        f"training {', '.join(phase.training)}" if phase.training else "",
        f"equipment {', '.join(phase.equipment)}" if phase.equipment else "",
        f"verified by {phase.verification}" if phase.verification != "none" else "",
    ]
    if any(told):
        yield "; ".join(filter(None, told))
    for parameter in phase.parameters:
        yield _parameter(parameter)
    for need in phase.materials:
        yield _material(need)


def _parameter(parameter: Parameter) -> str:
    told = [
        parameter.type,
        parameter.unit or "",
        f"action {band(parameter.action)}" if parameter.action else "",
        f"alert {band(parameter.alert)}" if parameter.alert else "",
        f"accepted {', '.join(parameter.accepted)}" if parameter.accepted else "",
        parameter.criticality if parameter.criticality != "none" else "",
        "" if parameter.required else "optional",
        f"every {_span(parameter.sampling.interval)}" if parameter.sampling else "",
        f"verified by {parameter.verification}" if parameter.verification != "none" else "",
    ]
    return f"- {parameter.id}: {'; '.join(filter(None, told))}"


def _material(need: MaterialNeed) -> str:
    quantity = f"{band(need.quantity)} {need.unit}" if need.quantity else need.unit
    return f"+ {need.material}: {quantity}"


def _clock(clock: Clock) -> str:
    ends = [
        f"at least {_span(clock.min)}" if clock.min is not None else "",
        f"at most {_span(clock.max)}" if clock.max is not None else "",
    ]
    return f"{clock.id}: {clock.starts_on} to {clock.ends_on}, {', '.join(filter(None, ends))}"


def _criterion(criterion: Criterion) -> str:
    if criterion.any_of:
        parts = [f"{a.test} {band(a.limits) if a.limits else ', '.join(a.text)}" for a in criterion.any_of]
        return f"{criterion.id}: {' or '.join(parts)}"
    if criterion.bands:
        parts = [f"up to {b.up_to or 'any'} kg {band(b.limits)}" for b in criterion.bands]
        return f"{criterion.id}: {'; '.join(parts)}"
    return f"{criterion.id}: {band(criterion.limits) if criterion.limits else ', '.join(criterion.text)}"


def band(limits: Limits) -> str:
    """``2 to 8``, ``at least 2``, ``below 8``."""
    low = None if limits.low is None else f"{'above' if limits.low_open else 'at least'} {limits.low}"
    high = None if limits.high is None else f"{'below' if limits.high_open else 'at most'} {limits.high}"
    if low and high and not (limits.low_open or limits.high_open):
        return f"{limits.low} to {limits.high}"
    return ", ".join(filter(None, (low, high))) or "any"


def _span(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 s"


def _listed(title: str, lines: Iterator[str]) -> Iterator[str]:
    listed = [*lines]
    if listed:
        yield ""
        yield title
        yield from (f"    {line}" for line in listed)
