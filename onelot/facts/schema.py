"""The fact tables: name, columns, types. One row is one statement of a record.

Conventions: text columns are never null ("" is absent); ``*_us`` is microseconds since
1970-01-01T00:00Z, null when absent; ``position`` is the ledger position that proves the row.
``parameter`` is the full path ``unit_procedure/operation/phase/parameter``. ``nth``, ``verified_after_us`` and
``second_person`` follow from the other columns (``onelot.facts.derived``).
Within a table rows are sorted by lot and then by position.
"""

from __future__ import annotations

import pyarrow as pa


def _table(**columns: str) -> pa.Schema:
    types = {"text": pa.string(), "int": pa.int64(), "number": pa.float64(), "us": pa.int64()}
    return pa.schema(
        [pa.field(name, types[kind], nullable=kind in ("number", "us")) for name, kind in columns.items()]
    )


_VERIFIED = {
    "performed_by": "text",
    "verified_by": "text",
    "verified_us": "us",
    "verification": "text",
    "verified_after_us": "us",
    "second_person": "int",
}

LOT_TABLES: dict[str, pa.Schema] = {
    "lot": _table(
        lot="text",
        coi_identifier="text",
        product="text",
        mbr="text",
        mbr_version="text",
        site="text",
        organisation="text",
        intended_market="text",
        opened_us="us",
        completed_us="us",
        declared_entries="us",
        position="int",
        completed_position="int",
    ),
    "phase_performed": _table(
        lot="text",
        phase="text",
        occurrence="int",
        state="text",
        started_us="us",
        ended_us="us",
        entered_us="us",
        location="text",
        reason="text",
        **_VERIFIED,
        nth="int",
        position="int",
    ),
    "parameter_value": _table(
        lot="text",
        phase="text",
        parameter="text",
        occurrence="int",
        status="text",
        text="text",
        value="number",
        censor="text",
        unit="text",
        reason="text",
        performed_us="us",
        entered_us="us",
        device="text",
        **_VERIFIED,
        nth="int",
        position="int",
    ),
    "choice": _table(lot="text", parameter="text", occurrence="int", choice="text", position="int"),
    "entry_changed": _table(
        lot="text",
        subject="text",
        occurrence="int",
        field="text",
        before="text",
        after="text",
        reason="text",
        changed_by="text",
        role="text",
        changed_us="us",
        origin="text",
        position="int",
    ),
    "material_used": _table(
        lot="text",
        phase="text",
        material="text",
        material_lot="text",
        use="text",
        text="text",
        quantity="number",
        unit="text",
        container="text",
        used_us="us",
        entered_us="us",
        **_VERIFIED,
        position="int",
    ),
    "equipment_used": _table(
        lot="text",
        phase="text",
        equipment="text",
        equipment_class="text",
        used_from_us="us",
        used_until_us="us",
        position="int",
    ),
    "identifier_read": _table(
        lot="text",
        point="text",
        carrier="text",
        kind="text",
        identifier="text",
        read_us="us",
        entered_us="us",
        device="text",
        **_VERIFIED,
        position="int",
    ),
    "labels_reconciled": _table(
        lot="text",
        label="text",
        printed="int",
        applied="int",
        scrapped="int",
        retained="int",
        reconciled_us="us",
        **_VERIFIED,
        position="int",
    ),
    "handed_over": _table(
        lot="text",
        leg="text",
        container="text",
        from_party="text",
        to_party="text",
        released_us="us",
        received_us="us",
        released_by="text",
        received_by="text",
        location="text",
        condition="text",
        position="int",
    ),
    "series_point": _table(
        lot="text",
        series="text",
        at_us="int",
        text="text",
        value="number",
        unit="text",
        quality="text",
        device="text",
        position="int",
    ),
    "alarm": _table(
        lot="text",
        alarm="text",
        phase="text",
        device="text",
        priority="text",
        message="text",
        raised_us="us",
        acknowledged_us="us",
        acknowledged_by="text",
        cleared_us="us",
        position="int",
    ),
    "result": _table(
        lot="text",
        test="text",
        sample="text",
        occurrence="int",
        status="text",
        text="text",
        value="number",
        censor="text",
        unit="text",
        method="text",
        laboratory="text",
        sampled_us="us",
        tested_us="us",
        reported_us="us",
        analyst="text",
        reviewed_by="text",
        reviewed_us="us",
        reason="text",
        position="int",
    ),
    "result_choice": _table(lot="text", test="text", occurrence="int", choice="text", position="int"),
    "comment": _table(
        lot="text", subject="text", text="text", written_by="text", written_us="us", position="int"
    ),
    "unmapped": _table(lot="text", name="text", text="text", position="int"),
    "provenance": _table(lot="text", position="int", document="text", place="text"),
}
"""Tables whose rows belong to one lot. ``choice``/``result_choice`` hold one row for each answer of a
multiple-choice entry. ``entry_changed.origin`` is ``source`` (the source system's audit trail) or
``correction`` (a corrected document). ``labels_reconciled.performed_by`` and
``identifier_read.performed_by`` are who counted and who read. ``lot.completed_position`` is the foot's
(0: none). ``provenance`` also holds the positions of the site tables, with an empty lot."""

SITE_TABLES: dict[str, pa.Schema] = {
    "equipment_status": _table(
        equipment="text",
        equipment_class="text",
        kind="text",
        outcome="text",
        valid_from_us="us",
        valid_until_us="us",
        certificate="text",
        position="int",
    ),
    "training": _table(
        person="text", curriculum="text", valid_from_us="us", valid_until_us="us", position="int"
    ),
    "account_change": _table(person="text", change="text", changed_us="us", position="int"),
    "material_status": _table(
        material="text",
        material_lot="text",
        status="text",
        changed_us="us",
        expiry_us="us",
        position="int",
    ),
}
"""Tables about people, equipment and material lots, shared by all lots of a review."""

TABLES: dict[str, pa.Schema] = {**LOT_TABLES, **SITE_TABLES}
