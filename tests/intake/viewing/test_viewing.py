"""Originals shown at a place: the place is marked, whatever the format, and what is given stays small."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from onelot.intake.viewing.show import view_at
from onelot.intake.viewing.window import MAX_LINES, MAX_TEXT, Grid, Lines
from onelot.kernel.refusals import Refused

XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<Record xmlns="urn:a" xmlns:v="urn:v">
<Events><Event><ID>1</ID></Event>
<Event><ID a="x>y">2</ID><Value>7</Value><v:More>z</v:More></Event>
<Event/><Event><ID>4</ID></Event></Events></Record>
"""


def marked(view: object) -> str:
    assert isinstance(view, Lines)
    return "\n".join(line.text for line in view.lines if line.is_marked)


@pytest.mark.parametrize(("place", "shown"), [
    ("/Record/Events/Event[2]/Value[1]", "<Value>7</Value>"),
    ("/Record/Events/Event[2]/Value", "<Value>7</Value>"),
    ("/Record/Events/Event[2]/ID[1]/@a", '<ID a="x>y">2</ID>'),
    ("/Record/Events/Event[2]/{urn:v}More[1]", "<v:More>z</v:More>"),
    ("/Record/Events/Event[3]", "<Event/>"),
])  # fmt: skip
def test_an_element_is_found_by_its_path(place: str, shown: str) -> None:
    assert marked(view_at(XML, "a.xml", "b2mml", place)) == shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "cp1252", "iso-8859-15"])
def test_an_element_is_found_in_every_encoding_that_is_read(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<R><E>a</E><E>é ü</E><E>b</E></R>'
    assert marked(view_at(text.encode(encoding), "a.xml", "b2mml", "/R/E[2]")) == "<E>é ü</E>"


def test_neighbours_stand_around_and_lines_are_those_of_the_file() -> None:
    view = view_at(XML, "a.xml", "b2mml", "/Record/Events/Event[2]")
    assert isinstance(view, Lines)
    assert [line.number for line in view.lines if line.is_marked and line.number] == [4]
    assert [line.text for line in view.lines if not line.is_marked][:1] == ["<Event>"]
    assert any("<ID>4</ID>" in line.text for line in view.lines)


def test_a_place_that_is_not_there_is_said() -> None:
    for place in ("/Record/Nothing[1]", "/Other", "", "x"):
        view = view_at(XML, "a.xml", "b2mml", place)
        assert isinstance(view, Lines)
        assert view.is_found is (place == "/Record/Nothing[1]"), "the deepest element that is there is taken"


@pytest.mark.parametrize(
    "data", [b"<a><b></a>", b"", b"\x00\x01", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>']
)
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        view_at(data, "a.xml", "b2mml", "/a/b[9]")


def test_one_huge_element_gives_a_small_view() -> None:
    data = b"<R><D>" + b"<O><V>1</V></O>" * 50_000 + b"</D><D>" + b"x" * 3_000_000 + b"</D></R>"
    for place in ("/R/D[1]", "/R/D[2]", "/R/D[1]/O[49000]"):
        view = view_at(data, "a.xml", "b2mml", place)
        assert isinstance(view, Lines)
        assert view.is_found
        assert len(view.lines) <= 2 * MAX_LINES
        assert all(len(line.text) <= MAX_TEXT for line in view.lines)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.recursive(st.integers() | st.text(max_size=9) | st.none(), lambda inner: st.lists(inner, max_size=3)
             | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=8), min_size=1, max_size=12),
    st.integers(0, 11), st.sampled_from([None, 1]), st.booleans(),
)  # fmt: skip
def test_a_json_value_is_shown_whole(
    values: list[object], index: int, indent: int | None, ascii_only: bool
) -> None:
    index %= len(values)
    data = json.dumps({"format": "x", "events": values}, indent=indent, ensure_ascii=ascii_only).encode()
    view = view_at(data, "a.json", "onelot-json", f"/events/{index}")
    assert isinstance(view, Lines)
    shown = "".join(line.text.strip(" ") for line in view.lines if line.is_marked)
    assert not view.is_cut
    assert json.loads(shown) == values[index]


def test_json_that_is_none_is_refused() -> None:
    for data in (b"", b"{", b'{"events": [1, 2', b"[" * 100_000):
        with pytest.raises(Refused):
            view_at(data, "a.json", "onelot-json", "/events/7")


def test_a_line_of_a_table_is_found_also_behind_fields_of_several_lines() -> None:
    data = b'Lot;Text;Value\n1;"a\nb";5\n2;c;6\n3;d;7\n'
    view = view_at(data, "a.csv", "csv", "line 4, column 3")
    assert isinstance(view, Grid)
    assert [row.number for row in view.rows] == [1, 2, 4, 5]
    assert [(row.number, cell.text) for row in view.rows for cell in row.cells if cell.is_marked] == [
        (4, "6")
    ]


def test_the_titles_of_a_long_table_stay_in_view() -> None:
    data = ("a;b\n" + "\n".join(f"{n};x" for n in range(2, 5_000))).encode("utf-16")
    view = view_at(data, "a.csv", "csv", "line 4000, column 1")
    assert isinstance(view, Grid)
    assert view.title_row is not None
    assert [cell.text for cell in view.title_row.cells] == ["a", "b"]
    assert len(view.rows) < 30


def test_a_line_of_an_outline_is_found() -> None:
    view = view_at(b"Hist:\n  Min: 2\n  Max: 8\n", "a.txt", "outline", "line 3 (Hist/Max)")
    assert marked(view).strip() == "Max: 8"


def workbook(rows: int = 30) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data!x"
    for number in range(1, rows + 1):
        sheet.append([f"r{number}", number, None, "end"])
    sheet.merge_cells("A5:A9")
    book.create_sheet("Other").append(["else"])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_a_cell_of_a_workbook_is_found_with_merged_cells_as_people_see_them() -> None:
    view = view_at(workbook(), "a.xlsx", "xlsx", "Data!x!B7")
    assert isinstance(view, Grid)
    assert (view.sheet, view.columns) == ("Data!x", ("A", "B", "C", "D"))
    assert [(row.number, cell.text) for row in view.rows for cell in row.cells if cell.is_marked] == [
        (7, "7")
    ]
    merged = [cell for row in view.rows for cell in row.cells if cell.rows > 1]
    assert [(cell.text, cell.rows, cell.columns) for cell in merged] == [("r5", 5, 1)]


def test_a_merged_area_is_marked_by_any_of_its_cells_also_from_outside_of_what_is_shown() -> None:
    book = workbook(60)
    assert [cell.text for row in grid(book, "Data!x!A8") for cell in row if cell.is_marked] == ["r5"]
    assert grid(book, "Data!x!B17")[0][0].text == "r5", "the area began above the rows that are shown"


def grid(data: bytes, place: str) -> list[list[object]]:
    view = view_at(data, "a.xlsx", "xlsx", place)
    assert isinstance(view, Grid)
    return [list(row.cells) for row in view.rows]


def test_a_place_outside_the_cells_shows_the_sheet_without_a_mark() -> None:
    for place in ("part xl/drawings/drawing1.xml", "Data!x!oddHeader", "None!A1"):
        view = view_at(workbook(), "a.xlsx", "xlsx", place)
        assert isinstance(view, Grid)
        assert not view.is_found
        assert view.rows


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
    for data in (packed.getvalue(), b"PK", b""):
        with pytest.raises(Refused):
            view_at(data, "a.xlsx", "xlsx", "Data!A1")


def test_a_format_without_a_picture_is_only_downloaded() -> None:
    assert view_at(b"%PDF", "a.pdf", "pdf", "page 1") is None
