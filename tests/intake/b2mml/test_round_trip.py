"""What the writer writes, the reader reads again; and the standard's schemas allow it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from onelot.execution.events import CommentRecorded, SeriesRecorded
from onelot.intake.b2mml.schemas import SETTING, load_schema
from onelot.intake.reading import read_document
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused
from onelot.simulation.writers.b2mml import b2mml
from tests.intake.b2mml.making import ALL, NOON, events_of, in_order, many


def _written(events: list[Event]) -> bytes:
    return b2mml(events, document="DOC-1", sender="CDMO & Söhne", issued_at=NOON)


def _read(data: bytes) -> list[Event]:
    return [extract.event for extract in read_document(data, "record.xml").extracts]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.event_name())
def test_every_kind_of_event_comes_back(kind: type[Event]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(events_of(kind))
    def check(event: Event) -> None:
        assert in_order(_read(_written([event]))) == in_order([event])

    check()


@settings(max_examples=60, deadline=None)
@given(many)
def test_a_record_comes_back_whole_and_in_the_same_bytes(events: list[Event]) -> None:
    data = _written(events)
    assert in_order(_read(data)) == in_order(events)
    assert _written(events) == data


@settings(max_examples=25, deadline=None)
@given(many, many)
def test_two_lots_come_back_in_one_message(first: list[Event], second: list[Event]) -> None:
    second = [
        msgspec.structs.replace(event, lot="LOT-2") if hasattr(event, "lot") else event for event in second
    ]
    found = read_document(_written(first + second), "record.xml")
    assert in_order(extract.event for extract in found.extracts) == in_order(first + second)
    if first + second:
        assert found.document == "DOC-1"


def test_order_within_a_section_is_kept() -> None:
    events: list[Event] = [CommentRecorded(lot="L", subject="s", text=str(number)) for number in range(30)]
    assert _read(_written(events)) == events


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from(ALL).flatmap(events_of), max_size=8))
def test_the_standards_schemas_allow_what_is_written(reference_data: Path, events: list[Event]) -> None:
    folder = reference_data / "b2mml" / "schema-v0700"
    if not folder.is_dir():
        pytest.skip("the reference data has no schemas of B2MML")
    schema = load_schema(folder)
    for data in (_written(events), _written([*events, CommentRecorded(lot="OTHER", subject="s", text="t")])):
        assert schema.validate(etree.fromstring(data)), schema.error_log


def test_the_setting_makes_the_schemas_refuse(reference_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = reference_data / "b2mml" / "schema-v0700"
    if not folder.is_dir():
        pytest.skip("the reference data has no schemas of B2MML")
    data = _written([SeriesRecorded(lot="L", series="s", unit="Cel", points=())])
    wrong = data.replace(b"<DataType>string</DataType>", b"<DataType>stringy</DataType>")
    assert _read(wrong)
    monkeypatch.setenv(SETTING, str(folder))
    assert _read(data)
    with pytest.raises(Refused) as refused:
        _read(wrong)
    assert {refusal.code for refusal in refused.value.refusals} == {"intake.b2mml.schema"}
    assert "stringy" in refused.value.refusals[0].what
    assert refused.value.refusals[0].where == "record.xml:7"


def test_a_setting_that_names_no_schemas_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path))
    with pytest.raises(Refused) as refused:
        _read(_written([]))
    assert refused.value.refusals[0].code == "intake.b2mml.schemas"


def test_a_character_that_xml_cannot_hold_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        _written([CommentRecorded(lot="L", subject="s", text="\x00")])
    assert refused.value.refusals[0].code == "simulation.b2mml.character"
