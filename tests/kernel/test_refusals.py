"""Refusals are told to people once, however often the same fault stands in a file."""

from __future__ import annotations

from onelot.kernel.refusals import Refusal, Refused, told


def _fault(where: str, got: str = "kg") -> Refusal:
    return Refusal(
        "intake.table.value", "The cell cannot be read.", where, "a unit", got, "Correct the file."
    )


def test_one_refusal_is_told_as_it_is() -> None:
    assert told([_fault("Data!C7")]) == str(_fault("Data!C7"))


def test_the_same_fault_at_many_places_is_told_once_with_the_first_places() -> None:
    faults = [_fault(f"Data!C{row}") for row in range(1, 101)]
    assert told(faults) == str(faults[0]) + (
        "\n  the same at Data!C2, Data!C3, Data!C4, Data!C5, Data!C6 and 94 more places"
    )
    assert told(faults[:3]).endswith("the same at Data!C2, Data!C3")


def test_faults_that_differ_are_each_told_and_none_is_lost() -> None:
    faults = [_fault("Data!C1"), _fault("Data!C2", "L"), _fault("Data!C3")]
    assert told(faults).count("The cell cannot be read.") == 2
    assert Refused(faults).refusals == tuple(faults)


def test_places_that_are_not_known_are_not_listed() -> None:
    assert told([_fault(""), _fault("")]) == str(_fault(""))
