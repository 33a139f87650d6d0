"""Text in XML and typed fields of events, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from onelot.intake.b2mml.vocabulary import UNITS
from onelot.kernel.events import Event
from onelot.kernel.said import said

# XML Schema part 2, 3.2.7, with the offset optional here only to name its absence as the fault.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_COUNT = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class MalformedError(ValueError):
    """A text that is not what the standard says must stand there: the file is refused."""

    def __init__(self, code: str, what: str, expected: str, got: str, hint: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.expected, self.got, self.hint = code, what, expected, got, hint


class NotFittingError(ValueError):
    """A text that is allowed but has no meaning for onelot: it is kept without one."""


class Field(NamedTuple):
    """One field of an event."""

    name: str
    kind: Literal["text", "unit", "time", "count", "word", "other"]
    required: bool
    default: Any
    words: Mapping[str, str]
    """What a word may be; the very objects of the event's class, for msgspec omits a default by identity."""


@lru_cache(maxsize=64)
def fields_of(event: type[Event]) -> Mapping[str, Field]:
    """The fields of an event class by name."""
    hints = get_type_hints(event)
    found = {}
    for described in msgspec.structs.fields(event):
        options = [kind for kind in get_args(hints[described.name]) if kind is not type(None)]
        kind = hints[described.name]
        words: Mapping[str, str] = {}
        if get_origin(kind) is Literal:
            words = {word: word for word in options}
        elif options and get_origin(kind) is not tuple:
            (kind,) = options
            words = {word: word for word in get_args(kind)} if get_origin(kind) is Literal else {}
        found[described.name] = Field(
            described.name, _kind(kind, described.name, words), described.required,
            None if described.required else described.default, words,
        )  # fmt: skip
    return found


def _kind(
    kind: Any, name: str, words: Mapping[str, str]
) -> Literal["text", "unit", "time", "count", "word", "other"]:
    if words:
        return "word"
    if kind is str:
        return "unit" if name == "unit" else "text"
    return "time" if kind is datetime else "count" if kind is int else "other"


def read_time(text: str) -> datetime:
    """An instant with its offset. Raises MalformedError."""
    text = text.strip()
    shape = _TIME.fullmatch(text)
    if shape is None:
        raise MalformedError(
            "intake.b2mml.time", "This is not a time.", "a time such as 2026-03-01T08:30:00+01:00", text
        )
    if shape[1] is None:
        raise MalformedError(
            "intake.time_without_zone", "The time has no offset.",
            "RFC 3339 with an offset, such as 2026-03-01T08:30:00+01:00", text,
            "The sender must say in which zone its clock was.",
        )  # fmt: skip
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedError(
            "intake.b2mml.time",
            said("There is no such time: {error}.", error=str(error)),
            "a time of the calendar",
            text,
        ) from error


def read_count(text: str) -> int:
    """A whole number. Raises MalformedError."""
    if not _COUNT.fullmatch(text.strip()):
        raise MalformedError("intake.b2mml.number", "This is not a whole number.", "digits, such as 1", text)
    return int(text)


def read_field(field: Field, text: str) -> Any:
    """The typed value of a field. Raises MalformedError or NotFittingError."""
    kind = field.kind
    if kind == "text":
        return text
    if kind == "time":
        return read_time(text)
    if kind == "count":
        return read_count(text)
    if kind == "unit":
        return UNITS.get(text, text)
    word = field.words.get(text.strip())
    if word is None:
        raise NotFittingError(field.name)
    return word


def written(value: Any) -> str:
    """The text of a field's value."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
