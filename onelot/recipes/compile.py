"""Compile an MBR to the limit tables that the checks join with the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from onelot.recipes.columns import band, microseconds, number
from onelot.recipes.compile_specification import specification_rows
from onelot.recipes.limits import LIMIT_TABLES
from onelot.recipes.model import MasterBatchRecord, Parameter
from onelot.recipes.walk import PlacedPhase, phases

Row = Mapping[str, Any]

_CRITICALITY = ("none", "KPP", "CPP", "CQA")


def limit_tables(mbr: MasterBatchRecord) -> dict[str, pa.Table]:
    """Every table of ``LIMIT_TABLES``, empty where the MBR asks nothing. Pure."""
    placed = list(phases(mbr))
    rows: dict[str, list[Row]] = {name: [] for name in LIMIT_TABLES}
    for part in (
        _head(mbr),
        _phase_rows(placed),
        _supporting_rows(mbr),
        specification_rows(mbr.specification),
    ):
        for name, row in part:
            rows[name].append(row)
    return {
        name: pa.Table.from_pylist([dict(row) for row in rows[name]], schema=schema)
        for name, schema in LIMIT_TABLES.items()
    }


def _head(mbr: MasterBatchRecord) -> Iterable[tuple[str, Row]]:
    yield (
        "limit_mbr",
        {
            "mbr": mbr.id,
            "mbr_version": mbr.version,
            "product": mbr.product.code,
            "late_entry_us": microseconds(mbr.late_entry),
            "verify_within_us": microseconds(mbr.verify_within),
        },
    )


def _phase_rows(placed: list[PlacedPhase]) -> Iterable[tuple[str, Row]]:
    for ordinal, (name, _, phase) in enumerate(placed, 1):
        most_critical = max(
            (item.criticality for item in phase.parameters), key=_CRITICALITY.index, default="none"
        )
        yield "limit_phase", {
            "phase": name, "title": phase.title or phase.id, "ordinal": ordinal,
            "min_occurrences": phase.occurrences.min, "max_occurrences": phase.occurrences.max,
            "max_duration_us": microseconds(phase.max_duration), "verification": phase.verification,
            "criticality": most_critical,
        }  # fmt: skip
        for after in phase.after:
            yield "limit_order", {"phase": name, "after": after}
        for curriculum in phase.training:
            yield "limit_training", {"phase": name, "curriculum": curriculum}
        for equipment_class in phase.equipment:
            yield "limit_equipment_need", {"phase": name, "equipment_class": equipment_class}
        for need in phase.materials:
            yield "limit_material_need", {
                "phase": name, "material": need.material, "unit": need.unit, "required": need.required,
                "verification": need.verification, "criticality": most_critical,
                **band("quantity", need.quantity, need.unit),
            }  # fmt: skip
        for parameter in phase.parameters:
            yield from _parameter_rows(name, parameter)


def _parameter_rows(phase: str, parameter: Parameter) -> Iterable[tuple[str, Row]]:
    path = f"{phase}/{parameter.id}"
    unit = parameter.unit or ""
    sampling = parameter.sampling
    yield "limit_parameter", {
        "parameter": path, "phase": phase, "title": parameter.title or parameter.id, "data_type": parameter.type,
        "unit": unit, "criticality": parameter.criticality, "required": parameter.required,
        "min_occurrences": parameter.occurrences.min if parameter.required else 0,
        "max_occurrences": parameter.occurrences.max, "verification": parameter.verification,
        "interval_us": microseconds(sampling.interval) if sampling else None,
        "tolerance_us": microseconds(sampling.tolerance) if sampling else None,
        "trended": parameter.trended, "covariate": parameter.covariate,
        **band("action", parameter.action, unit), **band("alert", parameter.alert, unit),
        **band("plausible", parameter.plausible, unit),
    }  # fmt: skip
    choices = ("true", "false") if parameter.type == "boolean" else parameter.choices
    for choice in choices:
        accepted = not parameter.accepted or choice in parameter.accepted
        yield "limit_choice", {"parameter": path, "choice": choice, "accepted": accepted}


def _supporting_rows(mbr: MasterBatchRecord) -> Iterable[tuple[str, Row]]:
    for material in mbr.materials:
        reconciliation = material.reconciliation
        yield "limit_material", {
            "material": material.id, "title": material.title or material.id, "kind": material.kind,
            "single_lot": material.single_lot, "criticality": material.criticality,
            "reconciled": reconciliation is not None,
            **band("percent", reconciliation.percent if reconciliation else None, "%"),
        }  # fmt: skip
    for item in mbr.equipment_classes:
        for kind in ("calibration", "cleaning", "qualification"):
            if getattr(item, kind):
                yield "limit_equipment", {"equipment_class": item.id, "kind": kind}
    for series in mbr.series:
        yield "limit_series", {
            "series": series.id, "title": series.title or series.id, "unit": series.unit,
            "interval_us": microseconds(series.interval), "max_gap_us": microseconds(series.max_gap),
            "max_duration_us": microseconds(series.max_duration), "max_area": number(series.max_area),
            "required": series.required, "criticality": series.criticality,
            **band("action", series.action, series.unit), **band("alert", series.alert, series.unit),
        }  # fmt: skip
    for clock in mbr.clocks:
        yield "limit_clock", {
            "clock": clock.id, "title": clock.title or clock.id, "starts_on": clock.starts_on,
            "ends_on": clock.ends_on, "min_us": microseconds(clock.min), "max_us": microseconds(clock.max),
            "alert_us": microseconds(clock.alert), "required": clock.required, "criticality": clock.criticality,
        }  # fmt: skip
    for point in mbr.identity_points:
        for carrier in point.carriers:
            yield "limit_identity", {
                "point": point.id, "title": point.title or point.id, "carrier": carrier,
                "verification": point.verification,
            }  # fmt: skip
    for label in mbr.labels:
        yield (
            "limit_label",
            {"label": label.id, "title": label.title or label.id, "tolerance": label.tolerance},
        )
    for leg in mbr.custody_legs:
        yield "limit_custody", {"leg": leg.id, "title": leg.title or leg.id, "required": leg.required}
    for item_yield in mbr.yields:
        yield "limit_yield", {
            "yield_id": item_yield.id, "title": item_yield.title or item_yield.id,
            "numerator": item_yield.numerator, "denominator": item_yield.denominator,
            "criticality": item_yield.criticality, **band("percent", item_yield.percent, "%"),
        }  # fmt: skip
