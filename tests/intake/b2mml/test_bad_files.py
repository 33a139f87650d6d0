"""The shelf of bad files: each is refused with its code and place, and nothing of it is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from onelot.intake.reading import read_document
from onelot.kernel.refusals import Refused

SHELF = Path(__file__).parent / "bad"
_R = "/BatchProductionRecord"
_E = f"{_R}/Events/Event"

# Name of the file: code and place (line, then element path) of each fault in it.
EXPECTED: dict[str, list[tuple[str, str]]] = {
    "asks_for_a_record": [("root", ":1 /GetBatchProductionRecord")],
    "bad_date": [("time", f":8 {_E}[1]/TimeStamp")],
    "bad_number": [("number", f":8 {_E}[1]/UserAttribute[onelot.occurrence]")],
    "billion_laughs": [("dtd", ":2")],
    "comment_without_text": [("missing", f":9 {_R}/Comments/Comment[1]")],
    "deeper_than_the_parser": [("too_deep", ":10 (column 768)")],
    "duplicate_entry": [("duplicate_entry", f":10 {_E}[3]/EntryID")],
    "element_in_text": [("structure", f":8 {_E}[1]/ProceduralElementReference")],
    "external_dtd": [("dtd", ":2")],
    "external_entity": [("dtd", ":2")],
    "html": [("namespace", ":1 /html")],
    "latin1_as_utf8": [("encoding", ":8 (column 302)")],
    "lot_given_twice": [("structure", f":5 {_R}/LotID")],
    "many_faults": [
        ("missing", f":8 {_E}[1]"),
        ("time", f":9 {_E}[2]/TimeStamp"),
        ("unknown_element", f":10 {_E}[3]/Oops"),
    ],
    "mismatched_tags": [("not_well_formed", ":9 (column 9)")],
    "missing_entry_id": [("missing", f":8 {_E}[1]")],
    "missing_event_type": [("missing", f":8 {_E}[1]")],
    "missing_id": [("missing", f":2 {_R}")],
    "missing_lot": [("lot_missing", f":5 {_E}[1]")],
    "missing_object_type": [("missing", f":8 {_E}[1]")],
    "misspelt_element": [("unknown_element", f":8 {_E}[1]/PersonnID")],
    "misspelt_section": [("unknown_element", f":9 {_R}/Sampels[1]")],
    "nested_twice": [("nested", f":11 {_R}{_R}[1]{_R}[1]")],
    "no_data_area": [("missing", ":1 /SyncBatchProductionRecord")],
    "no_namespace": [("namespace", f":1 {_R}")],
    "no_such_day": [("time", f":8 {_E}[1]/TimeStamp")],
    "no_zone": [("", f":8 {_E}[1]/TimeStamp")],
    "not_xml": [("not_well_formed", ":1")],
    "series_without_tag": [
        ("missing", f":10 {_R}/DataSets/DataSet[1]/OrderedData[1]"),
        ("missing", f":9 {_R}/DataSets/DataSet[1]"),
    ],
    "text_between_elements": [("structure", f":8 {_E}[1]")],
    "too_deep": [("too_deep", f":10 {_R}/{{urn:x}}a[1]/")],
    "truncated": [("truncated", ":8 (column 329)")],
    "truncated_in_prolog": [("not_well_formed", ":2")],
    "two_roots": [("not_well_formed", ":11 (column 1)")],
    "undeclared_entity": [("not_well_formed", ":8 (column 309)")],
    "unknown_encoding": [("encoding", ":1")],
    "unknown_version": [("version", f":2 {_R}")],
    "utf16_labelled_utf8": [("encoding", ":1")],
    "utf7": [("encoding", ":1")],
    "utf8_labelled_utf16": [("encoding", ":1")],
    "wrong_namespace": [("namespace", f":2 {_R}")],
    "wrong_object_type": [("object_type", f":8 {_E}[1]/ObjectType")],
    "wrong_root": [("root", ":2 /EquipmentCapabilityTest")],
}


def test_the_table_names_every_file_of_the_shelf() -> None:
    assert {path.stem for path in SHELF.iterdir()} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_bad_file_is_refused_with_code_and_place(name: str) -> None:
    path = SHELF / f"{name}.xml"
    with pytest.raises(Refused) as refused:
        read_document(path.read_bytes(), path.name)
    refusals = refused.value.refusals
    expected = [f"intake.b2mml.{code}" if code else "intake.time_without_zone" for code, _ in EXPECTED[name]]
    assert [refusal.code for refusal in refusals] == expected
    for refusal, (_, where) in zip(refusals, EXPECTED[name], strict=True):
        assert refusal.where.startswith(path.name + where)
        assert refusal.what.endswith(".")
        assert refusal.expected or refusal.got or refusal.code == "intake.b2mml.structure"


def test_what_was_found_is_shown() -> None:
    path = SHELF / "bad_date.xml"
    with pytest.raises(Refused) as refused:
        read_document(path.read_bytes(), path.name)
    assert refused.value.refusals[0].got == "01.03.2026 08:30"


def test_at_most_a_hundred_faults_are_reported() -> None:
    data = (SHELF / "missing_entry_id.xml").read_text()
    start, end = data.index("<Event>"), data.index("</Event>") + len("</Event>")
    with pytest.raises(Refused) as refused:
        read_document((data[:start] + data[start:end] * 500 + data[end:]).encode(), "r.xml")
    assert len(refused.value.refusals) == 100


def test_one_entry_of_endless_size_is_refused() -> None:
    data = (SHELF.parent / "good" / "older_namespace.xml").read_text()
    value = f"<Value><ValueString>{'x' * 90_000}</ValueString></Value>"
    attribute = f"<UserAttribute><AttributeID>v</AttributeID>{value}</UserAttribute>"
    with pytest.raises(Refused) as refused:
        read_document(data.replace("</Event>", attribute * 200 + "</Event>").encode(), "r.xml")
    assert refused.value.refusals[0].code == "intake.b2mml.entry_too_large"
