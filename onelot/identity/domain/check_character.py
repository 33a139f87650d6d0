"""Check characters after ISO/IEC 7064 MOD 37,2: 37 characters, one of them guards a text of letters and digits.

It catches every single wrong character and every swap of two neighbours. A symbology guards a scanned symbol by itself;
the check character is for identifiers that are typed (ISBT 128 ST-001, 5).
"""

from __future__ import annotations

import re

from onelot.kernel.refusals import refuse

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_GUARDED = re.compile(r"[0-9A-Z]+")
_PASSED_OVER = re.compile(r"[ ._:/+-]")


def check_character(text: str) -> str:
    """The check character of capital letters and digits.

    Raises Refused (``identity.check_character``) for any other character.
    """
    if not _GUARDED.fullmatch(text):
        raise refuse(
            "identity.check_character", "A check character is made of capital letters and digits only.",
            expected="A to Z and 0 to 9", got=text[:60],
        )  # fmt: skip
    return ALPHABET[(38 - _weighed(text)) % 37]


def is_guarded_by(text: str, check: str) -> bool:
    """Whether ``check`` is the check character of ``text``; some print ``+`` for ``*``."""
    check = "*" if check == "+" else check
    if len(check) != 1 or check not in ALPHABET or not _GUARDED.fullmatch(text):
        return False
    return (_weighed(text) + ALPHABET.index(check)) % 37 == 1


def key_check(identifier: str) -> str:
    """The character printed in a box beside an identifier, to be typed with it; separators and case do not count.

    It is no part of the identifier. Raises Refused (``identity.check_character``) where nothing is left to guard.
    """
    return check_character(_PASSED_OVER.sub("", identifier).upper())


def is_typed_right(identifier: str, check: str) -> bool:
    """Whether an identifier and the check character beside it were typed as printed."""
    return is_guarded_by(_PASSED_OVER.sub("", identifier).upper(), check.strip().upper())


def _weighed(text: str) -> int:
    total = 0
    for character in text:
        total = (total + ALPHABET.index(character)) * 2 % 37
    return total
