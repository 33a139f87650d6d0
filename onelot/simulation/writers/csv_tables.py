"""A record as one CSV file, sections one below another, as a mapping describes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from onelot.intake.tabular.csv_grid import needs_apostrophe
from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.events import Event
from onelot.simulation.writers.tables import Table, Value, document_table, event_tables, time_text


def csv_tables(
    events: Sequence[Event], *, document: str, sender: str, issued_at: datetime, mapping: Mapping
) -> bytes:
    """The events as a CSV file that the mapping reads back."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mapping.delimiter, lineterminator="\r\n")
    for table in (document_table(mapping, document, sender, issued_at), *event_tables(mapping, events)):
        _write(writer, table, mapping)
    return text.getvalue().encode(mapping.encoding)


def _write(writer: object, table: Table, mapping: Mapping) -> None:
    rows: list[Sequence[Value]] = [[table.section.marker]]
    if table.section.layout == "rows":
        rows.append([*table.section.columns])
    rows += table.rows
    rows.append([])
    for row in rows:
        writer.writerow([_text(value, mapping) for value in row])  # type: ignore[attr-defined]


def _text(value: Value, mapping: Mapping) -> str:
    if value is None:
        return ""
    text = time_text(value, mapping) if isinstance(value, datetime) else value
    return f"'{text}" if needs_apostrophe(text) else text
