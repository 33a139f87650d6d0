"""The ledger in a database: append on a condition, read by tags, types and position (decision D1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import chain, pairwise
from operator import itemgetter
from typing import Any

from django.db import DatabaseError, connections

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Sourced
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said
from onelot.ledger.catalogue import Catalogue, Prepared, terms
from onelot.ledger.entry import GENESIS, MAX_ENTRY_BYTES, Draft, Entry, seal, stamp, tail
from onelot.ledger.merkle import leaf_hash
from onelot.ledger.projection import Guard, Projector
from onelot.ledger.query import ALL, Query
from onelot.ledger.rows import PAGE, fetch
from onelot.ledger.spans import indexed, scans, spans
from onelot.ledger.tree import Tree, TreeStore
from onelot.ledger.writing import Head, head, insert, turn


@dataclass(frozen=True)
class _Recent:
    """The last entry, and the terms of those that are not in the index yet."""

    last: Head
    terms: list[tuple[str, ...]]


class Ledger:
    """The one ledger of a database, named by Django's alias.

    Statements go through Django's connection, so that an append inside ``transaction.atomic`` is of one
    piece with whatever else that transaction writes. Writers take turns: positions have no gap, and each
    writer sees all that was appended before it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        alias: str = "default",
        clock: Clock = system_clock,
        projectors: Sequence[Projector] = (),
        guards: Sequence[Guard] = (),
    ) -> None:
        self.catalogue = catalogue
        self.alias = alias
        self._clock = clock
        self._projectors = tuple(projectors)
        self._guards = tuple(guards)
        self._told = {event.event_name(): event for each in projectors for event in each.handlers}
        self._tiles = TreeStore(alias)
        self._recent: _Recent | None = (
            None  # by this object's last append: a guess until its hash is compared
        )

    def append(self, drafts: Iterable[Draft], *, unless: Query | None = None, after: int = 0) -> range:
        """Append all ``drafts`` or none, and return their positions.

        With ``unless``, nothing is appended when an entry that matches it stands after position ``after``:
        the caller decided on what it had read up to there. When this returns outside a transaction, the
        entries have reached the disk.

        Raises Refused: ``ledger.condition_failed``, ``ledger.after_unknown``, ``ledger.nothing_to_append``,
        ``ledger.entry_too_large``, ``ledger.not_recorded``, those of ``Catalogue.prepare``, and those of guards.
        """
        drafts = [*drafts]
        prepared = [self.catalogue.prepare(draft) for draft in drafts]
        if not prepared:
            raise refuse("ledger.nothing_to_append", "An append must hold at least one event.")
        connection = connections[self.alias]
        alone = not self._projectors and not self._guards and not connection.in_atomic_block
        if unless is None and alone and connection.vendor == "postgresql":
            appended = self._append_blindly(prepared)
            if appended:
                return appended
        with _recording(connection), turn(connection, alone=alone):
            last = head(connection)
            if unless is not None:
                self._check_condition(unless, after, last[0] if last else 0)
            for guard in self._guards:
                guard(drafts)
            recent = self._add(prepared, last)
            assert recent is not None, "nobody else appends in this one's turn"
        if not connection.in_atomic_block:
            self._recent = recent
        return range(recent.last[0] + 1 - len(prepared), recent.last[0] + 1)

    def _append_blindly(self, prepared: list[Prepared]) -> range | None:
        """One statement, sent as if no one else had appended meanwhile; None when someone had."""
        guess = self._recent
        if guess is None:
            return None
        with _recording(connections[self.alias]):
            self._recent = recent = self._add(prepared, guess.last)
        return None if recent is None else range(recent.last[0] + 1 - len(prepared), recent.last[0] + 1)

    def _add(self, prepared: list[Prepared], last: Head | None) -> _Recent | None:
        """Chain and insert; what is then recent, or None when ``last`` was not the last any more."""
        size = last[0] if last else 0
        leaves, entries = _chain(prepared, last, stamp(self._clock()))
        start = indexed(size)
        found = [*self._terms_after(start, last), *(item.terms for item in prepared)]
        full = indexed(start + len(found)) - start
        rows = spans(start + 1, found[:full]) if full else []
        if not insert(connections[self.alias], last, leaves, entries, rows):
            return None
        for item, data in zip(prepared, entries, strict=True):
            if item.terms[0] in self._told:
                self._project(self.catalogue.read(data))
        return _Recent((size + len(prepared), leaves[-1], entries[-1]), found[full:])

    def _project(self, entry: Entry) -> None:
        for projector in self._projectors:
            handler = projector.handlers.get(type(entry.event))
            if handler is not None:
                handler(entry)

    def rebuild(self) -> int:
        """Empty all read models and build them again from the first entry on; how many events they know.

        Nobody appends meanwhile; until it is done, others see the read models as they were.
        """
        told = 0
        with turn(connections[self.alias], alone=False):
            for projector in reversed(self._projectors):
                projector.drop()
            for entry in self.read(Query(types=tuple(self._told.values()))) if self._told else ():
                self._project(entry)
                told += 1
        return told

    def _terms_after(self, start: int, last: Head | None) -> list[tuple[str, ...]]:
        """Terms of the entries after position ``start``, up to the last."""
        recent = self._recent
        if last is None or last[0] == start:
            return []
        if recent is not None and recent.last[:2] == last[:2]:  # the same hash: the same entries before it
            return recent.terms
        return [terms(entry) for entry in self.read_bytes(after=start, until=last[0])]

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

    def read_stored(
        self, query: Query = ALL, *, after: int = 0, until: int | None = None
    ) -> Iterator[tuple[Entry, bytes]]:
        """The same entries as ``read`` gives, each with its bytes as stored, to be handed on with a proof."""
        for data in self._candidates(query, after, until):
            entry = self.catalogue.read(data)
            if query.matches(entry):
                yield entry, data

    def replay(self, *, after: int = 0, until: int | None = None) -> Iterator[Sourced]:
        """The same entries as ``read`` gives without a query, as facts and read models are built from.

        Twice as fast, since of the envelope only the source is read.
        """
        return self.catalogue.sourced(self._candidates(ALL, after, until))

    def read_bytes(self, *, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """All entries with ``after < position <= until``, as stored."""
        return self._candidates(ALL, after, until)

    def _candidates(self, query: Query, after: int, until: int | None) -> Iterator[bytes]:
        """Stored entries, among them all that match, once each and in order of position."""
        last = self.size() if until is None else until
        scanned = [
            self._pages(sql, {**terms, "after": max(after, begin), "until": end})
            for sql, terms, begin, end in scans(query, self.catalogue, last)
        ]
        if len(scanned) == 1:
            return (entry for page in scanned[0] for _, entry in page)
        return _merged(scanned)

    def _pages(self, sql: str, parameters: dict[str, Any]) -> Iterator[list[tuple[int, bytes]]]:
        after = parameters["after"]
        while rows := fetch(self.alias, sql, {**parameters, "after": after, "limit": PAGE}):
            positions = [after, *map(itemgetter(0), rows)]
            for before, position in pairwise(positions):
                if position <= before:
                    raise refuse(
                        "ledger.index_damaged",
                        "The ledger's index gives entries out of order.",
                        where=said("ledger position {position}", position=position),
                        hint="run `onelot ledger verify`",
                    )
            yield rows
            after = positions[-1]

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
        rows = fetch(self.alias, "SELECT entry FROM ledger_entry WHERE position = %s", (position,))
        return _recorded_at(position, bytes(rows[0][0]) if rows else b"")

    def _check_condition(self, unless: Query, after: int, size: int) -> None:
        if not 0 <= after <= size:
            raise refuse(
                "ledger.after_unknown",
                "The condition speaks of a position that the ledger does not have.",
                expected=said("a position from 0 to {size}", size=size),
                got=str(after),
            )
        found = next(self.read(unless, after=after, until=size), None)
        if found is not None:
            raise refuse(
                "ledger.condition_failed",
                "Something was added meanwhile that this decision did not know.",
                where=said(
                    "ledger position {position}, {event}",
                    position=found.position,
                    event=found.event.event_name(),
                ),
                expected=said("no matching entry after position {after}", after=after),
                hint="read again and decide anew",
            )


def _merged(scanned: list[Iterator[list[tuple[int, bytes]]]]) -> Iterator[bytes]:
    """The entries of several scans in order of position, once each."""
    reached = 0
    for position, entry in merge(*map(chain.from_iterable, scanned), key=itemgetter(0)):
        if position > reached:
            reached = position
            yield entry


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
                expected=said(
                    "at most {max_entry_bytes} bytes with its envelope", max_entry_bytes=MAX_ENTRY_BYTES
                ),
                got=said("{count} bytes", count=len(entry)),
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
            where=said("ledger position {position}", position=position),
            hint="run `onelot ledger verify`",
        )
    return found.recorded_at


@contextmanager
def _recording(connection: Any) -> Iterator[None]:
    """A failure of the database to record is a refusal."""
    try:
        with connection.wrap_database_errors:
            yield
    except DatabaseError as error:
        raise refuse(
            "ledger.not_recorded",
            "The database did not acknowledge the append.",
            got=str(error).strip(),
            hint="look at the disk and the database server, then read the ledger before appending again",
        ) from error
