"""Receipts: that an entry, for example of a file that came, is in the ledger; anybody can verify them offline.

A receipt holds the entry's bytes, and the proof of its inclusion under a signed checkpoint (C2SP tlog-proof).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from onelot.intake.events import DocumentReceived, DocumentRefused
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.proof import Inclusion
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger

FORMAT = "onelot-receipt/1"
SignCheckpoint = Callable[[], str]
"""Signs the ledger as it is now, and returns the note."""


def receipt_of(ledger: Ledger, sign: SignCheckpoint, position: int) -> dict[str, Any]:
    """The receipt of one entry, JSON-able. Raises Refused as ``sign`` does."""
    data = next(iter(ledger.read_bytes(after=position - 1, until=position)))
    note = sign()
    size = parse_checkpoint(split_note(note)[0]).size
    proof = Inclusion(position - 1, tuple(ledger.tree(size).inclusion(position)), note)
    receipt: dict[str, Any] = {
        "format": FORMAT, "entry": base64.b64encode(data).decode(), "proof": proof.text(),
    }  # fmt: skip
    event = ledger.catalogue.read(data).event
    if isinstance(event, DocumentReceived | DocumentRefused):
        receipt["document"] = {"name": event.name, "sha256": event.document, "size": event.size}
    return receipt


def document_entry(ledger: Ledger, document: str) -> int:
    """Ledger position at which a file, by its SHA-256, was received or, if never, last refused; 0: it never came."""
    found = 0
    query = Query(tags=(f"document:{document}",), types=(DocumentReceived, DocumentRefused))
    for entry in ledger.read(query):
        found = entry.position
        if isinstance(entry.event, DocumentReceived):
            break
    return found
