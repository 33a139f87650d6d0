"""What to read, and what a conditional append must not find: entries by tags and event types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onelot.kernel.events import Event
from onelot.kernel.refusals import refuse
from onelot.ledger.entry import Entry


@dataclass(frozen=True)
class Query:
    """Entries that have ALL of ``tags`` and ONE of ``types`` (any, when empty), stated by ``actor`` (empty: anyone).

    ``a | b`` matches either. A query without tags, types and actor matches every entry.
    Raises Refused (``ledger.tag_wrong``).
    """

    tags: tuple[str, ...] = ()
    types: tuple[type[Event], ...] = ()
    alternatives: tuple[Query, ...] = ()
    actor: str = ""
    """For example ``person:rita.review``."""

    def __post_init__(self) -> None:
        for tag in self.tags:
            if ":" not in tag:
                raise refuse(
                    "ledger.tag_wrong",
                    "A query names a tag that no entry can have.",
                    expected="kind:value, for example lot:L-0001",
                    got=repr(tag),
                )

    def __or__(self, other: Query) -> Query:
        return Query(self.tags, self.types, (*self.alternatives, other), self.actor)

    def branches(self) -> Iterator[Query]:
        """This query without its alternatives, and each alternative likewise."""
        yield Query(self.tags, self.types, actor=self.actor)
        for alternative in self.alternatives:
            yield from alternative.branches()

    def matches(self, entry: Entry) -> bool:
        """Whether the entry itself, not the index, says that it belongs."""
        return any(
            (not branch.types or type(entry.event) in branch.types)
            and set(branch.tags) <= set(entry.tags)
            and branch.actor in ("", entry.actor)
            for branch in self.branches()
        )


ALL = Query()
