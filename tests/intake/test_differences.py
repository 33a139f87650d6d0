"""What a corrected document says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from onelot.execution.events import ParameterRecorded, SeriesPoint, SeriesRecorded
from onelot.intake.differences import differences
from onelot.kernel.events import Event

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def entry(value: str, occurrence: int = 1, at: datetime = AT) -> ParameterRecorded:
    return ParameterRecorded(
        lot="L1", phase="p", parameter="a", value=value, occurrence=occurrence, performed_at=at
    )


def test_another_offset_of_the_same_instant_is_no_difference() -> None:
    there = AT.astimezone(timezone(timedelta(hours=2)))
    assert differences([entry("1")], [entry("1", at=there)]) == {}


def test_several_entries_of_one_name_are_told_apart_by_their_order() -> None:
    found = differences([entry("1"), entry("2", 2)], [entry("1"), entry("3", 2)])
    assert [(d.subject, d.field, d.before, d.after) for d in found["L1"]] == [("p/a", "value", "2", "3")]


def test_readings_are_compared_one_by_one() -> None:
    def series(*texts: str) -> Event:
        points = tuple(SeriesPoint(at=AT + timedelta(minutes=n), value=text) for n, text in enumerate(texts))
        return SeriesRecorded(lot="L1", series="box", unit="Cel", points=points)

    (found,) = differences([series("5.0", "5.1")], [series("5.0", "5.2")])["L1"]
    assert (found.subject, found.before, found.after) == ("box", "5.1", "5.2")


@given(
    st.lists(st.sampled_from(["1", "2", "3"]), max_size=5), st.lists(st.sampled_from(["1", "2"]), max_size=5)
)
def test_nothing_differs_exactly_where_the_statements_are_the_same(one: list[str], other: list[str]) -> None:
    before: list[Event] = [entry(value, n) for n, value in enumerate(one, 1)]
    after: list[Event] = [entry(value, n) for n, value in enumerate(other, 1)]
    assert (differences(before, after) == {}) == (one == other)
