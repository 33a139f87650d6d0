"""The table of a document's states, and what an odd order of events can never bring about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.refusals import Refused
from onelot.ledger.entry import Entry
from onelot.recipes.events import (
    DocumentApproved,
    DocumentPrepared,
    DocumentRetired,
    DocumentReturned,
    DocumentReviewed,
    DocumentWithdrawn,
)
from onelot.recipes.standing import Standing, after, check_move
from onelot.recipes.states import ACTS, MOVES, OWED, STATES, acts_from, diagram
from onelot.registry.permissions import ALLOWED

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SAID: dict[str, Any] = {"kind": "mbr", "id": "M", "version": "1", "digest": "d"}
PEOPLE = ("ann", "Bo", "cy", "DI")


def event_of(act: str, person: str, standing: Standing) -> Any:
    match act:
        case "prepare":
            return DocumentPrepared(**SAID, document="f", title="t")
        case "review":
            return DocumentReviewed(**SAID)
        case "approve":
            return DocumentApproved(
                **SAID, document="f", prepared_by=standing.author, reviewed_by=standing.reviewer,
                approved_by=person, approved_at=NOW,
            )  # fmt: skip
        case "return":
            return DocumentReturned(**SAID)
        case "withdraw":
            return DocumentWithdrawn(**SAID)
    return DocumentRetired(**SAID, signature="s")


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE)), max_size=12))
def test_three_different_people_stand_behind_whatever_is_approved(tried: list[tuple[Any, str]]) -> None:
    standing = Standing()
    for position, (act, person) in enumerate(tried, 1):
        try:
            move = check_move(standing, act, person, "M 1")
        except Refused:
            continue
        entry = Entry(
            position=position, id=str(position), event=event_of(act, person, standing), actor=f"person:{person}",
            occurred_at=NOW, recorded_at=NOW,
        )  # fmt: skip
        standing = after(standing, entry)
        assert standing.state == move.to
        if act == "approve":
            assert len({standing.author, standing.reviewer, person}) == 3
            assert person.lower() not in standing.authors
            assert standing.reviewer.lower() not in standing.authors


def test_every_state_is_reached_and_every_permission_is_one() -> None:
    assert {move.to for move in MOVES.values()} | {"none"} == set(STATES) == set(OWED)
    assert {act for _, act in MOVES} == set(ACTS)
    assert {move.action for move in MOVES.values()} <= set(ALLOWED)
    assert acts_from("retired") == ()


def test_a_user_name_written_otherwise_is_the_same_person() -> None:
    standing = Standing("prepared", frozenset({"ann"}), "ann")
    with pytest.raises(Refused, match=r"recipes\.same_person"):
        check_move(standing, "review", " ANN ", "M 1")


def test_the_page_tells_every_move() -> None:
    page = diagram()
    for (state, act), move in MOVES.items():
        assert f"{'[*]' if state == 'none' else state} --> {move.to}: {act}" in page
