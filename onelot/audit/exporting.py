"""The audit trail as a file: CSV for people, JSON lines for programs. Streamed, however long it is."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from onelot.ledger.entry import Entry

COLUMNS = (
    "position", "recorded_at", "occurred_at", "actor", "event", "reason", "tags", "says", "document", "place",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(entries: Iterable[Entry], through: int) -> Iterator[str]:
    """A line an entry; the last line says how many there are and up to which ledger position."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    count = 0
    for count, entry in enumerate(entries, 1):  # noqa: B007 - the last count is needed
        yield writer.writerow([_harmless(value) for value in _row(entry)])
    yield writer.writerow([f"end: {count} entries, up to ledger position {through}"])


def as_json_lines(entries: Iterable[Entry], through: int, note: str) -> Iterator[str]:
    """An object an entry; the last one holds the count and a signed checkpoint, under which each can be proved."""
    count = 0
    for count, entry in enumerate(entries, 1):  # noqa: B007
        event: dict[str, Any] = msgspec.to_builtins(entry.event)
        yield _json({**dict(zip(COLUMNS, _row(entry), strict=True)), "tags": entry.tags, "says": event})
    yield _json({"count": count, "through_position": through, "checkpoint": note})


def _row(entry: Entry) -> list[str]:
    event = msgspec.json.encode(entry.event).decode()
    source = entry.source
    return [
        str(entry.position), entry.recorded_at.isoformat(), entry.occurred_at.isoformat(), entry.actor,
        type(entry.event).event_name(), entry.reason, " ".join(entry.tags), event,
        source.document if source else "", source.place if source else "",
    ]  # fmt: skip


def _harmless(value: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode() + "\n"


class _Line:
    """Gives back each line that a writer of CSV makes."""

    def write(self, line: str) -> str:
        return line
