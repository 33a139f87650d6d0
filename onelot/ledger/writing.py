"""The quickest durable way of each database: SQLite row by row, PostgreSQL as arrays, sent at once.

Statements go to the driver's own connection inside Django's: Django's wrappers cost a single append on
SQLite a quarter of its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

_HEAD = "SELECT position, leaf, entry FROM ledger_entry ORDER BY position DESC LIMIT 1"
_SQLITE_ENTRY = "INSERT INTO ledger_entry (position, leaf, entry) VALUES (?, ?, ?)"
_SQLITE_SPAN = "INSERT INTO ledger_span (term, last, first) VALUES (?, ?, ?)"
_POSTGRESQL_LOCK = "LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE"
_POSTGRESQL_ONE = """
INSERT INTO ledger_entry (position, leaf, entry)
SELECT last.position + 1, %(new_leaf)b, %(entry)b
FROM (SELECT position, leaf FROM ledger_entry ORDER BY position DESC LIMIT 1) AS last
WHERE last.position = %(position)b AND last.leaf = %(leaf)b"""
_POSTGRESQL_MANY = """
WITH head AS (
    SELECT last.position FROM (SELECT position, leaf FROM ledger_entry ORDER BY position DESC LIMIT 1) AS last
    WHERE last.position = %(position)b AND last.leaf = %(leaf)b
), spanned AS (
    INSERT INTO ledger_span (term, last, first)
    SELECT span.* FROM head, unnest(%(terms)t::text[], %(lasts)b::bigint[], %(firsts)b::bigint[]) AS span
)
INSERT INTO ledger_entry (position, leaf, entry)
SELECT head.position + n, fresh.leaf, fresh.entry
FROM head, unnest(%(leaves)b::bytea[], %(entries)b::bytea[]) WITH ORDINALITY AS fresh (leaf, entry, n)"""
_POSTGRESQL_FIRST = (
    "INSERT INTO ledger_entry (position, leaf, entry) SELECT n, leaf, entry"
    " FROM unnest(%b::bytea[], %b::bytea[]) WITH ORDINALITY AS fresh (leaf, entry, n)"
)
_POSTGRESQL_SPAN = (
    "INSERT INTO ledger_span (term, last, first) SELECT * FROM unnest(%t::text[], %b::bigint[], %b::bigint[])"
)

Head = tuple[int, bytes, bytes]
"""Position, leaf hash and bytes of the last entry."""

Span = tuple[str, int, int]


@contextmanager
def turn(connection: Any, *, alone: bool) -> Iterator[None]:
    """A transaction in which no other one appends; part of the one that is open, if there is one.

    On PostgreSQL the lock conflicts with itself and with writers, not with readers; statements after it see
    all that was committed before it was granted. On SQLite, BEGIN IMMEDIATE waits likewise. ``alone``: nothing else
    goes through Django's connection in it, and no transaction is open.
    """
    if connection.vendor == "postgresql" or not alone:
        with transaction.atomic(using=connection.alias):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(_POSTGRESQL_LOCK)
            yield
        return
    connection.ensure_connection()
    raw = connection.connection
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def head(connection: Any) -> Head | None:
    """The last entry; None when there is none."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        from psycopg import Cursor

        with Cursor(connection.connection) as cursor:
            row = cursor.execute(_HEAD, prepare=True, binary=True).fetchone()
    else:
        row = connection.connection.execute(_HEAD).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def insert(
    connection: Any,
    last: Head | None,
    leaves: Sequence[bytes],
    entries: Sequence[bytes],
    spans: Sequence[Span],
) -> bool:
    """Add entries after ``last``, and spans; False, and nothing added, when ``last`` is not the last entry.

    Within a ``turn`` it always is.
    """
    if connection.vendor == "postgresql":
        from psycopg.errors import UniqueViolation

        try:
            return _insert_postgresql(connection.connection, last, leaves, entries, spans)
        except UniqueViolation:  # another writer took the position in the same instant
            return False
    raw = connection.connection
    first = last[0] + 1 if last else 1
    raw.executemany(_SQLITE_ENTRY, zip(range(first, first + len(entries)), leaves, entries, strict=True))
    raw.executemany(_SQLITE_SPAN, spans)
    return True


def _insert_postgresql(
    raw: Any, last: Head | None, leaves: Sequence[bytes], entries: Sequence[bytes], spans: Sequence[Span]
) -> bool:
    from psycopg import Cursor

    terms, lasts, firsts = map(list, zip(*spans, strict=True)) if spans else ([], [], [])
    with Cursor(raw) as cursor:
        if last is None:
            cursor.execute(_POSTGRESQL_FIRST, (list(leaves), list(entries)))
            cursor.execute(_POSTGRESQL_SPAN, (terms, lasts, firsts))
            return True
        guess = {"position": last[0], "leaf": last[1]}
        if len(entries) == 1 and not spans:  # arrays would double the time
            cursor.execute(
                _POSTGRESQL_ONE, {**guess, "new_leaf": leaves[0], "entry": entries[0]}, prepare=True
            )
        else:
            arrays = {"leaves": list(leaves), "entries": list(entries)}
            spanned = {"terms": terms, "lasts": lasts, "firsts": firsts}
            cursor.execute(_POSTGRESQL_MANY, {**guess, **arrays, **spanned}, prepare=True)
        return cursor.rowcount > 0
