"""The shelf of bad tables: each is refused with its code and place, and nothing of it is taken."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from onelot.intake.reading import read_document
from onelot.intake.tabular import csv_grid, xlsx_grid
from onelot.kernel.refusals import Refused
from tests.intake.tabular.making import load, made
from tests.intake.tabular.workbooks import GOOD, HEADER, MAPPING, packed, parts, row, sheet, workbook

SHELF = Path(__file__).parent / "bad"
GERMAN = load(SHELF / "mapping.yaml")

# Name of the file: code and place of each fault in it.
CSV: dict[str, list[tuple[str, str]]] = {
    "ambiguous_year": [("value", ": line 3, column 7")],
    "column_missing": [("column_missing", ": line 2, column 1")],
    "comma_delimited": [("delimiter", ": line 2, column 1")],
    "decimal_point": [("value", ": line 3, column 4")],
    "excel_error": [("value", ": line 3, column 4")],
    "formula": [("formula", ": line 3, column 3")],
    "formula_at": [("formula", ": line 3, column 3")],
    "formula_dde": [("formula", ": line 3, column 3")],
    "header_missing": [("header_missing", ": [Werte]")],
    "header_twice": [("header_twice", ": line 2, column 3"), ("column_missing", ": line 2, column 1")],
    "hour_never": [("value", ": line 3, column 7")],
    "hour_twice": [("value", ": line 3, column 7")],
    "latin1": [("encoding", ": line 3")],
    "lot_missing": [("lot_missing", ": line 3, column 2")],
    "many_faults": [("value", ": line 3, column 4"), ("value", ": line 4, column 5"), ("value", ": line 5, column 6")],
    "month_first": [("value", ": line 3, column 7")],
    "no_rows": [("no_facts", "")],
    "no_such_day": [("value", ": line 3, column 7")],
    "not_recognised": [("mapping", "")],
    "nul": [("encoding", ": line 3")],
    "quote_inside": [("csv_broken", ": line 3, column 2")],
    "quote_then_text": [("csv_broken", ": line 3, column 2")],
    "quote_unclosed": [("csv_broken", ": line 4, column 2")],
    "row_too_long": [("ragged", ": line 3, column 8"), ("value", ": line 3, column 5"), ("value", ": line 3, column 6"),
                     ("value", ": line 3, column 7")],
    "row_too_short": [("ragged", ": line 4, column 1")],
    "section_missing": [("section_missing", "")],
    "status_contradicts": [("contradiction", ": line 3, column 6")],
    "unknown_code": [("value", ": line 3, column 6")],
    "unknown_unit": [("value", ": line 3, column 5")],
    "utf16": [("encoding", "")],
    "word_for_number": [("value", ": line 3, column 4")],
}  # fmt: skip


def _refused(data: bytes, name: str, *loaded: object) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read_document(data, name, loaded)  # type: ignore[arg-type]
    for refusal in refused.value.refusals:
        assert refusal.where.startswith(name)
        assert refusal.what.endswith(".")
        assert refusal.expected or refusal.hint or refusal.got
    return [
        (refusal.code.removeprefix("intake.table."), refusal.where.removeprefix(name))
        for refusal in refused.value.refusals
    ]


def test_every_file_of_the_shelf_is_listed() -> None:
    assert {path.stem for path in SHELF.glob("*.csv")} == {*CSV, "good"}


def test_the_good_file_of_the_shelf_is_read() -> None:
    assert len(read_document((SHELF / "good.csv").read_bytes(), "good.csv", [GERMAN]).extracts) == 1


@pytest.mark.parametrize("name", sorted(CSV))
def test_a_bad_csv_file_is_refused(name: str) -> None:
    data = (SHELF / f"{name}.csv").read_bytes()
    assert _refused(data, f"{name}.csv", GERMAN) == CSV[name]


def _cell(reference: str) -> str:
    return sheet(HEADER + f'<row r="2"><c r="{reference}"><v>1</v></c></row>')


def _many_parts() -> bytes:
    return packed({**parts(), **{f"xl/media/{number}": "x" for number in range(2_001)}})


def _flagged_as_encrypted() -> bytes:
    """The general purpose bit 0 set in the archive's list (APPNOTE 4.4.4)."""
    data = bytearray(workbook())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def _damaged() -> bytes:
    data = bytearray(workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    at = part.header_offset + 30 + len(part.filename) + 20
    data[at : at + 8] = b"\xff" * 8
    return bytes(data)


_DATES = '<numFmts/><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="14"/></cellXfs>'
_ENTITY = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
_OUTSIDE = '<Relationship Id="r9" Type="x/externalLink" Target="file:///etc/passwd" TargetMode="External"/>'

# Name: how the file is made, its name's ending, code and place.
XLSX: dict[str, tuple[Callable[[], bytes], str, tuple[str, str]]] = {
    "formula": (lambda: workbook(sheet(row("<f>1+1</f><v>2</v>"))), "xlsx", ("formula", ": Data!B2")),
    "formula_shared": (
        lambda: workbook(sheet(row('<f t="shared" si="0"/><v>2</v>'))), "xlsx", ("formula", ": Data!B2"),
    ),
    "formula_array": (
        lambda: workbook(sheet(row('<f t="array" ref="B2">SUM(1)</f><v>1</v>'))), "xlsx", ("formula", ": Data!B2"),
    ),
    "error_value": (lambda: workbook(sheet(row("<v>#DIV/0!</v>", 't="e"'))), "xlsx", ("cell_error", ": Data!B2")),
    "macros_part": (lambda: packed({**parts(), "xl/vbaProject.bin": b"x"}), "xlsx", ("active_content", "")),
    "macros_type": (
        lambda: packed({**parts(), "[Content_Types].xml": '<Types><Override ContentType="a.macroEnabled"/></Types>'}),
        "xlsm", ("active_content", ""),
    ),
    "external_link": (lambda: packed({**parts(), "xl/externalLinks/externalLink1.xml": "<x/>"}), "xlsx",
                      ("active_content", "")),
    "external_relation": (lambda: workbook(relations=_OUTSIDE), "xlsx", ("active_content", "")),
    "embedded_object": (lambda: packed({**parts(), "xl/embeddings/ole.bin": b"x"}), "xlsx", ("active_content", "")),
    "connection": (lambda: packed({**parts(), "xl/connections.xml": "<x/>"}), "xlsx", ("active_content", "")),
    "old_xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls", ("old_workbook", "")),
    "encrypted_package": (
        lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "xlsx", ("encrypted", ""),
    ),
    "encrypted_zip": (_flagged_as_encrypted, "xlsx", ("encrypted", "")),
    "truncated": (lambda: workbook()[:-200], "xlsx", ("workbook_broken", "")),
    "damaged": (_damaged, "xlsx", ("workbook_broken", "")),
    "not_a_workbook": (lambda: packed({"a.txt": "x"}), "xlsx", ("not_a_workbook", "")),
    "no_workbook_part": (lambda: packed({"[Content_Types].xml": "<Types/>"}), "xlsx", ("workbook_broken", "")),
    "sheet_missing": (lambda: packed({k: v for k, v in parts().items() if "sheet1" not in k}), "xlsx",
                      ("workbook_broken", "")),
    "sheet_not_well_formed": (lambda: workbook("<worksheet><sheetData>"), "xlsx", ("workbook_broken", "")),
    "entity_bomb": (
        lambda: workbook(_ENTITY + sheet(row("<v>&b;</v>"))), "xlsx", ("dtd", ": xl/worksheets/sheet1.xml"),
    ),
    "entity_bomb_utf16": (
        lambda: packed({**parts(), "xl/worksheets/sheet1.xml": (_ENTITY + sheet(GOOD)).encode("utf-16")}), "xlsx",
        ("dtd", ": xl/worksheets/sheet1.xml"),
    ),
    "zip_bomb_ratio": (lambda: packed({**parts(), "xl/media/image1.png": b"\0" * 5_000_000}), "xlsx", ("bomb", "")),
    "zip_bomb_parts": (_many_parts, "xlsx", ("bomb", "")),
    "merged_over_no_area": (
        lambda: workbook(sheet(GOOD, '<mergeCells><mergeCell ref="B2:C0"/></mergeCells>')), "xlsx",
        ("workbook_broken", ""),
    ),
    "merged_over_values": (
        lambda: workbook(sheet(GOOD, '<mergeCells><mergeCell ref="A2:B2"/></mergeCells>')), "xlsx",
        ("merged_over", ": Data!B2"),
    ),
    "cell_outside": (lambda: workbook(_cell("XFE1")), "xlsx", ("workbook_broken", "")),
    "cell_nowhere": (lambda: workbook(_cell("2B")), "xlsx", ("workbook_broken", "")),
    "cell_without_row": (lambda: workbook(sheet('<c r="B2"><v>5</v></c>')), "xlsx", ("workbook_broken", "")),
    "cell_twice": (lambda: workbook(sheet(GOOD + '<row r="2"><c r="B2"><v>6</v></c></row>')), "xlsx",
                   ("workbook_broken", ": Data!B2")),
    "no_such_string": (lambda: workbook(sheet(row("<v>7</v>", 't="s"'))), "xlsx", ("workbook_broken", ": Data!B2")),
    "no_number": (lambda: workbook(sheet(row("<v>1e999999999</v>"))), "xlsx", ("number", ": Data!B2")),
    "not_a_number": (lambda: workbook(sheet(row("<v>NaN</v>"))), "xlsx", ("number", ": Data!B2")),
    "no_such_date": (
        lambda: workbook(sheet(row("<v>9999999</v>", 's="1"')), styles=_DATES), "xlsx", ("date", ": Data!B2"),
    ),
    "percent": (
        lambda: workbook(sheet(row("<v>0.985</v>", 's="0"')), styles='<cellXfs><xf numFmtId="10"/></cellXfs>'), "xlsx",
        ("value", ": Data!B2"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(XLSX))
def test_a_bad_workbook_is_refused(name: str, tmp_path: Path) -> None:
    make, ending, expected = XLSX[name]
    path = tmp_path / f"{name}.{ending}"
    path.write_bytes(make())
    assert _refused(path.read_bytes(), path.name, made(MAPPING)) == [expected]


def test_a_workbook_without_a_mapping_is_refused_for_what_is_wrong_with_itself_first() -> None:
    assert _refused(workbook(sheet(row("<f>1</f>"))), "t.xlsx") == [("formula", ": Data!B2")]
    assert _refused(workbook(), "t.xlsx") == [("mapping", "")]


def test_two_mappings_for_one_table_are_refused() -> None:
    assert _refused(workbook(), "t.xlsx", made(MAPPING), made(MAPPING)) == [("mapping", "")]


def test_no_more_than_a_hundred_faults_are_told() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><f>1</f></c></row>' for n in range(1, 300))
    assert len(_refused(workbook(sheet(rows)), "t.xlsx", made(MAPPING))) == 100


def test_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_grid, "MAX_CELLS", 3)
    assert _refused(workbook(), "t.xlsx", made(MAPPING)) == [("too_large", "")]
    monkeypatch.setattr(csv_grid, "MAX_CELLS", 3)
    data = (SHELF / "good.csv").read_bytes()
    assert _refused(data, "t.csv", GERMAN) == [("too_large", "")]


def test_a_far_away_cell_and_a_huge_merged_area_cost_nothing() -> None:
    far = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>L2</t></is></c><c r="B1048576"><v>6</v></c></row>'
    merged = '<mergeCells><mergeCell ref="E1:XFD1048576"/></mergeCells>'
    found = read_document(workbook(sheet(GOOD + far, merged)), "t.xlsx", [made(MAPPING)])
    assert [extract.place for extract in found.extracts] == ["Data!A2", "Data!A1048576"]
