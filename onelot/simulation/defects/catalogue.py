"""The defects, each by the check and the variant that must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from onelot.simulation import defects
from onelot.simulation.defects.workbench import Workbench

Plant = Callable[[Workbench], str]
"""Plants the defect and returns the subject of the finding; empty: any subject. Raises NotApplicableError."""

NOT_PLANTED = {
    "TRD-UNUSUAL.no_history": "says that the baseline holds too few lots; no record causes it",
    "TRD-UNUSUAL-MULTI.no_history": "says that the baseline holds too few lots; no record causes it",
    "SPC-RESULT.final_not_foreseen": "needs a specification that refuses final results; no product here has one",
    "SPC-RESULT.no_criteria": "comes with VER-MARKET.unknown, which is planted",
}
"""Variants of checks for which no defect is planted, and why."""


@dataclass(frozen=True)
class Defect:
    """``check`` and ``variant`` must be found; findings of the checks ``along`` are consequences, not false alarms.

    ``alone``: disturbs the record so much that nothing else is planted beside it.
    """

    check: str
    variant: str
    plant: Plant
    along: frozenset[str]
    alone: bool

    @property
    def name(self) -> str:
        """``CHECK.variant``."""
        return f"{self.check}.{self.variant}"

    @property
    def sentence(self) -> str:
        """What was done to the record."""
        return (self.plant.__doc__ or "").strip()


_DEFECTS: list[Defect] = []
_LATE: list[Defect] = []


def plants(
    check: str, variant: str, *along: str, alone: bool = False, late: bool = False
) -> Callable[[Plant], Plant]:
    """Register the function that plants what one variant of a check must find.

    ``late``: in results that come after the record, so that the lot may be with the patient when it shows.
    """

    def register(plant: Plant) -> Plant:
        (_LATE if late else _DEFECTS).append(Defect(check, variant, plant, frozenset({check, *along}), alone))
        return plant

    return register


@cache
def catalogue() -> tuple[Defect, ...]:
    """All defects of records, sorted by name."""
    _import()
    return tuple(sorted(_DEFECTS, key=lambda defect: defect.name))


@cache
def late_catalogue() -> tuple[Defect, ...]:
    """All defects of late results, sorted by name."""
    _import()
    return tuple(sorted(_LATE, key=lambda defect: defect.name))


def _import() -> None:
    for module in iter_modules(defects.__path__):
        import_module(f"{defects.__name__}.{module.name}")
