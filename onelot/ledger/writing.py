"""The quickest durable insert of each database: SQLite row by row, PostgreSQL as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_SQLITE_ENTRY = "INSERT INTO ledger_entry (position, entry) VALUES (%s, %s)"
_SQLITE_TERM = "INSERT INTO ledger_term (term, position) VALUES (%s, %s)"
_POSTGRESQL_ENTRY = (
    "INSERT INTO ledger_entry (position, entry) SELECT * FROM unnest(%b::bigint[], %b::bytea[])"
)
_POSTGRESQL_TERM = "INSERT INTO ledger_term (term, position) SELECT * FROM unnest(%t::text[], %b::bigint[])"


def insert(connection: Any, first: int, entries: Sequence[bytes], terms: Sequence[tuple[str, ...]]) -> None:
    """Add entries from position ``first`` on, with their terms, in the transaction that is open."""
    rows = list(enumerate(entries, first))
    postings = [(term, position) for position, found in enumerate(terms, first) for term in found]
    if connection.vendor == "postgresql":
        _insert_arrays(connection, rows, postings)
        return
    with connection.cursor() as cursor:
        cursor.executemany(_SQLITE_ENTRY, rows)
        # Sorted, each page of the index is visited once.
        cursor.executemany(_SQLITE_TERM, sorted(postings))


def _insert_arrays(connection: Any, rows: list[tuple[int, bytes]], postings: list[tuple[str, int]]) -> None:
    """Two statements, whatever the number of rows; bytes travel as they are, not as text."""
    from psycopg import Cursor

    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        positions, entries = zip(*rows, strict=True)
        cursor.execute(_POSTGRESQL_ENTRY, (list(positions), list(entries)))
        terms, places = zip(*sorted(postings), strict=True)
        cursor.execute(_POSTGRESQL_TERM, (list(terms), list(places)))
