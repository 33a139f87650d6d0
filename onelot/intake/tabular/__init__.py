"""Tables (CSV, XLSX) read by a mapping that describes the sender's columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from onelot.intake.adapter import Extract, Extraction
from onelot.intake.tabular.csv_grid import read_csv
from onelot.intake.tabular.grid import Faults, Sheet
from onelot.intake.tabular.mapping import LoadedMapping, Mapping
from onelot.intake.tabular.rows import RowReader
from onelot.intake.tabular.sections import FoundSection, Layout
from onelot.intake.tabular.xlsx_grid import read_xlsx
from onelot.kernel.refusals import Refused, refuse

NAMES = {"csv": "csv", "xlsx": "xlsx"}
VERSION = "1"
_ZIP = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_LOOKED_AT = 40
"""Rows in which the text that a mapping is recognised by must stand."""


def read_table(data: bytes, name: str, mappings: Sequence[LoadedMapping]) -> Extraction:
    """All facts of a table, by the one mapping that recognises it. Raises Refused (``intake.table.*``)."""
    kind = "xlsx" if data.startswith(_ZIP) else "csv"
    loaded, sheets = _recognised(data, name, kind, mappings)
    mapping = loaded.mapping
    faults = Faults(name)
    reader = RowReader(mapping, faults)
    found = [*Layout(mapping, sheets, faults).sections()]
    extracts: list[Extract] = []
    for section in found:
        extracts += reader.events(section)
    document, issued_at = _document(mapping, reader, found, name, faults)
    if faults.found:
        raise Refused(faults.found)
    if not extracts:
        raise refuse(
            "intake.table.no_facts", "The table holds no row that states anything.", where=name,
            expected=f"rows of mapping {mapping.id} {mapping.version}",
        )  # fmt: skip
    return Extraction(kind, VERSION, document, tuple(extracts), loaded.digest, issued_at)


def _recognised(
    data: bytes, name: str, kind: str, mappings: Sequence[LoadedMapping]
) -> tuple[LoadedMapping, list[Sheet]]:
    fitting: list[tuple[LoadedMapping, list[Sheet]]] = []
    refused: Refused | None = None
    for loaded in mappings:
        if loaded.mapping.table != kind:
            continue
        try:
            sheets = read_xlsx(data, name) if kind == "xlsx" else read_csv(data, name, loaded.mapping)
        except Refused as error:
            refused = error
            continue
        if _holds(sheets, loaded.mapping.recognise):
            fitting.append((loaded, sheets))
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and refused is not None:
        raise refused
    if kind == "xlsx" and not mappings:
        read_xlsx(data, name)
    names = ", ".join(f"{item.mapping.id} {item.mapping.version}" for item, _ in fitting)
    raise refuse(
        "intake.table.mapping", "It is not clear which mapping describes this table.", where=name,
        expected="exactly one mapping that recognises it",
        got=names or f"none of {len(mappings)} given",
        hint="Give the mapping of this sender with --mapping, or correct its 'recognise'.",
    )  # fmt: skip


def _holds(sheets: list[Sheet], text: str) -> bool:
    return any(
        cell.text.strip() == text for sheet in sheets for row in sheet.rows[:_LOOKED_AT] for cell in row
    )


def _document(
    mapping: Mapping, reader: RowReader, found: list[FoundSection], name: str, faults: Faults
) -> tuple[str, datetime | None]:
    """The sender's id of the document and its time of issue; the file's name where the mapping names none."""
    fields = mapping.document
    if fields is None:
        return f"{mapping.id}/{PurePath(name).name}", None
    for item in found:
        if item.section.id == fields.section and item.rows:
            row = item.rows[0]
            document = reader.text(row, fields.id, item.section)
            issued = reader.text(row, fields.issued_at, item.section) if fields.issued_at else None
            if document:
                return str(document), issued if isinstance(issued, datetime) else None
    faults.add("document_missing", "The document does not say its own id.", expected=fields.id)
    return "", None
