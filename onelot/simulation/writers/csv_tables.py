"""A record as one CSV file, sections one below another, as a mapping describes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.events import Event
from onelot.kernel.refusals import refuse
from onelot.simulation.writers.tables import Table, Tables, Value, time_text


def csv_tables(
    events: Sequence[Event], *, document: str, sender: str, issued_at: datetime, mapping: Mapping
) -> bytes:
    """The events as a CSV file that the mapping reads back. Raises Refused for what the file cannot say."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mapping.delimiter, lineterminator="\r\n")
    tables = Tables(mapping)
    for table in (tables.document(document, sender, issued_at), *tables.events(events)):
        writer.writerows([_text(value, mapping) for value in row] for row in _laid_out(table))
    written = text.getvalue()
    try:
        if "\x00" in written:
            raise refuse(
                "simulation.table.character",
                "A CSV file cannot hold this character.",
                where=mapping.id,
                got="NUL",
            )
        return written.encode(mapping.encoding)
    except UnicodeEncodeError as error:
        raise refuse(
            "simulation.table.character", "The mapping's encoding cannot hold this character.", where=mapping.id,
            expected=mapping.encoding, got=repr(written[error.start]),
        ) from error  # fmt: skip


def _laid_out(table: Table) -> list[Sequence[Value]]:
    head: list[Sequence[Value]] = [[table.section.marker]]
    if table.section.layout == "rows":
        head.append([*table.section.columns])
    return [*head, *table.rows, []]


def _text(value: Value, mapping: Mapping) -> str:
    if value is None:
        return ""
    return time_text(value, mapping) if isinstance(value, datetime) else value
