"""Units of measure: UCUM codes, converted by the ``pint`` and ``ucumvert`` libraries, never by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from onelot.kernel.refusals import refuse


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
"""Codes used every day. A test holds that the library knows each of them; knowing them here saves its start-up."""


@lru_cache(maxsize=1)
def _registry() -> Any:
    # Imported here because building the UCUM grammar takes most of a second, and a record
    # whose units are those of its master batch record never needs it.
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


@lru_cache(maxsize=4096)
def is_unit(code: str) -> bool:
    """Whether ``code`` is a UCUM unit the library can read."""
    if code in COMMON_UNITS:
        return True
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
        raise refuse(
            "kernel.units_incompatible",
            "These units do not measure the same kind of quantity.",
            expected=f"a unit that converts to {target}",
            got=source,
        ) from error
    return Conversion(one - zero, zero)
