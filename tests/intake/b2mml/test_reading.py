"""Records by senders who know the standard and nothing of onelot; expected values are read from the files by eye."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from onelot.execution.events import (
    AlarmRaised,
    EquipmentUsed,
    LotOpened,
    MaterialUsed,
    ParameterRecorded,
    PhasePerformed,
    ResultReported,
    SeriesPoint,
    SeriesRecorded,
)
from onelot.intake.adapter import Extraction
from onelot.intake.events import ContentUnmapped
from onelot.intake.reading import read_document
from onelot.supply.events import MaterialLotStatusChanged

GOOD = Path(__file__).parent / "good"
EASTERN = timezone(timedelta(hours=-5))
FEED = "dp/expand/feed"


def _good(name: str) -> Extraction:
    return read_document((GOOD / name).read_bytes(), name)


def _of(found: Extraction, kind: type) -> list[object]:
    return [extract.event for extract in found.extracts if isinstance(extract.event, kind)]


def _unmapped(found: Extraction) -> dict[str, str]:
    return {e.event.name: e.event.value for e in found.extracts if isinstance(e.event, ContentUnmapped)}


def test_the_start_and_the_end_of_a_phase_are_one_run_of_it() -> None:
    assert _of(_good("standard_only.xml"), PhasePerformed) == [
        PhasePerformed(
            lot="LOT-9", phase=FEED, state="completed", performed_by="op.1",
            started_at=datetime(2026, 3, 1, 8, tzinfo=EASTERN), ended_at=datetime(2026, 3, 1, 9, tzinfo=EASTERN),
        )
    ]  # fmt: skip


def test_a_change_of_state_that_does_not_say_to_which_completes_nothing() -> None:
    data = (GOOD / "standard_only.xml").read_bytes()
    assert data.count(b"<Value><ValueString>Complete</ValueString></Value>") == 1
    found = read_document(data.replace(b"<Value><ValueString>Complete</ValueString></Value>", b""), "r.xml")
    (phase,) = _of(found, PhasePerformed)
    assert isinstance(phase, PhasePerformed)
    assert (phase.state, phase.ended_at) == ("running", None)
    assert "Event/Procedural Execution/State Change" in _unmapped(found)


def test_repeated_readings_are_counted_and_a_nil_value_is_blank() -> None:
    first, second, blank = _of(_good("standard_only.xml"), ParameterRecorded)
    assert first == ParameterRecorded(
        lot="LOT-9", phase=FEED, parameter="temperature", value="37.1", unit="Cel",
        performed_at=datetime(2026, 3, 1, 8, 5, tzinfo=EASTERN),
    )  # fmt: skip
    assert isinstance(second, ParameterRecorded)
    assert (second.occurrence, second.value) == (2, "37.3")
    assert blank == ParameterRecorded(lot="LOT-9", phase=FEED, parameter="colour", status="blank")


def test_the_header_opens_the_lot_where_no_entry_does() -> None:
    found = _good("standard_only.xml")
    assert found.document == "EBR-77"
    assert _of(found, LotOpened) == [
        LotOpened(
            lot="LOT-9", coi_identifier="", product="CART-FRESH", mbr="MBR-CART", mbr_version="3", site="DURHAM",
            opened_at=datetime(2026, 3, 1, 7, tzinfo=EASTERN),
        )
    ]  # fmt: skip


def test_a_result_judged_by_the_sender_is_final_and_the_judgement_is_kept() -> None:
    found = _good("standard_only.xml")
    assert _of(found, ResultReported) == [
        ResultReported(lot="LOT-9", test="viability", status="final", sample="S-1", value="91", unit="%")
    ]
    assert _unmapped(found)["SampleTestResult/TestDisposition"] == "Passed"


def test_an_alarm_of_unknown_priority_is_critical() -> None:
    (alarm,) = _of(_good("standard_only.xml"), AlarmRaised)
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.priority, alarm.message) == ("critical", "Door open")


def test_what_has_no_meaning_is_kept_with_its_place() -> None:
    found = _good("standard_only.xml")
    kept = _unmapped(found)
    assert kept["Event/UserAttribute[torque]"] == "12"
    assert kept["BatchProductionRecord/CampaignID"] == "C-9"
    assert kept["BatchProductionRecord/{urn:example:vendor}Shift/{urn:example:vendor}Leader"] == "lead.1"
    assert "Value=Held" in kept["Event/Procedural Execution/State Change"]
    places = {extract.place for extract in found.extracts}
    assert "/BatchProductionRecord/Events/Event[5]" in places


@pytest.mark.parametrize(
    ("name", "phase"),
    [("older_namespace.xml", FEED), ("utf16.xml", FEED), ("latin1.xml", "dé/expand/feed")],
)
def test_other_namespaces_and_encodings_are_read_alike(name: str, phase: str) -> None:
    (event,) = (extract.event for extract in _good(name).extracts)
    assert event == ParameterRecorded(
        lot="LOT-1", phase=phase, parameter="ph", value="7.40", unit="[pH]",
        performed_at=datetime(2026, 3, 1, 8, 30, tzinfo=timezone(timedelta(hours=1))),
    )  # fmt: skip


def test_a_record_inside_a_record_belongs_to_the_same_lot() -> None:
    found = _good("inner_record.xml")
    assert (found.document, found.lots) == ("DOC-1", ("LOT-1",))
    assert found.extracts[1].place == "/BatchProductionRecord/BatchProductionRecord[1]/Events/Event[1]"


def test_operations_performance_is_a_record_of_the_lot_that_was_requested() -> None:
    found = _good("operations_performance.xml")
    start, end = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (found.document, found.lots) == ("MSG-5", ("LOT-3",))
    assert [extract.event for extract in found.extracts] == [
        ParameterRecorded(lot="LOT-3", phase="expand", parameter="temperature", value="37.0", unit="Cel"),
        EquipmentUsed(
            lot="LOT-3", phase="expand", equipment="BR-1", equipment_class="bioreactor", used_from=start, used_until=end
        ),
        MaterialUsed(
            lot="LOT-3", phase="expand", material="MEDIUM", material_lot="ML-1", use="consumed", quantity="50.0",
            unit="mL", used_at=end, entered_at=datetime(2026, 3, 2, tzinfo=UTC),
        ),
        PhasePerformed(lot="LOT-3", phase="expand", started_at=start, ended_at=end, performed_by="op.1"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [path.name for path in sorted(GOOD.iterdir())])
@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_facts_and_places_do_not_depend_on_how_the_file_comes_in(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _good(name)
    monkeypatch.setattr("onelot.intake.b2mml.stream._CHUNK", size)
    assert _good(name) == whole


_SERIES = """<BatchProductionRecord xmlns="http://www.mesa.org/xml/B2MML"><ID>D</ID><EntryID>0</EntryID>
<ObjectType>Batch Production Record</ObjectType><LotID>L</LotID>
<DataSets><DataSet><EntryID>1</EntryID><ObjectType>Data Set</ObjectType>{specification}
<TagSpecification><TagIndex>1</TagIndex><UnitOfMeasure>CEL</UnitOfMeasure><DataSource>T1</DataSource></TagSpecification>
<TagSpecification><TagIndex>2</TagIndex><UnitOfMeasure>P1</UnitOfMeasure><Alias>co2</Alias></TagSpecification>
<OrderedData><TimeValue>2026-03-01T08:00:00Z</TimeValue>
<DataValue><TagIndex>1</TagIndex><Value>37.0</Value><Quality>Good</Quality></DataValue>
<DataValue><TagIndex>2</TagIndex><Value>5.1</Value><Quality>Substituted</Quality></DataValue></OrderedData>
</DataSet></DataSets></BatchProductionRecord>"""


def test_each_tag_of_a_data_set_is_a_series_and_an_unknown_quality_is_uncertain() -> None:
    found = read_document(_SERIES.format(specification="").encode(), "series.xml")
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert _of(found, SeriesRecorded) == [
        SeriesRecorded(lot="L", series="T1", unit="Cel", points=(SeriesPoint(at, "37.0", "good"),)),
        SeriesRecorded(lot="L", series="co2", unit="%", points=(SeriesPoint(at, "5.1", "uncertain"),)),
    ]
    assert _unmapped(found) == {"DataValue/Quality": "Substituted"}


def test_readings_at_relative_times_are_no_series_of_instants() -> None:
    relative = "<TimeSpecification><Relative>true</Relative></TimeSpecification>"
    found = read_document(_SERIES.format(specification=relative).encode(), "series.xml")
    assert all(not event.points for event in _of(found, SeriesRecorded))  # type: ignore[attr-defined]
    assert _unmapped(found)["DataSet/TimeSpecification/Relative"] == "true"
    assert "OrderedData" in _unmapped(found)


def test_the_word_of_an_other_kind_is_kept() -> None:
    data = (GOOD / "older_namespace.xml").read_text()
    data = data.replace("<EventType>Operator<", '<EventType OtherValue="Robot">Other<')
    kept = _unmapped(read_document(data.encode(), "other.xml"))
    assert kept["Event/EventType/@OtherValue"] == "Robot"


def _example(reference_data: Path, part: str) -> Extraction:
    folder = reference_data / "b2mml" / "examples-v0401"
    if not folder.is_dir():
        pytest.skip("the reference data has no examples of B2MML")
    (path,) = folder.glob(f"*-{part}-*.xml")
    return read_document(path.read_bytes(), path.name)


def test_reference_weighing_is_material_used(reference_data: Path) -> None:
    found = _example(reference_data, "PES")
    (used,) = _of(found, MaterialUsed)
    at = datetime(2012, 11, 29, 11, 58, 25, 314955, timezone(timedelta(hours=1)))
    assert used == MaterialUsed(
        lot="53107", phase="Weighing", material="CRBN0001", material_lot="CRBN0001_LOT01", use="consumed",
        quantity="0.41", unit="kg", used_at=at, entered_at=at, container="430147330000056734",
    )  # fmt: skip
    assert "stands for it" in _unmapped(found)["Segment/MaterialActual/time"]


def test_reference_lots_have_a_status(reference_data: Path) -> None:
    assert _of(_example(reference_data, "LOT"), MaterialLotStatusChanged) == [
        MaterialLotStatusChanged(
            material="CRBN0001", material_lot="CRBN0001_LOT01", status="released",
            changed_at=datetime(2012, 12, 10, 17, 7, 18, tzinfo=UTC), expiry_at=datetime(2013, 12, 8, tzinfo=UTC),
        )
    ]  # fmt: skip
    assert _of(_example(reference_data, "INV"), MaterialLotStatusChanged) == [
        MaterialLotStatusChanged(
            material="CRBN0001", material_lot="CRBN0001_LOT01_01", status="blocked",
            changed_at=datetime(2012, 12, 10, 17, 55, 54, tzinfo=UTC),
        )
    ]  # fmt: skip


@pytest.mark.parametrize(("part", "text"), [("PRO", "258456"), ("MAT", "Product Courbon0001")])
def test_reference_plans_and_definitions_are_kept_without_a_meaning(
    reference_data: Path, part: str, text: str
) -> None:
    found = _example(reference_data, part)
    assert _of(found, ContentUnmapped) == [extract.event for extract in found.extracts]
    assert text in {e.event.value for e in found.extracts if isinstance(e.event, ContentUnmapped)}
