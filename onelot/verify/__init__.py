"""Checks what onelot gives away, dossiers and receipts, offline: no database, no Django; installable alone."""
