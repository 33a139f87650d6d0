"""The ledger in a database: append on a condition, read by tags, types and position (decision D1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import Any

from django.db import OperationalError, connections, transaction

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import refuse
from onelot.ledger.catalogue import Catalogue, Prepared
from onelot.ledger.entry import GENESIS, MAX_ENTRY_BYTES, Draft, Entry, seal, stamp, tail
from onelot.ledger.merkle import leaf_hash
from onelot.ledger.query import ALL, Query
from onelot.ledger.spans import scans, spans
from onelot.ledger.tree import Tree, TreeStore
from onelot.ledger.writing import Head, head, insert, take_turn

_PAGE = 1000


class Ledger:
    """The one ledger of a database, named by Django's alias.

    Statements go through Django's connection, so that an append inside ``transaction.atomic`` is of one
    piece with whatever else that transaction writes. Writers take turns: positions have no gap, and each
    writer sees all that was appended before it.
    """

    def __init__(self, catalogue: Catalogue, *, alias: str = "default", clock: Clock = system_clock) -> None:
        self.catalogue = catalogue
        self.alias = alias
        self._clock = clock
        self._tiles = TreeStore(alias)

    def append(self, drafts: Iterable[Draft], *, unless: Query | None = None, after: int = 0) -> range:
        """Append all ``drafts`` or none, and return their positions.

        With ``unless``, nothing is appended when an entry that matches it stands after position ``after``:
        the caller decided on what it had read up to there. When this returns outside a transaction, the
        entries have reached the disk.

        Raises Refused: ``ledger.condition_failed``, ``ledger.after_unknown``, ``ledger.nothing_to_append``,
        ``ledger.entry_too_large``, ``ledger.not_recorded``, and those of ``Catalogue.prepare``.
        """
        prepared = [self.catalogue.prepare(draft) for draft in drafts]
        if not prepared:
            raise refuse("ledger.nothing_to_append", "An append must hold at least one event.")
        connection = connections[self.alias]
        with _recording(self.alias):
            last = take_turn(connection)
            size = last[0] if last else 0
            if unless is not None:
                self._check_condition(unless, after, size)
            leaves, entries = _chain(prepared, last, stamp(self._clock()))
            insert(connection, size, leaves, entries, spans(size + 1, [item.terms for item in prepared]))
        return range(size + 1, size + 1 + len(prepared))

    def size(self) -> int:
        """How many entries there are, which is the position of the last."""
        last = head(connections[self.alias])
        return last[0] if last else 0

    def read(self, query: Query = ALL, *, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Matching entries with ``after < position <= until``, in order; memory does not grow with them.

        ``until`` is the end of the ledger at the first step, when not given.
        """
        entries = map(self.catalogue.read, self._candidates(query, after, until))
        if any(branch == ALL for branch in query.branches()):
            return entries
        return filter(query.matches, entries)

    def read_bytes(self, *, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """All entries with ``after < position <= until``, as stored."""
        return self._candidates(ALL, after, until)

    def _candidates(self, query: Query, after: int, until: int | None) -> Iterator[bytes]:
        """Stored entries, among them all that match, once each and in order of position."""
        last = self.size() if until is None else until
        pages = [
            self._pages(sql, {**terms, "after": after, "until": last})
            for sql, terms in scans(query, self.catalogue)
        ]
        reached = after
        for position, entry in pages[0] if len(pages) == 1 else merge(*pages, key=itemgetter(0)):
            if position > reached:
                reached = position
                yield entry

    def _pages(self, sql: str, parameters: dict[str, Any]) -> Iterator[tuple[int, bytes]]:
        after = parameters["after"]
        while rows := self._fetch(sql, {**parameters, "after": after, "limit": _PAGE}):
            for position, entry in rows:
                if position <= after:
                    raise refuse(
                        "ledger.index_damaged",
                        "The ledger's index gives entries out of order.",
                        where=f"ledger position {position}",
                        hint="run `onelot ledger verify`",
                    )
                yield position, entry
                after = position

    def tree(self, size: int | None = None) -> Tree:
        """The Merkle tree over the first ``size`` entries, or over all; for roots and proofs."""
        return self._tiles.at(self.size() if size is None else size)

    def position_at(self, instant: datetime) -> int:
        """The last position recorded at or before ``instant``: the prefix of what was known then."""
        wanted = stamp(instant)
        low, high = 0, self.size()
        while low < high:
            middle = (low + high + 1) // 2
            if self._recorded(middle) <= wanted:
                low = middle
            else:
                high = middle - 1
        return low

    def _recorded(self, position: int) -> bytes:
        rows = self._fetch(
            "SELECT entry FROM ledger_entry WHERE position = %(position)s", {"position": position}
        )
        return _recorded_at(position, bytes(rows[0][0]) if rows else b"")

    def _check_condition(self, unless: Query, after: int, size: int) -> None:
        if not 0 <= after <= size:
            raise refuse(
                "ledger.after_unknown",
                "The condition speaks of a position that the ledger does not have.",
                expected=f"a position from 0 to {size}",
                got=str(after),
            )
        found = next(self.read(unless, after=after, until=size), None)
        if found is not None:
            raise refuse(
                "ledger.condition_failed",
                "Something was added meanwhile that this decision did not know.",
                where=f"ledger position {found.position}, {found.event.event_name()}",
                expected=f"no matching entry after position {after}",
                hint="read again and decide anew",
            )

    def _fetch(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with connections[self.alias].cursor() as cursor:
            cursor.execute(sql, parameters or {})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _chain(prepared: list[Prepared], last: Head | None, recorded: bytes) -> tuple[list[bytes], list[bytes]]:
    """Seal the facts into entries, each with the hash of the one before; their leaf hashes and bytes."""
    position, previous = 0, GENESIS
    if last is not None:
        position, previous = last[0], last[1].hex().encode()
        # A clock that was set back must not make a later entry look earlier.
        recorded = max(recorded, _recorded_at(position, last[2]))
    leaves, entries = [], []
    for item in prepared:
        position += 1
        entry = seal(item.fact, position, previous, recorded)
        if len(entry) > MAX_ENTRY_BYTES:
            raise refuse(
                "ledger.entry_too_large",
                "An event is too large for one entry.",
                where=item.terms[0],
                expected=f"at most {MAX_ENTRY_BYTES} bytes with its envelope",
                got=f"{len(entry)} bytes",
                hint="record it in several events, for example a long series in several stretches",
            )
        leaf = leaf_hash(entry)
        leaves.append(leaf)
        entries.append(entry)
        previous = leaf.hex().encode()
    return leaves, entries


def _recorded_at(position: int, entry: bytes) -> bytes:
    found = tail(entry)
    if found is None or found.position != position:
        raise refuse(
            "ledger.entry_unreadable",
            "A stored entry does not have an entry's form.",
            where=f"ledger position {position}",
            hint="run `onelot ledger verify`",
        )
    return found.recorded_at


@contextmanager
def _recording(alias: str) -> Iterator[None]:
    """A transaction whose failure in the database is a refusal."""
    try:
        with transaction.atomic(using=alias):
            yield
    except OperationalError as error:
        raise refuse(
            "ledger.not_recorded",
            "The database did not acknowledge the append.",
            got=str(error).strip(),
            hint="look at the disk and the database server, then read the ledger before appending again",
        ) from error
