"""Pure rules of identity: what identifiers look like, what a scanned symbol says, what a label carries."""
