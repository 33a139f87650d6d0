"""The envelope: what is given to the ledger, what it stores, and what it gives back.

An entry is stored as these bytes, canonical JSON (RFC 8785)::

    {"fact":{...},"position":7,"previous":"<64 hex digits>","recorded_at":"2026-03-01T08:30:00.000000Z"}

``fact`` is what was said: actor, event, id, time, reason, source, tags. The rest is the ledger's own.
``previous`` is the RFC 6962 leaf hash of the entry before, SHA-256(0x00 || bytes), so one hash is both the
link of the chain and the leaf of the Merkle tree. The ledger's members sort last and have a fixed form, so
that a verifier finds them from the end of the bytes, without reading the JSON.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from onelot.kernel.events import Event, Sourced
from onelot.ledger.merkle import EMPTY_ROOT

MAX_ENTRY_BYTES = 65_535
"""Entry bundles of the C2SP tlog-tiles format give each entry's length in 16 bits."""

GENESIS = EMPTY_ROOT.hex().encode()
"""``previous`` of the first entry: the root of the empty tree."""

LINK = b',"position":%d,"previous":"%b","recorded_at":"'
"""What an entry holds just before its time of recording, to be filled with position and ``previous``."""

RECORDED_BYTES = len('2026-03-01T08:30:00.000000Z"}')
"""How many bytes, at the end of an entry, come after its ``LINK``."""

_TAIL = re.compile(
    rb',"position":([1-9][0-9]*),"previous":"([0-9a-f]{64})","recorded_at":"'
    rb'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"}\Z'
)
_TAIL_BYTES = 200


class Source(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a fact was found: SHA-256 of the file in the evidence store, and the place in it."""

    document: str
    place: str = ""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One event to be appended, with who says so and when it happened."""

    event: Event
    actor: str
    """Who or what states the fact, ``kind:name``, for example ``person:op17`` or ``system:intake``."""
    occurred_at: datetime
    """When it happened, as far as known; aware."""
    tags: tuple[str, ...] = ()
    """What the event is about, ``kind:value``, for example ``lot:L-0001``. Queries find it by these."""
    reason: str = ""
    """Why, where the regulation wants a reason (21 CFR 11.10(e), EU GMP Annex 11, 9)."""
    source: Source | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry as read: the event in its newest version."""

    position: int
    id: str
    """UUID version 7 (RFC 9562)."""
    event: Event
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    """When the ledger took it; never earlier than the entry before, so an instant names a prefix."""
    tags: tuple[str, ...] = ()
    reason: str = ""
    source: Source | None = None

    def sourced(self) -> Sourced:
        """The event and its evidence, as facts are built from."""
        if self.source is None:
            return Sourced(position=self.position, event=self.event)
        return Sourced(
            position=self.position,
            event=self.event,
            document=self.source.document,
            place=self.source.place,
        )


class Tail(msgspec.Struct, frozen=True):
    """The ledger's own members of a stored entry, as their bytes say."""

    position: int
    previous: bytes
    recorded_at: bytes


def seal(fact: bytes, position: int, previous: bytes, recorded_at: bytes) -> bytes:
    """The bytes of an entry, from the canonical bytes of its fact; ``previous`` in hexadecimal digits."""
    return b'{"fact":%b%b%b"}' % (fact, LINK % (position, previous), recorded_at)


def tail(entry: bytes) -> Tail | None:
    """The ledger's own members of a stored entry; None when the bytes do not end as an entry does."""
    match = _TAIL.search(entry[-_TAIL_BYTES:])
    return Tail(int(match[1]), match[2], match[3]) if match else None


def stamp(instant: datetime) -> bytes:
    """The one form in which a time of recording is written: UTC, microseconds; text order is time order."""
    naive = instant.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="microseconds").encode() + b"Z"
