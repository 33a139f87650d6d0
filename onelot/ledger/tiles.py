"""The folder layout of C2SP tlog-tiles, which existing witnesses and monitors read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onelot.ledger.merkle import TILE_HEIGHT, TILE_WIDTH

CHECKPOINT = "checkpoint"
_LENGTH_BYTES = 2


def tile_path(level: int, number: int, width: int) -> str:
    """Where a tile of ``width`` hashes stands, for example ``tile/0/x001/x234/067.p/8``."""
    return f"tile/{level}/{_number(number)}{_part(width)}"


def bundle_path(number: int, width: int) -> str:
    """Where a bundle of ``width`` entries stands, for example ``tile/entries/000``."""
    return f"tile/entries/{_number(number)}{_part(width)}"


def tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, number and width of every tile of a tree with ``size`` leaves, the lowest level first."""
    level = 0
    while count := size >> TILE_HEIGHT * level:
        for start in range(0, count, TILE_WIDTH):
            yield level, start // TILE_WIDTH, min(TILE_WIDTH, count - start)
        level += 1


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries, each after its length in 16 bits, the most significant first."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES) + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes] | None:
    """The entries of a bundle; None when lengths and bytes do not fit."""
    entries = []
    start = 0
    while start < len(data):
        end = start + _LENGTH_BYTES + int.from_bytes(data[start : start + _LENGTH_BYTES])
        if start + _LENGTH_BYTES > len(data) or end > len(data):
            return None
        entries.append(data[start + _LENGTH_BYTES : end])
        start = end
    return entries


def _number(number: int) -> str:
    groups = f"{number:,}".split(",")
    groups[0] = groups[0].zfill(3)
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def _part(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"
