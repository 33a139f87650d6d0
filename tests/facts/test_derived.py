"""What facts say beyond the events: numbers of repeats, and who verified when."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelot.facts.derived import Numbering, derived


@pytest.mark.parametrize(
    ("performed_by", "verified_by", "verification", "is_second"),
    [
        ("ann", "bob", "person", 1),
        ("ann", "bob", "", 1),
        ("J. Doe", "j.doe", "person", 0),
        ("J.\u00a0Doe", "J. Doe", "person", 0),
        ("STRASSE", "straße", "person", 0),
        ("Νίκος", "ΝΊΚΟΣ", "person", 0),
        ("ann", "bob", "machine", 0),
        ("ann", "", "person", 0),
        ("", "bob", "person", 0),
        ("ann", "  ", "person", 0),
        ("", "", "", 0),
    ],
)
def test_a_second_person_is_somebody_else(
    performed_by: str, verified_by: str, verification: str, is_second: int
) -> None:
    columns = {
        "read_us": [7], "verified_us": [9], "performed_by": [performed_by], "verified_by": [verified_by],
        "verification": [verification],
    }  # fmt: skip
    found = derived("identifier_read", columns, Numbering())
    assert found == {"verified_after_us": [2], "second_person": [is_second]}


@pytest.mark.parametrize(
    ("read", "verified", "after"), [(7, None, None), (None, 7, None), (7, 7, 0), (7, 5, -2)]
)
def test_the_delay_of_a_verification(read: int | None, verified: int | None, after: int | None) -> None:
    columns = {
        "read_us": [read], "verified_us": [verified], "performed_by": ["a"], "verified_by": ["b"], "verification": [""],
    }  # fmt: skip
    assert derived("identifier_read", columns, Numbering())["verified_after_us"] == [after]


@given(
    rows=st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"))).map(
        lambda rows: sorted(rows, key=lambda row: row[0])
    ),
    cut=st.integers(0, 30),
)
def test_numbers_are_one_to_n_for_each_lot_and_parameter_however_rows_arrive(
    rows: list[tuple[str, str]], cut: int
) -> None:
    numbering = Numbering()
    found = [
        number
        for part in (rows[:cut], rows[cut:])
        for number in numbering.number([lot for lot, _ in part], [name for _, name in part])
    ]
    seen: Counter[tuple[str, str]] = Counter()
    for row, number in zip(rows, found, strict=True):
        seen[row] += 1
        assert number == seen[row]
