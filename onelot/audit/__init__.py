"""The audit trail as people search it and take it away, and the ledger itself: verifying it, proofs, checkpoints."""
