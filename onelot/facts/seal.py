"""Reading files that another engine made for an archive: nothing about them is taken on trust."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from onelot.facts.archive import StoredFile, file_digest, table_files
from onelot.facts.derived import READS, Numbering, derived
from onelot.facts.order import in_order
from onelot.facts.schema import LOT_TABLES, TABLES
from onelot.kernel.refusals import Refusal, Refused, refuse


def sealed_files(root: Path) -> list[StoredFile]:
    """Describe every table's files after reading all of them.

    Raises Refused (``facts.archive_schema``, ``facts.archive_derived``, ``facts.archive_lot_split``,
    ``facts.archive_unreadable``), all faults at once.
    """
    faults: list[Refusal] = []
    files: list[StoredFile] = []
    holders: dict[tuple[str, str], Path] = {}
    for path in table_files(root):
        try:
            stored, lots = _read(path)
            _refuse_split(path, lots, holders)
            files.append(stored)
        except Refused as refused:
            faults += refused.refusals
    if faults:
        raise Refused(faults)
    return files


def last_position(table: pa.Table) -> int:
    """The highest position that any column of the rows names."""
    return max(
        (pc.max(table[name]).as_py() or 0 for name in table.column_names if name.endswith("position")),
        default=0,
    )


def _read(path: Path) -> tuple[StoredFile, list[str]]:
    """A file and the lots it holds rows of, read one row group at a time."""
    name = path.parent.name
    lots: list[str] = []
    highest = 0
    try:
        file = pq.ParquetFile(path)
        before = TABLES[name].empty_table()
        numbering = Numbering()
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group).select(TABLES[name].names).cast(TABLES[name])
            rows.validate(full=True)
            highest = max(highest, last_position(rows))
            if name in LOT_TABLES and rows.num_rows:
                _refuse_order(path, pa.concat_tables([before, rows]))
                before = rows.slice(rows.num_rows - 1)
                lots += rows["lot"].unique().to_pylist()
            _refuse_underived(path, rows, numbering)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise refuse(
            "facts.archive_unreadable",
            "This is not a Parquet file with this table's columns, each of its type and filled.",
            where=str(path),
            expected=", ".join(f"{field.name} {field.type}" for field in TABLES[name]),
            got=str(error),
        ) from error
    stored = StoredFile(
        table=name,
        first_lot=lots[0] if lots else "",
        last_lot=lots[-1] if lots else "",
        path=f"{name}/{path.name}",
        rows=file.metadata.num_rows,
        size=path.stat().st_size,
        sha256=file_digest(path),
        last_position=highest,
    )
    return stored, lots


def _refuse_order(path: Path, rows: pa.Table) -> None:
    if not in_order(rows):
        raise refuse("facts.archive_schema", "Rows are not sorted by lot and position.", where=str(path))


def _refuse_underived(path: Path, rows: pa.Table, numbering: Numbering) -> None:
    """Derived columns decide what a review looks at, so each is computed anew and compared."""
    columns = {column: rows[column].to_pylist() for column in rows.column_names if column in READS}
    for column, values in derived(path.parent.name, columns, numbering).items():
        stated = rows[column].to_pylist()
        if stated != values:
            at = next(row for row, value in enumerate(values) if stated[row] != value)
            raise refuse(
                "facts.archive_derived",
                f"Column {column} does not follow from the other columns.",
                where=f"{path}, position {rows['position'][at]}",
                expected=str(values[at]),
                got=str(stated[at]),
                hint="Compute it as docs/reference/facts.md says, and seal again.",
            )


def _refuse_split(path: Path, lots: list[str], holders: dict[tuple[str, str], Path]) -> None:
    """A lot's rows of one table are in one file: else each half would look whole."""
    for lot in filter(None, lots):
        other = holders.setdefault((path.parent.name, lot), path)
        if other != path:
            raise refuse(
                "facts.archive_lot_split",
                f"Rows of lot {lot} are in two files of one table.",
                where=f"{path}, {other.name}",
                expected="all rows of a lot in one file",
                hint="Write them into one file, sorted by lot and position.",
            )
