"""Measured work: one file a subject, each against a peer in the same run."""
