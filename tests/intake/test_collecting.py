"""Several files without a ledger: duplicates once, corrections replace, all or nothing."""

from __future__ import annotations

import pytest

from onelot.execution.events import ParameterRecorded
from onelot.intake.collecting import collect
from onelot.intake.events import DocumentSuperseded
from onelot.kernel.refusals import Refused
from tests.intake.test_service import record


def values(files: list[tuple[str, bytes]]) -> list[str]:
    return [i.event.value for i in collect(files).sourced if isinstance(i.event, ParameterRecorded)]


def test_positions_count_from_one_in_reading_order() -> None:
    collected = collect([("a", record()), ("b", record(document="S1/L2", lot="L2"))])
    assert [item.position for item in collected.sourced] == [1, 2, 3, 4]
    assert [collected.names[item.document] for item in collected.sourced] == ["a", "a", "b", "b"]


def test_the_same_bytes_count_once() -> None:
    assert values([("a", record()), ("copy of a", record())]) == ["7.20"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_newer_state_counts_whatever_comes_first(order: tuple[int, int]) -> None:
    files = [("old", record("7.20", 1)), ("new", record("7.30", 2))]
    given = [files[number] for number in order]
    assert values(given) == ["7.30"]
    (trail,) = [i.event for i in collect(given).sourced if isinstance(i.event, DocumentSuperseded)]
    assert [(d.before, d.after) for d in trail.differences] == [("7.20", "7.30")]


def test_two_states_of_one_time_are_refused() -> None:
    with pytest.raises(Refused, match=r"intake\.order_unknown"):
        collect([("a", record("7.20", 1)), ("b", record("7.30", 1))])


def test_faults_of_all_files_are_told_and_nothing_is_read() -> None:
    with pytest.raises(Refused) as raised:
        collect([("good", record()), ("cut", b"{"), ("empty", b"")])
    assert {refusal.where.split(":")[0] for refusal in raised.value.refusals} == {"cut", "empty"}
