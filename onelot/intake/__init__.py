"""Records made elsewhere: read completely or refused, kept as evidence, turned into events."""
