"""How much of a record at least one rule looks at, down to the names of what no rule looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from onelot.review.headers import Check
from onelot.review.verdict import Coverage

_TYPED = {"integer", "boolean", "datetime"}
_PLAIN: tuple[tuple[str, str, str], ...] = (
    ("phase_performed", "phase", "phase"),
    ("material_used", "material", "material"),
    ("equipment_used", "equipment_class", "equipment"),
    ("series_point", "series", "series"),
    ("result", "test", "test"),
    ("identifier_read", "point", "identity"),
    ("labels_reconciled", "label", "label"),
    ("handed_over", "leg", "custody"),
    ("alarm", "alarm", "alarm"),
    ("entry_changed", "field", "change"),
    ("comment", "subject", "comment"),
    ("unmapped", "name", "unmapped"),
)
"""Fact table, the column that names an item, and the kind of item (``covers`` of a check's header)."""

_LIMITED_BY = {
    "phase": ("limit_phase", "phase"),
    "material": ("limit_material", "material"),
    "equipment": ("limit_equipment", "equipment_class"),
    "series": ("limit_series", "series"),
    "test": ("limit_test", "test"),
    "identity": ("limit_identity", "point"),
    "label": ("limit_label", "label"),
    "custody": ("limit_custody", "leg"),
}
"""Where the MBR must name the item for a rule to look at it."""


class CoverageOf:
    """Coverage by the checks of one MBR and policy."""

    def __init__(self, limits: Mapping[str, pa.Table]) -> None:
        self._named = {
            kind: set(limits[table].column(column).to_pylist())
            for kind, (table, column) in _LIMITED_BY.items()
        }
        self._parameters = _kinds_of_parameters(limits["limit_parameter"])

    def of(self, lot_facts: Mapping[str, pa.Table], ran: Iterable[Check]) -> Coverage:
        """Coverage of one lot's tables by the checks that ran for it."""
        covers = {kind for check in ran for kind in check.covers}
        items = 0
        uncovered: set[str] = set()
        for parameter in _distinct(lot_facts["parameter_value"], "parameter"):
            items += 1
            if not covers & self._parameters.get(parameter, frozenset()):
                uncovered.add(f"parameter {parameter}")
        for table, column, kind in _PLAIN:
            for name in _distinct(lot_facts[table], column):
                items += 1
                if kind not in covers or name not in self._named.get(kind, (name,)):
                    uncovered.add(f"{kind} {name}")
        return Coverage(items=items, covered=items - len(uncovered), uncovered=tuple(sorted(uncovered)))


def _distinct(table: pa.Table, column: str) -> list[str]:
    return pc.unique(table.column(column)).to_pylist() if table.num_rows else []


def _kinds_of_parameters(limits: pa.Table) -> dict[str, frozenset[str]]:
    kinds = {}
    for row in limits.to_pylist():
        of = set()
        bands = ("action_low", "action_high", "alert_low", "alert_high", "plausible_low", "plausible_high")
        if any(row[name] is not None for name in bands):
            of.add("parameter:limited")
        if row["data_type"] in ("choice", "multiple_choice"):
            of.add("parameter:choice")
        if row["data_type"] in _TYPED:
            of.add("parameter:typed")
        if row["trended"]:
            of.add("parameter:trended")
        if row["verification"] != "none":
            of.add("parameter:verified")
        kinds[row["parameter"]] = frozenset(of)
    return kinds
