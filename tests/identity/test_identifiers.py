"""COI identifiers, donation numbers, check characters and whole symbols."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelot.identity.domain.check_character import (
    ALPHABET,
    check_character,
    is_guarded_by,
    is_typed_right,
    key_check,
)
from onelot.identity.domain.coi_formats import ISBT_128, PLAIN, CoiFormat
from onelot.identity.domain.isbt import read_isbt
from onelot.identity.domain.symbols import Identifier, read_symbol
from onelot.kernel.refusals import Refused

GUARDED = st.text(alphabet=ALPHABET[:-1], min_size=1, max_size=20)


@pytest.mark.parametrize(("text", "check"), [
    ("G123498654321", "H"), ("A999915000001", "M"), ("A999925000001", "P"), ("W000025123456", "G"),
    ("83C40EA238560012", "W"), ("CHA999925000001", "G"),
])  # fmt: skip
def test_worked_check_characters(text: str, check: str) -> None:
    if text == "83C40EA238560012":  # a prescription's number, which ends with its check character
        assert is_guarded_by("83C40EA2385600123", "W")
        assert not is_guarded_by("DC2C66A1B2C323407", "B")
    else:
        assert check_character(text) == check
        assert is_guarded_by(text, check)


def test_published_check_characters(reference_data: Path) -> None:
    path = reference_data / "isbt128" / "check-characters.json"
    if not path.is_file():
        pytest.skip("no published check characters")
    for case in json.loads(path.read_text())["cases"]:
        assert check_character(case["din"]) == case["check"]


@given(GUARDED, st.data())
def test_every_single_error_and_every_swap_of_neighbours_is_found(text: str, data: st.DataObject) -> None:
    check = check_character(text)
    assert is_guarded_by(text, check)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET[:-1]).filter(lambda found: found != text[place]))
    assert not is_guarded_by(text[:place] + other + text[place + 1 :], check)
    if place and text[place] != text[place - 1]:
        assert not is_guarded_by(text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :], check)


@given(st.text(max_size=8), st.text(max_size=2))
def test_any_text_is_guarded_or_not(text: str, check: str) -> None:
    assert is_guarded_by(text, check) in (True, False)


def test_the_character_beside_an_identifier_passes_over_separators_and_case() -> None:
    assert key_check("coi-2026-000001") == key_check("COI2026000001")
    assert is_typed_right("COI-2026-000001", key_check("COI-2026-000001").lower())
    assert not is_typed_right("COI-2026-000010", key_check("COI-2026-000001"))


@pytest.mark.parametrize(("identifier", "fits"), [
    ("CHA999925000001", True), ("CHA99992500000A", True), ("CHO999925000001", False), ("CH0999925000001", False),
    ("CHA99992500001", False), ("CHA9999250000011", False), ("XHA999925000001", False), ("CHAO99925000001", False),
    ("", False), ("CHA999925000001\n", False),
])  # fmt: skip
def test_isbt_128_chain_of_identity_identifiers(identifier: str, fits: bool) -> None:
    assert ISBT_128.fits(identifier) is fits
    if not fits:
        with pytest.raises(Refused, match=r"identity\.coi_form"):
            ISBT_128.check_form(identifier)


def test_a_sponsors_own_format_with_a_check_character() -> None:
    own = CoiFormat("acme", r"ACM[0-9]{2}-[0-9]{6}[0-9A-Z*]", "mod37_2", "ACM{yy}-{number}")
    made = own.make(date(2026, 3, 1), 7)
    own.check_form(made)
    assert made.startswith("ACM26-000007")
    wrong = made[:-2] + ("8" if made[-2] != "8" else "9") + made[-1]
    with pytest.raises(Refused, match=r"identity\.coi_check"):
        own.check_form(wrong)
    assert PLAIN.make(date(2026, 3, 1), 7) == "COI-2026-000007"
    with pytest.raises(Refused, match=r"identity\.coi_not_made_here"):
        ISBT_128.make(date(2026, 3, 1), 1)


@pytest.mark.parametrize(("text", "numbers"), [
    ("=G12349865432177", ("001",)), ("=G12349865432100", ("001",)), ("&/CHA999925000001", ("040",)),
    ("=+02000=G12349865432177&/CHA999925000001", ("001", "040")),
    ("=+03000=A99991500000100=<E0382X00&>0260601200", ("001", "003", "005")),
])  # fmt: skip
def test_isbt_128_messages(text: str, numbers: tuple[str, ...]) -> None:
    assert tuple(structure.number for structure in read_isbt(text)) == numbers


@pytest.mark.parametrize("text", [
    "=G12349865432178", "=G1234986543217", "=G123498654321777", "&/CHA99992500001", "&/XXA999925000001",
    "=+03000=G12349865432177&/CHA999925000001", "=+01000=G12349865432177&/CHA999925000001", "=+02000", "=+0",
    "=O12349865432177", "=?", "&", "=", "&!ABC", "=<E0382x00",
])  # fmt: skip
def test_what_is_no_whole_isbt_128_message_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"identity\.isbt"):
        read_isbt(text)


GTIN = "0109501101530003"


@pytest.mark.parametrize(("raw", "syntax", "identifiers"), [
    (f"]d2{GTIN}21C26000001\x1d10LOT-1\x1d240COI-1\r\n", "gs1",
     (("gtin", "09501101530003"), ("container", "C26000001"), ("lot", "LOT-1"), ("coi_identifier", "COI-1"))),
    ("]d291COI-1\x1d92C26000001", "gs1", (("coi_identifier", "COI-1"), ("container", "C26000001"))),
    (f"{GTIN}21C26000001", "gs1", (("gtin", "09501101530003"), ("container", "C26000001"))),
    ("(91)COI-1(92)C26000001", "gs1", (("coi_identifier", "COI-1"), ("container", "C26000001"))),
    ("]d1&/CHA999925000001", "isbt_128", (("coi_identifier", "CHA999925000001"),)),
    ("=G12349865432177", "isbt_128", (("din", "G123498654321"),)),
    ("]d1COI-1", "text", (("text", "COI-1"),)),
    ("  COI-1\r\n", "text", (("text", "COI-1"),)),
    ("G123498654321", "text", (("din", "G123498654321"),)),
    ("0109501101530004", "text", (("text", "0109501101530004"),)),
])  # fmt: skip
def test_a_symbol_says_what_it_is(raw: str, syntax: str, identifiers: tuple[tuple[str, str], ...]) -> None:
    symbol = read_symbol(raw)
    assert symbol.syntax == syntax
    assert symbol.identifiers == tuple(Identifier(*item) for item in identifiers)  # type: ignore[arg-type]


@pytest.mark.parametrize(("raw", "code"), [
    ("", "symbol_empty"), (" \r\n", "symbol_empty"), ("]d1", "symbol_empty"), ("x" * 2001, "symbol_too_long"),
    ("COI\x00", "symbol_control"), ("COI-1\nCOI-2", "symbol_control"), ("]d2COI-1", "gs1"), ("=broken", "isbt"),
    ("\x1d", "gs1"), ("]d2", "gs1"),
])  # fmt: skip
def test_what_is_no_symbol_is_refused(raw: str, code: str) -> None:
    with pytest.raises(Refused, match=rf"identity\.{code}\]"):
        read_symbol(raw)


@given(
    st.text(alphabet=st.characters(max_codepoint=300), max_size=60) | st.from_regex(r"[=&\]]?[ -~\x1d]{0,60}")
)
def test_anything_is_read_or_refused(raw: str) -> None:
    try:
        assert read_symbol(raw).raw == raw
    except Refused as refused:
        assert refused.refusals[0].code.startswith("identity.")  # noqa: PT017
