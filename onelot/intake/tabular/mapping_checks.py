"""What a mapping must say so that its rows can become events: known fields, fitting kinds, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin

import msgspec

from onelot.custody.events import RECORDED as CUSTODY
from onelot.execution.events import EVENTS as EXECUTION
from onelot.execution.events import SeriesRecorded
from onelot.identity.events import RECORDED as IDENTITY
from onelot.kernel.events import Event
from onelot.kernel.said import said
from onelot.registry.events import RECORDED as REGISTRY
from onelot.supply.events import RECORDED as SUPPLY

if TYPE_CHECKING:
    from onelot.intake.tabular.mapping import Mapping, Section

KINDS: dict[str, type[Event]] = {
    kind.event_name(): kind for kind in (*EXECUTION, *IDENTITY, *CUSTODY, *REGISTRY, *SUPPLY)
}
"""The events that a table may state, by name."""
POINT = "points."
"""Before the fields of one reading of a series. ``points.run`` tells stretches of one series apart."""
Path = tuple[str | int, ...]
_TEXT_KINDS = frozenset({"text", "measured", "number", "quantity", "unit"})


class EventField(NamedTuple):
    """What a field of an event takes: kinds of reading, and its words where it has a closed list."""

    required: bool
    kinds: frozenset[str]
    words: frozenset[str] = frozenset()


class Fault(NamedTuple):
    """What is wrong with a mapping, at a path in it."""

    path: Path
    code: str
    what: str
    expected: str = ""
    got: str = ""


@cache
def event_fields(event: str) -> dict[str, EventField]:
    """The fields that rows may fill, by name."""
    kind = KINDS[event]
    found: dict[str, EventField] = {}
    for field in msgspec.structs.fields(kind):
        found[field.name] = _field(field.type, required=field.required)
    if kind is SeriesRecorded:
        del found["points"]
        found |= {
            f"{POINT}at": EventField(required=True, kinds=frozenset({"time"})),
            f"{POINT}value": EventField(required=True, kinds=_TEXT_KINDS),
            f"{POINT}quality": _field(Literal["good", "uncertain", "bad"], required=False),
            f"{POINT}run": EventField(required=False, kinds=frozenset({"text", "integer"})),
        }
    return found


def _field(kind: Any, *, required: bool) -> EventField:
    options = (kind, *get_args(kind))
    words: frozenset[str] = frozenset(
        word for option in options if get_origin(option) is Literal for word in get_args(option)
    )
    if datetime in options:
        return EventField(required, frozenset({"time"}))
    if int in options:
        return EventField(required, frozenset({"integer"}))
    if any(get_origin(option) is tuple for option in options):
        return EventField(required, frozenset({"list"}))
    return EventField(required, frozenset({"text"}) if words else _TEXT_KINDS, words)


def fields_faults(mapping: Mapping) -> Iterator[Fault]:
    """Every fault that the shape of the document alone does not show."""
    if mapping.decimal == mapping.thousands:
        yield Fault(("thousands",), "number", "The signs of numbers have two meanings.",
                    "a sign other than the decimal sign", mapping.thousands)  # fmt: skip
    yield from _file_name(mapping)
    yield from _dates(mapping)
    yield from _document(mapping)
    shared: set[str] = set(_groups(mapping))
    seen: set[str] = set()
    for index, section in enumerate(mapping.sections):
        at: Path = ("sections", index)
        if section.id in seen:
            yield Fault((*at, "id"), "twice", "Two sections have one id.", "ids that differ", section.id)
        seen.add(section.id)
        yield from _place(mapping, section, at)
        if section.event:
            yield from _section(section, at, shared)
        else:
            shared |= {column.field for column in section.columns.values() if column.field}


def _groups(mapping: Mapping) -> dict[str, int]:
    try:
        return dict(re.compile(mapping.file_name).groupindex)
    except re.error:
        return {}


def _file_name(mapping: Mapping) -> Iterator[Fault]:
    try:
        re.compile(mapping.file_name)
    except re.error as error:
        yield Fault(
            ("file_name",), "pattern", "A regular expression cannot be used.", str(error), mapping.file_name
        )


def _dates(mapping: Mapping) -> Iterator[Fault]:
    for index, pattern in enumerate(mapping.dates):
        complete = pattern == "excel" or (
            ("%Y" in pattern or "%y" in pattern)
            and ("%m" in pattern or "%b" in pattern or "%B" in pattern)
            and "%d" in pattern
        )
        try:
            datetime.strptime("", pattern)  # noqa: DTZ007 - only the pattern is looked at
        except ValueError as error:
            complete = complete and "bad directive" not in str(error) and "stray" not in str(error)
        except re.error:
            complete = False
        if not complete:
            yield Fault(("dates", index), "dates", "The pattern does not give a whole date.",
                        "year (%Y), month (%m) and day (%d), or excel", pattern)  # fmt: skip


def _document(mapping: Mapping) -> Iterator[Fault]:
    fields = mapping.document
    if fields is None:
        return
    section = next((section for section in mapping.sections if section.id == fields.section), None)
    if section is None:
        yield Fault(("document", "section"), "document", "There is no such section.",
                    ", ".join(section.id for section in mapping.sections), fields.section)  # fmt: skip
        return
    for name in ("id", "issued_at"):
        title = getattr(fields, name)
        if title and title not in section.columns:
            yield Fault(("document", name), "document", "The section has no such column.",
                        ", ".join(section.columns), title)  # fmt: skip
    if fields.issued_at in section.columns and section.columns[fields.issued_at].kind != "time":
        yield Fault(("document", "issued_at"), "document", "The column is not read as a time.", "kind: time")


def _place(mapping: Mapping, section: Section, at: Path) -> Iterator[Fault]:
    if mapping.table != "xlsx" and section.sheet:
        yield Fault((*at, "sheet"), "place", "Only workbooks have sheets.", "a marker", section.sheet)
    if (section.layout == "records") != bool(section.at):
        yield Fault(
            (*at, "layout"), "place", "Records, and only they, lie at a path.", "layout: records with at"
        )
    if section.starts and not section.at:
        yield Fault((*at, "starts"), "place", "Only records start with a label.", "layout: records")
    titles = {*section.columns, *section.cells}
    named = {
        "only": (*section.only,), "fill_down": section.fill_down,
        "after": tuple(name for column in section.columns.values() for name in column.after),
        "offset": tuple(column.offset for column in section.columns.values() if column.offset),
    }  # fmt: skip
    for name, wanted in named.items():
        for title in wanted:
            if title not in titles:
                where = (*at, name) if name in ("only", "fill_down") else (*at, "columns")
                yield Fault(where, "column", said("'{name}' names a column that the section does not map.", name=name),
                            "one of " + ", ".join(sorted(titles)), title)  # fmt: skip


def _section(section: Section, at: Path, shared: set[str]) -> Iterator[Fault]:
    if section.event not in KINDS:
        yield Fault(
            (*at, "event"), "event", "There is no such event.", ", ".join(sorted(KINDS)), section.event
        )
        return
    known = event_fields(section.event)
    given = set(shared)
    for path, field, kind, words in _assignments(section, at):
        given.add(field)
        if field not in known:
            yield Fault(
                path,
                "field",
                said("{event} has no such field.", event=section.event),
                ", ".join(sorted(known)),
                field,
            )
        elif kind and kind not in known[field].kinds:
            yield Fault(path, "kind", said("The field {field} is not read so.", field=field),
                        "kind: " + " or ".join(sorted(known[field].kinds)), kind)  # fmt: skip
        elif known[field].words and (wrong := sorted(words - known[field].words)):
            yield Fault(path, "code", said("The field {field} takes no such word.", field=field),
                        ", ".join(sorted(known[field].words)), ", ".join(wrong))  # fmt: skip
    for name, field_ in known.items():
        if field_.required and name not in given:
            yield Fault(
                at,
                "incomplete",
                said("Nothing fills the field {name} of {event}.", name=name, event=section.event),
                said("a column or a constant for {name}", name=name),
            )


def _assignments(section: Section, at: Path) -> Iterator[tuple[Path, str, str, frozenset[str]]]:
    """Everything in the section that fills a field: where it is said, field, kind of reading, words."""
    for name, value in section.constants.items():
        yield (*at, "constants", name), name, "", frozenset({value})
    for key in ("sheet_name", "count"):
        if field := getattr(section, key):
            yield (*at, key), field, "", frozenset()
    for name in section.count_by:
        yield (*at, "count_by"), name, "", frozenset()
    for title, column in section.columns.items():
        path: Path = (*at, "columns", title)
        if column.field:
            yield path, column.field, column.kind, frozenset(column.codes.values())
        for fields in column.lookup.values():
            for name, value in fields.items():
                yield path, name, "", frozenset({value})
    for title, cell in section.cells.items():
        path = (*at, "cells", title)
        yield path, cell.field, cell.kind, frozenset(cell.codes.values())
        if cell.title:
            yield path, cell.title, "", frozenset()
        for name, value in cell.fields.items():
            yield path, name, "", frozenset({value})
