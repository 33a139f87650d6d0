"""Searching the ledger by its own index: by person, kind of event, subject and time, from either end.

Only a search of words in reasons reads what it does not show, so it looks at so many entries at a time and says where
it stopped. Nothing here scans a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from onelot.kernel.refusals import refuse
from onelot.ledger.backwards import candidates
from onelot.ledger.entry import Entry
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place
from onelot.review.desk.queries import visible_lots

ENTRIES_A_PAGE = 50
LOOKED_AT = 5_000
"""Entries that one page looks at, at most."""
_LOT = "lot:"
Order = Literal["newest", "oldest"]


@dataclass(frozen=True)
class Wanted:
    """What was asked for; what is empty does not narrow."""

    person: str = ""
    """A user name, or an actor as the ledger names it, for example ``system:intake``."""
    kind: str = ""
    """Versioned name of an event."""
    about: str = ""
    """A lot, or a tag such as ``deviation:DEV-2026-00001``."""
    since: datetime | None = None
    until: datetime | None = None
    """Both by the time of recording."""
    text: str = ""
    """Words in the reason."""
    order: Order = "newest"

    def filters(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each filter that is set."""
        found = (
            ("person", self.person), ("kind", self.kind), ("about", self.about), ("text", self.text),
            ("since", self.since.isoformat() if self.since else ""),
            ("until", self.until.isoformat() if self.until else ""),
        )  # fmt: skip
        return tuple((name, value) for name, value in found if value)


@dataclass(frozen=True)
class Found:
    """One page of a search."""

    entries: tuple[Entry, ...]
    next_from: int | None
    """Where the next page begins (a ledger position, not shown yet); None: the search came to its end."""
    was_cut: bool
    """Whether it stopped because it had looked at ``LOOKED_AT`` entries."""


def search(ledger: Ledger, actor: Actor, wanted: Wanted, start: int = 0) -> Found:
    """A page of what the person may see, from position ``start`` on (0: from the beginning of the order).

    Raises Refused: ``registry.not_allowed``, ``audit.kind_unknown``, ``ledger.tag_wrong``.
    """
    may_see, query = sight_of(actor), query_of(ledger, wanted)
    shown: list[Entry] = []
    for looked, entry in enumerate(_in_order(ledger, wanted, start)):
        if looked == LOOKED_AT or len(shown) == ENTRIES_A_PAGE:
            return Found(tuple(shown), entry.position, len(shown) < ENTRIES_A_PAGE)
        if query.matches(entry) and _says(entry, wanted.text) and may_see(entry):
            shown.append(entry)
    return Found(tuple(shown), None, was_cut=False)


def everything(ledger: Ledger, actor: Actor, wanted: Wanted, through: int) -> Iterator[Entry]:
    """All that a search finds up to a ledger position, for taking away; memory does not grow with it."""
    may_see, query = sight_of(actor), query_of(ledger, wanted)
    return (
        entry
        for entry in _in_order(ledger, wanted, 0, through)
        if query.matches(entry) and _says(entry, wanted.text) and may_see(entry)
    )


def sight_of(actor: Actor) -> Callable[[Entry], bool]:
    """Which entries a person may see. Raises Refused (``registry.not_allowed``).

    All for those whose role holds everywhere; else entries about lots of theirs, and only of theirs.
    """
    actor.check_may("audit.open")
    if actor.may("audit.open", Place()):
        return lambda _: True
    theirs = frozenset(visible_lots(actor).values_list("lot", flat=True))

    def may_see(entry: Entry) -> bool:
        lots = {tag.removeprefix(_LOT) for tag in entry.tags if tag.startswith(_LOT)}
        return bool(lots) and lots <= theirs

    return may_see


def query_of(ledger: Ledger, wanted: Wanted) -> Query:
    """What the index is asked for. Raises Refused (``audit.kind_unknown``, ``ledger.tag_wrong``)."""
    kind = ledger.catalogue.event_type(wanted.kind)
    if wanted.kind and kind is None:
        raise refuse(
            "audit.kind_unknown", "There is no such kind of event.", where="kind", got=wanted.kind[:80]
        )
    about = wanted.about if ":" in wanted.about else f"{_LOT}{wanted.about}"
    actor = wanted.person if ":" in wanted.person or not wanted.person else f"person:{wanted.person}"
    return Query(tags=(about,) if wanted.about else (), types=(kind,) if kind else (), actor=actor)


def _in_order(ledger: Ledger, wanted: Wanted, start: int, through: int | None = None) -> Iterator[Entry]:
    query = query_of(ledger, wanted)
    size = ledger.size() if through is None else through
    after = ledger.position_at(wanted.since) if wanted.since else 0
    until = min(size, ledger.position_at(wanted.until)) if wanted.until else size
    if wanted.order == "oldest":
        return ledger.read(query, after=max(after, start - 1), until=until)
    return candidates(ledger, query, after=after, until=min(until, start) if start else until)


def _says(entry: Entry, text: str) -> bool:
    return text.casefold() in entry.reason.casefold()
