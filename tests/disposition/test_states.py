"""The table of decisions: total, with an end, and the page that is made of it."""

from __future__ import annotations

import pytest

from onelot.disposition import titles
from onelot.disposition.domain.checklist import CHECKS, TITLES, item_of
from onelot.disposition.guards import CHANGES_THE_RECORD
from onelot.disposition.market_file import market_rules
from onelot.disposition.states import (
    CLOSED,
    DECISIONS,
    DUTIES,
    FINAL,
    MOVES,
    PROTECTING,
    RELEASING,
    STATES,
    diagram,
)
from onelot.execution import events as execution
from onelot.registry.permissions import ALLOWED
from onelot.review.checks import catalogue
from onelot.review.desk import events as desk


def test_every_state_says_what_may_follow_and_every_decision_what_it_asks() -> None:
    assert set(MOVES) == set(STATES)
    assert set(DUTIES) == set(DECISIONS)
    assert {decision for after in MOVES.values() for decision in after} == set(DECISIONS)
    for names in (
        titles.STATES,
        {"undecided": "", **titles.DECISIONS},
        {"undecided": "", **titles.EXPLAINED},
    ):
        assert set(names) == set(STATES)


def test_every_state_is_reached_from_the_first() -> None:
    reached, todo = {"undecided"}, ["undecided"]
    while todo:
        for decision in MOVES[todo.pop()]:
            if decision not in reached:
                reached.add(decision)
                todo.append(decision)
    assert reached == set(STATES)


def test_a_closed_lot_is_only_withdrawn_recalled_or_supplied_exceptionally() -> None:
    assert {decision for state in CLOSED for decision in MOVES[state]} == {
        "withdrawn", "recalled", "supplied_exceptionally",
    }  # fmt: skip
    assert MOVES["recalled"] == ()


def test_what_was_rejected_is_released_only_after_the_rejection_was_withdrawn() -> None:
    assert not RELEASING & set(MOVES["rejected"])


def test_a_second_step_follows_a_first_one_only() -> None:
    assert [state for state, after in MOVES.items() if "confirmed" in after] == ["released_conditionally"]
    assert FINAL < RELEASING
    assert not PROTECTING & RELEASING


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_is_somebodys(decision: str) -> None:
    duty = DUTIES[decision]  # type: ignore[index]
    assert (decision in RELEASING) == (not duty.actions), "a release takes the permission of the market"
    assert all(ALLOWED[action] for action in duty.actions)


def test_the_page_shows_every_move() -> None:
    page = diagram()
    for state, after in MOVES.items():
        for decision in after:
            assert f"    {state} --> {decision}\n" in page


def test_every_check_of_the_review_answers_for_one_item() -> None:
    for check in catalogue():
        named = [
            item for item, names in CHECKS.items() if check.id in names or check.id.partition("-")[0] in names
        ]
        assert named == [item_of(check.id)], check.id
    assert set(CHECKS) < set(TITLES)


def test_the_words_of_the_checklist_are_there_to_be_translated() -> None:
    stated = [statement.title for statement in market_rules().rules.statements]
    assert [*titles.ITEMS] == [*TITLES.values(), *stated]


def test_only_qps_release_in_europe() -> None:
    rules = market_rules().rules
    european = {
        "EU", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU",
        "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }  # fmt: skip
    assert rules.markets_of("qp") == european
    assert all(rules.basis_of(market).release_action == "lot.certify" for market in european)  # type: ignore[union-attr]
    assert ALLOWED["lot.certify"] == {"qp"}
    assert rules.basis_of("US").release_action == "lot.release"  # type: ignore[union-attr]
    assert rules.basis_of("ZZ") is None


def test_every_event_of_record_and_desk_is_refused_or_told_after_a_terminal_decision() -> None:
    told = {desk.CommentMade, desk.TurnaroundAgreed, desk.InfusionPlanned}
    assert {*execution.EVENTS, *desk.EVENTS} - told <= CHANGES_THE_RECORD
    assert not told & CHANGES_THE_RECORD
