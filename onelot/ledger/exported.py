"""Checks an exported ledger, without Django or a database: files in, verdict out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from onelot.ledger.checkpoint import Checkpoint
from onelot.ledger.merkle import TILE_WIDTH, levels
from onelot.ledger.tiles import bundle_path, tile_path, tiles, unbundle
from onelot.ledger.verifier import Fault, Report, Verifier

_HASH = 32


def verify_export(folder: Path, checkpoint: Checkpoint, earlier: tuple[Checkpoint, ...] = ()) -> Report:
    """Check every entry and tile that ``checkpoint`` covers; ``earlier`` are checkpoints from elsewhere.

    The caller has verified the signatures. Nothing in the folder is trusted; a file that is missing or
    does not have its form is a fault.
    """
    verifier = Verifier((checkpoint, *earlier))
    faults: list[Fault] = []
    for level, number, width in tiles(checkpoint.size):
        if level == 0:
            leaves = _hashes(folder, 0, number, width, faults)
            entries = _entries(folder, number, width, faults)
            if leaves is None or entries is None:
                break
            verifier.feed(entries, leaves)
        else:
            faults.extend(_upper_tile_faults(folder, level, number, width))
    report = verifier.report()
    return Report(report.size, report.root, (*faults, *report.faults))


def _upper_tile_faults(folder: Path, level: int, number: int, width: int) -> Iterator[Fault]:
    """Each hash of a tile above the lowest level is the root of a full tile below."""
    faults: list[Fault] = []
    stored = _hashes(folder, level, number, width, faults)
    for column, value in enumerate(stored or ()):
        below = _hashes(folder, level - 1, number * TILE_WIDTH + column, TILE_WIDTH, faults)
        if below is not None and levels(below)[-1][0] != value:
            path = tile_path(level, number, width)
            faults.append(Fault(0, f"{path}: hash {column} is not the root of the tile below"))
    yield from faults


def _hashes(folder: Path, level: int, number: int, width: int, faults: list[Fault]) -> list[bytes] | None:
    path = tile_path(level, number, width)
    data = _bytes(folder / path)
    if data is None or len(data) != width * _HASH:
        first = number * TILE_WIDTH + 1 if level == 0 else 0
        faults.append(Fault(first, f"{path}: there are no {width} hashes"))
        return None
    return [data[start : start + _HASH] for start in range(0, len(data), _HASH)]


def _entries(folder: Path, number: int, width: int, faults: list[Fault]) -> list[bytes] | None:
    path = bundle_path(number, width)
    data = _bytes(folder / path)
    entries = None if data is None else unbundle(data)
    if entries is None or len(entries) != width:
        faults.append(Fault(number * TILE_WIDTH + 1, f"{path}: there are no {width} entries"))
        return None
    return entries


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
