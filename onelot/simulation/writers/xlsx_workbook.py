"""A record as a workbook with a sheet for each kind of data, as a mapping describes it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.events import Event
from onelot.kernel.refusals import refuse
from onelot.simulation.writers.tables import Table, Tables, Value, time_text

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,9})(?:\.(\d{1,5}))?", re.ASCII)
"""Numbers that a spreadsheet keeps exactly: at most 15 digits."""
_NUMERIC = ("measured", "number", "integer")
_MERGED = ("Step",)
"""Columns in which equal neighbours are one merged cell, as people lay out such sheets."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FIRST_DATE = datetime(1900, 3, 1)  # noqa: DTZ001 - local time; before it the spreadsheet's calendar is wrong
_MAX_TEXT = 32_767
_MAX_ROWS = 1_048_576
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def xlsx_workbook(
    events: Sequence[Event], *, document: str, sender: str, issued_at: datetime, mapping: Mapping
) -> bytes:
    """The events as a workbook that the mapping reads back; the same events give the same bytes.

    Raises Refused for what a workbook cannot hold.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    tables = Tables(mapping)
    for table in (tables.document(document, sender, issued_at), *tables.events(events)):
        if len(table.rows) >= _MAX_ROWS:
            raise refuse(
                "simulation.table.rows", "A sheet cannot hold so many rows.", where=table.section.sheet,
                expected=f"fewer than {_MAX_ROWS}", got=str(len(table.rows)),
            )  # fmt: skip
        _sheet(workbook.create_sheet(table.section.sheet), table, mapping)
    issued = issued_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    workbook.properties.created = workbook.properties.modified = issued
    stream = io.BytesIO()
    workbook.save(stream)
    return _repeatable(stream.getvalue(), issued)


def _sheet(sheet: Any, table: Table, mapping: Mapping) -> None:
    section = table.section
    kinds = [column.kind for column in section.columns.values()]
    if section.layout == "pairs":
        _put(sheet.cell(1, 1), mapping.recognise, "text", mapping)
        first, kinds = 1 + section.skip, ["text", "text"]
    else:
        first = 2
        for column, name in enumerate(section.columns, 1):
            sheet.cell(1, column, name).font = Font(bold=True)
        sheet.freeze_panes = "A2"
    for row, values in enumerate(table.rows, first):
        for column, value in enumerate(values, 1):
            _put(sheet.cell(row, column), value, kinds[column - 1], mapping)
    for column, name in enumerate(section.columns, 1):
        sheet.column_dimensions[get_column_letter(column)].width = 19
        if name in _MERGED and section.layout == "rows":
            _merge(sheet, table, column, first)


def _merge(sheet: Any, table: Table, column: int, first: int) -> None:
    start = 0
    for number in range(1, len(table.rows) + 1):
        same = number < len(table.rows) and table.rows[number][column - 1] == table.rows[start][column - 1]
        if same:
            continue
        if number - start > 1 and table.rows[start][column - 1] is not None:
            sheet.merge_cells(
                start_row=first + start, end_row=first + number - 1, start_column=column, end_column=column
            )
        start = number


def _put(cell: Any, value: Value, kind: str, mapping: Mapping) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        if value.microsecond or value < _FIRST_DATE:
            value = time_text(value, mapping)
        else:
            cell.value = value
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
            return
    number = _NUMBER.fullmatch(value) if kind in _NUMERIC else None
    if number and not (value.startswith("-") and float(value) == 0):
        cell.value = float(value) if number[1] else int(value)
        cell.number_format = f"0.{'0' * len(number[1])}" if number[1] else "0"
        return
    escaped = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
    if len(escaped) > _MAX_TEXT or not _is_unicode(escaped):
        raise refuse(
            "simulation.table.text", "A cell of a workbook cannot hold this text.", where=mapping.id,
            expected=f"at most {_MAX_TEXT} characters of Unicode", got=repr(value[:40]),
        )  # fmt: skip
    cell.value = escaped
    cell.data_type = "s"


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _repeatable(data: bytes, modified: datetime) -> bytes:
    """The same archive with one time in every part, and that of issue in the document's properties."""
    stamp = f"{modified:%Y-%m-%dT%H:%M:%SZ}".encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in sorted(old.namelist()):
            content = old.read(part)
            if part == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(part, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return stream.getvalue()
