"""ISBT 128 data structures, as far as this project exchanges them (ST-001 v6.2.2; no table of ICCBBA is used).

A structure begins with two characters that name it. A compound message (023) holds several without a separator between
them, so only structures of known length may stand in one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from onelot.identity.domain.check_character import ALPHABET, check_character
from onelot.identity.domain.coi_formats import ISBT_128
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

_LENGTHS = {
    "=<": ("003", 8), "&>": ("005", 10), "&*": ("007", 10), "&}": ("009", 10), "=$": ("028", 16),
    "&:": ("039", 19), "&/": ("040", 15),
}  # fmt: skip
"""By identifying characters: number of the structure, and how many characters follow. 001 and 023 are read apart."""
_DIN_START = re.compile(r"=[A-NP-Z1-9]")
_DIN = re.compile(r"[A-NP-Z1-9][A-Z0-9]{4}[0-9]{8}")
_COMPOUND = re.compile(r"=\+([0-9]{2})([0-9]{3})")
_FLAG_CHECK = 60
"""Flag characters from here on carry the check character's value (ST-001, data structure 001, type 3 flags)."""


@dataclass(frozen=True)
class Structure:
    """One structure of a message."""

    number: str
    """As ST-001 counts them, for example ``040``."""
    value: str
    """What follows the identifying characters; of a DIN without its flag characters."""
    flags: str = ""


def is_din(text: str) -> bool:
    """Whether this has the form of a donation identification number without flag and check characters."""
    return _DIN.fullmatch(text) is not None


def read_isbt(text: str) -> tuple[Structure, ...]:
    """The structures of one symbol.

    Raises Refused (``identity.isbt``) for what is no whole message, and for a wrong check of a DIN.
    """
    compound = _COMPOUND.match(text)
    if compound is None:
        structure, rest = _next(text)
        if rest:
            raise _wrong("More follows than the data structure holds.", "one structure", text)
        return (structure,)
    rest, found = text[compound.end() :], []
    while rest:
        structure, rest = _next(rest)
        found.append(structure)
    if len(found) != int(compound[1]):
        raise _wrong(
            "A compound message does not hold as many structures as it says.", f"{int(compound[1])}", text
        )
    return tuple(found)


def _next(text: str) -> tuple[Structure, str]:
    if _DIN_START.match(text):
        return _din(text)
    known = _LENGTHS.get(text[:2])
    if known is None:
        raise _wrong("This data structure is not one that is used here.", "a DIN or a COI identifier", text)
    number, length = known
    value = text[2 : 2 + length]
    if len(value) < length or not re.fullmatch(r"[0-9A-Z]+", value):
        raise _wrong(
            said("Data structure {number} is not whole.", number=number),
            said("{count} capital letters and digits", count=length),
            text,
        )
    if number == "040" and not ISBT_128.fits(value):
        raise _wrong("This is not a COI identifier of ISBT 128.", ISBT_128.pattern, text)
    return Structure(number, value), text[2 + length :]


def _din(text: str) -> tuple[Structure, str]:
    value, flags = text[1:14], text[14:16]
    if not is_din(value) or len(flags) < 2:
        raise _wrong("This is not a donation identification number.", "13 characters and two flags", text)
    if flags.isdigit() and int(flags) >= _FLAG_CHECK and _flag_of(value) != flags:
        raise _wrong(
            "The check in the flag characters is wrong, so the number was not read as issued.",
            said("flag characters {flags}", flags=_flag_of(value)), text,
        )  # fmt: skip
    return Structure("001", value, flags), text[16:]


def _flag_of(din: str) -> str:
    return f"{_FLAG_CHECK + ALPHABET.index(check_character(din)):02}"


def _wrong(what: str, expected: str, text: str) -> Refused:
    return refuse(
        "identity.isbt", what, where="symbol", expected=expected, got=text[:80],
        hint="Scan it again; if it stays so, take the label out of use.",
    )  # fmt: skip
