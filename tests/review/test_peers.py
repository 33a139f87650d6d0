"""Wrong verdicts that users of other systems met, each against the real engine.

The threads are named by their repository and number; what they describe is told in our own words.
"""

from __future__ import annotations

from typing import Any

import pytest

from onelot.facts.build import fact_tables
from onelot.review.checks import catalogue
from onelot.review.verdict import Finding, LotVerdict
from tests.review.harness import reviewer, sourced

EVERY_CHECK = {"checks": "all", "minors_become_major": "1000"}


def review(
    mbr: dict[str, Any], events: list[dict[str, Any]], policy: dict[str, Any] | None = None
) -> LotVerdict:
    from tests.review.harness import full_mbr

    verdict = reviewer(mbr, policy or EVERY_CHECK).review(fact_tables(sourced(events, full_mbr(mbr))))
    (lot,) = verdict.lots
    return lot


def found(lot: LotVerdict, check: str) -> list[Finding]:
    return [finding for finding in lot.findings if finding.check == check]


DEFECTS = {
    "parameters": [
        {"id": "defects", "type": "multiple_choice", "choices": ["none", "clots", "fibres"], "accepted": ["none"]},
        {"id": "intact", "type": "boolean", "accepted": ["true"], "criticality": "CPP"},
        {"id": "colour", "type": "choice", "choices": ["Yes", "No"], "accepted": ["Yes"], "criticality": "CQA"},
        {"id": "ph", "type": "number", "unit": "[pH]", "action": {"low": 6.8, "high": 7.5}, "criticality": "CQA",
         "occurrences": {"max": None}},
    ]
}  # fmt: skip


def test_an_answer_among_several_is_flagged() -> None:
    """senaite.core#2352: multi-select results were never flagged."""
    lot = review(DEFECTS, [{"parameter_recorded": {"parameter": "defects", "values": ["none", "clots"]}}])
    assert [finding.observed for finding in found(lot, "RNG-CHOICE")] == ["clots"]


def test_a_flag_is_still_there_for_the_verifier() -> None:
    """senaite.core#568: the flag vanished at submission, when the verifier needed it."""
    entry = {"parameter": "ph", "value": "9.0", "performed_by": "anna"}
    before = review(DEFECTS, [{"parameter_recorded": entry}])
    verified = {**entry, "verified_by": "ben", "verified_at": "08:10", "verification": "person"}
    after = review(DEFECTS, [{"parameter_recorded": verified}, {"lot_completed": {"completed_at": "10:00"}}])
    assert len(found(before, "RNG-ACTION")) == len(found(after, "RNG-ACTION")) == 1


def test_a_retested_value_is_judged_and_so_is_the_first() -> None:
    """bika.lims.legacy#1196: retested results were not flagged. Nor may a repeat hide what it repeats."""
    events = [
        {"parameter_recorded": {"parameter": "ph", "value": "9.0"}},
        {"parameter_recorded": {"parameter": "ph", "value": "9.1", "occurrence": 2}},
        {"parameter_recorded": {"parameter": "ph", "value": "7.0", "occurrence": 3}},
    ]
    assert [f.observed for f in found(review(DEFECTS, events), "RNG-ACTION")] == ["9.0 [pH]", "9.1 [pH]"]


def test_a_retest_does_not_inherit_the_sign_of_the_first() -> None:
    """senaite.core#1038: the retest carried the retracted result's detection limit."""
    events = [
        {"parameter_recorded": {"parameter": "ph", "value": "<9"}},
        {"parameter_recorded": {"parameter": "ph", "value": "7.0", "occurrence": 2}},
    ]
    raised = found(review(DEFECTS, events), "RNG-ACTION")
    assert [(finding.variant, finding.observed) for finding in raised] == [("undecidable", "<9 [pH]")]


@pytest.mark.parametrize("answer", ["yes", "YES", " Yes "])
def test_yes_is_yes(answer: str) -> None:
    """erpnext#54073: the operator typed "yes", the criterion was "Yes", the inspection was rejected."""
    lot = review(DEFECTS, [{"parameter_recorded": {"parameter": "colour", "value": answer}}])
    assert {finding.variant for finding in found(lot, "RNG-CHOICE")} <= {"spelling"}
    assert {finding.severity for finding in found(lot, "RNG-CHOICE")} <= {"information"}
    truth = review(DEFECTS, [{"parameter_recorded": {"parameter": "intact", "value": answer}}])
    assert not [
        f for f in found(truth, "RNG-CHOICE") + found(truth, "RNG-TYPE") if f.subject.endswith("intact")
    ]


def test_words_are_not_compared_with_a_minimum_and_maximum() -> None:
    """erpnext#54073: non-numeric rows showed limits. Words for a number are a finding of their own kind."""
    lot = review(DEFECTS, [{"parameter_recorded": {"parameter": "ph", "value": "acidic"}}])
    assert not found(lot, "RNG-ACTION")
    assert [finding.variant for finding in found(lot, "RNG-TYPE")] == ["not_a_number"]


def test_checks_that_were_never_made_do_not_look_like_a_pass() -> None:
    """OCA manufacture#1782 and #1406: quality checks were silently not created."""
    lot = review(DEFECTS, [])
    assert {run.check for run in lot.checks} == {check.id for check in catalogue()}
    missing = {
        finding.subject for finding in found(lot, "CMP-MISSING-PHASE") + found(lot, "CMP-MISSING-ENTRY")
    }
    assert "up/op/wash" in missing or "up/op/wash/ph" in missing
    assert lot.held


def test_a_check_without_its_input_is_a_finding() -> None:
    """OCA manufacture#1406, the other way: the check is there, but nothing to feed it."""
    mbr = {"curricula": [{"id": "aseptic"}], "phases": [{"id": "wash", "training": ["aseptic"]}]}
    lot = review(
        mbr, [{"phase_performed": {"performed_by": "anna", "started_at": "08:00", "ended_at": "09:00"}}]
    )
    run = next(run for run in lot.checks if run.check == "TRN-VALID")
    assert run.status == "could_not_run"
    assert any(
        finding.check == "ENG-COULD-NOT-RUN" and "TRN-VALID" in finding.subject for finding in lot.findings
    )


def test_what_a_policy_leaves_out_is_told() -> None:
    """A check that never runs looks like a pass, also when somebody switched it off."""
    policy = {"checks": "all", "not_run": {"RNG-ACTION": "limits are under change CR-12"}}
    lot = review(DEFECTS, [{"parameter_recorded": {"parameter": "ph", "value": "9.0"}}], policy)
    run = next(run for run in lot.checks if run.check == "RNG-ACTION")
    assert (run.status, run.why) == ("left_out", "limits are under change CR-12")


def test_a_trail_says_what_changed() -> None:
    """erpnext#51023: the trail showed that something had changed, not what."""
    change = {
        "subject": "up/op/wash/ph", "field": "value", "before": "9.0", "after": "7.0", "changed_by": "anna",
        "changed_at": "08:20", "reason": "typing error",
    }  # fmt: skip
    entry = {"parameter": "ph", "value": "7.0", "performed_by": "anna"}
    raised = found(review(DEFECTS, [{"parameter_recorded": entry}, {"entry_changed": change}]), "AUD-CHANGE")
    assert ("9.0", "7.0") in {(finding.expected, finding.observed) for finding in raised}


def test_a_repeated_step_keeps_its_prior_data_its_actor_and_its_reason() -> None:
    """mediforce#828: rewind and repeat."""
    mbr = {"phases": [{"id": "wash", "occurrences": {"max": 2}, "parameters": [
        {"id": "ph", "type": "number", "unit": "[pH]", "action": {"low": 6.8, "high": 7.5}}]}]}  # fmt: skip
    run = {"performed_by": "anna", "started_at": "08:00", "ended_at": "08:30"}
    again = {"occurrence": 2, "performed_by": "ben", "started_at": "09:00", "ended_at": "09:30"}
    entries = [
        {"parameter_recorded": {"parameter": "ph", "value": "9.0", "performed_by": "anna"}},
        {"parameter_recorded": {"parameter": "ph", "value": "7.0", "occurrence": 2, "performed_by": "ben"}},
    ]
    silent = review(mbr, [{"phase_performed": run}, {"phase_performed": again}, *entries])
    assert [finding.variant for finding in found(silent, "SEQ-REPEATED")] == ["no_reason"]
    assert [finding.observed for finding in found(silent, "RNG-ACTION")] == ["9.0 [pH]"]
    told = review(mbr, [{"phase_performed": run}, {"phase_performed": {**again, "reason": "foam"}}, *entries])
    assert not found(told, "SEQ-REPEATED")
    assert [finding.observed for finding in found(told, "RNG-ACTION")] == ["9.0 [pH]"]


def test_a_failed_test_stays_failed_after_its_repeat_passes() -> None:
    """senaite.core#975: what had been rejected could still be verified later."""
    first = {"test": "viability", "value": "60", "status": "final"}
    second = {"test": "viability", "value": "90", "status": "final", "occurrence": 2, "reason": "asked"}
    results = [{"result_reported": first}, {"result_reported": second}]
    assert "into_compliance" in {finding.variant for finding in found(review({}, results), "SPC-REPEAT")}


def test_what_the_policy_accepts_is_kept_with_its_justification() -> None:
    """riskassessment#484: every automatic decision is recorded with its reason."""
    policy = {
        "checks": "all",
        "auto_accept": [
            {"check": "RNG-CHOICE", "variant": "spelling", "justification": "only the spelling differs"}
        ],
    }
    lot = review(DEFECTS, [{"parameter_recorded": {"parameter": "colour", "value": "YES"}}], policy)
    (finding,) = found(lot, "RNG-CHOICE")
    assert finding.accepted_because == "only the spelling differs"
