"""Text and times of records as they are printed: nothing in a record can change the page, hide or vanish."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext

from onelot.kernel.events import TYPE_MEMBER, Event

CHANGED = "▲"
"""Marks a value that was changed since it was entered (EU GMP Annex 11, 8.2)."""
_BREAK = "\u200b"
_SEPARATORS = re.compile(r"(?<=[/_.:,;=@+-])(?=\w)")
_PLAIN = re.compile(r"[ -~]*")


@cache
def _drawn() -> frozenset[str]:
    """Characters that the fonts of the dossier draw, in each of their styles."""
    text = files("onelot.disposition.dossier").joinpath("glyphs.csv").read_text("ascii")
    spans = (line.split(",") for line in text.splitlines()[1:])
    return frozenset(chr(code) for first, last in spans for code in range(int(first, 16), int(last, 16) + 1))


def printable(text: str, longest: int = 24) -> str:
    """The text as ``drawn`` and ``broken`` make it: what is printed of it, within its column."""
    return broken(drawn(text), longest)


def drawn(text: str) -> str:
    """The text with every character that cannot be drawn, or is invisible, as its code: ``[U+202E]``."""
    if _PLAIN.fullmatch(text):
        return text
    known = _drawn()
    return "".join(c if c in known or c == "\n" else " " if c == "\t" else f"[U+{ord(c):04X}]" for c in text)


def broken(text: str, longest: int) -> str:
    """A word of more than ``longest`` characters gets places where it may be broken."""
    if len(text) <= longest:
        return text
    return re.sub(rf"\S{{{longest + 1},}}", lambda word: _broken(word[0], longest), text)


def _broken(word: str, longest: int) -> str:
    pieces = _SEPARATORS.split(word)
    return _BREAK.join(
        _BREAK.join(piece[at : at + longest] for at in range(0, len(piece), longest)) for piece in pieces
    )


def when(instant: datetime | None) -> str:
    """A time with its offset as recorded, to the second: ``2026-03-02 04:16:00 -05:00``; a dash for none."""
    if instant is None:
        return "–"
    offset = instant.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    if not minutes:
        return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
    sign, minutes = "-" if minutes < 0 else "+", abs(minutes)
    return f"{instant:%Y-%m-%d %H:%M:%S} {sign}{minutes // 60:02}:{minutes % 60:02}"


def since(instant: datetime, before: datetime | None) -> str:
    """A later time: only the time of day where date and offset are those of ``before``."""
    same = before is not None and (instant.date(), instant.utcoffset()) == (before.date(), before.utcoffset())
    return f"{instant:%H:%M:%S}" if same else when(instant)


def in_utc(instant: datetime) -> str:
    """A time in UTC with what fraction of a second it has."""
    found = instant.astimezone(UTC)
    fraction = f"{found:.%f}".rstrip("0").rstrip(".") if found.microsecond else ""
    return f"{found:%Y-%m-%d %H:%M:%S}{fraction} UTC"


def in_zone(instant: datetime, zone: str) -> str:
    """A time in a zone, with the zone's name and offset (21 CFR 11.50(a)(2))."""
    try:
        there = instant.astimezone(ZoneInfo(zone))
    except (ValueError, OSError, KeyError):
        return in_utc(instant)
    return f"{when(there)} ({zone})" if zone != "UTC" else when(there)


def versioned(name: str, version: str) -> str:
    """A document with its version."""
    return gettext("%(document)s version %(version)s") % {"document": name, "version": version}


def title(event: Event) -> str:
    """What an event is called: ``Parameter recorded``."""
    return event.event_name().rsplit(".", 2)[-2].replace("_", " ").capitalize()


def told(event: Event, leave_out: Iterable[str] = ("lot",)) -> str:
    """Every field of an event that says something, as ``name: value``."""
    found = msgspec.to_builtins(event)
    without = {TYPE_MEMBER, *leave_out}
    return "; ".join(
        f"{name.replace('_', ' ')}: {_value(value)}" for name, value in found.items() if name not in without
    )


def _value(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        if len(value) > 12:
            return f"{len(value)} items, the first {_value(value[0])}, the last {_value(value[-1])}"
        return ", ".join(map(_value, value))
    if isinstance(value, dict):
        return "{" + "; ".join(f"{name}: {_value(item)}" for name, item in value.items()) + "}"
    return str(value)
