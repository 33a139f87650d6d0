"""The limit tables: an MBR compiled to columns, the second input of every check.

Conventions as in ``onelot.facts.schema``; ``*_us`` durations in microseconds. ``criticality`` is CQA, CPP, KPP
or none. Limit ends have a number (``*_low``, null: unlimited), whether open, and the text to print.
"""

from __future__ import annotations

import pyarrow as pa

_TYPES = {
    "text": pa.string(),
    "int": pa.int64(),
    "number": pa.float64(),
    "us": pa.int64(),
    "flag": pa.bool_(),
}


def _table(**columns: str) -> pa.Schema:
    return pa.schema(
        [pa.field(name, _TYPES[kind], nullable=kind in ("number", "us")) for name, kind in columns.items()]
    )


def _band(prefix: str) -> dict[str, str]:
    return {
        f"{prefix}_low": "number",
        f"{prefix}_high": "number",
        f"{prefix}_low_open": "flag",
        f"{prefix}_high_open": "flag",
        f"{prefix}_text": "text",
    }


LIMIT_TABLES: dict[str, pa.Schema] = {
    "limit_mbr": _table(
        mbr="text", mbr_version="text", product="text", late_entry_us="int", verify_within_us="int"
    ),
    "limit_phase": _table(
        phase="text",
        title="text",
        ordinal="int",
        min_occurrences="int",
        max_occurrences="us",
        max_duration_us="us",
        verification="text",
        criticality="text",
    ),
    "limit_order": _table(phase="text", after="text"),
    "limit_training": _table(phase="text", curriculum="text"),
    "limit_parameter": _table(
        parameter="text",
        phase="text",
        title="text",
        data_type="text",
        unit="text",
        criticality="text",
        required="flag",
        min_occurrences="int",
        max_occurrences="us",
        verification="text",
        interval_us="us",
        tolerance_us="us",
        trended="flag",
        covariate="flag",
        **_band("action"),
        **_band("alert"),
        **_band("plausible"),
    ),
    "limit_choice": _table(parameter="text", choice="text", accepted="flag"),
    "limit_material_need": _table(
        phase="text",
        material="text",
        unit="text",
        required="flag",
        verification="text",
        criticality="text",
        **_band("quantity"),
    ),
    "limit_material": _table(
        material="text",
        title="text",
        kind="text",
        single_lot="flag",
        criticality="text",
        reconciled="flag",
        **_band("percent"),
    ),
    "limit_equipment_need": _table(phase="text", equipment_class="text"),
    "limit_equipment": _table(equipment_class="text", kind="text"),
    "limit_series": _table(
        series="text",
        title="text",
        unit="text",
        interval_us="int",
        max_gap_us="int",
        max_duration_us="int",
        max_area="number",
        required="flag",
        criticality="text",
        **_band("action"),
        **_band("alert"),
    ),
    "limit_clock": _table(
        clock="text",
        title="text",
        starts_on="text",
        ends_on="text",
        min_us="us",
        max_us="us",
        alert_us="us",
        required="flag",
        criticality="text",
    ),
    "limit_identity": _table(point="text", title="text", carrier="text", verification="text"),
    "limit_label": _table(label="text", title="text", tolerance="int"),
    "limit_custody": _table(leg="text", title="text", required="flag"),
    "limit_yield": _table(
        yield_id="text",
        title="text",
        numerator="text",
        denominator="text",
        criticality="text",
        **_band("percent"),
    ),
    "limit_test": _table(
        test="text", title="text", method="text", unit="text", data_type="text", max_occurrences="int"
    ),
    "limit_criterion": _table(
        market="text",
        criterion="text",
        alternative="int",
        test="text",
        unit="text",
        rule="text",
        weight_parameter="text",
        weight_above="number",
        weight_up_to="number",
        accepts_final="flag",
        accepts_negative_to_date="flag",
        accepts_pending="flag",
        criticality="text",
        clause="text",
        **_band("limit"),
    ),
    "limit_criterion_text": _table(market="text", criterion="text", alternative="int", accepted="text"),
}
"""``limit_equipment.kind`` is calibration, cleaning or qualification, one row each that must be valid.
``limit_criterion`` has one row for each alternative (``any_of``: 1..n, else 1) and weight band; ``rule`` is ``range``
or ``text``; ``limit_criterion_text`` holds accepted answers, lower case and trimmed. ``limit_custody``,
``limit_identity`` (one row a carrier), ``limit_choice`` (one row a choice) follow the MBR."""
