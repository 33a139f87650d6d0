"""What a certificate says, as blocks: its fields by name, its tables, and whatever else it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from onelot.disposition import titles
from onelot.disposition.dossier.blocks import Block, facts, heading, notice, table

_FIELDS = {
    "certificate": gettext_lazy("Number in the register"), "lot": gettext_lazy("Lot"),
    "coi_identifier": gettext_lazy("Chain of identity (COI)"), "product": gettext_lazy("Product"),
    "product_name": gettext_lazy("Product name"), "packed": gettext_lazy("Packed"), "site": gettext_lazy("Made at"),
    "manufacturer": gettext_lazy("Made by"), "destination": gettext_lazy("Destination"),
    "basis": gettext_lazy("Basis"), "documents": gettext_lazy("Documents"),
    "specification": gettext_lazy("Specification"), "stage": gettext_lazy("Site and stage of manufacture"),
    "agreement": gettext_lazy("Reference of the quality agreement"), "decision": gettext_lazy("Decision"),
    "decided_by": gettext_lazy("Decided by"), "reason": gettext_lazy("Justification"),
    "pending": gettext_lazy("Results to come"),
    "consequence_plan": gettext_lazy("If a later result is out of specification"),
    "analysis": gettext_lazy("Certificate of analysis"), "clause": gettext_lazy("Clause"),
    "risk_evaluation": gettext_lazy("Risk evaluation"), "request": gettext_lazy("Physician's request"),
    "acceptance": gettext_lazy("Physician's acceptance"), "protocol": gettext_lazy("Protocol or IND"),
    "out_of_specification": gettext_lazy("Out of specification"), "not_met": gettext_lazy("Not met"),
    "donation_identification_numbers": gettext_lazy("Donation identification numbers"),
    "containers": gettext_lazy("Containers"), "dose": gettext_lazy("Dose"), "expires_at": gettext_lazy("Expires"),
    "infusion_planned_at": gettext_lazy("Infusion planned"), "post_thaw": gettext_lazy("After thawing"),
    "mismatches": gettext_lazy("Readings that do not match"), "gaps": gettext_lazy("Gaps and overlaps of custody"),
}  # fmt: skip
"""Fields with a name of their own, in the order in which they are printed."""


def certified(content: dict[str, Any]) -> Iterator[Block]:
    """Everything that a certificate holds but its signature, which is printed from the ledger."""
    left = {name: value for name, value in content.items() if name not in ("kind", "signed", "statement")}
    named = [(str(title), _text(name, left.pop(name))) for name, title in _FIELDS.items() if name in left]
    tables = [
        (name, left.pop(name)) for name in ("criteria", "readings", "hand_overs", "labels") if left.get(name)
    ]
    yield facts([*((title, value) for title, value in named if value), *flat(left)])
    if content.get("statement"):
        yield notice(str(content["statement"]))
    for name, rows in tables:
        yield from {"criteria": _criteria, "readings": _readings, "hand_overs": _moves, "labels": _labels}[
            name
        ](rows)


def flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested JSON as names with values."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{name}, {key}" if name else key)
    elif isinstance(value, list):
        if value and all(isinstance(item, str | int) for item in value):
            yield name.replace("_", " "), ", ".join(map(str, value))
        else:
            for number, item in enumerate(value, 1):
                yield from flat(item, f"{name} {number}")
    elif value not in (None, ""):
        yield name.replace("_", " "), str(value)


def _text(name: str, value: object) -> str:
    if name == "decision":
        return str(titles.STATES.get(str(value), value))
    if isinstance(value, list):
        return "\n".join(map(str, value)) or "–"
    return str(value)


def _criteria(rows: list[dict[str, Any]]) -> Iterator[Block]:
    yield heading(gettext("Results"), 2)
    columns = (
        (gettext("Test"), 42), (gettext("Method"), 20), (gettext("Criterion"), 40), (gettext("Result"), 48),
        (gettext("Judged"), 24),
    )  # fmt: skip
    yield table(columns, [
        (row["title"], row["method"] or "–", row["limit"], "\n".join(map(_result, row["results"])) or "–",
         str(titles.MET.get(row["met"], row["met"])))
        for row in rows
    ])  # fmt: skip


def _result(result: dict[str, Any]) -> str:
    state = titles.RESULT_STATES.get(result["state"], result["state"])
    sample = f"{result['test']}, {result['sample'] or '–'}, {result['occurrence']}"
    by = ", ".join(
        filter(None, (result["method"], result["laboratory"], result["tested_at"], result["analyst"]))
    )
    reviewed = (
        gettext("reviewed by %(person)s") % {"person": result["reviewed_by"]} if result["reviewed_by"] else ""
    )
    head = f"{result['result'] or '–'} {result['unit']}".strip()
    return "\n".join(filter(None, (f"{head} ({state})", sample, by, reviewed)))


def _readings(rows: list[dict[str, Any]]) -> Iterator[Block]:
    yield heading(gettext("Identity"), 2)
    columns = (
        (gettext("Point"), 28), (gettext("Kind, carrier"), 28), (gettext("Identifier read"), 40),
        (gettext("Read"), 42), (gettext("By, verified by"), 36),
    )  # fmt: skip
    yield table(columns, [
        (row["point"], f"{row['kind'].replace('_', ' ')}\n{row['carrier']}",
         row["identifier"] if row["matches"] else
         f"✗ {row['identifier']}\n" + gettext("expected %(identifier)s") % {"identifier": row["expected"]},
         row["read_at"], f"{row['read_by'] or '–'}\n{row['verified_by'] or gettext('not verified')}")
        for row in rows
    ])  # fmt: skip


def _moves(rows: list[dict[str, Any]]) -> Iterator[Block]:
    yield heading(gettext("Custody"), 2)
    columns = (
        (gettext("Leg, container"), 30), (gettext("From"), 28), (gettext("To"), 28), (gettext("Released"), 31),
        (gettext("Received"), 31), (gettext("Place, condition"), 26),
    )  # fmt: skip
    yield table(columns, [
        (f"{row['leg']}\n{row['container']}", f"{row['from']}\n{row['released_by'] or '–'}",
         f"{row['to']}\n{row['received_by'] or '–'}", row["released_at"],
         row["received_at"] or f"✗ {gettext('not received')}",
         "\n".join(filter(None, (row["location"], row["condition"]))) or "–")
        for row in rows
    ])  # fmt: skip


def _labels(rows: list[dict[str, Any]]) -> Iterator[Block]:
    yield heading(gettext("Labels"), 2)
    columns = (
        (gettext("Label"), 60), (gettext("Printed"), 22), (gettext("Applied"), 22), (gettext("Scrapped"), 22),
        (gettext("Retained"), 22), (gettext("Adds up"), 26),
    )  # fmt: skip
    yield table(columns, [
        (row["label"], *(str(row[name]) for name in ("printed", "applied", "scrapped", "retained")),
         "✓" if row["reconciled"] else "✗")
        for row in rows
    ])  # fmt: skip
