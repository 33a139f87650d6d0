"""Units of measure: UCUM codes, converted by the ``pint`` and ``ucumvert`` libraries, never by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said


@dataclass(frozen=True)
class Conversion:
    """``target = source * factor + offset`` (offset is nonzero for temperatures only)."""

    factor: float
    offset: float = 0.0


_SAME = Conversion(1.0)

COMMON_UNITS = frozenset(
    """1 % Cel K mL L uL g mg ug ng kg h min s d a mm cm m 10*3 10*6 10*9 10*3/mL 10*6/mL 10*9/L 10*6/kg 10*6/L
    {cells} {cells}/mL {copies}/{cell} {beads} {events} {vial} {bag} [pH] mmol/L g/L mg/mL ug/mL ng/mL pg/mL mosm/kg
    [EU] [EU]/mL [EU]/kg [EU]/kg/h [IU]/mL [IU] K/min kPa bar {rpm} 1/min mL/min L/min
    {TU}/mL {TU}/{cell} {ratio}""".split()  # noqa: SIM905
)
"""Codes used every day; knowing them here saves the library's start-up. It knows each of them but ``[pH]``."""

COMMON_CONVERSIONS = Path(__file__).with_name("common_conversions.csv")
"""What the library says for every pair of common units that converts, written by ``scripts.common_conversions``."""


ARBITRARY_UNITS = frozenset(
    """[IU] [arb'U] [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U] [ka'U]
    [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [IR] [BAU] [AU] [Amb'a'1'U] [PNU] [Lf]
    [D'ag'U] [FEU] [ELU] [EU]""".split()  # noqa: SIM905
)
"""Units of assays, which convert to nothing else (UCUM, "arbitrary units"). The library takes them for pure numbers."""

_ANNOTATED = re.compile(r"\{[^}]*\}")
_BRACKETED = re.compile(r"\[[^\]]+\]")


@lru_cache(maxsize=1)
def _registry() -> Any:
    # Imported here because building the UCUM grammar takes most of a second, and a record
    # whose units are those of its master batch record never needs it.
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


@lru_cache(maxsize=4096)
def is_unit(code: str) -> bool:
    """Whether ``code`` is a UCUM unit."""
    return code in COMMON_UNITS or is_known_to_library(code)


def is_known_to_library(code: str) -> bool:
    """Whether the library can read ``code``."""
    try:
        _registry().from_ucum(code)
    except Exception:  # noqa: BLE001 - the parser raises lark, pint and attribute errors alike
        return False
    return True


@lru_cache(maxsize=4096)
def conversion(source: str, target: str) -> Conversion:
    """How to turn a number in UCUM unit ``source`` into ``target``.

    Raises Refused (``kernel.unit_unknown``, ``kernel.units_incompatible``).
    """
    if source == target:
        return _SAME
    for code in (source, target):
        if not is_unit(code):
            raise refuse(
                "kernel.unit_unknown",
                "This is not a UCUM unit.",
                expected="a UCUM code such as 10*6/mL, %, Cel, [EU]/mL",
                got=repr(code),
            )
    if {source, target} <= COMMON_UNITS:
        found = _common().get((source, target))
        if found is None:
            raise _incompatible(source, target)
        return found
    return by_library(source, target)


@lru_cache(maxsize=1)
def _common() -> dict[tuple[str, str], Conversion]:
    lines = (line.split(";") for line in COMMON_CONVERSIONS.read_text("ascii").splitlines())
    return {
        (source, target): Conversion(float(factor), float(offset)) for source, target, factor, offset in lines
    }


def by_library(source: str, target: str) -> Conversion:
    """The conversion of two UCUM units as the library computes it. Raises Refused (``kernel.units_incompatible``)."""
    if _arbitrary(source) != _arbitrary(target) or _counts_other_things(source, target):
        raise _incompatible(source, target)
    registry = _registry()
    try:
        zero, one = (
            float(
                registry.Quantity(number, registry.from_ucum(source).units)
                .to(registry.from_ucum(target).units)
                .magnitude
            )
            * 1.0
            for number in (0.0, 1.0)
        )
    except Exception as error:
        raise _incompatible(source, target) from error
    return Conversion(one - zero, zero)


def _arbitrary(code: str) -> list[str]:
    """The units of assays in a code, in alphabetical order; ``[iU]`` is another spelling of ``[IU]``."""
    return sorted({*_BRACKETED.findall(code.replace("[iU]", "[IU]"))} & ARBITRARY_UNITS)


def _counts_other_things(source: str, target: str) -> bool:
    """Whether both codes say what they count, and differ.

    UCUM ignores annotations (clause 6), but cells are no transducing units.
    """
    counted, wanted = (sorted(_ANNOTATED.findall(code)) for code in (source, target))
    return bool(counted and wanted) and counted != wanted


def _incompatible(source: str, target: str) -> Refused:
    return refuse(
        "kernel.units_incompatible",
        "These units do not measure the same kind of quantity.",
        expected=said("a unit that converts to {target}", target=target),
        got=source,
    )
