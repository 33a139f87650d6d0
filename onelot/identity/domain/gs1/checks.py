"""What must hold of the parts of values, by the dictionary's names of checks.

Each says what is wrong, or nothing. Lists of countries, currencies and packages, bank numbers and coupons are judged by
their form only: no decision on a patient rests on them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping

from onelot.kernel.said import said, word

SETS: Mapping[str, re.Pattern[str]] = {
    "N": re.compile(r"[0-9]*"),
    "X": re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*"""),
    "Y": re.compile(r"[#\-/0-9A-Z]*"),
    "Z": re.compile(r"[0-9A-Za-z_-]*={0,2}"),
}
"""By kind of a component: the characters that it may hold."""
_GCP_LENGTH = 2


def check_digit(digits: str) -> str:
    """The check digit of a GTIN, SSCC, GLN or GSRN without its last digit (GS1 General Specifications 7.9.1)."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _check_digit(value: str) -> str:
    return "" if check_digit(value[:-1]) == value[-1] else said("the check digit is wrong")


def _prefix_at(place: int) -> Callable[[str], str]:
    def begins_with_prefix(value: str) -> str:
        prefix = value[place - 1 : place - 1 + _GCP_LENGTH]
        return "" if re.fullmatch(r"[0-9]{2}", prefix) else said("it does not begin with a company's prefix")

    return begins_with_prefix


def _day(year: int, month: str, day: str, *, may_be_zero: bool) -> str:
    if not 1 <= int(month) <= 12:
        return said("there is no such month")
    if day == "00":
        return "" if may_be_zero else said("there is no such day")
    return "" if int(day) <= monthrange(year, int(month))[1] else said("there is no such day")


def _short_date(value: str) -> str:
    return _day(2000 + int(value[:2]), value[2:4], value[4:6], may_be_zero=False)


def _short_date_or_month(value: str) -> str:
    return _day(2000 + int(value[:2]), value[2:4], value[4:6], may_be_zero=True)


def _long_date(value: str) -> str:
    if value[:4] == "0000":
        return said("there is no such year")
    return _day(int(value[:4]), value[4:6], value[6:8], may_be_zero=False)


def _below(limit: int, what: str) -> Callable[[str], str]:
    return lambda value: "" if int(value) < limit else said("there is no such {what}", what=word(what))


def _time(value: str) -> str:
    return _below(24, "hour")(value[:2]) or _below(60, "minute")(value[2:4])


def _matches(pattern: str, what: str) -> Callable[[str], str]:
    return lambda value: "" if re.fullmatch(pattern, value) else what


def _percent_escapes(value: str) -> str:
    return said("a percent sign does not begin an escape") if re.search(r"%(?![0-9A-Fa-f]{2})", value) else ""


def _piece_of_total(value: str) -> str:
    piece, total = int(value[:2]), int(value[2:4])
    if not piece or not total:
        return said("a piece or a total is zero")
    return "" if piece <= total else said("the piece is beyond the total")


def _place_in_sequence(value: str) -> str:
    match = re.fullmatch(r"([1-9])/([1-9])", value)
    if match is None:
        return said("it is not a place and an end, such as 1/2")
    return "" if match[1] <= match[2] else said("the place is beyond the end")


def _up_to(value: str, limit: int, what: str) -> str:
    return "" if int(value) <= limit else said("there is no such {what}", what=word(what))


CHECKS: Mapping[str, Callable[[str], str]] = {
    "csum": _check_digit,
    "gcppos1": _prefix_at(1),
    "gcppos2": _prefix_at(2),
    "yymmd0": _short_date_or_month,
    "yymmdd": _short_date,
    "yyyymmdd": _long_date,
    "hhmi": _time,
    "hh": _below(24, "hour"),
    "mi": _below(60, "minute"),
    "ss": _below(60, "second"),
    "yesno": _matches("[01]", said("it is neither 0 nor 1")),
    "zero": _matches("0", said("it is not zero")),
    "nonzero": _matches("0*[1-9][0-9]*", said("it is zero")),
    "nozeroprefix": _matches("0|[1-9][0-9]*", said("it begins with zero")),
    "hasnondigit": _matches(".*[^0-9].*", said("it holds digits only")),
    "winding": _matches("[019]", said("it is not a direction of winding")),
    "hyphen": _matches("-", said("it is not a minus sign")),
    "pcenc": _percent_escapes,
    "pieceoftotal": _piece_of_total,
    "posinseqslash": _place_in_sequence,
    "iso5218": _matches("[0129]", said("it is not a code of ISO/IEC 5218")),
    "mediatype": _matches("0[1-9]|10|[89][0-9]", said("there is no such type of carrier")),
    "latitude": lambda value: _up_to(value, 1_800_000_000, "latitude"),
    "longitude": lambda value: _up_to(value, 3_600_000_000, "longitude"),
    "importeridx": _matches("[-0-9A-Z_a-z]", said("it is not an importer's index")),
}  # fmt: skip
"""By name of a check in the dictionary."""
