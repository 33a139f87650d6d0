"""onelot's own JSON records: good ones, a shelf of bad ones, and whatever chance makes of a good one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.execution.events import ParameterRecorded
from onelot.intake.json_record import RECORD_EVENTS
from onelot.intake.reading import read_document
from onelot.kernel.refusals import Refused
from onelot.settings.vocabulary import EVENTS
from tests.fuzzing import fuzz, needs_atheris

HERE = Path(__file__).parent
GOOD = (HERE / "good" / "record.json").read_bytes()
BAD = yaml.safe_load((HERE / "bad.yaml").read_text())


@pytest.mark.parametrize("name", ["record.json", "one-line.json"])
def test_a_good_record_is_read_with_its_places(name: str) -> None:
    extraction = read_document((HERE / "good" / name).read_bytes(), name)
    assert (extraction.document, extraction.lots) == ("S1/L1", ("L1",))
    opened, entry = extraction.extracts
    assert (opened.place, entry.place) == ("/events/0", "/events/1")
    assert isinstance(entry.event, ParameterRecorded)
    assert (entry.event.value, entry.event.unit) == ("7.20", "[pH]")


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["file"])
def test_a_bad_record_is_refused_with_code_and_place(case: dict[str, str]) -> None:
    with pytest.raises(Refused) as raised:
        read_document((HERE / "bad" / case["file"]).read_bytes(), case["file"])
    refusals = raised.value.refusals
    assert any(
        case["code"] in {refusal.code, "any"} and refusal.where.startswith(case["where"])
        for refusal in refusals
    ), refusals


def test_every_bad_file_is_on_the_list() -> None:
    assert {case["file"] for case in BAD} == {path.name for path in (HERE / "bad").iterdir()}


@pytest.mark.parametrize(
    "name", sorted({e.event_name() for e in EVENTS} - {e.event_name() for e in RECORD_EVENTS})
)
def test_no_file_may_say_what_only_onelot_itself_says(name: str) -> None:
    """A sender must not grant roles, decide findings or approve documents by a line in its record."""
    record = json.loads(GOOD)
    record["events"][0]["@type"] = name
    with pytest.raises(Refused) as raised:
        read_document(json.dumps(record).encode(), "rights.json")
    assert {refusal.code for refusal in raised.value.refusals} == {"intake.json.unknown_type"}


def test_what_files_may_say_grows_by_decision_only() -> None:
    rooms = Counter(event.event_name().split(".")[0] for event in RECORD_EVENTS)
    assert rooms == {"custody": 1, "execution": 11, "identity": 2, "intake": 1, "registry": 3, "supply": 1}


def test_all_faults_of_a_record_come_at_once() -> None:
    record = json.loads(GOOD)
    record["events"][0].pop("lot")
    record["events"][1]["status"] = "done"
    with pytest.raises(Refused) as raised:
        read_document(json.dumps(record).encode(), "two.json")
    assert [refusal.where.split("#")[1][:9] for refusal in raised.value.refusals] == [
        "/events/0",
        "/events/1",
    ]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.binary(max_size=8))
def test_whatever_is_changed_is_read_or_refused(start: int, length: int, put: bytes) -> None:
    data = GOOD[:start] + put + GOOD[start + length :]
    try:
        extraction = read_document(data, "fuzz.json")
    except Refused:
        return
    assert extraction.document


@pytest.mark.parametrize(("data", "code"), [(b"", "intake.empty"), (b" \n", "intake.empty")])
def test_an_empty_file_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as raised:
        read_document(data, "empty.json")
    assert raised.value.refusals[0].code == code


def facts_or_refused(data: bytes) -> None:
    """What every reader owes: facts, or Refused with code and place; never anything else."""
    try:
        found = read_document(data, "fuzz.json")
    except Refused as refusal:
        refused = refusal.refusals
    else:
        refused = ()
        if not found.document:
            raise AssertionError("facts without a document")
    if not all(item.code.startswith("intake.") and item.where for item in refused):
        raise AssertionError(refused)


@pytest.mark.slow
@needs_atheris
def test_coverage_guided_fuzzing_finds_nothing(tmp_path: Path) -> None:
    seeds = [path.read_bytes() for path in (*(HERE / "good").iterdir(), *(HERE / "bad").iterdir())]
    target = "tests.intake.json_record.test_json_record:facts_or_refused"
    fuzz(tmp_path, target, seeds, runs=1_000_000, longest=4096)
