"""The Merkle tree of RFC 9162 section 2.1 (the same as RFC 6962): hashes, roots, proofs and their check.

Pure: bytes in, bytes or a refusal out. Indexes count leaves from 0; the entry at ledger position ``p``
is leaf ``p - 1``. Hashes are SHA-256, 32 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from onelot.kernel.refusals import Refused, refuse

EMPTY_ROOT = sha256().digest()
"""Root of the tree without leaves."""

_HASH = 32

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

Node = Callable[[int, int], bytes]
"""``node(height, index)``: root of the complete subtree that begins at leaf ``index << height``."""

Subtree = Callable[[int, int], bytes]
"""``subtree(start, end)``: root over the leaves from ``start`` up to, without, ``end``."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 || entry)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\1" + left + right).digest()


def levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """All complete nodes above ``hashes``, level by level, ``hashes`` first; odd ones out are left alone."""
    found = [list(hashes)]
    while len(found[-1]) > 1:
        below = found[-1]
        found.append(
            [
                sha256(b"\1" + left + right).digest()
                for left, right in zip(below[::2], below[1::2], strict=False)
            ]
        )
    return found


class Frontier:
    """A growing tree that keeps only what its root needs: memory grows with the logarithm of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []  # (height, hash), heights falling, all at least TILE_HEIGHT
        self._open: list[bytes] = []  # leaves of the last, incomplete block

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes on the right."""
        self._open.extend(leaves)
        start = 0
        while len(self._open) - start >= TILE_WIDTH:
            self._push(_top(b"".join(self._open[start : start + TILE_WIDTH])))
            start += TILE_WIDTH
        del self._open[:start]
        self.size = sum(1 << height for height, _ in self._peaks) + len(self._open)

    def root(self) -> bytes:
        """Root over all leaves so far."""
        parts = [top for _, top in self._peaks]
        block = levels(self._open)
        start = 0
        for height in range(TILE_HEIGHT - 1, -1, -1):
            if len(self._open) >> height & 1:
                parts.append(block[height][start >> height])
                start += 1 << height
        return _join(parts)

    def _push(self, block: bytes) -> None:
        height = TILE_HEIGHT
        while self._peaks and self._peaks[-1][0] == height:
            block = node_hash(self._peaks.pop()[1], block)
            height += 1
        self._peaks.append((height, block))


def _top(row: bytes) -> bytes:
    """Root of a complete subtree; ``row`` holds its leaf hashes, one after the other."""
    while len(row) > _HASH:
        row = b"".join(
            [
                sha256(b"\1" + row[start : start + 2 * _HASH]).digest()
                for start in range(0, len(row), 2 * _HASH)
            ]
        )
    return row


def range_root(node: Node, start: int, end: int) -> bytes:
    """Root over leaves ``[start, end)``; ``start`` is a multiple of every power of two up to their number."""
    parts = []
    while start < end:
        height = (end - start).bit_length() - 1
        parts.append(node(height, start >> height))
        start += 1 << height
    return _join(parts)


def inclusion_proof(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162 section 2.1.3.1, the leaf's sibling first."""
    if not 0 <= index < size:
        raise refuse(
            "ledger.leaf_not_in_tree",
            "The tree has no such leaf, so its inclusion cannot be proved.",
            expected=f"an index from 0 to {size - 1}",
            got=str(index),
        )
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(subtree: Subtree, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 9162 section 2.1.4.1."""
    if not 0 <= old <= new:
        raise refuse(
            "ledger.trees_not_in_order",
            "The first tree must not be larger than the second.",
            expected=f"a size from 0 to {new}",
            got=str(old),
        )
    if old in (0, new):
        return []
    proof: list[bytes] = []
    start, end = 0, new
    whole = True  # the old tree is itself a complete subtree on the way down
    while old != end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(subtree(start, end))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check an inclusion proof (RFC 9162 section 2.1.3.2).

    Raises Refused (``ledger.proof_wrong``) unless ``leaf`` is leaf ``index`` of the tree with ``size``
    leaves and this ``root``.
    """
    _check_hashes((leaf, root, *proof))
    if not 0 <= index < size:
        raise _wrong(f"There is no leaf {index} in a tree of {size} leaves.")
    found = leaf
    for sibling, is_left in _sides(index, size - 1, proof):
        found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
    if found != root:
        raise _wrong("The proof leads to another root.", expected=root.hex(), got=found.hex())


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check a consistency proof against BOTH roots (RFC 9162 section 2.1.4.2).

    Raises Refused (``ledger.proof_wrong``) unless the tree with ``new`` leaves and ``new_root`` begins
    with the ``old`` leaves of ``old_root``. Every tree begins with the empty one.
    """
    _check_hashes((old_root, new_root, *proof))
    if not 0 <= old <= new:
        raise _wrong(f"A tree of {old} leaves cannot be the beginning of one of {new}.")
    found_old, found_new = old_root, new_root
    if old in (0, new):
        if proof:
            raise _wrong("The proof must be empty.")
        found_old = EMPTY_ROOT if old == 0 else new_root
        found_new = EMPTY_ROOT if new == 0 else new_root
    else:
        path = list(proof) if old & (old - 1) else [old_root, *proof]
        if not path:
            raise _wrong("The proof is too short.")
        height = (old & -old).bit_length() - 1  # of the largest complete subtree that ends at ``old``
        found_old = found_new = path[0]
        for sibling, is_left in _sides((old - 1) >> height, (new - 1) >> height, path[1:]):
            if is_left:
                found_old = node_hash(sibling, found_old)
            found_new = node_hash(sibling, found_new) if is_left else node_hash(found_new, sibling)
    for which, root, found in (("first", old_root, found_old), ("second", new_root, found_new)):
        if found != root:
            raise _wrong(f"The proof leads to another {which} root.", expected=root.hex(), got=found.hex())


def _sides(node: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each sibling and whether it stands on the left, going up from ``node``; its level ends at ``last``."""
    for sibling in proof:
        if last == 0:
            raise _wrong("The proof is too long.")
        is_left = bool(node & 1) or node == last
        yield sibling, is_left
        if is_left:
            # The last node of a level may have no sibling for some levels: it moves up alone.
            while node and not node & 1:
                node >>= 1
                last >>= 1
        node >>= 1
        last >>= 1
    if last != 0:
        raise _wrong("The proof is too short.")


def _join(parts: list[bytes]) -> bytes:
    if not parts:
        return EMPTY_ROOT
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(value) != sha256().digest_size for value in hashes):
        raise _wrong("A hash does not have 32 bytes.")


def _wrong(what: str, expected: str = "", got: str = "") -> Refused:
    return refuse("ledger.proof_wrong", what, expected=expected, got=got)
