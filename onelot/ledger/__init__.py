"""What happened: append-only, hash-chained, signed. Its verifier (``ledger.verifier``) is pure."""
