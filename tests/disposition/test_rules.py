"""The invariants over whatever may be known of a lot, and how results and limits are told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.disposition.domain.case import (
    SEVERE,
    Case,
    Head,
    KnownDeviation,
    MaterialLotNow,
    RaisedException,
    Review,
    Stated,
)
from onelot.disposition.domain.certificates import Given, kinds_for
from onelot.disposition.domain.checklist import COMPLIANT, checklist, is_compliant
from onelot.disposition.domain.results import judged, limit_text, standing
from onelot.disposition.domain.rules import blockers, criteria_not_met, pending_tests
from onelot.disposition.market_file import market_rules
from onelot.disposition.service import missing_fields
from onelot.disposition.states import DECISIONS, FINAL, MOVES, PROTECTING, RELEASING, STATES
from onelot.execution.events import ResultReported
from onelot.review.checks import catalogue
from onelot.review.verdict import CheckRun, Coverage, Finding, LotVerdict
from tests.disposition.making import GOOD_VALUES, MBR, finding, spc
from tests.site import NOW

RULES = market_rules().rules
FINDINGS = (
    spc("outside", "viability", "DE"), spc("text", "sterility", "DE"), spc("pending", "rcl", "DE"),
    spc("weight", "dose", "DE"), finding("RNG-ACTION", "major"), finding("IDM-MATCH", "critical"),
    finding("ALR-ALERT", "minor"),
)  # fmt: skip


def exception(number: int, one: Finding, state: str, deviation: str = "") -> RaisedException:
    return RaisedException(
        f"k{number}", one.check, one.variant, one.severity, one.subject, one.sentence, state, deviation
    )


def case(
    *, market: str = "DE", state: str = "undecided", findings: tuple[tuple[Finding, str, str], ...] = (),
    deviations: tuple[KnownDeviation, ...] = (), review: Review | None = None, results: dict[str, str] | None = None,
    stated: bool = True, status: str = "final",
) -> Case:  # fmt: skip
    """A lot that is as it should be, but for what is said."""
    basis = RULES.basis_of(market)
    wanted = RULES.wanted(basis, by_cdmo=True) if basis else ()
    states = results or {}
    reported = [
        (number, ResultReported(lot="L", test=test, sample="S", status=states.get(test, status), value=value))  # type: ignore[arg-type]
        for number, (test, value) in enumerate(GOOD_VALUES.items(), 1)
    ]
    return Case(
        head=Head("L", "C", "CARC", "S", "MAKER", market, "M", "1"), state=state,
        review=review or Review(is_done=True, is_signed=True, signed_by="rita.review"), basis=basis, wanted=wanted,
        verdict=LotVerdict(
            lot="L", coi_identifier="C", product="CARC", site="S", intended_market=market, data_points=1,
            findings=tuple(one for one, _, _ in findings), coverage=Coverage(items=1, covered=1, uncovered=()),
            checks=tuple(CheckRun(check=check.id, status="ran", inputs={}, findings=0) for check in catalogue()),
        ),
        specification=MBR.mbr.specification, documents_approved=True,
        exceptions=tuple(exception(number, *one) for number, one in enumerate(findings)),
        deviations=deviations, results=standing(reported),
        materials=(MaterialLotNow("vector", "V1", "released", False),),
        stated={one.id: Stated(one.id, "present", "r", "p", NOW) for one in wanted} if stated else {},
    )  # fmt: skip


cases = st.builds(
    case,
    market=st.sampled_from(["DE", "US", "GB", "ZZ"]),
    state=st.sampled_from(STATES),
    findings=st.lists(
        st.tuples(
            st.sampled_from(FINDINGS),
            st.sampled_from(["open", "asked", "accepted", "false_alarm", "deviation", "by_policy"]),
            st.sampled_from(["", "DEV-1", "DEV-2"]),
        ),
        max_size=4,
    ).map(tuple),
    deviations=st.lists(
        st.builds(
            KnownDeviation, st.sampled_from(["DEV-1", "DEV-2"]), st.sampled_from(["critical", "major", "minor"]),
            st.sampled_from(["open", "assessed", "closed"]), st.sampled_from(["", "none", "justified", "reject"]),
        ),
        max_size=3,
    ).map(tuple),
    review=st.builds(
        Review, is_done=st.booleans(), is_signed=st.booleans(), is_behind=st.booleans(),
        signed_by=st.sampled_from(["", "quentin.qp", "rita.review"]),
    ),
    results=st.dictionaries(st.sampled_from(["sterility", "rcl"]), st.sampled_from(["negative_to_date", "pending"])),
    stated=st.booleans(),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(cases, st.sampled_from(DECISIONS))
def test_the_invariants_hold_whatever_is_known(known: Case, decision: str) -> None:
    stopped = {one.code for one in blockers(known, decision, "quentin.qp")}  # type: ignore[arg-type]
    if decision not in MOVES[known.state]:
        assert "not_now" in stopped
    if decision not in PROTECTING:
        open_critical = any(one.severity == "critical" and one.is_undecided for one in known.exceptions)
        assert not open_critical or "critical_open" in stopped
        assert not any(one.state == "open" and one.severity in SEVERE for one in known.deviations) or stopped
        concluded = {one.number for one in known.deviations if one.state != "open"}
        oos = [
            one
            for one in known.exceptions
            if one.check == "SPC-RESULT" and one.variant in ("outside", "text")
        ]
        assert all(one.deviation in concluded for one in oos) or "oos_unconcluded" in stopped
        assert known.review.signed_by != "quentin.qp" or "own_review" in stopped
    if decision in RELEASING and not stopped:
        assert known.basis is not None
        assert known.review.is_done
        assert known.review.is_signed
        assert not known.review.is_behind
        assert not criteria_not_met(known)
        assert not any(one.is_undecided for one in known.exceptions)
        assert not any(one.impact == "reject" for one in known.deviations if one.state != "open")
        assert bool(pending_tests(known)) == (decision not in FINAL)
        assert set(known.basis.blocks_without) <= set(known.stated or ())
    if decision == "supplied_exceptionally" and not stopped:
        assert known.review.is_signed
        assert not (is_compliant(checklist(known)))


@settings(max_examples=100, deadline=None)
@given(cases)
def test_nothing_delays_what_protects_a_patient(known: Case) -> None:
    for decision in ("withdrawn", "recalled", "cancelled"):
        if decision in MOVES[known.state]:
            assert blockers(known, decision, "quentin.qp") == ()


@settings(max_examples=100, deadline=None)
@given(cases)
def test_a_missing_item_always_says_who_owes_it(known: Case) -> None:
    items = checklist(known)
    assert len({item.id for item in items}) == len(items)
    for item in items:
        assert item.owes or item.state not in ("missing", "pending"), item
        assert item.detail


@settings(max_examples=100, deadline=None)
@given(cases, st.sampled_from(sorted(RELEASING)))
def test_a_release_without_a_reason_is_of_a_compliant_lot(known: Case, decision: str) -> None:
    missing = missing_fields(known, Given(decision, ""))  # type: ignore[arg-type]
    assert ("reason" in missing) == any(item.state not in COMPLIANT for item in checklist(known))


def test_a_lot_that_is_as_it_should_be_is_stopped_by_nothing() -> None:
    for market in ("DE", "US"):
        assert is_compliant(checklist(case(market=market)))
        assert blockers(case(market=market), "released", "quentin.qp") == ()


@pytest.mark.parametrize(("market", "met"), [("DE", "not_met"), ("US", "met")])
def test_an_exception_about_another_market_says_nothing_of_this_one(market: str, met: str) -> None:
    known = case(market=market, findings=((spc("outside", "viability", "DE"), "accepted", ""),))
    assert {one.criterion: one.met for one in judged(known)}["viability"] == met


@pytest.mark.parametrize(("variant", "met"), [
    ("outside", "not_met"), ("text", "not_met"), ("absent", "waiting"), ("pending", "waiting"),
    ("undecidable", "unknown"), ("weight", "unknown"), ("of_tomorrow", "not_met"),
])  # fmt: skip
def test_how_the_check_of_results_is_read(variant: str, met: str) -> None:
    known = case(findings=((spc(variant, "viability", "DE"), "accepted", ""),))
    assert {one.criterion: one.met for one in judged(known)}["viability"] == met


def test_a_check_that_did_not_run_judges_nothing() -> None:
    known = case()
    assert known.verdict is not None
    silent = LotVerdict(
        lot="L", coi_identifier="C", product="CARC", site="S", intended_market="DE", data_points=1, findings=(),
        checks=(), coverage=known.verdict.coverage,
    )  # fmt: skip
    assert {one.met for one in judged(replace(known, verdict=silent))} == {"unknown"}
    assert "results_missing" in {
        one.code for one in blockers(replace(known, verdict=silent), "released", "x")
    }


def reported(occurrence: int, status: str, value: str = "", sample: str = "S") -> ResultReported:
    return ResultReported(lot="L", test="t", sample=sample, occurrence=occurrence, status=status, value=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("events", "expected"), [
    ([reported(1, "pending"), reported(2, "final", "7")], [("final", "7")]),
    ([reported(2, "final", "7"), reported(1, "pending")], [("final", "7")]),
    ([reported(1, "final", "5"), reported(2, "invalidated", "9")], [("final", "5")]),
    ([reported(1, "invalidated", "5"), reported(2, "invalidated", "9")], [("invalidated", "9")]),
    ([reported(1, "final", "5"), reported(1, "final", "6", sample="T")], [("final", "5"), ("final", "6")]),
    ([reported(1, "final", "5"), reported(1, "final", "6")], [("final", "6")]),
])  # fmt: skip
def test_the_result_that_counts(events: list[ResultReported], expected: list[tuple[str, str]]) -> None:
    assert [(one.status, one.text) for one in standing(enumerate(events, 1))] == expected


@pytest.mark.parametrize(("criterion", "text"), [
    ("viability", "≥ 70 %"), ("vector_copies", "≤ 5 {copies}/{cell}"),
    ("dose", "60 to 200 10*6 for up to 50 kg; 100 to 500 10*6 for more than 50 kg"),
    ("sterility", "negative or no growth"), ("potency", "≥ 500 pg/mL or < 70 %"),
])  # fmt: skip
def test_a_criterion_in_words(criterion: str, text: str) -> None:
    (market,) = (one for one in MBR.mbr.specification.markets if one.market == "DE")
    (found,) = (one for one in market.criteria if one.id == criterion)
    assert limit_text(found, {test.id: test.unit or "" for test in MBR.mbr.specification.tests}) == text


@pytest.mark.parametrize("decision", DECISIONS)
def test_certificates_by_decision(decision: str) -> None:
    european, american = kinds_for(case(), decision), kinds_for(case(market="US"), decision)  # type: ignore[arg-type]
    if decision in RELEASING:
        assert european == ("qp_certificate", "certificate_of_analysis")
        assert american == ("release_certificate", "certificate_of_analysis")
    elif decision == "supplied_exceptionally":
        assert european == american == ("exceptional_supply_statement", "certificate_of_analysis")
    else:
        assert european == american == ()
