"""What the files inside a dossier are called, and the names of its formats; maker and verifier share them."""

from __future__ import annotations

DOSSIER = "onelot-dossier/1"
RECEIPT = "onelot-receipt/1"
MAP = "onelot-map/1"

INDEX = "dossier.json"
"""What is attached, what is not and why."""
ENTRIES = "ledger/entries.jsonl"
"""The entries, one a line, exactly as the ledger stores them, in order of position."""
PROOFS = "ledger/proofs.json"
"""For each entry the hashes of its inclusion proof; hashes that several proofs share are there once."""
CHECKPOINT = "ledger/checkpoint.txt"
KEY = "ledger/checkpoint.vkey"
EVIDENCE = "evidence/"
"""Kept contents under their SHA-256: what was signed, verdicts, certificates."""
MAP_FILE = "seal/map.txt"
"""Which bytes of the file are which part; added by the seal."""
ORIGINALS = "originals/"
"""Files as they were received, and the approved documents."""
