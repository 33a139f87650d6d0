"""What to read, and what a conditional append must not find: entries by tags and event types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onelot.kernel.events import Event
from onelot.kernel.refusals import refuse
from onelot.ledger.catalogue import Catalogue


@dataclass(frozen=True)
class Query:
    """Entries that have ALL of ``tags`` and ONE of ``types`` (any, when empty). ``a | b`` matches either.

    A query without tags and types matches every entry.
    """

    tags: tuple[str, ...] = ()
    types: tuple[type[Event], ...] = ()
    alternatives: tuple[Query, ...] = ()

    def __or__(self, other: Query) -> Query:
        return Query(self.tags, self.types, (*self.alternatives, other))


ALL = Query()


@dataclass(frozen=True)
class Selection:
    """A query in SQL. The statement takes ``after``, ``until`` and ``limit`` by name, positions as result."""

    sql: str
    parameters: dict[str, Any]


def select_positions(query: Query, catalogue: Catalogue) -> Selection:
    """The positions, rising, of matching entries with ``after < position <= until``, at most ``limit``.

    Each branch walks one index range in order and stops at the limit, so that a page costs the same
    wherever it lies in the ledger.
    """
    branches: list[str] = []
    parameters: dict[str, Any] = {}
    for item in _flatten(query):
        names = [name for event in item.types for name in catalogue.stored_names(event)]
        if item.types and not item.tags:
            branches.extend(_branch([name], [], parameters) for name in names)
        else:
            branches.append(_branch(item.tags, names, parameters))
    if len(branches) == 1:
        return Selection(branches[0], parameters)
    # Only placeholders are put into the text, here and below; values travel beside it.
    union = " UNION ".join(
        f"SELECT position FROM ({branch}) AS b{number}"  # noqa: S608
        for number, branch in enumerate(branches)
    )
    return Selection(f"{union} ORDER BY position LIMIT %(limit)s", parameters)


def _branch(terms: Sequence[str], names: Sequence[str], parameters: dict[str, Any]) -> str:
    """Entries with all ``terms`` and one of ``names``, the first term's index range driving."""

    def value(text: str) -> str:
        key = f"t{len(parameters)}"
        parameters[key] = text
        return f"%({key})s"

    if not terms:
        return (
            "SELECT position FROM ledger_entry WHERE position > %(after)s AND position <= %(until)s"
            " ORDER BY position LIMIT %(limit)s"
        )
    conditions = [f"d.term = {value(terms[0])}", "d.position > %(after)s", "d.position <= %(until)s"]
    for choice in (*([term] for term in terms[1:]), names):
        if choice:
            listed = ", ".join(value(term) for term in choice)
            conditions.append(
                "EXISTS (SELECT 1 FROM ledger_term o"  # noqa: S608
                f" WHERE o.term IN ({listed}) AND o.position = d.position)"
            )
    return (
        f"SELECT d.position FROM ledger_term d WHERE {' AND '.join(conditions)}"  # noqa: S608
        " ORDER BY d.position LIMIT %(limit)s"
    )


def _flatten(query: Query) -> list[Query]:
    items = [query]
    for alternative in query.alternatives:
        items.extend(_flatten(alternative))
    for item in items:
        if any(":" not in tag for tag in item.tags):
            raise refuse(
                "ledger.tag_wrong",
                "A query names a tag that no entry can have.",
                expected="kind:value, for example lot:L-0001",
                got=", ".join(item.tags),
            )
    return items
