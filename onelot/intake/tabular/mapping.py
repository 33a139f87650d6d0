"""The mapping: what the columns of a sender's tables mean, as a document that people write and approve.

A table file is one or more sections. A section lies on a sheet, or below a marker row, has a header, and turns each
of its rows into one event (``columns``), or each of some cells of a row into an event of its own (``cells``).
Nothing is guessed: a column that is neither mapped nor ignored is kept as unmapped content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from onelot.custody.events import EVENTS as CUSTODY
from onelot.execution.events import EVENTS as EXECUTION
from onelot.identity.events import EVENTS as IDENTITY
from onelot.kernel.canonical import canonical, digest
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.units import is_unit
from onelot.kernel.yaml_lines import read_yaml
from onelot.registry.events import EVENTS as REGISTRY
from onelot.supply.events import EVENTS as SUPPLY

KINDS: dict[str, type[Event]] = {
    kind.event_name(): kind for kind in (*EXECUTION, *IDENTITY, *CUSTODY, *REGISTRY, *SUPPLY)
}
"""The events that a table may state, by name."""
POINT_FIELDS = ("at", "value", "quality")
"""Fields of one reading of a series."""
Kind = Literal["text", "measured", "integer", "time", "unit", "list"]


def _zone(name: str) -> str:
    ZoneInfo(name)
    return name


def _unit(code: str) -> str:
    if not is_unit(code):
        raise ValueError(f"{code!r} is not a UCUM unit")
    return code


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """One column (or label, in a section of pairs)."""

    field: str = Field("", description="the event's field; empty only for the document's own fields")
    kind: Kind = Field("text", description="how the text is read")
    codes: dict[str, str] = Field({}, description="the sender's word: onelot's word")
    other_codes: Literal["refuse", "keep"] = Field("refuse", description="what to do with a word not listed")
    split: str = Field("|", description="what stands between several answers of a list")


class CellEvent(_Part):
    """A column whose every filled cell is an event of its own (a wide table)."""

    field: str = Field("value", description="the event's field that the cell fills")
    kind: Kind = "measured"
    codes: dict[str, str] = {}
    fields: dict[str, str] = Field({}, description="other fields of the event, as constants")


class Section(_Part):
    """A part of the file: where it is, and what its rows mean."""

    id: str
    sheet: str = Field(
        "", description="workbooks: name of the sheet, or a regular expression between slashes"
    )
    marker: str = Field("", description="the text that stands alone in the row above the section")
    skip: int = Field(0, ge=0, description="rows between the start of the section and its header")
    header_rows: int = Field(1, ge=1, le=4, description="rows of the header; their texts are joined by ' / '")
    layout: Literal["rows", "pairs"] = Field(
        "rows", description="pairs: label in one cell, value in the next"
    )
    event: str = Field(
        "", description="name of the event; left out in a section of the document's own fields"
    )
    constants: dict[str, str] = Field({}, description="fields that are the same for every row")
    columns: dict[str, Column] = Field({}, description="the columns that fill fields of the row's event")
    cells: dict[str, CellEvent] = Field({}, description="columns whose cells are events of their own")
    ignore: tuple[str, ...] = Field(
        (), description="columns without meaning, by name or /regular expression/"
    )
    fill_down: tuple[str, ...] = Field((), description="columns in which an empty cell means the one above")
    count: str = Field("", description="a field (occurrence) that counts rows with equal other key fields")
    count_by: tuple[str, ...] = ()
    required: bool = True
    ends: str = Field("", description="a text in the first column that ends the section")

    @model_validator(mode="after")
    def _fields_exist(self) -> Section:
        if not self.event:
            return self
        kind = KINDS.get(self.event)
        if kind is None:
            raise ValueError(f"no event is called {self.event!r}; known are {', '.join(sorted(KINDS))}")
        known = {
            *kind.__struct_fields__,
            *(f"points.{name}" for name in POINT_FIELDS if "points" in kind.__struct_fields__),
        }
        named = [*self.constants, *(c.field for c in self.columns.values()), *filter(None, [self.count])]
        for cell in self.cells.values():
            named += [cell.field, *cell.fields]
        wrong = sorted({name for name in named if name and name not in known})
        if wrong:
            raise ValueError(
                f"{self.event} has no field {', '.join(wrong)}; it has {', '.join(sorted(known))}"
            )
        return self


class DocumentFields(_Part):
    """Where the document's own id and its time of issue stand: columns of one section."""

    section: str
    id: str
    issued_at: str = ""


class Mapping(_Part):
    """How to read the tables of one sender."""

    format: Literal["onelot-mapping/1"]
    id: str
    version: str
    title: str
    table: Literal["csv", "xlsx"]
    recognise: str = Field(description="a text that one of the first 40 rows holds in one cell")
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15"] = "utf-8"
    delimiter: Literal[";", ",", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", description="IANA zone of times without an offset"
    )
    dates: tuple[str, ...] = Field(("%Y-%m-%d %H:%M:%S",), description="how times are written (strptime)")
    months: dict[str, int] = Field({}, description="names of months in the sender's language")
    blank: tuple[str, ...] = Field((), description="words for: nothing recorded")
    not_applicable: tuple[str, ...] = Field((), description="words for: not applicable")
    units: dict[str, Annotated[str, AfterValidator(_unit)]] = Field({}, description="spelling: UCUM")
    document: DocumentFields | None = Field(
        None, description="left out: the file's name is the document's id"
    )
    sections: tuple[Section, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Mapping:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must differ")
        names = [section.id for section in self.sections]
        if len({*names}) < len(names):
            raise ValueError("two sections have one id")
        if self.document is not None:
            section = next((s for s in self.sections if s.id == self.document.section), None)
            if section is None or self.document.id not in section.columns:
                raise ValueError(
                    "document.section and document.id must name a section and one of its columns"
                )
        return self


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
            Refusal(
                "intake.mapping.fault",
                "The mapping cannot be used.",
                where=document.where(tuple(fault["loc"])),
                expected=fault["msg"].removeprefix("Value error, "),
                got=_shown(fault["input"]),
            )
            for fault in error.errors()
        ) from error
    for section in mapping.sections:
        _check_patterns(section, name)
    text = canonical(mapping.model_dump(mode="json"))
    return LoadedMapping(mapping, digest(text), text)


def _check_patterns(section: Section, name: str) -> None:
    for pattern in (section.sheet, *section.ignore):
        if is_pattern(pattern):
            try:
                re.compile(pattern[1:-1])
            except re.error as error:
                raise Refused(
                    Refusal(
                        "intake.mapping.pattern", "A regular expression cannot be used.",
                        where=f"{name}, section {section.id}", expected="a regular expression between slashes",
                        got=f"{pattern}: {error}",
                    )
                ) from error  # fmt: skip


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
