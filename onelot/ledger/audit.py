"""Checks a ledger in its database: the entries, and everything that was derived from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files

from django.db import connections

from onelot.kernel.refusals import Refused
from onelot.ledger.catalogue import terms
from onelot.ledger.checkpoint import Checkpoint
from onelot.ledger.entry import tail
from onelot.ledger.merkle import TILE_WIDTH, levels
from onelot.ledger.rows import Row, fetch, pages, stream
from onelot.ledger.spans import indexed, uncovered
from onelot.ledger.verifier import Fault, Report, Verifier

_TRIGGER = re.compile(r"CREATE TRIGGER (\w+)")
Told = Callable[[int], object]
"""Called with the position that the check of the entries has reached."""


def verify_stored(
    checkpoints: Iterable[Checkpoint], *, alias: str = "default", told: Told | None = None
) -> Report:
    """Check the entries' bytes, positions, chain, hashes and checkpoints, and nothing else."""
    verifier = Verifier(checkpoints)
    misplaced: list[Fault] = []
    for rows in pages(alias):
        misplaced.extend(_feed(verifier, rows))
        if told is not None:
            told(rows[-1][0])
    report = verifier.report()
    return Report(report.size, report.root, (*misplaced, *report.faults))


def audit(checkpoints: Iterable[Checkpoint], *, alias: str = "default", told: Told | None = None) -> Report:
    """All of ``verify_stored``, and that index, tiles and triggers are what they should be."""
    report = verify_stored(checkpoints, alias=alias, told=told)
    derived = (
        *_setting_faults(alias),
        *_trigger_faults(alias),
        *_index_faults(alias, indexed(report.size)),
        *_tile_faults(alias),
    )
    return Report(report.size, report.root, (*report.faults, *derived))


def _feed(verifier: Verifier, rows: list[Row]) -> Iterator[Fault]:
    """Hand over the entries; each must stand under the position that it states."""
    positions, leaves, entries = zip(*rows, strict=True)
    verifier.feed(entries, leaves)
    if positions[-1] - positions[0] != len(positions) - 1 or not _states(entries[0], positions[0]):
        for position, entry in zip(positions, entries, strict=True):
            if not _states(entry, position):
                yield Fault(position, "an entry stands under this position that states another")


def _states(entry: bytes, position: int) -> bool:
    found = tail(entry)
    return found is not None and found.position == position


def _index_faults(alias: str, last: int) -> Iterator[Fault]:
    """Terms of entries up to ``last`` that no span covers: a query would not find these entries."""
    rows = stream(alias, "SELECT term, last, first FROM ledger_span ORDER BY first, term")
    for position, term in uncovered(_terms(alias, last), rows):
        yield Fault(position, f"the index does not lead to it by {term!r}, so queries miss it")


def _terms(alias: str, last: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    for rows in pages(alias):
        for position, _, entry in rows:
            if position > last:
                return
            try:
                found = terms(entry)
            except Refused:
                continue  # its bytes are no entry's: a fault of its own, found by its hash
            yield position, found


def _tile_faults(alias: str) -> Iterator[Fault]:
    """Each tile holds the nodes over the hashes below it."""
    for level, number, nodes in stream(
        alias, "SELECT level, number, nodes FROM ledger_tile ORDER BY level, number"
    ):
        start, end = number * TILE_WIDTH, (number + 1) * TILE_WIDTH
        if level == 0:
            below = fetch(
                alias,
                "SELECT leaf FROM ledger_entry WHERE position > %s AND position <= %s ORDER BY position",
                (start, end),
            )
        else:
            below = fetch(
                alias,
                "SELECT nodes FROM ledger_tile WHERE level = %s AND number >= %s AND number < %s"
                " ORDER BY number",
                (level - 1, start, end),
            )
        hashes = [bytes(value)[-32:] for (value,) in below]
        if b"".join(node for row in levels(hashes) for node in row) != bytes(nodes):
            yield Fault(0, f"tile {number} of level {level} does not hold the hashes below it")


def _setting_faults(alias: str) -> Iterator[Fault]:
    """Whether the server flushes what it acknowledges. SQLite is told to by each connection."""
    if connections[alias].vendor == "postgresql":
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            ((value,),) = fetch(alias, f"SHOW {setting}")
            if value == "off":
                yield Fault(
                    0, f"the server's setting {setting} is off: a power cut may lose acknowledged entries"
                )


def _trigger_faults(alias: str) -> Iterator[Fault]:
    """Whether the database still refuses changes."""
    connection = connections[alias]
    text = files("onelot.ledger").joinpath("sql", f"{connection.vendor}.sql").read_text(encoding="utf-8")
    wanted = set(_TRIGGER.findall(text))
    if connection.vendor == "postgresql":
        sql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for missing in sorted(wanted - {row[0] for row in fetch(alias, sql)}):
        yield Fault(0, f"the trigger {missing} is gone or off, so the database does not refuse changes")
