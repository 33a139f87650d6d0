"""What stops a decision: the invariants, one function each over what is known (domain, sections 5.5, 5.6, 6.2, 6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onelot.disposition.domain.case import Case
from onelot.disposition.domain.checklist import COMPLIANT, Item, checklist
from onelot.disposition.domain.results import CHECK, UNJUDGED, WAITING, judged
from onelot.disposition.events import DecisionCode
from onelot.disposition.states import FINAL, MOVES, PROTECTING, RELEASING
from onelot.kernel.said import Said, said, word


@dataclass(frozen=True)
class Blocker:
    """One thing that stops a decision."""

    code: str
    what: str
    item: str = ""
    """The item of the checklist where it is seen."""
    findings: tuple[str, ...] = ()
    """Keys of exceptions."""
    deviations: tuple[str, ...] = ()


def is_possible(case: Case, decision: DecisionCode) -> bool:
    """Whether the decision may follow the state that the lot is in."""
    return decision in MOVES[case.state]


def blockers(case: Case, decision: DecisionCode, disposer: str) -> tuple[Blocker, ...]:
    """Everything that stops ``decision`` by the person ``disposer``; empty: nothing does."""
    found = [*_order(case, decision)]
    if decision not in PROTECTING:
        found += [*_invariants(case), *_segregation(case, disposer)]
    if decision in RELEASING:
        found += _release(case, decision)
    if decision == "supplied_exceptionally":
        found += _exceptional(case)
    if decision == "shipped_under_quarantine":
        found += _quarantine(case)
    if decision == "late_out_of_specification" and not any(one.met == "not_met" for one in judged(case)):
        found.append(Blocker("nothing_late", "No result is out of specification.", "results"))
    return tuple(found)


def _order(case: Case, decision: DecisionCode) -> Iterator[Blocker]:
    if not is_possible(case, decision):
        yield Blocker(
            "not_now",
            said(
                "A lot that is {state} cannot be {decision}.",
                state=word(case.state.replace("_", " ")),
                decision=word(decision.replace("_", " ")),
            ),
        )


def _invariants(case: Case) -> Iterator[Blocker]:
    """No disposition with an open critical finding, an unconcluded OOS or an unassessed major deviation."""
    critical = tuple(one.key for one in case.exceptions if one.severity == "critical" and one.is_undecided)
    if critical:
        yield Blocker("critical_open", "A critical exception is not decided.", "exceptions", critical)
    unassessed = tuple(
        one.number for one in case.deviations if one.state == "open" and one.severity in ("critical", "major")
    )
    if unassessed:
        what = said("A severe deviation is not assessed: {numbers}.", numbers=", ".join(unassessed))
        yield Blocker("deviation_unassessed", what, "deviations", deviations=unassessed)
    unconcluded = unconcluded_oos(case)
    if unconcluded:
        yield Blocker(
            "oos_unconcluded",
            "A result out of specification has no deviation that was assessed.",
            "results",
            unconcluded,
        )


def unconcluded_oos(case: Case) -> tuple[str, ...]:
    """Exceptions on results out of specification without a concluded investigation: an assessed deviation of theirs."""
    concluded = {one.number for one in case.deviations if one.state != "open"}
    by_finding = {one.finding for one in case.deviations if one.state != "open" and one.finding}
    return tuple(
        one.key
        for one in case.exceptions
        if one.check == CHECK and one.variant not in WAITING | UNJUDGED
        and one.deviation not in concluded and one.key not in by_finding
    )  # fmt: skip


def _segregation(case: Case, disposer: str) -> Iterator[Blocker]:
    may = case.basis is not None and case.basis.reviewer_disposes
    if not may and case.review.signed_by and case.review.signed_by == disposer:
        yield Blocker(
            "own_review", "You signed the review of this lot, so somebody else decides on it.", "review"
        )


def _release(case: Case, decision: DecisionCode) -> Iterator[Blocker]:
    if case.basis is None:
        market = case.head.market or said("(none)")
        yield Blocker(
            "market_unknown",
            said("There are no rules for market {market}, so nothing is released there.", market=market),
        )
    items = {item.id: item for item in checklist(case)}
    for item in ("review", "exceptions", "documents"):
        if items[item].state not in COMPLIANT:
            yield _by(items[item], f"{item}_missing")
    if items["deviations"].state == "not_met":
        yield _by(items["deviations"], "deviation_rejects")
    if items["materials"].state == "not_met":
        yield _by(items["materials"], "material_not_released")
    for statement in case.basis.blocks_without if case.basis else ():
        if statement in items and items[statement].state not in COMPLIANT:
            yield _by(items[statement], "statement_missing")
    yield from _on_results(items["results"], decision)


def _on_results(results: Item, decision: DecisionCode) -> Iterator[Blocker]:
    if results.state in ("not_met", "missing"):
        yield _by(results, "results_not_met" if results.state == "not_met" else "results_missing")
    elif results.state == "pending" and decision in FINAL:
        yield _by(results, "results_pending")
    elif results.state != "pending" and decision == "released_conditionally":
        yield Blocker("nothing_pending", "Every result is final, so a release is not conditional.", "results")


def _exceptional(case: Case) -> Iterator[Blocker]:
    if case.basis is None:
        yield Blocker(
            "market_unknown",
            said("There are no rules for market {market}.", market=case.head.market or said("(none)")),
        )
    if not case.review.is_signed or case.review.is_behind:
        yield Blocker(
            "review_missing",
            "The review of the record is not signed, so nobody can evaluate the risk.",
            "review",
        )
    if all(one.met in ("met", "met_so_far") for one in judged(case)) and all(
        item.state in (*COMPLIANT, "pending") for item in checklist(case) if not item.is_stated
    ):
        yield Blocker("nothing_exceptional", "The lot is as it should be: release it instead.", "results")


def _quarantine(case: Case) -> Iterator[Blocker]:
    if case.basis is None or not case.basis.quarantine_shipment:
        yield Blocker("no_quarantine_shipment", "This market knows no shipment under quarantine.")


def _as_said(detail: str) -> Said:
    return detail if isinstance(detail, Said) else word(detail)


def _by(item: Item, code: str) -> Blocker:
    return Blocker(
        code,
        said("{title}: {detail}", title=word(item.title), detail=_as_said(item.detail)),
        item.id,
        item.findings,
    )


def pending_tests(case: Case) -> tuple[str, ...]:
    """Tests whose final results are still to come, among those that the market judges."""
    return tuple(
        sorted({result.test for one in judged(case) if one.met == "met_so_far" for result in one.results
                if result.status != "final"}
               | {test for one in judged(case) if one.met == "met_so_far" and not one.results for test in one.tests})
    )  # fmt: skip


def criteria_not_met(case: Case) -> tuple[str, ...]:
    """Criteria of the market that are out of specification."""
    return tuple(one.criterion for one in judged(case) if one.met == "not_met")
