"""Writes a ledger as a folder in the C2SP tlog-tiles layout: checkpoint, tiles, entry bundles."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from onelot.kernel.canonical import canonical
from onelot.kernel.refusals import refuse
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.merkle import TILE_WIDTH
from onelot.ledger.store import Ledger
from onelot.ledger.tiles import CHECKPOINT, bundle, bundle_path, tile_path, tiles

SCHEMAS = "events.json"
"""Beside the standard's files: JSON Schema of each event type, so that the entries explain themselves."""


def export(ledger: Ledger, note: str, folder: Path) -> int:
    """Write what the signed checkpoint ``note`` covers; returns the number of entries.

    An earlier export in the same folder is continued: what is there stays, the checkpoint is replaced
    last. Raises Refused (``ledger.export_differs``) when a file there has other bytes.
    """
    size = parse_checkpoint(split_note(note)[0]).size
    tree = ledger.tree(size)
    entries = ledger.read_bytes(until=size)
    for level, number, width in tiles(size):
        _keep(folder / tile_path(level, number, width), tree.hashes(level, number))
        if level == 0:
            _keep(folder / bundle_path(number, width), bundle(list(islice(entries, TILE_WIDTH))))
    catalogue = ledger.catalogue
    schemas = {name: catalogue.schema(name) for name in catalogue.current_names}
    _replace(folder / SCHEMAS, canonical(schemas))
    _replace(folder / CHECKPOINT, note.encode())
    return size


def _keep(path: Path, data: bytes) -> None:
    if not path.exists():
        _replace(path, data)
    elif path.read_bytes() != data:
        raise refuse(
            "ledger.export_differs",
            "The folder holds another ledger, or an export that was changed.",
            where=str(path),
            hint="export into an empty folder, and verify the old one",
        )


def _replace(path: Path, data: bytes) -> None:
    """Readers see the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(path)
