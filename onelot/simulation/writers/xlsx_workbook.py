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
from onelot.simulation.writers.tables import Table, Value, document_table, event_tables, time_text

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,9})(?:\.(\d{1,8}))?")
_MERGED = ("Step",)
"""Columns in which equal neighbours are one merged cell, as people lay out such sheets."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def xlsx_workbook(
    events: Sequence[Event], *, document: str, sender: str, issued_at: datetime, mapping: Mapping
) -> bytes:
    """The events as a workbook that the mapping reads back; the same events give the same bytes."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for table in (document_table(mapping, document, sender, issued_at), *event_tables(mapping, events)):
        _sheet(workbook.create_sheet(table.section.sheet), table, mapping)
    issued = issued_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    workbook.properties.created = workbook.properties.modified = issued
    stream = io.BytesIO()
    workbook.save(stream)
    return _repeatable(stream.getvalue(), issued)


def _sheet(sheet: Any, table: Table, mapping: Mapping) -> None:
    section = table.section
    if section.layout == "pairs":
        _put(sheet.cell(1, 1), mapping.recognise, mapping)
        first = 1 + section.skip
    else:
        first = 2
        for column, name in enumerate(section.columns, 1):
            sheet.cell(1, column, name).font = Font(bold=True)
        sheet.freeze_panes = "A2"
    for row, values in enumerate(table.rows, first):
        for column, value in enumerate(values, 1):
            _put(sheet.cell(row, column), value, mapping)
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


def _put(cell: Any, value: Value, mapping: Mapping) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        if value.microsecond:
            cell.value = time_text(value, mapping)
        else:
            cell.value = value
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return
    number = _NUMBER.fullmatch(value)
    if (number and value != "-0" and float(value) != 0) or value == "0":
        cell.value = float(value) if number and number[1] else int(value)
        cell.number_format = f"0.{'0' * len(number[1])}" if number and number[1] else "0"
        return
    cell.value = value
    cell.data_type = "s"


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
