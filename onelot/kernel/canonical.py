"""Canonical bytes: JSON after RFC 8785 (JCS), for hashing and signing.

Events and documents hold no binary floating-point numbers: every measured value is kept as the text
that was recorded, with its precision. Keys are ASCII. Under these two rules sorted compact
JSON is exactly RFC 8785, which the tests hold against an independent implementation.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec


def _plain(value: object) -> str:
    """A sentence (``kernel.said``) is recorded as the English text that it is."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__qualname__} has no canonical form")


_encoder = msgspec.json.Encoder(order="sorted", enc_hook=_plain)


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of ``value`` (structs, dicts with ASCII keys, lists, text, integers, booleans, None).

    Not for floats: a caller passes measured values as text.
    """
    return _encoder.encode(value)


def digest(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()
