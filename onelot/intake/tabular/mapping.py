"""The mapping: what the columns of a sender's tables mean, as a document that people write and approve.

A table file is one or more sections. A section lies on a sheet, or below a marker row, has a header, and turns each
of its rows into one event (``columns``), or each of some cells of a row into an event of its own (``cells``).
Nothing is guessed: a cell that is neither mapped nor ignored is kept as unmapped content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from onelot.intake.tabular.mapping_checks import fields_faults
from onelot.kernel.canonical import canonical, digest
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.units import is_unit
from onelot.kernel.yaml_lines import read_yaml

MAX_REPORTED = 100
Kind = Literal["text", "measured", "number", "quantity", "integer", "time", "unit", "list"]
_UNITLESS = ("", "1")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("an IANA zone, such as Europe/Berlin") from error
    return name


def _unit(code: str) -> str:
    if code not in _UNITLESS and not is_unit(code):
        raise ValueError("a UCUM unit, such as 10*6/mL")
    return code


def _pattern(text: str) -> str:
    if is_pattern(text):
        try:
            re.compile(text[1:-1])
        except re.error as error:
            raise ValueError(f"a regular expression between slashes ({error})") from error
    return text


Name = Annotated[str, AfterValidator(_pattern)]
"""Exact text, or a regular expression between slashes that the whole text must fit."""
Unit = Annotated[str, AfterValidator(_unit)]
Nothing = BeforeValidator(lambda value: {} if value is None else value)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(_Part):
    """How the text of a cell becomes a value."""

    kind: Kind = Field(
        "text",
        description="text: as it stands; measured: a number of the sender's notation, or words; number: never words; "
        "quantity: a number and its unit in one cell; list: several answers",
    )
    codes: dict[str, str] = Field({}, description="the sender's word: onelot's word")
    other_codes: Literal["refuse", "keep"] = Field("refuse", description="what to do with a word not listed")
    split: str = Field("|", min_length=1, max_length=1, description="what stands between answers of a list")


class Column(Reading):
    """One column (or label, in a section of pairs)."""

    field: str = Field("", description="the event's field; empty for the document's own fields")
    lookup: dict[str, dict[str, str]] = Field(
        {}, description="the sender's word: several fields of the event at once"
    )
    optional: bool = Field(False, description="the column may be missing from the file")
    day: Literal["", "start", "end"] = Field("", description="the instant that a date without a time means")
    after: tuple[str, ...] = Field((), description="columns whose text stands before this one's: a date")
    offset: str = Field("", description="the column that holds the time's offset from UTC")


class CellEvent(Reading):
    """A column whose every filled cell is an event of its own (a wide table)."""

    kind: Kind = "measured"
    field: str = Field("value", description="the event's field that the cell fills")
    fields: dict[str, str] = Field({}, description="other fields of the event, as constants")
    title: str = Field("", description="the field that the column's own title fills")
    when_blank: Literal["blank", "nothing"] = Field(
        "blank", description="an empty cell is an entry left blank, or no entry at all"
    )


class Section(_Part):
    """A part of the file: where it is, and what its rows mean. Sections may read the same rows."""

    id: str = Field(min_length=1)
    sheet: Name = Field("", description="workbooks: name of the sheet")
    marker: str = Field("", description="the text that stands alone in the row above the section")
    at: str = Field("", description="layout records: path of one record, such as Hist/*")
    starts: str = Field(
        "", description="layout records: the label that begins another record at the same path"
    )
    skip: int = Field(0, ge=0, description="filled rows between the start of the section and its header")
    header_rows: int = Field(1, ge=1, le=4, description="rows of the header; their texts are joined by ' / '")
    header_fill: bool = Field(
        False, description="an empty cell above the last header row means the one before it"
    )
    layout: Literal["rows", "pairs", "records"] = Field(
        "rows",
        description="pairs: label in one cell, value in the next; records: pairs whose labels have one path",
    )
    event: str = Field(
        "", description="name of the event; left out, the section's fields hold for all later sections"
    )
    constants: dict[str, str] = Field({}, description="fields that are the same for every row")
    sheet_name: str = Field("", description="the field that the sheet's name fills")
    columns: dict[str, Annotated[Column, Nothing]] = Field({}, description="the columns that fill fields")
    cells: dict[Name, CellEvent] = Field({}, description="columns whose cells are events of their own")
    ignore: tuple[Name, ...] = Field((), description="columns (or labels) without meaning")
    ignore_rows: tuple[Name, ...] = Field((), description="rows without meaning, by their first filled cell")
    only: dict[str, Name] = Field({}, description="column: what its cell must be for the row to count")
    fill_down: tuple[str, ...] = Field((), description="columns in which an empty cell means the one above")
    count: str = Field("", description="a field (occurrence) that counts rows with equal key fields")
    count_by: tuple[str, ...] = ()
    required: bool = True
    ends: Name = Field("", description="a text in a row's first filled cell that ends the section")


class DocumentFields(_Part):
    """Where the document's own id and its time of issue stand: columns of one section."""

    section: str
    id: str
    issued_at: str = ""


class Mapping(_Part):
    """How to read the tables of one sender."""

    format: Literal["onelot-mapping/1"]
    id: str = Field(min_length=1)
    version: str = Field(min_length=1)
    title: str
    table: Literal["csv", "xlsx", "outline"] = Field(
        description="outline: lines of 'label: value', indented below one another"
    )
    recognise: Name = Field(
        min_length=1, description="what one cell of the first 40 filled rows of a sheet says"
    )
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15"] = "utf-8"
    delimiter: Literal[";", ",", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    signs: dict[str, Literal["<", "<=", ">", ">="]] = Field(
        {}, description="the sender's words before a censored number, beside <, <=, >, >=, NMT and NLT"
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", description="IANA zone of times without an offset"
    )
    clock_change: Literal["refuse", "first", "second"] = Field(
        "refuse", description="which of the two a local time without offset means, when it happens twice"
    )
    dates: tuple[str, ...] = Field(
        ("%Y-%m-%d %H:%M:%S",), min_length=1,
        description="how times are written (strptime); 'excel': a spreadsheet's number of days",
    )  # fmt: skip
    months: dict[str, Annotated[int, Field(ge=1, le=12)]] = Field(
        {}, description="the sender's names of months"
    )
    blank: tuple[str, ...] = Field((), description="words for: nothing recorded")
    not_applicable: tuple[str, ...] = Field((), description="words for: not applicable")
    units: dict[str, Unit] = Field({}, description="spelling: UCUM")
    other_units: Literal["refuse", "ucum"] = Field(
        "refuse",
        description="a spelling not listed is refused, or must be UCUM: a chance, 'Grad' is UCUM's gigarad",
    )
    text_mark: Literal["", "'"] = Field("", description="what stands before a text that means just itself")
    short_rows: Literal["refuse", "pad"] = Field(
        "refuse", description="CSV rows with fewer fields than the header"
    )
    file_name: str = Field("", description="regular expression; its named groups fill fields of every event")
    ignore_sheets: tuple[Name, ...] = Field((), description="sheets without meaning")
    document: DocumentFields | None = Field(
        None, description="left out: the file's name is the document's id"
    )
    sections: tuple[Section, ...] = Field(min_length=1)


@dataclass(frozen=True)
class LoadedMapping:
    """A mapping with the SHA-256 of its canonical JSON."""

    mapping: Mapping
    digest: str
    canonical: bytes


def load_mapping(data: bytes, name: str) -> LoadedMapping:
    """Read and check a mapping (YAML). Raises Refused (``intake.mapping.*``) with every fault and its line."""
    document = read_yaml(data, name)
    try:
        mapping = Mapping.model_validate(document.value)
    except ValidationError as error:
        raise Refused(
            [
                Refusal(
                    "intake.mapping.fault",
                    "The mapping cannot be used.",
                    where=document.where(tuple(step for step in fault["loc"] if step != "[key]")),
                    expected=fault["msg"].removeprefix("Value error, "),
                    got=_shown(fault["input"]),
                )
                for fault in error.errors()
            ][:MAX_REPORTED]
        ) from error
    faults = [
        Refusal(f"intake.mapping.{code}", what, where=document.where(path), expected=expected, got=got)
        for path, code, what, expected, got in fields_faults(mapping)
    ]
    if faults:
        raise Refused(faults[:MAX_REPORTED])
    text = canonical(mapping.model_dump(mode="json"))
    return LoadedMapping(mapping, digest(text), text)


def is_pattern(text: str) -> bool:
    """Whether a name in the mapping is a regular expression between slashes."""
    return len(text) > 2 and text[0] == text[-1] == "/"


def matches(name: str, text: str) -> bool:
    """Whether a text of the file is what the mapping names, outer spaces aside."""
    stripped = text.strip()
    return bool(re.fullmatch(name[1:-1], stripped)) if is_pattern(name) else name == stripped


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 120 else f"{text[:117]}..."
