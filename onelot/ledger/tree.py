"""The stored Merkle tree of a ledger: complete tiles, kept once and for all, and proofs from them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from django.db import connections, transaction

from onelot.kernel.refusals import refuse
from onelot.ledger.merkle import (
    TILE_HEIGHT,
    TILE_WIDTH,
    consistency_proof,
    inclusion_proof,
    levels,
    range_root,
)
from onelot.ledger.rows import fetch

_HASH = 32
_TILES_IN_MEMORY = 1024  # 16 MiB
_TILES_A_TRANSACTION = 64


class TreeStore:
    """The tiles of one database. A tile holds all 511 nodes of a subtree of height 8, the lowest first."""

    def __init__(self, alias: str = "default") -> None:
        self._alias = alias
        self.tile = lru_cache(_TILES_IN_MEMORY)(self._load)

    def at(self, size: int) -> Tree:
        """The tree over the first ``size`` entries; stores what tiles were completed since the last time.

        Raises Refused (``ledger.leaf_not_in_tree``) when the ledger is smaller.
        """
        level, width = 0, size
        while width := width // TILE_WIDTH:
            while self._grow(level, width):
                pass
            level += 1
        return Tree(self, size)

    def hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """Roots of complete subtrees of height ``8 * level``, numbers ``start`` to ``end`` (exclusive)."""
        if level == 0:
            rows = fetch(
                self._alias,
                "SELECT leaf FROM ledger_entry WHERE position > %s AND position <= %s ORDER BY position",
                (start, end),
            )
        else:
            rows = fetch(
                self._alias,
                f"SELECT substr(nodes, {510 * _HASH + 1}) FROM ledger_tile"  # noqa: S608
                " WHERE level = %s AND number >= %s AND number < %s ORDER BY number",
                (level - 1, start, end),
            )
        if len(rows) != end - start:
            raise refuse(
                "ledger.leaf_not_in_tree",
                "The ledger does not have that many entries.",
                expected=f"{(end - start) << TILE_HEIGHT * level} entries",
                got=f"{len(rows) << TILE_HEIGHT * level} entries",
            )
        return [bytes(row[0]) for row in rows]

    def _grow(self, level: int, end: int) -> bool:
        """Store some of the missing tiles of a level, below number ``end``; whether there were any."""
        connection = connections[self._alias]
        if self._count(level) >= end:
            return False
        with transaction.atomic(using=self._alias):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("LOCK TABLE ledger_tile IN SHARE ROW EXCLUSIVE MODE")
            start = self._count(level)
            end = min(end, start + _TILES_A_TRANSACTION)
            rows = []
            for number in range(start, end):
                below = self.hashes(level, number * TILE_WIDTH, (number + 1) * TILE_WIDTH)
                rows.append((level, number, _join(levels(below))))
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO ledger_tile (level, number, nodes) VALUES (%s, %s, %s)", rows)
        return bool(rows)

    def _count(self, level: int) -> int:
        """How many tiles of a level are stored: they are numbered from 0 without a gap."""
        ((last,),) = fetch(self._alias, "SELECT max(number) FROM ledger_tile WHERE level = %s", (level,))
        return 0 if last is None else last + 1

    def _load(self, level: int, number: int) -> bytes:
        rows = fetch(
            self._alias, "SELECT nodes FROM ledger_tile WHERE level = %s AND number = %s", (level, number)
        )
        return bytes(rows[0][0])


class Tree:
    """The tree over the first ``size`` entries: its root and proofs in it."""

    def __init__(self, store: TreeStore, size: int) -> None:
        self.size = size
        self._store = store
        # The last tile of each level, and the few subtrees that end there, belong to this size alone.
        self._last_tile = cache(self._partial)
        self._ragged = cache(lambda start, end: range_root(self._node, start, end))

    def root(self) -> bytes:
        """Merkle tree hash over all entries, 32 bytes."""
        return self._subtree(0, self.size)

    def inclusion(self, position: int) -> list[bytes]:
        """Proof that the entry at ``position`` (from 1) is in this tree (RFC 9162 section 2.1.3)."""
        return inclusion_proof(self._subtree, position - 1, self.size)

    def consistency(self, old: int) -> list[bytes]:
        """Proof that this tree begins with that over the first ``old`` entries (RFC 9162 section 2.1.4)."""
        return consistency_proof(self._subtree, old, self.size)

    def hashes(self, level: int, number: int) -> bytes:
        """One tile as the C2SP tlog-tiles layout has it: up to 256 hashes of subtrees of height 8 * level."""
        width = min(TILE_WIDTH, (self.size >> TILE_HEIGHT * level) - number * TILE_WIDTH)
        nodes = self._store.tile(level, number) if width == TILE_WIDTH else self._last_tile(level)[1]
        return nodes[: width * _HASH]

    def _subtree(self, start: int, end: int) -> bytes:
        count = end - start
        if count and not count & (count - 1):
            height = count.bit_length() - 1
            return self._node(height, start >> height)
        return self._ragged(start, end)

    def _node(self, height: int, index: int) -> bytes:
        level, row = divmod(height, TILE_HEIGHT)
        number, column = divmod(index, TILE_WIDTH >> row)
        if (number + 1) << TILE_HEIGHT * (level + 1) <= self.size:
            width, nodes = TILE_WIDTH, self._store.tile(level, number)
        else:
            width, nodes = self._last_tile(level)
        start = (_row_start(width, row) + column) * _HASH
        return nodes[start : start + _HASH]

    def _partial(self, level: int) -> tuple[int, bytes]:
        end = self.size >> TILE_HEIGHT * level
        start = end - end % TILE_WIDTH
        return end - start, _join(levels(self._store.hashes(level, start, end)))


@cache
def _row_start(width: int, row: int) -> int:
    """How many nodes of a tile with ``width`` lowest nodes come before its row."""
    return sum(width >> lower for lower in range(row))


def _join(rows: Sequence[Sequence[bytes]]) -> bytes:
    return b"".join(node for row in rows for node in row)
