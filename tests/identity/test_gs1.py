"""GS1 element strings: every published one that is valid is read, and every one that is not is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelot.identity.domain.gs1.checks import check_digit
from onelot.identity.domain.gs1.reading import Element, read_elements, read_printed, scanned, written
from onelot.kernel.refusals import Refused

JUDGED_BY_FORM = (
    "coupon", "IBAN", "Country", "Currency", "badAlphaCheckCharacters", "CSET32", "alphaTooShort", "GS1tooShort",
)  # fmt: skip
"""Contents that no decision on a patient rests on: their lists and algorithms are not held here."""


@pytest.fixture(scope="module")
def published(reference_data: Path) -> dict[str, Any]:
    path = reference_data / "gs1" / "element-strings.json"
    if not path.is_file():
        pytest.skip("no published element strings")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_every_valid_string_is_read_printed_and_scanned(published: dict[str, Any]) -> None:
    for text in published["valid"]:
        elements = read_printed(text)
        assert written(elements) == text
        assert read_elements(scanned(elements)) == elements


def test_every_invalid_string_is_refused_with_the_reason(published: dict[str, Any]) -> None:
    words = {
        "valueTooShort": ("too short", "empty"), "valueTooLong": ("too long",), "badDay": ("no such day",),
        "badMonth": ("no such month",), "missingAIs": ("needs",), "exclusiveAIs": ("does not go together",),
        "repeatedDifferingAIs": ("twice",), "notNumeric": ("set N",), "badCSET82character": ("set X",),
        "badBoolean": ("neither 0 nor 1",), "badMinute": ("no such minute",), "badGCP": ("prefix",),
        "pieceExceedsTotal": ("beyond the total",), "positionExceedsEnd": ("beyond the end",),
    }  # fmt: skip
    judged = 0
    for case in published["invalid"]:
        if any(name in case["error"] for name in JUDGED_BY_FORM):
            continue
        judged += 1
        with pytest.raises(Refused, match=r"identity\.gs1") as refused:
            read_printed(case["input"])
        expected = words.get(case["error"].removeprefix("GS1"))
        assert expected is None or any(word in str(refused.value) for word in expected), case
    assert judged > 100


@pytest.mark.parametrize(("data", "elements"), [
    ("01095011015300031715011910AB-123", (("01", "09501101530003"), ("17", "150119"), ("10", "AB-123"))),
    ("010950110153000310AB-123\x1d2112", (("01", "09501101530003"), ("10", "AB-123"), ("21", "12"))),
    ("\x1d91COI-1\x1d92C1", (("91", "COI-1"), ("92", "C1"))),
    ("00123456789012345675", (("00", "123456789012345675"),)),
])  # fmt: skip
def test_what_a_scanner_sends(data: str, elements: tuple[tuple[str, str], ...]) -> None:
    assert read_elements(data) == tuple(Element(*element) for element in elements)


@pytest.mark.parametrize("data", ["", "\x1d", "01", "0109501101530004", "05123", "1", "91", "00123"])
def test_what_is_no_element_string_is_refused(data: str) -> None:
    with pytest.raises(Refused, match=r"identity\.gs1"):
        read_elements(data)


@given(st.text(alphabet="0123456789", min_size=17, max_size=17), st.integers(0, 17), st.integers(1, 9))
def test_a_check_digit_finds_every_single_wrong_digit(digits: str, place: int, step: int) -> None:
    number = digits + check_digit(digits)
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    with pytest.raises(Refused, match="check digit"):
        read_elements(f"8018{wrong}")


@given(st.text(max_size=60))
def test_anything_is_read_or_refused(data: str) -> None:
    for read in (read_elements, read_printed):
        try:
            read(data)
        except Refused as refused:
            assert refused.refusals[0].code == "identity.gs1"  # noqa: PT017
