"""Bad mappings: every fault at once, each with its line."""

from __future__ import annotations

import pytest

from onelot.intake.tabular.mapping import load_mapping
from onelot.intake.tabular.mapping_checks import KINDS, event_fields
from onelot.kernel.refusals import Refused
from tests.intake.tabular.making import EXAMPLES, HERE, load

GOOD = """\
format: onelot-mapping/1
id: m
version: "1"
title: M
table: csv
recognise: Lot
zone: Europe/Berlin
dates: ["%d.%m.%Y %H:%M"]
units: {Grad: Cel}
document: {section: s, id: Report}
sections:
  - id: s
    event: execution.material_used.v1
    constants: {unit: mL, use: consumed}
    columns:
      Lot: {field: lot}
      Report: {}
      Step: {field: phase}
      Item: {field: material}
      Batch: {field: material_lot}
      Amount: {field: quantity, kind: number}
      Time: {field: used_at, kind: time}
      How: {field: verification, codes: {person: person}}
"""

# What is replaced by what: code, line, and a word of what was expected or found.
BAD = {
    "no_such_zone": ("Europe/Berlin", "Europe/Bonn", "fault", 7, "IANA zone"),
    "no_unit": ("Cel", "degrees", "fault", 9, "UCUM"),
    "no_pattern": ("recognise: Lot", "recognise: /(/", "fault", 6, "regular expression"),
    "no_event": ("execution.material_used.v1", "execution.material.v1", "event", 13, "execution.material_used.v1"),
    "no_field": ("field: material_lot", "field: batch", "field", 20, "material_lot"),
    "wrong_kind": ("field: used_at, kind: time", "field: used_at", "kind", 22, "time"),
    "wrong_word": ("{person: person}", "{person: human}", "code", 23, "human"),
    "wrong_constant": ("use: consumed", "use: eaten", "code", 14, "eaten"),
    "field_not_filled": ("      Item: {field: material}\n", "", "incomplete", 12, "material"),
    "half_a_date": ("%d.%m.%Y %H:%M", "%H:%M", "dates", 8, "%Y"),
    "not_a_date": ("%d.%m.%Y %H:%M", "%d.%m.%Y %Q", "dates", 8, "%Y"),
    "document_without_column": ("id: Report}", "id: Reports}", "document", 10, "Reports"),
    "document_without_section": ("{section: s,", "{section: t,", "document", 10, "t"),
    "misspelt_key": ("recognise:", "recognize:", "fault", 6, "not permitted"),
    "missing_key": ("recognise: Lot\n", "", "fault", 1, "required"),
    "wrong_format": ("onelot-mapping/1", "onelot-mapping/9", "fault", 1, "onelot-mapping/1"),
    "wrong_table": ("table: csv", "table: pdf", "fault", 5, "pdf"),
    "sheet_in_csv": ("  - id: s\n", "  - id: s\n    sheet: S\n", "place", 13, "marker"),
    "fill_down_of_nothing": ("    event:", "    fill_down: [Room]\n    event:", "column", 13, "Room"),
    "records_without_path": ("    event:", "    layout: records\n    event:", "place", 13, "at"),
    "same_sign_twice": ("table: csv", 'table: csv\nthousands: "."', "number", 6, "decimal"),
    "bad_file_name": ("table: csv", 'table: csv\nfile_name: "("', "pattern", 6, "("),
}  # fmt: skip


def _refused(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(Refused) as refused:
        load_mapping(text.encode(), "m.yaml")
    return [
        (item.code, item.where, f"{item.what} {item.expected} {item.got}") for item in refused.value.refusals
    ]


def test_the_good_one_is_read() -> None:
    assert load_mapping(GOOD.encode(), "m.yaml").mapping.sections[0].columns["Report"].field == ""


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_mapping_is_refused_with_its_line(name: str) -> None:
    old, new, code, line, word = BAD[name]
    assert old in GOOD
    found = _refused(GOOD.replace(old, new))
    wanted = [item for item in found if item[0] == f"intake.mapping.{code}"]
    assert wanted, found
    assert any(where.startswith(f"m.yaml:{line} ") and word in text for _, where, text in wanted), wanted


def test_all_faults_are_told_at_once() -> None:
    text = GOOD
    for name in ("no_field", "wrong_kind", "wrong_word", "half_a_date"):
        text = text.replace(BAD[name][0], BAD[name][1])
    assert {code.rpartition(".")[2] for code, _, _ in _refused(text)} >= {"field", "kind", "code", "dates"}


def test_not_yaml_is_refused() -> None:
    assert _refused("a: [1")[0][0].startswith("yaml.")
    assert _refused("- a")[0][0] == "intake.mapping.fault"


@pytest.mark.parametrize(
    "path", [*EXAMPLES.glob("*.yaml"), *HERE.glob("*/*.yaml")], ids=lambda path: path.stem
)
def test_mappings_of_the_project_are_good(path: object) -> None:
    loaded = load(path)  # type: ignore[arg-type]
    assert len(loaded.digest) == 64


def test_the_digest_does_not_depend_on_comments() -> None:
    first, second = (
        load_mapping(text.encode(), "m") for text in (GOOD, "# note\n" + GOOD.replace('"1"', "'1'"))
    )
    assert first.digest == second.digest
    assert load_mapping(GOOD.replace("consumed", "produced").encode(), "m").digest != first.digest


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_example_cdmos_have_a_place_for_every_field_of_every_event(path: object) -> None:
    mapping = load(path).mapping  # type: ignore[arg-type]
    for name in KINDS:
        (section,) = (section for section in mapping.sections if section.event == name)
        assert {column.field for column in section.columns.values()} == set(event_fields(name))
