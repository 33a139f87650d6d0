"""Reading from the end gives what reading from the beginning gives, the other way round. On both databases."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.ledger.audit import audit
from onelot.ledger.backwards import newest_first
from onelot.ledger.entry import Draft
from onelot.ledger.query import ALL, Query
from onelot.ledger.store import Ledger
from tests.ledger.making import CATALOGUE, NOON, LotHeld, VialUsed

PEOPLE = ("person:ann", "person:bo", "system:intake")
QUERIES = (
    ALL, Query(actor="person:ann"), Query(actor="system:intake"), Query(tags=("lot:L1",)), Query(types=(LotHeld,)),
    Query(tags=("lot:L1",), actor="person:bo"), Query(types=(LotHeld,), actor="person:bo"),
    Query(actor="person:ann") | Query(tags=("lot:L2",)), Query(actor="person:nobody"),
)  # fmt: skip


@pytest.fixture
def ledger(alias: str) -> Ledger:
    return Ledger(CATALOGUE, alias=alias)


def drafts(said: list[tuple[int, int]]) -> list[Draft]:
    return [
        Draft(
            event=LotHeld(lot=f"L{lot}") if lot % 2 else VialUsed(vial=f"V{lot}", lot=f"L{lot}"), reason="because",
            actor=PEOPLE[who], occurred_at=NOON, tags=(f"lot:L{lot}",),
        )
        for who, lot in said
    ]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=90), max_size=4),
    st.integers(0, 100), st.integers(0, 200),
)  # fmt: skip
def test_the_end_comes_first(
    ledger: Ledger, appends: list[list[tuple[int, int]]], after: int, until: int
) -> None:
    for said in appends:
        ledger.append(drafts(said))
    for query in QUERIES:
        for end in (None, min(until, ledger.size())):
            forwards = [entry.position for entry in ledger.read(query, after=after, until=end)]
            backwards = [entry.position for entry in newest_first(ledger, query, after=after, until=end)]
            assert backwards == forwards[::-1]


def test_who_stated_it_is_indexed_where_it_is_a_person(ledger: Ledger) -> None:
    ledger.append(drafts([(0, 1), (1, 2), (2, 3)] * 30))
    assert len(list(ledger.read(Query(actor="person:ann")))) == 30
    assert len(list(ledger.read(Query(actor="system:intake")))) == 30
    assert not audit((), alias=ledger.alias).faults
