"""The ledger in a database: append on a condition, read by tags, types and position (decision D1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import OperationalError, connections, transaction

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import refuse
from onelot.ledger.catalogue import Catalogue, Prepared
from onelot.ledger.entry import GENESIS, MAX_ENTRY_BYTES, Draft, Entry, seal, stamp, tail
from onelot.ledger.query import ALL, Query, select_positions
from onelot.ledger.writing import insert

_PAGE = 1000
_EARLIEST = b""


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
        with _recording(self.alias):
            self._take_turn()
            size, previous, recorded = self._head()
            if unless is not None:
                self._check_condition(unless, after, size)
            # A clock that was set back must not make a later entry look earlier.
            recorded = max(stamp(self._clock()), recorded)
            entries = _chain(prepared, size, previous, recorded)
            insert(connections[self.alias], size + 1, entries, [item.terms for item in prepared])
        return range(size + 1, size + 1 + len(prepared))

    def size(self) -> int:
        """How many entries there are, which is the position of the last."""
        return self._head()[0]

    def read(self, query: Query = ALL, *, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Matching entries with ``after < position <= until``, in order; memory does not grow with them.

        ``until`` is the end of the ledger at the first step, when not given.
        """
        return map(self.catalogue.read, self.read_bytes(query, after=after, until=until))

    def read_bytes(self, query: Query = ALL, *, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """The same, as stored."""
        selection = select_positions(query, self.catalogue)
        sql = (
            f"SELECT e.position, e.entry FROM ({selection.sql}) AS p"  # noqa: S608 - values are parameters
            " JOIN ledger_entry e ON e.position = p.position ORDER BY p.position"
        )
        if query == ALL:
            sql = (
                "SELECT position, entry FROM ledger_entry"
                " WHERE position > %(after)s AND position <= %(until)s ORDER BY position LIMIT %(limit)s"
            )
        last = self.size() if until is None else until
        while rows := self._fetch(
            sql, {**selection.parameters, "after": after, "until": last, "limit": _PAGE}
        ):
            for _, entry in rows:
                yield bytes(entry)
            after = rows[-1][0]

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

    def _take_turn(self) -> None:
        """Wait until no other transaction appends. SQLite's BEGIN IMMEDIATE has waited already."""
        connection = connections[self.alias]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE")

    def _head(self) -> tuple[int, bytes, bytes]:
        """Position, leaf hash in hexadecimal digits and time of recording of the last entry."""
        rows = self._fetch("SELECT position, entry FROM ledger_entry ORDER BY position DESC LIMIT 1")
        if not rows:
            return 0, GENESIS, _EARLIEST
        position, entry = rows[0][0], bytes(rows[0][1])
        return position, sha256(b"\0" + entry).hexdigest().encode(), _recorded_at(position, entry)

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
        selection = select_positions(unless, self.catalogue)
        rows = self._fetch(selection.sql, {**selection.parameters, "after": after, "until": size, "limit": 1})
        if rows:
            raise refuse(
                "ledger.condition_failed",
                "Something was added meanwhile that this decision did not know.",
                where=f"ledger position {rows[0][0]}",
                expected=f"no matching entry after position {after}",
                hint="read again and decide anew",
            )

    def _fetch(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with connections[self.alias].cursor() as cursor:
            cursor.execute(sql, parameters or {})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _chain(prepared: list[Prepared], size: int, previous: bytes, recorded: bytes) -> list[bytes]:
    """Seal the facts into entries, each with the hash of the one before."""
    entries = []
    for position, item in enumerate(prepared, size + 1):
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
        entries.append(entry)
        previous = sha256(b"\0" + entry).hexdigest().encode()
    return entries


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
