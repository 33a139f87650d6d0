"""Tables that other people made, each by a mapping of its own. Expected values are read off the files themselves."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onelot.execution.events import AlarmRaised, LotOpened, ParameterRecorded, ResultReported, SeriesRecorded
from onelot.intake.adapter import Extraction
from onelot.intake.events import ContentUnmapped
from onelot.intake.reading import read_document
from onelot.kernel.measured import parse_measured
from onelot.kernel.refusals import Refused
from tests.intake.tabular.making import HERE, load

MAPPINGS = [load(path) for path in sorted((HERE / "real").glob("*.yaml"))]


def _read(folder: Path, file: str) -> Extraction:
    path = folder / file
    if not path.is_file():
        pytest.skip(f"the reference data has no {file}")
    return read_document(path.read_bytes(), path.name, MAPPINGS)


def _parameters(found: Extraction) -> dict[tuple[str, str, int], ParameterRecorded]:
    return {
        (event.lot, event.parameter, event.occurrence): event
        for event, _ in found.extracts
        if isinstance(event, ParameterRecorded)
    }


def test_laboratory_results_of_tablet_batches(reference_data: Path) -> None:
    found = _read(reference_data, "pharma-tablets/Laboratory.csv")
    kinds = Counter(type(event) for event, _ in found.extracts)
    # 505 batches; of 55 columns two name the batch and its product.
    assert kinds == {LotOpened: 505, ParameterRecorded: 505 * 53}
    entries = _parameters(found)
    assert entries["1", "api_water", 1].value == "1.53"
    assert entries["1", "batch_size", 1].value == "240000"
    assert (entries["2", "tbl_av_hardness", 1].value, entries["2", "tbl_av_hardness", 1].unit) == ("46", "N")
    assert entries["1", "start", 1].value == "nov.18"
    blank = sorted((place, event.parameter) for event, place in found.extracts
                   if isinstance(event, ParameterRecorded) and event.status == "blank")  # fmt: skip
    assert len(blank) == 301  # 7 empty cells, 294 of nothing but spaces
    assert ("line 153, column 13", "api_l_impurity") in blank


def test_process_data_keep_what_nobody_mapped(reference_data: Path) -> None:
    found = _read(reference_data, "pharma-tablets/Process.csv")
    kinds = Counter(type(event) for event, _ in found.extracts)
    # 35 columns: batch, code (ignored), 29 mapped; four more hold results again, and are kept as they stand.
    assert kinds == {ParameterRecorded: 505 * 29, ContentUnmapped: 505 * 4}
    entries = _parameters(found)
    assert entries["1", "main_CompForce mean", 1].value == "4.255403727"
    assert entries["1", "weekend", 1].value == "no"
    assert entries["1", "release_average", 1].value == "93.83"
    unmapped = next(event for event, place in found.extracts
                    if isinstance(event, ContentUnmapped) and place == "line 2, column 32")  # fmt: skip
    assert (unmapped.lot, unmapped.name, unmapped.value) == ("1", "entries/Residual solvent", "0.06")


def test_normalisation_factors(reference_data: Path) -> None:
    found = _read(reference_data, "pharma-tablets/Normalization.csv")
    values = [event.value for event, _ in found.extracts if isinstance(event, ParameterRecorded)]
    assert len(values) == 50
    assert values[:4] == ["240000", "2.4", "1920000", "19.2"]


@pytest.mark.parametrize(
    ("file", "lot", "third", "input_"),
    [("exp_0", "exp_0", "0.5", "11"), ("exp_a10", "exp_a10", "1.9", "10.75")],
)
def test_refolding_workbooks(reference_data: Path, file: str, lot: str, third: str, input_: str) -> None:
    found = _read(reference_data, f"timeseries/refolding-fed-batch-xlsx/{file}.xlsx")
    entries = _parameters(found)
    # 15 samples of 10 columns, and 6 inputs; nothing else is in the workbook.
    assert len(found.extracts) == len(entries) == 156
    assert not any(isinstance(event, ContentUnmapped) for event, _ in found.extracts)
    assert entries[lot, "time", 3].value == third
    assert (entries[lot, "cSR1", 1].value, entries[lot, "cSR1", 1].unit) == (input_, "g/L")
    assert all(parse_measured(entry.value) for entry in entries.values())
    assert next(place for event, place in found.extracts) == f"{file}!A2"


def test_numbers_of_a_workbook_have_the_digits_that_it_shows(reference_data: Path) -> None:
    found = _read(reference_data, "timeseries/refolding-fed-batch-xlsx/exp_a10.xlsx")
    assert _parameters(found)["exp_a10", "intermediate", 2].value == "0.0202266117969822"


def _series(found: Extraction) -> dict[str, SeriesRecorded]:
    return {event.series: event for event, _ in found.extracts if isinstance(event, SeriesRecorded)}


def test_a_refrigerators_logger(reference_data: Path) -> None:
    found = _read(reference_data, "temperature-loggers/FridgeTag-2/130400191542_202302140605.txt")
    series = _series(found)
    assert {name: len(item.points) for name, item in series.items()} == {
        "storage.temperature.lowest": 60, "storage.temperature.highest": 60,
    }  # fmt: skip
    highest = series["storage.temperature.highest"].points[0]
    assert (highest.at, highest.value) == (datetime(2023, 2, 14, 4, 57, tzinfo=UTC), "+18.8")
    assert series["storage.temperature.highest"].device == "130400191542"
    assert (found.document, found.issued_at) == ("130400191542", datetime(2023, 2, 14, 6, 5, tzinfo=UTC))
    unmapped = Counter(
        event.name.rpartition("/")[2] for event, _ in found.extracts if isinstance(event, ContentUnmapped)
    )
    assert unmapped == {"Avrg T": 60, "TS Actv": 1, "Err Count": 1, "Err TS": 1}


def test_an_ultra_low_freezers_logger(reference_data: Path) -> None:
    found = _read(reference_data, "temperature-loggers/FridgeTag-UL/100800001215_202304201410.txt")
    readings = _series(found)["storage.temperature"].points
    assert len(readings) == 841
    assert [point.value for point in readings[:5]] == ["", "", "", "-9.6", "-11.5"]
    assert sum(isinstance(event, AlarmRaised) for event, _ in found.extracts) == 4


def test_a_transport_logger(reference_data: Path) -> None:
    found = _read(reference_data, "temperature-loggers/QTag-CLm-doc-LR/RCPJ00010_02_202211090128.txt")
    readings = _series(found)["inbound.temperature"].points
    # The read-out itself names its lowest and highest reading, and the interval of ten minutes.
    start, stop = datetime(2022, 11, 8, 4, 49, tzinfo=UTC), datetime(2022, 11, 9, 1, 28, tzinfo=UTC)
    assert readings[0].at == start
    assert len(readings) == (stop - start).total_seconds() // 600 + 1
    assert max(float(point.value) for point in readings) == 24.3
    alarms = [event for event, _ in found.extracts if isinstance(event, AlarmRaised)]
    assert len(alarms) == 6
    assert alarms[3].cleared_at == datetime(2022, 11, 8, 14, 41, tzinfo=UTC)


def test_published_release_results(reference_data: Path) -> None:
    path = reference_data / "cell-therapy/ari-0001-release.json"
    if not path.is_file():
        pytest.skip("the reference data has no release table")
    table = json.loads(path.read_text())
    text = io.StringIO(newline="")
    csv.writer(text).writerows([table["columns"], *table["rows"]])
    found = read_document(text.getvalue().encode(), "release.csv", MAPPINGS)
    results = {
        (event.lot, event.test): event for event, _ in found.extracts if isinstance(event, ResultReported)
    }
    assert len(results) == len(found.extracts) == 3 * len(table["rows"])
    cells = results["ARI0001/02", "Number of CAR19+ cells"]
    assert (cells.value, cells.unit) == ("1746", "10*6")
    endotoxin = results["ARI0001/01", "Endotoxin"]
    assert (endotoxin.value, endotoxin.unit) == ("≤0.5", "[EU]/mL")
    assert (results["ARI0001/03", "CD3+ cells (%)"].value, results["ARI0001/03", "CD3+ cells (%)"].unit) == (
        "98.6",
        "%",
    )
    assert results["ARI0001/01", "Sterility"].value == "sterile"


def test_without_its_mapping_no_table_is_read(reference_data: Path) -> None:
    path = reference_data / "pharma-tablets/Normalization.csv"
    with pytest.raises(Refused, match=r"intake\.table\.mapping"):
        read_document(path.read_bytes(), path.name, ())
