"""One stored entry as it lies in the database, also where somebody changed it: its bytes, its hash, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from onelot.ledger.entry import GENESIS, tail
from onelot.ledger.merkle import leaf_hash
from onelot.ledger.rows import fetch
from onelot.ledger.store import Ledger
from onelot.ledger.verifier import Fault


@dataclass(frozen=True)
class Stored:
    """What the database holds under one position."""

    position: int
    data: bytes
    """Canonical JSON, unless somebody changed it."""
    leaf: bytes
    """The hash that is stored for it, 32 bytes."""
    faults: tuple[Fault, ...]
    """Empty: its bytes have the stored hash, and it follows the entry before."""


def look(ledger: Ledger, position: int) -> Stored | None:
    """The entry under ``position``, read without understanding it; None where there is none."""
    rows = {
        int(row[0]): (bytes(row[1]), bytes(row[2]))
        for row in fetch(
            ledger.alias,
            "SELECT position, leaf, entry FROM ledger_entry WHERE position >= %s AND position <= %s",
            (position - 1, position),
        )
    }
    if position not in rows:
        return None
    leaf, data = rows[position]
    before = (
        GENESIS if position == 1 else rows[position - 1][0].hex().encode() if position - 1 in rows else b""
    )
    return Stored(
        position, data, leaf, tuple(Fault(position, what) for what in _wrong(position, data, leaf, before))
    )


def _wrong(position: int, data: bytes, leaf: bytes, before: bytes) -> list[str]:
    """In the words of the verifier."""
    found, wrong = tail(data), []
    if leaf_hash(data) != leaf:
        wrong.append("its bytes and its stored hash disagree: one of them was changed")
    if found is None:
        wrong.append("its bytes do not end as an entry's do")
    elif found.position != position:
        wrong.append(f"it says that it is entry {found.position}")
    elif not before:
        wrong.append("the entry before it is missing")
    elif found.previous != before:
        wrong.append("it does not follow the entry before: one was replaced, hash and all")
    return wrong
