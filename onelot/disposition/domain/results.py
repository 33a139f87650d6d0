"""Results against the specification, for a decision and a certificate of analysis.

Whether a result meets its criterion is said by the review's check ``SPC-RESULT`` and by nothing here; this module puts
what the check found beside the results that count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from onelot.disposition.domain.case import Case, ResultState, StandingResult
from onelot.execution.events import ResultReported
from onelot.kernel.said import Said, either, joined, said
from onelot.recipes.model import Alternative, Criterion, Limits, Test
from onelot.review.verdict import Finding

CHECK = "SPC-RESULT"
WAITING = frozenset({"pending", "negative_to_date", "absent", "invalidated"})
"""Variants of the check that say that there is no result to judge yet."""
UNJUDGED = frozenset(
    {"no_criteria", "weight", "blank", "unit", "not_a_number", "undecidable", "final_not_foreseen"}
)
"""Variants that say that nobody can tell; any other one says that a result is out of specification."""

Met = Literal["met", "met_so_far", "not_met", "waiting", "unknown"]
"""``met_so_far``: in a state that the MBR accepts for a first step; the final result is still to come."""


@dataclass(frozen=True)
class CriterionResult:
    """One criterion of the intended market with the results that were judged by it."""

    criterion: str
    title: str
    limit: str
    method: str
    tests: tuple[str, ...]
    results: tuple[StandingResult, ...]
    met: Met
    why: str = ""
    """The sentence of the check, where the criterion is not met."""


def standing(reported: Iterable[tuple[int, ResultReported]]) -> tuple[StandingResult, ...]:
    """Of each test and sample the last occurrence that was not invalidated, as the step ``result_judged`` orders them.

    Where all were invalidated, the last of these. ``reported``: events with their ledger positions, superseded
    documents left out.
    """
    found: dict[tuple[str, str], tuple[tuple[bool, int, int], ResultReported]] = {}
    for position, event in reported:
        rank = (event.status != "invalidated", event.occurrence, position)
        key = (event.test, event.sample)
        if key not in found or rank > found[key][0]:
            found[key] = (rank, event)
    return tuple(
        StandingResult(
            test=event.test, sample=event.sample, occurrence=event.occurrence, status=event.status,
            text=event.value or ", ".join(event.values), unit=event.unit, method=event.method,
            laboratory=event.laboratory, tested_at=event.tested_at, analyst=event.analyst,
            reviewed_by=event.reviewed_by, position=rank[2],
        )
        for (_, _), (rank, event) in sorted(found.items())
    )  # fmt: skip


def judged(case: Case) -> tuple[CriterionResult, ...]:
    """Every criterion of the lot's market, in the specification's order; empty where the market is not known."""
    criteria = case.market_criteria
    if criteria is None or case.specification is None:
        return ()
    tests = {test.id: test for test in case.specification.tests}
    found = case.verdict.findings if case.verdict else ()
    failed = {
        criterion.id: finding
        for finding in found
        if finding.check == CHECK
        for criterion in criteria.criteria
        if _names(finding, criterion.id, case.head.market)
    }
    ran = case.verdict is not None and any(
        run.check == CHECK and run.status == "ran" for run in case.verdict.checks
    )
    return tuple(
        _judged(criterion, tests, case.results, failed.get(criterion.id), ran=ran)
        for criterion in criteria.criteria
    )


def _judged(
    criterion: Criterion, tests: dict[str, Test], results: tuple[StandingResult, ...], failed: Finding | None,
    *, ran: bool,
) -> CriterionResult:  # fmt: skip
    named = tuple(
        dict.fromkeys(test for test in (criterion.test, *(a.test for a in criterion.any_of)) if test)
    )
    own = tuple(result for result in results if result.test in named)
    met: Met = "unknown"
    if failed is not None:
        met = (
            "waiting" if failed.variant in WAITING else "unknown" if failed.variant in UNJUDGED else "not_met"
        )
    elif ran:
        states: set[ResultState] = {result.status for result in own}
        met = "met" if states and states <= {"final", "invalidated"} else "met_so_far"
    return CriterionResult(
        criterion=criterion.id,
        title=either(tests[test].title or test if test in tests else test for test in named),
        limit=limit_text(criterion, {test: tests[test].unit or "" for test in named if test in tests}),
        method=", ".join(dict.fromkeys(tests[test].method for test in named if test in tests)),
        tests=named, results=own, met=met, why=failed.sentence if failed else "",
    )  # fmt: skip


def _names(finding: Finding, criterion: str, market: str) -> bool:
    """Whether the finding is about this criterion of this market, as its detail begins."""
    return f"{finding.detail}, ".startswith(f"criterion {criterion}, market {market}, ")


def limit_text(criterion: Criterion, units: dict[str, str]) -> str:
    """What the criterion asks, in words for a certificate."""
    if criterion.any_of:
        return either(_alternative_text(one, units.get(one.test, "")) for one in criterion.any_of)
    unit = units.get(criterion.test or "", "")
    if criterion.bands:
        return joined(
            "; ",
            (
                said(
                    "{limits} for {weights}",
                    limits=_range(band.limits, unit),
                    weights=_weights(band.above, band.up_to),
                )
                for band in criterion.bands
            ),
        )
    return _alternative_text(criterion, unit)


def _alternative_text(one: Alternative | Criterion, unit: str) -> str:
    if one.limits is not None:
        return _range(one.limits, unit)
    return either(one.text)


def _weights(above: Decimal, up_to: Decimal | None) -> Said:
    if up_to is None:
        return said("more than {above} kg", above=above)
    if above:
        return said("more than {above} and up to {up_to} kg", above=above, up_to=up_to)
    return said("up to {up_to} kg", up_to=up_to)


def _range(limits: Limits, unit: str) -> str:
    low, high = limits.low, limits.high
    if low is not None and high is not None and not limits.low_open and not limits.high_open:
        text: str = said("{low} to {high}", low=low, high=high)
    else:
        ends = []
        if low is not None:
            ends.append(f"{'>' if limits.low_open else '≥'} {low}")
        if high is not None:
            ends.append(f"{'<' if limits.high_open else '≤'} {high}")
        text = said("{one} and {other}", one=ends[0], other=ends[1]) if len(ends) > 1 else "".join(ends)
    return joined(" ", (text, unit)) if unit not in ("", "1") else text
