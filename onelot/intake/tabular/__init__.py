"""Tables (CSV, XLSX, indented read-outs) read by a mapping that describes the sender's columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from onelot.intake.adapter import Extract, Extraction
from onelot.intake.tabular.coverage import Coverage
from onelot.intake.tabular.csv_grid import read_csv
from onelot.intake.tabular.grid import Faults, Sheet
from onelot.intake.tabular.mapping import LoadedMapping, Mapping, matches
from onelot.intake.tabular.outline_grid import read_outline
from onelot.intake.tabular.rows import RowReader
from onelot.intake.tabular.sections import FoundSection, Layout
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

VERSION = "2"
_WORKBOOK = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_LOOKED_AT = 40
"""Filled rows in which the text that a mapping is recognised by must stand."""


def read_table(data: bytes, name: str, mappings: Sequence[LoadedMapping]) -> Extraction:
    """All facts of a table, by the one mapping that recognises it. Raises Refused (``intake.table.*``)."""
    loaded, sheets = _recognised(data, name, mappings)
    mapping = loaded.mapping
    sheets = [
        sheet for sheet in sheets if not any(matches(known, sheet.name) for known in mapping.ignore_sheets)
    ]
    faults, coverage = Faults(name), Coverage()
    reader = RowReader(mapping, faults, coverage, _from_name(mapping, name, faults))
    extracts: list[Extract] = []
    found: list[FoundSection] = []
    for section in Layout(mapping, sheets, faults, coverage).sections():
        found.append(section)
        extracts += reader.events(section)
    document, issued_at = _document(mapping, reader, found, name, faults)
    if faults.found:
        raise Refused(faults.found)
    if not extracts:
        raise refuse(
            "intake.table.no_facts", "The table holds no row that states anything.", where=name,
            expected=said("rows of mapping {id} {version}", id=mapping.id, version=mapping.version),
        )  # fmt: skip
    lots = {lot for extract in extracts if (lot := getattr(extract.event, "lot", ""))}
    extracts += _claimed_title(mapping, coverage, sheets, lots)
    return Extraction(mapping.table, VERSION, document, tuple(extracts), loaded.digest, issued_at)


def _recognised(
    data: bytes, name: str, mappings: Sequence[LoadedMapping]
) -> tuple[LoadedMapping, list[Sheet]]:
    workbook = data.startswith(_WORKBOOK)
    fitting: list[tuple[LoadedMapping, list[Sheet]]] = []
    refused: Refused | None = None
    read: dict[tuple[str, ...], list[Sheet]] = {}
    if workbook and not any(item.mapping.table == "xlsx" for item in mappings):
        _workbook(data, name)  # what is wrong with the workbook itself comes first
    for loaded in mappings:
        mapping = loaded.mapping
        if (mapping.table == "xlsx") != workbook:
            continue
        key = (mapping.table, mapping.text_mark, *(() if workbook else (mapping.encoding, mapping.delimiter)))
        try:
            if key not in read:
                read[key] = _sheets(data, name, mapping)
        except Refused as error:
            refused = refused or error
            continue
        if _holds(read[key], mapping.recognise):
            fitting.append((loaded, read[key]))
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and refused is not None:
        raise refused
    names = ", ".join(f"{item.mapping.id} {item.mapping.version}" for item, _ in fitting)
    raise refuse(
        "intake.table.mapping", "It is not clear which mapping describes this table.", where=name,
        expected="exactly one mapping that recognises it",
        got=names or said("none of {count} given", count=len(mappings)),
        hint="Give the mapping of this sender with --mapping, or correct its 'recognise'.",
    )  # fmt: skip


def _sheets(data: bytes, name: str, mapping: Mapping) -> list[Sheet]:
    if mapping.table == "xlsx":
        return _workbook(data, name, mapping.text_mark)
    return (read_csv if mapping.table == "csv" else read_outline)(data, name, mapping)


def _workbook(data: bytes, name: str, text_mark: str = "") -> list[Sheet]:
    # Imported here because it takes a tenth of a second, and most files are none.
    from onelot.intake.tabular.xlsx_grid import read_xlsx

    return read_xlsx(data, name, text_mark)


def _holds(sheets: list[Sheet], text: str) -> bool:
    return any(
        matches(text, cell.text)
        for sheet in sheets
        for row in sheet.rows[:_LOOKED_AT]
        for cell in row.cells.values()
    )


def _from_name(mapping: Mapping, name: str, faults: Faults) -> dict[str, Any]:
    """The fields that the file's own name gives."""
    if not mapping.file_name:
        return {}
    found = re.fullmatch(mapping.file_name, PurePath(name).name)
    if found is None:
        faults.add(
            "file_name", "The file is not named as the mapping says, so its name says nothing of its rows.",
            expected=mapping.file_name, got=PurePath(name).name,
        )  # fmt: skip
        return {}
    return {key: value for key, value in found.groupdict().items() if value is not None}


def _claimed_title(
    mapping: Mapping, coverage: Coverage, sheets: list[Sheet], lots: set[str]
) -> list[Extract]:
    """What has no meaning; the title that the mapping was recognised by has one."""
    for sheet in sheets:
        for row in sheet.rows[:_LOOKED_AT]:
            for cell in row.cells.values():
                if matches(mapping.recognise, cell.text):
                    coverage.claim(cell)
    return [*coverage.unmapped(sheets, lots)]


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
            document = reader.document_field(row, fields.id, item.section)
            issued = reader.document_field(row, fields.issued_at, item.section) if fields.issued_at else None
            if document:
                return str(document), issued if isinstance(issued, datetime) else None
    faults.add("document_missing", "The document does not say its own id.", expected=fields.id)
    return "", None
