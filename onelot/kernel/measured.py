"""Measured values as they are written in records: ``37.0``, ``<0.5``, ``NMT 5``, ``N/A``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_CENSORS = {
    "<": "<",
    "<=": "<=",
    "≤": "<=",
    "NMT": "<=",
    ">": ">",
    ">=": ">=",
    "≥": ">=",
    "NLT": ">=",
}
_CENSORED = re.compile(r"\s*(<=|>=|<|>|≤|≥|NMT|NLT)?\s*(\S.*?)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Measured:
    """A number as recorded. ``censor`` is one of ``"" < <= > >=``; ``number`` keeps the recorded digits."""

    number: Decimal
    censor: str = ""


def parse_measured(text: str) -> Measured | None:
    """Read a recorded number, with its censoring sign if any; None when it is not a number.

    Accepts a decimal point only (mappings turn local notations into this one) and at most three
    digits of exponent. NaN and infinities are not numbers here.
    """
    match = _CENSORED.fullmatch(text)
    if match is None or not _NUMBER.fullmatch(match[2]):
        return None
    return Measured(Decimal(match[2]), _CENSORS[(match[1] or "").upper()] if match[1] else "")
