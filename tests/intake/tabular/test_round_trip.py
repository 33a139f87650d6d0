"""What the writers of the example CDMOs write is read back as the same events, whatever they are."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import HealthCheck, example, given, settings

from onelot.execution.events import CommentRecorded, ParameterRecorded, SeriesPoint, SeriesRecorded
from onelot.intake.tabular import read_table
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused
from onelot.simulation.writers.csv_tables import csv_tables
from onelot.simulation.writers.xlsx_workbook import xlsx_workbook
from tests.intake.tabular.making import EXAMPLES, NOON, in_order, load, many

RHEIN = load(EXAMPLES / "cdmo_rhein_csv.yaml")
MAPLE = load(EXAMPLES / "cdmo_maple_xlsx.yaml")
BOTH = [
    pytest.param(csv_tables, RHEIN, id="csv"),
    pytest.param(xlsx_workbook, MAPLE, id="xlsx"),
]


def _series(*values: str) -> SeriesRecorded:
    return SeriesRecorded(
        lot="L", series="s", unit="Cel", points=tuple(SeriesPoint(NOON, value) for value in values)
    )


@pytest.mark.parametrize(("write", "loaded"), BOTH)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=many)
@example(events=[_series("1"), _series("2"), _series(), _series()])
@example(events=[ParameterRecorded(lot="L", phase="", parameter="", values=("",))])
def test_events_come_back(write: Callable[..., bytes], loaded: object, events: list[Event]) -> None:
    data = write(events, document="D/1", sender="S", issued_at=NOON, mapping=loaded.mapping)  # type: ignore[attr-defined]
    found = read_table(data, "record", [loaded])  # type: ignore[list-item]
    assert in_order(extract.event for extract in found.extracts) == in_order(events)
    assert (found.document, found.issued_at) == ("D/1", NOON)
    assert len({(extract.place, type(extract.event)) for extract in found.extracts}) == len(events)


@pytest.mark.parametrize(("write", "loaded"), BOTH)
def test_both_hours_of_the_change_of_clocks_survive(write: Callable[..., bytes], loaded: object) -> None:
    twice = [
        datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)
    ] + [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6)]  # fmt: skip
    events = [CommentRecorded(lot="L", subject="s", text="t", written_at=at) for at in twice]
    data = write(events, document="D", sender="S", issued_at=NOON, mapping=loaded.mapping)  # type: ignore[attr-defined]
    found = read_table(data, "record", [loaded])  # type: ignore[list-item]
    assert [extract.event.written_at for extract in found.extracts] == twice  # type: ignore[attr-defined]


@pytest.mark.parametrize(("write", "loaded"), BOTH)
def test_the_same_events_give_the_same_bytes(write: Callable[..., bytes], loaded: object) -> None:
    events = [_series("1.0", "2.5"), CommentRecorded(lot="L", subject="s", text="t")]
    written = {
        write(events, document="D", sender="S", issued_at=NOON, mapping=loaded.mapping)  # type: ignore[attr-defined]
        for _ in range(2)
    }
    assert len(written) == 1


def test_a_workbook_holds_the_time_of_issue_and_no_other() -> None:
    data = xlsx_workbook([_series("1")], document="D", sender="S", issued_at=NOON, mapping=MAPLE.mapping)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b"2026-03-01T12:00:00Z") == 2


def test_what_a_sender_would_see() -> None:
    event = ParameterRecorded(
        lot="L1", phase="expand/culture/count", parameter="viability", value="97.4", unit="%"
    )
    text = csv_tables([event], document="D", sender="S", issued_at=NOON, mapping=RHEIN.mapping).decode()
    assert "Ausgestellt;01.03.2026 13:00:00\r\n" in text
    assert "L1;S090;viability;1;97,4;;%;erfasst;" in text


@pytest.mark.parametrize("text", ["a\x00b", "x" * 40_000])
def test_a_workbook_does_not_cut_what_it_cannot_hold(text: str) -> None:
    events = [CommentRecorded(lot="L", subject="s", text=text)]
    if "\x00" in text:
        data = xlsx_workbook(events, document="D", sender="S", issued_at=NOON, mapping=MAPLE.mapping)
        assert read_table(data, "record", [MAPLE]).extracts[0].event == events[0]
        with pytest.raises(Refused, match="NUL"):
            csv_tables(events, document="D", sender="S", issued_at=NOON, mapping=RHEIN.mapping)
    else:
        with pytest.raises(Refused, match="cannot hold this text"):
            xlsx_workbook(events, document="D", sender="S", issued_at=NOON, mapping=MAPLE.mapping)
