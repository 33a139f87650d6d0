"""What was scanned: one function that recognises GS1, ISBT 128 and plain text, and says which identifiers it holds.

A scanner may send a symbology identifier first (ISO/IEC 15424): ``]d2`` is GS1 DataMatrix, ``]d1`` plain
DataMatrix. Where it does not, GS1 is recognised by what can hardly be anything else: a GS within, brackets, or an
SSCC or a GTIN first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from onelot.identity.domain.gs1.checks import check_digit
from onelot.identity.domain.gs1.reading import SEPARATOR, Element, read_elements, read_printed
from onelot.identity.domain.isbt import Structure, is_din, read_isbt
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said

Syntax = Literal["gs1", "isbt_128", "text"]
Kind = Literal["coi_identifier", "din", "container", "lot", "gtin", "sscc", "asset", "expiry", "text"]
MAX_LENGTH = 2_000
INTERNAL_COI, INTERNAL_CONTAINER, INTERNAL_LOT, INTERNAL_DIN = "91", "92", "93", "94"
"""Company-internal AIs in which labels without a GTIN carry what no AI was made for (GS1 General Specifications
3.9.11)."""
_GS1_SYMBOLOGIES = ("]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1")
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_KINDS: dict[str, Kind] = {
    "00": "sscc", "01": "gtin", "21": "container", "10": "lot", "17": "expiry", "7003": "expiry",
    "240": "coi_identifier",
    "8003": "asset", "8004": "asset", INTERNAL_COI: "coi_identifier", INTERNAL_CONTAINER: "container",
    INTERNAL_LOT: "lot", INTERNAL_DIN: "din",
}  # fmt: skip
_ISBT_KINDS: dict[str, Kind] = {"001": "din", "040": "coi_identifier"}


@dataclass(frozen=True)
class Identifier:
    """One identifier in a symbol."""

    kind: Kind
    value: str


@dataclass(frozen=True)
class Symbol:
    """A symbol as read."""

    raw: str
    syntax: Syntax
    identifiers: tuple[Identifier, ...]
    """In the order of the symbol; of plain text the one text."""
    elements: tuple[Element, ...] = ()
    """All that a GS1 symbol holds."""
    structures: tuple[Structure, ...] = ()
    """All that an ISBT 128 symbol holds."""

    def values(self, kind: Kind) -> tuple[str, ...]:
        """Every identifier of a kind."""
        return tuple(item.value for item in self.identifiers if item.kind == kind)


def read_symbol(raw: str) -> Symbol:
    """What a scanner sent, or a person typed.

    Raises Refused: ``identity.symbol_empty``, ``identity.symbol_too_long``, ``identity.symbol_control``,
    ``identity.gs1``, ``identity.isbt``.
    """
    text = raw.strip(" \t\r\n")
    _check_text(text)
    symbology = _SYMBOLOGY.match(text)
    content = text[3:] if symbology else text
    if symbology and symbology[0] in _GS1_SYMBOLOGIES:
        return _gs1(raw, read_elements(content))
    if content[:1] in ("=", "&"):
        structures = read_isbt(content)
        found = tuple(
            Identifier(_ISBT_KINDS[s.number], s.value) for s in structures if s.number in _ISBT_KINDS
        )
        return Symbol(raw, "isbt_128", found, structures=structures)
    if SEPARATOR in content or _looks_like_gs1(content):
        return _gs1(raw, read_elements(content))
    if re.match(r"\([0-9]{2,4}\)", content):
        return _gs1(raw, read_printed(content))
    if not content.strip():
        raise refuse(
            "identity.symbol_empty", "Nothing was read.", where="symbol", hint="Scan the label again."
        )
    kind: Kind = "din" if is_din(content) else "text"
    return Symbol(raw, "text", (Identifier(kind, content.strip()),))


def _gs1(raw: str, elements: tuple[Element, ...]) -> Symbol:
    found = tuple(Identifier(_GS1_KINDS[e.ai], e.value) for e in elements if e.ai in _GS1_KINDS)
    return Symbol(raw, "gs1", found, elements=elements)


def _looks_like_gs1(text: str) -> bool:
    """An SSCC or a GTIN with its right check digit comes first."""
    for ai, size in (("00", 18), ("01", 14)):
        number = text[2 : 2 + size]
        if text.startswith(ai) and len(number) == size and number.isascii() and number.isdigit():
            return check_digit(number[:-1]) == number[-1]
    return False


def _check_text(text: str) -> None:
    if not text:
        raise refuse(
            "identity.symbol_empty", "Nothing was read.", where="symbol", hint="Scan the label again."
        )
    if len(text) > MAX_LENGTH:
        raise refuse(
            "identity.symbol_too_long",
            "This is too long for one symbol.",
            where="symbol",
            expected=said("at most {count} characters", count=MAX_LENGTH),
            got=f"{len(text)}",
            hint="Scan one symbol at a time.",
        )
    if any(not character.isprintable() and character != SEPARATOR for character in text):
        raise refuse(
            "identity.symbol_control", "The symbol holds a control character that none may hold.", where="symbol",
            expected="text, or GS between the parts of a GS1 symbol", got=repr(text[:60]),
            hint="Look at the settings of the scanner: it must send the symbol as it is.",
        )  # fmt: skip
