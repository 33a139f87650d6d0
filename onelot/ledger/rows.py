"""Rows of the ledger's tables, by the quickest way of each database that gives bytes as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connections

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]

PAGE = 500
"""Rows fetched at once: few enough to stay in the processor's cache until they are hashed or decoded."""


def fetch(alias: str, sql: str, parameters: Parameters = ()) -> list[Row]:
    """All rows of a statement with ``%s`` or ``%(name)s`` parameters."""
    connection = connections[alias]
    rows: list[Row]
    if connection.vendor == "postgresql":
        from psycopg import Cursor

        connection.ensure_connection()
        with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
            # As text, every byte would travel as two digits, which takes three times as long.
            rows = cursor.execute(sql, parameters, binary=True).fetchall()
        return rows
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return rows


def stream(alias: str, sql: str) -> Iterator[Row]:
    """The same, for any number of rows in little memory."""
    with connections[alias].chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(PAGE):
            yield from rows


def pages(alias: str) -> Iterator[list[Row]]:
    """Position, leaf hash and bytes of every entry, in order, a page at a time."""
    after = 0
    while rows := fetch(
        alias,
        "SELECT position, leaf, entry FROM ledger_entry WHERE position > %s ORDER BY position LIMIT %s",
        (after, PAGE),
    ):
        after = rows[-1][0]
        yield rows
