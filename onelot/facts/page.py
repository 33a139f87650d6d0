"""The reference page of the fact tables, made from their schemas."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from onelot.facts.schema import LOT_TABLES, SITE_TABLES

_NOTES = """
An archive is a folder with one folder for each table that has rows. `onelot facts write` makes one file of each lot,
`onelot facts pack` merges them; any engine that writes Parquet can make the files, and `onelot facts seal` takes them.
Sealing reads everything: types, order (lot, then position), that all rows of a lot in one table are in one file, and
the derived columns, which it computes again.

## Derived columns

They say what follows from other columns, so that a review of millions of rows need not find it out row by row.

- `nth` numbers a lot's entries of one parameter, or its runs of one phase, from 1 in the order of positions. In SQL:
  `ROW_NUMBER() OVER (PARTITION BY lot, parameter ORDER BY position)`.
- `verified_after_us` is `verified_us` less the time at which the act was performed: `ended_us` of a phase,
  `performed_us` of an entry, `used_us`, `read_us`, `reconciled_us`. It is null where either is.
- `second_person` is 1 where a person other than the performer verified: both are named, `verification` is not
  `machine`, and the names differ by more than case and white space. Else it is 0.

## Types

`string` is never null, empty is absent. Columns that end in `_us` are microseconds since 1970-01-01T00:00Z, or a span
of them. `position` is the position in the ledger that proves the row, or counts through the archive.
"""


def facts_page() -> str:
    """All fact tables with their columns, as Markdown."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield "# Fact tables\n"
    yield "The one input of reviews: what happened, as typed columns."
    yield _NOTES
    yield "## Tables of a lot\n"
    for name, schema in LOT_TABLES.items():
        yield _table(name, schema)
    yield "## Tables of sites\n\nPeople, equipment and material lots are shared by all lots.\n"
    for name, schema in SITE_TABLES.items():
        yield _table(name, schema)


def _table(name: str, schema: pa.Schema) -> str:
    columns = ", ".join(
        f"`{field.name}` {field.type}{' or null' if field.nullable else ''}" for field in schema
    )
    return f"- **{name}**: {columns}\n"
