"""Units: what the library knows, what is kept beside it, and what must never convert."""

from __future__ import annotations

import pytest

from onelot.kernel.refusals import Refused
from onelot.kernel.units import (
    ARBITRARY_UNITS,
    COMMON_CONVERSIONS,
    COMMON_UNITS,
    conversion,
    is_known_to_library,
    is_unit,
)
from scripts.common_conversions import table


def test_the_library_knows_every_common_unit_but_one() -> None:
    """``[pH]`` is a function of a concentration (UCUM, special units), for which the library has no unit."""
    assert [code for code in COMMON_UNITS if not is_known_to_library(code)] == ["[pH]"]


def test_the_kept_conversions_are_those_of_the_library() -> None:
    assert COMMON_CONVERSIONS.read_text("ascii") == table()


@pytest.mark.parametrize(
    ("source", "target", "number", "expected"),
    [
        # SI Brochure, 9th edition: 0 °C is 273.15 K exactly; UCUM table 4 and 6: L, [in_i], [lb_av], mm[Hg], cal_th.
        ("Cel", "K", 0.0, 273.15),
        ("[degF]", "Cel", 212.0, 100.0),
        ("L", "mL", 1.0, 1000.0),
        ("[in_i]", "cm", 1.0, 2.54),
        ("[lb_av]", "g", 1.0, 453.59237),
        ("bar", "kPa", 1.0, 100.0),
        ("10*6/mL", "10*9/L", 2.5, 2.5),
        ("%", "1", 37.5, 0.375),
        ("K/min", "K/h", 2.0, 120.0),
    ],
)
def test_published_conversions(source: str, target: str, number: float, expected: float) -> None:
    found = conversion(source, target)
    assert number * found.factor + found.offset == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("mL", "min"),
        ("[EU]", "[IU]"),
        ("[EU]/mL", "1/mL"),
        ("%", "[IU]"),
        ("[CFU]/mL", "{cells}/mL"),
        ("{TU}/mL", "{cells}/mL"),
        ("{cells}", "{beads}"),
        ("g", "mL"),
    ],
)
def test_what_measures_another_thing_does_not_convert(source: str, target: str) -> None:
    with pytest.raises(Refused, match="units_incompatible"):
        conversion(source, target)


def test_units_of_one_assay_convert_among_themselves() -> None:
    assert conversion("[EU]/mL", "[EU]/L").factor == pytest.approx(1000)
    assert conversion("[iU]/mL", "[IU]/mL").factor == 1


def test_arbitrary_units_are_units() -> None:
    assert [code for code in ARBITRARY_UNITS if not is_unit(code)] == []


def test_what_is_no_unit_is_named() -> None:
    with pytest.raises(Refused, match="unit_unknown"):
        conversion("Stück", "1")
