"""The index of the ledger: for each term, the spans of positions that hold all its entries.

Entries are indexed in blocks of 32, by the append that completes the block; readers look through the few
after the last block themselves. So most single appends write one row, and a hundred events cost ten rows
instead of hundreds. A term has one span for each append that completes blocks, or more where its entries lie
far apart. Readers fetch whole spans and let each entry say whether it matches, so a wrong span can at most
hide an entry, which the audit of the ledger finds; it can never forge one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from onelot.ledger.catalogue import Catalogue, by
from onelot.ledger.query import Query

BLOCK = 32

WIDEST_GAP = 32
"""Entries of one append that lie further apart than this get spans of their own."""

_SPANNED = (
    "SELECT e.position, e.entry FROM ledger_span s JOIN ledger_entry e"
    " ON e.position BETWEEN s.first AND s.last AND e.position > %(after)s AND e.position <= %(until)s"
    " WHERE s.term = %(term)s AND s.last > %(after)s"
    " ORDER BY s.last, e.position LIMIT %(limit)s"
)
_SPANNED_BACK = (
    "SELECT e.position, e.entry FROM ledger_span s JOIN ledger_entry e"
    " ON e.position BETWEEN s.first AND s.last AND e.position > %(after)s AND e.position <= %(until)s"
    " WHERE s.term = %(term)s AND s.last > %(after)s AND s.last <= coalesce("
    "(SELECT min(c.last) FROM ledger_span c WHERE c.term = %(term)s AND c.last >= %(until)s), %(until)s)"
    " ORDER BY s.last DESC, e.position DESC LIMIT %(limit)s"
)
_EVERY_BACK = (
    "SELECT position, entry FROM ledger_entry"
    " WHERE position > %(after)s AND position <= %(until)s ORDER BY position DESC LIMIT %(limit)s"
)
_EVERY = (
    "SELECT position, entry FROM ledger_entry"
    " WHERE position > %(after)s AND position <= %(until)s ORDER BY position LIMIT %(limit)s"
)
BACKWARDS = {_SPANNED: _SPANNED_BACK, _EVERY: _EVERY_BACK}
"""By statement: the one that gives the same entries, the newest first."""


def indexed(size: int) -> int:
    """Up to which position a ledger of ``size`` entries has an index."""
    return size - size % BLOCK


def spans(first: int, terms: Sequence[tuple[str, ...]]) -> list[tuple[str, int, int]]:
    """Rows ``(term, last, first)``, sorted, for entries from position ``first`` on with these terms."""
    rows = []
    opened: dict[str, tuple[int, int]] = {}
    for position, found in enumerate(terms, first):
        for term in found:
            begin, end = opened.get(term, (position, position))
            if position - end > WIDEST_GAP:
                rows.append((term, end, begin))
                begin = position
            opened[term] = (begin, position)
    rows.extend((term, end, begin) for term, (begin, end) in opened.items())
    return sorted(rows)


def scans(query: Query, catalogue: Catalogue, until: int) -> Iterator[tuple[str, dict[str, Any], int, int]]:
    """Statements that together give every entry up to ``until`` that may match.

    Each gives entries in rising order of position, after the first and up to the second of its two numbers,
    and takes ``after``, ``until`` and ``limit`` by name. It walks one range of the index in order and stops
    at the limit, so that a page costs the same wherever in the ledger it lies.
    """
    terms: dict[str, None] = {}
    for branch in query.branches():
        if branch.tags:
            terms[branch.tags[0]] = None
        elif branch.actor.startswith("person:"):
            terms[by(branch.actor)] = None
        elif branch.types:
            terms.update((name, None) for event in branch.types for name in catalogue.stored_names(event))
        else:
            yield _EVERY, {}, 0, until
            return
    for term in terms:
        yield _SPANNED, {"term": term}, 0, indexed(until)
    yield _EVERY, {}, indexed(until), until


def uncovered(
    entries: Iterable[tuple[int, Iterable[str]]], rows: Iterable[tuple[str, int, int]]
) -> Iterator[tuple[int, str]]:
    """Positions and terms of indexed entries that no span covers; ``rows`` sorted by ``first``.

    Memory holds the spans that are open.
    """
    pending = iter(rows)
    upcoming = next(pending, None)
    opened: dict[str, int] = {}
    for position, terms in entries:
        while upcoming is not None and upcoming[2] <= position:
            opened[upcoming[0]] = max(upcoming[1], opened.get(upcoming[0], 0))
            upcoming = next(pending, None)
        if position % 4096 == 0:
            opened = {term: last for term, last in opened.items() if last >= position}
        for term in terms:
            if opened.get(term, 0) < position:
                yield position, term
