"""What a review promises: pure, complete about itself, the same for one lot as among many."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.facts.build import fact_tables
from onelot.kernel.canonical import canonical
from onelot.kernel.events import Event, Sourced
from onelot.kernel.refusals import Refused
from onelot.recipes.document import load_policy
from onelot.review.checks import catalogue
from onelot.review.engine import Reviewer
from onelot.review.verdict import Verdict
from onelot.simulation.network import load_network
from onelot.simulation.patient_lot import LOT_EVERY, network_start
from onelot.simulation.places import site_record
from onelot.simulation.planting import Planter

NETWORK = load_network(Path(__file__).parents[2] / "examples" / "network")
POLICY = load_policy(b'format: onelot-policy/1\nid: p\nversion: "1"\ntitle: t\n', "policy")
PRODUCT = "CARF"


@cache
def events() -> tuple[tuple[str, Event], ...]:
    """Lots of one product, half of them with defects, and their sites' records; each with its lot ('' for a site)."""
    starts = network_start(NETWORK)
    found: list[tuple[str, Event]] = []
    for record, _ in Planter(NETWORK, 11, 0.5).lots(24):
        if record.plan.product.code == PRODUCT:
            found += [(record.plan.lot, event) for event in record.events]
            found += [("", event) for event in record.site_events]
    for site in NETWORK.sites.values():
        until = starts + 80 * LOT_EVERY
        found += [
            ("", event) for event in site_record(NETWORK, site, since=starts, until=until, starts=starts)
        ]
    return tuple(found)


def facts(*lots: str) -> dict[str, pa.Table]:
    """Facts of the lots (of all without any), with the positions that they have among all."""
    return fact_tables(
        Sourced(position=number, event=event, document="d", place=f"{number}")
        for number, (lot, event) in enumerate(events(), 1)
        if not lots or lot in {"", *lots}
    )


@cache
def reviewer() -> Reviewer:
    return Reviewer(NETWORK.mbrs[PRODUCT], POLICY)


@cache
def whole() -> Verdict:
    return reviewer().review(facts())


def test_the_lots_have_something_to_find() -> None:
    assert len(whole().lots) >= 5
    assert sum(len(lot.findings) for lot in whole().lots) > 10


def test_the_same_input_gives_the_same_bytes() -> None:
    fresh = Reviewer(NETWORK.mbrs[PRODUCT], POLICY)
    assert canonical(fresh.review(facts())) == canonical(whole()) == canonical(reviewer().review(facts()))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    random = Random(seed)
    mixed = {}
    for name, table in facts().items():
        order = [*range(table.num_rows)]
        random.shuffle(order)
        mixed[name] = table.take(pa.array(order, pa.int64()))
    assert canonical(reviewer().review(mixed)) == canonical(whole())


BETWEEN_LOTS = {"AUD-TWO-PLACES", "DUP-SERIES", "DUP-VALUES", "IDM-CONTAINER"}
"""Checks that look at several lots together."""


@pytest.mark.parametrize("lot", [lot.lot for lot in whole().lots])
def test_a_lot_alone_is_judged_as_among_others(lot: str) -> None:
    (alone,) = reviewer().review(facts(lot)).lots
    among = next(item for item in whole().lots if item.lot == lot)
    assert [f for f in alone.findings if f.check not in BETWEEN_LOTS] == [
        f for f in among.findings if f.check not in BETWEEN_LOTS
    ]
    assert alone.coverage == among.coverage
    assert alone.data_points == among.data_points


def test_every_check_says_what_it_did_for_every_lot() -> None:
    wanted = sorted(check.id for check in catalogue())
    for lot in whole().lots:
        assert sorted(run.check for run in lot.checks) == wanted
        for run in lot.checks:
            assert run.status != "ran" or run.inputs
            assert run.status == "ran" or run.why
            # Several minors of one check may count as one major more.
            raised = [f for f in lot.findings if f.check == run.check and f.variant != "repeated"]
            assert run.findings == len(raised)


def test_every_finding_has_evidence_and_a_sentence_without_gaps() -> None:
    for lot in whole().lots:
        for finding in lot.findings:
            assert finding.evidence, finding
            assert finding.sentence.endswith((".", "”", "?", "!")) or "reason" in finding.sentence
            assert "{" not in finding.sentence
            assert "None" not in finding.sentence


def test_without_site_records_checks_could_not_run_and_the_lot_is_held() -> None:
    lot = whole().lots[0].lot
    mine = dict(facts(lot))
    for name in ("training", "equipment_status", "account_change", "material_status"):
        mine[name] = mine[name].slice(0, 0)
    (alone,) = reviewer().review(mine).lots
    idle = {run.check for run in alone.checks if run.status == "could_not_run"}
    assert {"TRN-VALID", "CAL-VALID", "AUD-ACCOUNT", "MAT-STATUS"} <= idle
    assert {f.subject for f in alone.findings if f.check == "ENG-COULD-NOT-RUN"} >= {"TRN-VALID"}
    assert alone.held


def test_content_that_no_rule_covers_is_named() -> None:
    names = {name for lot in whole().lots for name in lot.coverage.uncovered}
    covered = all(lot.coverage.covered <= lot.coverage.items for lot in whole().lots)
    assert covered
    assert all(name for name in names)


def test_a_policy_that_names_what_does_not_exist_is_refused() -> None:
    policy = load_policy(
        b'format: onelot-policy/1\nid: p\nversion: "1"\ntitle: t\nnot_run: {RNG-ACTOIN: typo}\n', "policy"
    )
    with pytest.raises(Refused, match="RNG-ACTOIN"):
        Reviewer(NETWORK.mbrs[PRODUCT], policy)


def test_minor_findings_of_one_check_add_up_to_a_major_one() -> None:
    repeated = [f for lot in whole().lots for f in lot.findings if f.variant == "repeated"]
    for finding in repeated:
        same = [
            f for lot in whole().lots if lot.lot == finding.lot for f in lot.findings
            if f.check == finding.check and f.severity == "minor"
        ]  # fmt: skip
        assert len(same) >= 3
        assert finding.severity == "major"


def test_what_always_goes_to_a_person_is_never_accepted() -> None:
    text = (
        'format: onelot-policy/1\nid: p\nversion: "1"\ntitle: t\nalways_to_a_person: [SPC-RESULT]\nauto_accept:\n'
        "  - {check: SPC-RESULT, severities: [critical, major], justification: never mind the result}\n"
    )
    verdict = Reviewer(NETWORK.mbrs[PRODUCT], load_policy(text.encode(), "policy")).review(facts())
    raised = [f for lot in verdict.lots for f in lot.findings if f.check == "SPC-RESULT"]
    assert all(not finding.accepted_because for finding in raised)


def test_severities_of_the_policy_come_first() -> None:
    text = (
        'format: onelot-policy/1\nid: p\nversion: "1"\ntitle: t\nminors_become_major: "1000"\nseverities:\n'
        "  - {check: CMP-EXTRA, severity: critical, reason: nothing unplanned in this process}\n"
    )
    verdict = Reviewer(NETWORK.mbrs[PRODUCT], load_policy(text.encode(), "policy")).review(facts())
    raised = [f.severity for lot in verdict.lots for f in lot.findings if f.check == "CMP-EXTRA"]
    assert set(raised) <= {"critical"}
