"""Identifiers made by onelot."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    """A UUID version 7 (RFC 9562) in its text form: unique, and sortable by time of creation."""
    return str(uuid_utils.uuid7())
