"""What a mapping can say, one small table for each thing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from onelot.execution.events import (
    CommentRecorded,
    MaterialUsed,
    ParameterRecorded,
    PhasePerformed,
)
from onelot.intake.adapter import Extraction
from onelot.intake.events import ContentUnmapped
from onelot.intake.tabular import read_table
from onelot.intake.tabular.grid import place_of
from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused
from tests.intake.tabular.making import made

ENTRIES = """
table: csv
recognise: Lot
{head}
sections:
  - id: entries
    event: execution.parameter_recorded.v1
    constants: {{phase: a/b/c, parameter: p}}
    {section}
    columns:
      Lot: {{field: lot}}
      {columns}
"""


def _read(
    text: str, *, head: str = "", section: str = "", columns: str = "", name: str = "t.csv", raw: bytes = b""
) -> Extraction:
    mapping = made(ENTRIES.format(head=head, section=section, columns=columns))
    return read_table(raw or text.encode(), name, [mapping])


def _events(text: str, **said: Any) -> list[Event]:
    return [event for event, _ in _read(text, **said).extracts]


def _value(text: str, head: str = "", kind: str = "measured") -> Any:
    (event,) = _events(
        f'Lot,Value\nL1,"{text}"\n', head=head, columns=f"Value: {{field: value, kind: {kind}}}"
    )
    return event


def _expected(text: str, head: str = "", kind: str = "measured") -> str:
    with pytest.raises(Refused) as refused:
        _value(text, head, kind)
    (refusal,) = refused.value.refusals
    assert (refusal.code, refusal.where) == ("intake.table.value", "t.csv: line 2, column 2")
    return refusal.expected


GERMAN = 'decimal: ","\nthousands: "."'
FRENCH = 'decimal: ","\nthousands: " "'
SWISS = 'thousands: "\'"'


@pytest.mark.parametrize(
    ("text", "head", "value"),
    [
        ("37,0", GERMAN, "37.0"),
        ("1.234.567,80", GERMAN, "1234567.80"),
        ("<0,5", GERMAN, "<0.5"),
        ("1 234,5", FRENCH, "1234.5"),
        ("1\u202f234,5", FRENCH, "1234.5"),
        ("1'234.50", SWISS, "1234.50"),
        ("7.40", "", "7.40"),
        ("+5", "", "+5"),
        ("1.5E6", "", "1.5E6"),
        ("NMT 5", "", "NMT 5"),
        ("NLT 3,5", GERMAN, "NLT 3.5"),
        ("höchstens 5", 'signs: {höchstens: "<="}', "<=5"),
        ("clear, colourless", "", "clear, colourless"),
        ("negative", GERMAN, "negative"),
        ("  7.4  ", "", "7.4"),
    ],
)
def test_numbers_of_a_notation(text: str, head: str, value: str) -> None:
    assert _value(text, head).value == value


@pytest.mark.parametrize(
    ("text", "head"),
    [("7.40", GERMAN.replace('"."', '""')), ("7,40", ""), ("1,234.5", ""), ("1 234", ""), ("12.34", GERMAN),
     ("< 7,40", ""), ("1.234,5", FRENCH)],
)  # fmt: skip
def test_a_number_of_another_notation_is_refused(text: str, head: str) -> None:
    assert "as decimal sign" in _expected(text, head)


def test_a_column_of_numbers_takes_no_words() -> None:
    assert "as decimal sign" in _expected("high", kind="number")


@pytest.mark.parametrize(("text", "value", "unit"), [
    ("0.5 EU/mL", "0.5", "[EU]/mL"), ("<0,5 Mio./ml", "<0.5", "10*6/mL"), ("5", "5", ""), ("97,4%", "97.4", "%"),
])  # fmt: skip
def test_a_number_and_its_unit_in_one_cell(text: str, value: str, unit: str) -> None:
    head = "" if "." in text and "," not in text else 'decimal: ","'
    units = 'units: {Mio./ml: 10*6/mL, EU/mL: "[EU]/mL", "%": "%"}'
    event = _value(text, f"{head}\n{units}", kind="quantity")
    assert (event.value, event.unit) == (value, unit)


def test_an_unknown_unit_is_refused() -> None:
    assert "a unit that the mapping lists (none)" in _expected("5 blobs", kind="quantity")


@pytest.mark.parametrize("unit", ["Grad", "EU/mL"])
def test_a_word_that_happens_to_be_ucum_is_not_taken_for_it(unit: str) -> None:
    """They would be the gigarad, and the exa-unit per millilitre."""
    assert "a unit that the mapping lists" in _expected(f"5 {unit}", kind="quantity")


def _instant(text: str, head: str, column: str = "") -> datetime | None:
    (event,) = _events(
        f'Lot,When\nL1,"{text}"\n', head=head, columns=f"When: {{field: performed_at, kind: time{column}}}"
    )
    assert isinstance(event, ParameterRecorded)
    return event.performed_at


BERLIN = 'zone: Europe/Berlin\ndates: ["%d.%m.%Y %H:%M"]'


@pytest.mark.parametrize(
    ("text", "head", "column", "instant"),
    [
        ("01.07.2026 14:30", BERLIN, "", datetime(2026, 7, 1, 12, 30, tzinfo=UTC)),
        ("01.07.2026 14:30 +00:00", BERLIN, "", datetime(2026, 7, 1, 14, 30, tzinfo=UTC)),
        ("25.10.2026 02:30", BERLIN + "\nclock_change: first", "", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("25.10.2026 02:30", BERLIN + "\nclock_change: second", "", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("3. März 2026 08:05", 'zone: UTC\ndates: ["%d. %m %Y %H:%M"]\nmonths: {März: 3, Mai: 5}', "",
         datetime(2026, 3, 3, 8, 5, tzinfo=UTC)),
        ("14 févr. 2026 à 9h05", 'dates: ["%d %m %Y à %Hh%M"]\nmonths: {févr.: 2, janv.: 1}', "",
         datetime(2026, 2, 14, 9, 5, tzinfo=UTC)),
        ("14-AUG-2026 21:00", 'dates: ["%d-%m-%Y %H:%M"]\nmonths: {Aug: 8}', "",
         datetime(2026, 8, 14, 21, 0, tzinfo=UTC)),
        # Spreadsheets' documentation: day 45292 is 1 January 2024.
        ("45292.75", "dates: [excel]", "", datetime(2024, 1, 1, 18, 0, tzinfo=UTC)),
        ("31.12.2026", 'dates: ["%d.%m.%Y"]', ", day: end", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("31.12.2026", 'dates: ["%d.%m.%Y"]', ", day: start", datetime(2026, 12, 31, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_times(text: str, head: str, column: str, instant: datetime) -> None:
    assert _instant(text, head, column) == instant


@pytest.mark.parametrize(
    ("text", "head", "expected"),
    [
        ("25.10.2026 02:30", BERLIN, "happens twice"),
        ("29.03.2026 02:30", BERLIN, "put forward"),
        ("29.03.2026 02:30", BERLIN + "\nclock_change: first", "put forward"),
        ("31.02.2026 08:00", BERLIN, "one time, written as"),
        (
            "01/02/2026 08:00",
            'dates: ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]',
            "it could be 2026-01-02 08:00:00 or",
        ),
        ("31.12.2026", 'dates: ["%d.%m.%Y"]', "a time of day"),
        ("59", "dates: [excel]", "one time"),
        ("01.07.2026 14:30 +23:00", BERLIN, "at most 14 hours"),
        ("3. Brumaire 2026 08:00", 'dates: ["%d. %m %Y %H:%M"]', "one time"),
    ],
)
def test_a_time_that_is_not_certain_is_refused(text: str, head: str, expected: str) -> None:
    with pytest.raises(Refused) as refused:
        _instant(text, head)
    assert expected in refused.value.refusals[0].expected


def test_both_readings_of_a_day_and_month_may_agree() -> None:
    both = 'dates: ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]'
    assert _instant("02/02/2026 08:00", both) == datetime(2026, 2, 2, 8, tzinfo=UTC)


def test_date_time_and_offset_in_columns_of_their_own() -> None:
    columns = (
        "Day: {}\n      Hour: {field: performed_at, kind: time, after: [Day], offset: UTC}\n      UTC: {}"
    )
    text = "Lot,Day,Hour,UTC\nL1,2026-10-25,02:30,+01:00\nL1,2026-10-25,02:30,+02:00\nL1,2026-07-01,02:30,\n"
    events = _events(text, head='zone: Europe/Berlin\ndates: ["%Y-%m-%d %H:%M"]', columns=columns)
    assert [event.performed_at for event in events if isinstance(event, ParameterRecorded)] == [
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 7, 1, 0, 30, tzinfo=UTC),
    ]


def test_not_applicable_with_its_reason_and_blank_are_told_apart() -> None:
    columns = (
        "Value: {field: value, kind: measured}\n      Why: {field: reason}\n      By: {field: performed_by}"
    )
    events = _events(
        "Lot,Value,Why,By\nL1,n. z.,no bag,n. z.\nL1,,,\nL1,—,,\nL1,5,,Ann\n",
        head='not_applicable: ["n. z."]\nblank: ["—"]', columns=columns,
    )  # fmt: skip
    found = [(event.status, event.value, event.reason, event.performed_by) for event in events
             if isinstance(event, ParameterRecorded)]  # fmt: skip
    assert found == [
        ("not_applicable", "", "no bag", ""),
        ("blank", "", "", ""),
        ("blank", "", "", ""),
        ("recorded", "5", "", "Ann"),
    ]


def test_a_status_that_contradicts_the_value_is_refused() -> None:
    columns = "Status: {field: status, codes: {done: recorded}}\n      Value: {field: value}"
    with pytest.raises(Refused, match="disagree about status"):
        _events("Lot,Status,Value\nL1,done,NA\n", head="not_applicable: [NA]", columns=columns)


def test_repeated_measurements_in_several_columns_and_rows_are_occurrences() -> None:
    section = (
        "count: occurrence\n    count_by: [lot, parameter]\n    cells:\n"
        "      Reading 1: {}\n      Reading 2: {}\n      Reading 3: {when_blank: nothing}\n"
        "      /ID.*/: {title: parameter, kind: text}"
    )
    events = _events("Lot,Reading 1,Reading 2,Reading 3,ID7\nL1,5.0,5.1,,x\nL1,5.2,,5.3,y\n", section=section)
    found = [
        (e.parameter, e.occurrence, e.value, e.status) for e in events if isinstance(e, ParameterRecorded)
    ]
    assert found == [
        ("p", 1, "5.0", "recorded"), ("p", 2, "5.1", "recorded"), ("ID7", 1, "x", "recorded"),
        ("p", 3, "5.2", "recorded"), ("p", 4, "", "blank"), ("p", 5, "5.3", "recorded"), ("ID7", 2, "y", "recorded"),
    ]  # fmt: skip


def test_one_code_gives_several_fields() -> None:
    columns = (
        "Code: {lookup: {V1: {phase: expand/culture/count, parameter: viability, unit: '%'}}}\n"
        "      Value: {field: value}"
    )
    (event,) = _events("Lot,Code,Value\nL1,V1,97\n", columns=columns)
    assert isinstance(event, ParameterRecorded)
    assert (event.phase, event.parameter, event.unit) == ("expand/culture/count", "viability", "%")


def test_what_is_neither_mapped_nor_ignored_is_kept() -> None:
    found = _read(
        "Lot,Value,Humidity,Page\nL1,5,40 %,1\nL2,6,,2\n",
        columns="Value: {field: value}",
        section="ignore: [Page]",
    )
    unmapped = [(event, place) for event, place in found.extracts if isinstance(event, ContentUnmapped)]
    assert unmapped == [
        (ContentUnmapped(lot="L1", name="entries/Humidity", value="40 %"), "line 2, column 3")
    ]


def test_a_column_without_a_title_and_rows_before_the_header_are_kept() -> None:
    found = _read(
        "Report of today,\nLot,Value,\nL1,5,odd\n", section="skip: 1", columns="Value: {field: value}"
    )
    kept = {
        (event.name, event.value, place)
        for event, place in found.extracts
        if isinstance(event, ContentUnmapped)
    }
    assert kept == {
        ("entries/(column 3)", "odd", "line 3, column 3"), ("-", "Report of today", "line 1, column 1")
    }  # fmt: skip


SECTIONS = r"""
table: csv
recognise: "[A]"
delimiter: ";"
sections:
  - {id: head, marker: "[A]", layout: pairs, columns: {Batch: {field: lot}}}
  - id: steps
    marker: "[B]"
    event: execution.phase_performed.v1
    ignore_rows: ["/Total.*/"]
    ends: '/\[.*/'
    fill_down: [Step]
    columns: {Step: {field: phase}, State: {field: state, codes: {ok: completed, stop: aborted}}}
  - id: notes
    marker: "[B]"
    event: execution.comment_recorded.v1
    ends: '/\[.*/'
    fill_down: [Step]
    ignore_rows: ["/Total.*/"]
    only: {Note: "/.+/"}
    columns: {Step: {field: subject}, Note: {field: text}}
"""


def test_sections_share_the_lot_and_read_the_same_rows() -> None:
    text = "[A]\nBatch;L1\n[B]\nStep;State;Note\na/b/c;ok;\n;stop;leak\nTotal: 2;;\n[C]\nx;1\n"
    found = read_table(text.encode(), "t.csv", [made(SECTIONS)])
    steps = [event for event, _ in found.extracts if not isinstance(event, ContentUnmapped)]
    assert steps == [
        PhasePerformed(lot="L1", phase="a/b/c"),
        PhasePerformed(lot="L1", phase="a/b/c", state="aborted"),
        CommentRecorded(lot="L1", subject="a/b/c", text="leak"),
    ]
    # The section that nobody described is kept.
    left = [(event.lot, event.value) for event, _ in found.extracts if isinstance(event, ContentUnmapped)]
    assert left == [("L1", "[C]"), ("L1", "x"), ("L1", "1")]


def test_only_and_ends_choose_rows() -> None:
    section = "only: {Kind: IPC}\n    ends: End"
    found = _read(
        "Lot,Kind,Value\nL1,IPC,1\nL1,QC,2\nEnd,,\nL9,IPC,9\n", section=section,
        columns="Kind: {}\n      Value: {field: value}",
    )  # fmt: skip
    assert [event.value for event, _ in found.extracts if isinstance(event, ParameterRecorded)] == ["1"]
    left = [event.value for event, _ in found.extracts if isinstance(event, ContentUnmapped)]
    assert left == ["L1", "QC", "2", "End", "L9", "IPC", "9"]


def test_headers_of_two_rows() -> None:
    section = "header_rows: 2\n    header_fill: true"
    columns = '"Bioreactor / Value": {field: value}\n      "Bioreactor / By": {field: performed_by}'
    (event,) = _events("Lot,Bioreactor,\n,Value,By\nL1,5,Ann\n", section=section, columns=columns)
    assert isinstance(event, ParameterRecorded)
    assert (event.value, event.performed_by) == ("5", "Ann")


@pytest.mark.parametrize(
    ("raw", "head"),
    [
        ("Lot,Value\nL1,grün\n".encode("cp1252"), "encoding: cp1252"),
        ("\ufeffLot,Value\nL1,grün\n".encode(), ""),
        ("Lot,Value\r\nL1,grün\r\n".encode("utf-16"), "encoding: utf-16"),
    ],
)
def test_declared_encodings(raw: bytes, head: str) -> None:
    (event,) = _events("", raw=raw, head=head, columns="Value: {field: value}")
    assert isinstance(event, ParameterRecorded)
    assert event.value == "grün"


def test_quoted_fields_keep_line_breaks_and_lines_are_still_counted() -> None:
    found = _read('Lot,Value\nL1,"a\r\nb ""c"""\n\nL2,d', columns="Value: {field: value}")
    assert [
        (event.value, place) for event, place in found.extracts if isinstance(event, ParameterRecorded)
    ] == [
        ('a\r\nb "c"', "line 2, column 1"),
        ("d", "line 5, column 1"),
    ]


def test_short_rows_may_be_allowed() -> None:
    events = _events(
        "Lot,Value,By\nL1,5\n", head="short_rows: pad", columns="Value: {field: value}\n      By: {}"
    )
    assert len(events) == 1


@pytest.mark.parametrize("end", ["", "\n", ",", "\n,", ",,\n,,", "\n\n,"])
def test_empty_rows_and_delimiters_at_the_end_say_nothing(end: str) -> None:
    events = _events(f"Lot,Value,,\nL1,5{end}", head="short_rows: pad", columns="Value: {field: value}")
    assert len(events) == 1


def test_fields_from_the_files_name() -> None:
    mapping = made("""
table: csv
recognise: Step
file_name: "(?P<lot>[A-Z]+-[0-9]+)_.*"
sections:
  - {id: s, event: execution.phase_performed.v1, columns: {Step: {field: phase}}}
""")
    found = read_table(b"Step\na/b/c\n", "folder/AB-12_steps.csv", [mapping])
    assert found.extracts[0].event == PhasePerformed(lot="AB-12", phase="a/b/c")
    assert found.document == "test/AB-12_steps.csv"
    with pytest.raises(Refused, match="not named as the mapping says"):
        read_table(b"Step\na/b/c\n", "steps.csv", [mapping])


def test_a_row_needs_its_time_but_may_have_an_empty_label() -> None:
    mapping = made("""
table: csv
recognise: Item
sections:
  - id: m
    event: execution.material_used.v1
    constants: {lot: L, phase: a/b/c, unit: mL, use: consumed}
    columns:
      Item: {field: material}
      Batch: {field: material_lot}
      Amount: {field: quantity, kind: number}
      Time: {field: used_at, kind: time}
""")
    with pytest.raises(Refused, match="missing required field `used_at`"):
        read_table(b"Item,Batch,Amount,Time\nmedium,M1,5.0,\n", "t.csv", [mapping])
    found = read_table(b"Item,Batch,Amount,Time\nmedium,,5.0,2026-01-01 10:00:00\n", "t.csv", [mapping])
    event = found.extracts[0].event
    assert isinstance(event, MaterialUsed)
    assert (event.material_lot, event.quantity) == ("", "5.0")


def test_the_mapping_has_a_json_schema() -> None:
    schema = Mapping.model_json_schema()
    assert {"sections", "zone", "decimal"} <= schema["properties"].keys()


@pytest.mark.parametrize(
    ("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (16384, "XFD")]
)
def test_places_are_as_spreadsheets_name_them(column: int, letters: str) -> None:
    assert place_of("S", 7, column) == f"S!{letters}7"
