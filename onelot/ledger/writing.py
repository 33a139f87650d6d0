"""The quickest durable way of each database: SQLite row by row, PostgreSQL as arrays, sent at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_HEAD = "SELECT position, leaf, entry FROM ledger_entry ORDER BY position DESC LIMIT 1"
_SQLITE_ENTRY = "INSERT INTO ledger_entry (position, leaf, entry) VALUES (%s, %s, %s)"
_SQLITE_SPAN = "INSERT INTO ledger_span (term, last, first) VALUES (%s, %s, %s)"
_POSTGRESQL_LOCK = "LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE"
_POSTGRESQL_ENTRY = (
    "INSERT INTO ledger_entry (position, leaf, entry) SELECT %b + n, leaf, entry"
    " FROM unnest(%b::bytea[], %b::bytea[]) WITH ORDINALITY AS fresh (leaf, entry, n)"
)
_POSTGRESQL_SPAN = (
    "INSERT INTO ledger_span (term, last, first) SELECT * FROM unnest(%t::text[], %b::bigint[], %b::bigint[])"
)

Head = tuple[int, bytes, bytes]
"""Position, leaf hash and bytes of the last entry."""


def take_turn(connection: Any) -> Head | None:
    """Wait until no other transaction appends, then give the last entry; None when there is none.

    SQLite's BEGIN IMMEDIATE has waited already. PostgreSQL's lock conflicts with itself and with writers,
    not with readers; the statement after it sees all that was committed before it was granted.
    """
    if connection.vendor == "postgresql":
        from psycopg import Cursor

        connection.ensure_connection()
        with connection.connection.pipeline(), Cursor(connection.connection) as cursor:
            cursor.execute(_POSTGRESQL_LOCK)
            cursor.execute(_HEAD)
            row = cursor.fetchone()
        return None if row is None else (row[0], row[1], row[2])
    return head(connection)


def head(connection: Any) -> Head | None:
    """The last entry; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_HEAD)
        row = cursor.fetchone()
    return None if row is None else (row[0], bytes(row[1]), bytes(row[2]))


def insert(
    connection: Any,
    size: int,
    leaves: Sequence[bytes],
    entries: Sequence[bytes],
    spans: Sequence[tuple[str, int, int]],
) -> None:
    """Add entries after position ``size``, and their spans, in the transaction that is open."""
    if connection.vendor == "postgresql":
        from psycopg import Cursor

        # Bytes travel as they are, not as text.
        with connection.connection.pipeline(), Cursor(connection.connection) as cursor:
            cursor.execute(_POSTGRESQL_ENTRY, (size, list(leaves), list(entries)))
            cursor.execute(_POSTGRESQL_SPAN, tuple(map(list, zip(*spans, strict=True))))
        return
    with connection.cursor() as cursor:
        positions = range(size + 1, size + 1 + len(entries))
        cursor.executemany(_SQLITE_ENTRY, zip(positions, leaves, entries, strict=True))
        cursor.executemany(_SQLITE_SPAN, spans)
