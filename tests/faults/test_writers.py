"""Writers at the same time: exactly one wins a condition, and positions have no gap."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections

from onelot.kernel.refusals import Refused
from onelot.ledger.audit import audit
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from tests.ledger.making import CATALOGUE, VialUsed, parameter, vial

WRITERS = 8


Result = TypeVar("Result")


def together(alias: str, act: Callable[[int], Result]) -> list[Result]:
    """What each of the writers, started at one instant in a thread of its own, came back with."""
    barrier = Barrier(WRITERS)

    def run(number: int) -> Result:
        try:
            connections[alias].ensure_connection()
            barrier.wait(30)
            return act(number)
        finally:
            connections[alias].close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


@pytest.mark.parametrize("shared", [True, False], ids=["one object", "an object each"])
def test_exactly_one_writer_gets_a_vial(alias: str, shared: bool) -> None:
    one = Ledger(CATALOGUE, alias=alias)
    one.append([parameter(1)])
    for round_number in range(5):
        name = f"V{round_number}"

        def use(number: int, name: str = name) -> str:
            ledger = one if shared else Ledger(CATALOGUE, alias=alias)
            try:
                ledger.append([vial(name, f"L{number}")], unless=Query(tags=(f"vial:{name}",)))
            except Refused as refused:
                return refused.refusals[0].code
            return f"L{number}"

        results = together(alias, use)
        winners = [result for result in results if result.startswith("L")]
        assert len(winners) == 1
        assert results.count("ledger.condition_failed") == WRITERS - 1
        (entry,) = one.read(Query(tags=(f"vial:{name}",)))
        assert isinstance(entry.event, VialUsed)
        assert entry.event.lot == winners[0]
    assert audit((), alias=alias).faults == ()


@pytest.mark.parametrize("shared", [True, False], ids=["one object", "an object each"])
def test_writers_at_once_leave_no_gap_and_a_whole_index(alias: str, shared: bool) -> None:
    one = Ledger(CATALOGUE, alias=alias)

    def write(number: int) -> list[int]:
        ledger = one if shared else Ledger(CATALOGUE, alias=alias)
        lot = f"L{number}"
        taken: list[int] = []
        for turn in range(12):
            taken += ledger.append([parameter(turn, lot)] * (1 + turn % 3))
        return taken

    taken = together(alias, write)
    assert sorted(position for positions in taken for position in positions) == list(
        range(1, WRITERS * 24 + 1)
    )
    for number, positions in enumerate(taken):
        assert [entry.position for entry in one.read(Query(tags=(f"lot:L{number}",)))] == positions
    assert audit((), alias=alias).faults == ()
