"""Reading the ledger from its end: what happened last comes first, without looking at all that was before."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import Any

from onelot.ledger.entry import Entry
from onelot.ledger.query import ALL, Query
from onelot.ledger.rows import PAGE, fetch
from onelot.ledger.spans import BACKWARDS, scans
from onelot.ledger.store import Ledger

Rows = list[tuple[int, bytes]]


def newest_first(
    ledger: Ledger, query: Query = ALL, *, after: int = 0, until: int | None = None
) -> Iterator[Entry]:
    """Matching entries with ``after < position <= until``, the newest first; memory does not grow with them."""
    return filter(query.matches, candidates(ledger, query, after=after, until=until))


def candidates(ledger: Ledger, query: Query, *, after: int = 0, until: int | None = None) -> Iterator[Entry]:
    """What the index leads to, the newest first: all entries that match, and some that do not.

    For readers that stop after so many entries, whether these match or not.
    """
    last = ledger.size() if until is None else until
    scanned = [
        chain.from_iterable(
            _pages(ledger.alias, BACKWARDS[sql], {**terms, "after": max(after, begin), "until": end})
        )
        for sql, terms, begin, end in scans(query, ledger.catalogue, last)
    ]
    reached = last + 1
    for position, data in merge(*scanned, key=itemgetter(0), reverse=True):
        if position < reached:
            reached = position
            yield ledger.catalogue.read(data)


def _pages(alias: str, sql: str, parameters: dict[str, Any]) -> Iterator[Rows]:
    until = parameters["until"]
    limit = 64  # a page of people's reading; what reads on gets more at a time
    while rows := fetch(alias, sql, {**parameters, "until": until, "limit": limit}):
        yield [(position, bytes(entry)) for position, entry in rows]
        until, limit = rows[-1][0] - 1, PAGE
