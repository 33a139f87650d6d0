"""Chain of identity: identifiers read from labels, scans and documents, and label reconciliation."""
