"""Facts on disk: one folder for each table, one Parquet file for each lot, and a manifest of them all.

::

    ARCHIVE/manifest.parquet                every file with its rows, bytes, SHA-256, first and last lot
    ARCHIVE/parameter_value/LOT-7.parquet   rows of one lot (``onelot facts write``)
    ARCHIVE/parameter_value/part-0.parquet  rows of many lots, sorted (``onelot facts pack``, other engines)
    ARCHIVE/training/site.parquet           a table about people, equipment or material lots
    ARCHIVE/provenance/site.parquet         where the rows of those tables come from

Tables without rows have no file. The manifest is replaced last, so a write that is cut short is seen.
Positions are those of one ledger, or else counted through the whole archive, so each names one entry.
The same rows give the same bytes under one version of pyarrow.
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from onelot.facts.order import in_order
from onelot.facts.schema import LOT_TABLES, TABLES
from onelot.kernel.refusals import Refusal, Refused, refuse

FORMAT = "onelot-archive/1"
MANIFEST = "manifest.parquet"
SITE_PROVENANCE = "provenance/site.parquet"
MANIFEST_SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=False)
        for name, kind in (
            ("table", pa.string()),
            ("path", pa.string()),
            ("rows", pa.int64()),
            ("size", pa.int64()),
            ("sha256", pa.string()),
            ("first_lot", pa.string()),
            ("last_lot", pa.string()),
            ("last_position", pa.int64()),
        )
    ],
    metadata={"format": FORMAT},
)


@dataclass(frozen=True, order=True)
class StoredFile:
    """One Parquet file of an archive. ``path`` is relative to the archive, ``size`` in bytes."""

    table: str
    first_lot: str
    last_lot: str
    path: str
    rows: int
    size: int
    sha256: str
    last_position: int

    @property
    def of_lots(self) -> bool:
        """Whether its rows belong to lots, not to a site."""
        return self.table in LOT_TABLES and self.path != SITE_PROVENANCE

    def holds(self, lots: LotRange) -> bool:
        """Whether rows of the range may be in this file; what belongs to a site belongs to every range."""
        return not self.of_lots or lots.meets(self.first_lot, self.last_lot)


@dataclass(frozen=True)
class LotRange:
    """Lots with ``start <= lot < end`` in code point order; None is no bound."""

    start: str | None = None
    end: str | None = None

    def meets(self, first: str, last: str) -> bool:
        """Whether a file whose lots lie from ``first`` to ``last`` can hold a lot of the range."""
        return (self.start is None or last >= self.start) and (self.end is None or first < self.end)

    def condition(self) -> ds.Expression:
        """The range as a filter on column ``lot``; rows of no lot (a site's) are always in it."""
        inside = ds.scalar(True)
        if self.start is not None:
            inside &= ds.field("lot") >= self.start
        if self.end is not None:
            inside &= ds.field("lot") < self.end
        return inside | (ds.field("lot") == "")


EVERY_LOT = LotRange()


class Archive:
    """An archive opened for reading; its files are those that the manifest names, no others."""

    def __init__(self, root: Path, files: Sequence[StoredFile]) -> None:
        self.root = root
        self.files = tuple(sorted(files))

    @classmethod
    def open(cls, root: Path) -> Archive:
        """Read the manifest and compare it with the folder's names and sizes.

        Raises Refused (``facts.archive_missing``, ``facts.archive_unreadable``,
        ``facts.archive_changed``, all differences at once).
        """
        archive = cls(root, read_manifest(root))
        known = {file.path: file.size for file in archive.files}
        present = {str(path.relative_to(root)): path.stat().st_size for path in table_files(root)}
        changed = sorted(
            name for name in known.keys() | present.keys() if known.get(name) != present.get(name)
        )
        if changed:
            raise Refused([_changed(root, name, known.get(name), present.get(name)) for name in changed])
        return archive

    def verify(self) -> None:
        """Compare the digest of every file with the manifest. Raises Refused (``facts.archive_changed``)."""
        faults = [
            Refusal(
                "facts.archive_changed",
                "A file of the archive is not the one that was written.",
                where=str(self.root / file.path),
                expected=file.sha256,
                got=found,
                hint="Write the lot again from its record or from the ledger.",
            )
            for file in self.files
            if (found := file_digest(self.root / file.path)) != file.sha256
        ]
        if faults:
            raise Refused(faults)

    def paths(self, table: str, lots: LotRange = EVERY_LOT) -> list[Path]:
        """The files of a table that may hold rows of the range, in the order of their first lots."""
        return [self.root / file.path for file in self.files if file.table == table and file.holds(lots)]

    def rows(self, table: str) -> int:
        """How many rows the table has in the whole archive."""
        return sum(file.rows for file in self.files if file.table == table)

    @property
    def last_position(self) -> int:
        """The highest position of any row; 0 in an empty archive."""
        return max((file.last_position for file in self.files), default=0)

    def lots(self) -> list[str]:
        """Every lot that has a row in table ``lot``, sorted; each lot that a record names has one."""
        found: set[str] = set()
        for file in self.files:
            if file.table == "lot" and file.first_lot == file.last_lot:
                found.add(file.first_lot)
            elif file.table == "lot":
                found.update(pq.read_table(self.root / file.path, columns=["lot"])["lot"].to_pylist())
        return sorted(found)

    def ranges(self, rows: int) -> Iterator[LotRange]:
        """Ranges of lots that together cover the archive, each at least one lot and about ``rows`` rows."""
        lots = self.lots()
        total = sum(file.rows for file in self.files if file.of_lots)
        step = max(1, rows * len(lots) // max(1, total))
        bounds: list[str | None] = [None, *lots[step::step], None]
        for start, end in pairwise(bounds):
            yield LotRange(start, end)

    def facts(self, lots: LotRange = EVERY_LOT) -> dict[str, pa.Table]:
        """All fact tables with the rows of the range, sorted by lot and position, and all site tables."""
        return {table: self._table(table, lots) for table in TABLES}

    def _table(self, table: str, lots: LotRange) -> pa.Table:
        schema = TABLES[table]
        paths = [str(path) for path in self.paths(table, lots)]
        if not paths:
            return schema.empty_table()
        condition = lots.condition() if table in LOT_TABLES else None
        try:
            found = ds.dataset(paths, schema=schema, format="parquet").to_table(filter=condition)
        except (pa.ArrowException, OSError) as error:
            raise refuse(
                "facts.archive_unreadable",
                "A file of the archive cannot be read.",
                where=str(self.root / table),
                got=str(error),
                hint="Write the lot again from its record or from the ledger.",
            ) from error
        return found if table not in LOT_TABLES or in_order(found) else found.sort_by(_ORDER)


_ORDER = [("lot", "ascending"), ("position", "ascending")]


def table_files(root: Path) -> list[Path]:
    """Every Parquet file in the folders of the fact tables."""
    return sorted(path for table in TABLES for path in (root / table).glob("*.parquet"))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_manifest(root: Path) -> list[StoredFile]:
    """The files that the manifest names.

    Raises Refused (``facts.archive_missing``, ``facts.archive_unreadable``).
    """
    path = root / MANIFEST
    if not path.is_file():
        raise refuse(
            "facts.archive_missing",
            "This is not an archive of facts, or nothing says whether it is whole.",
            where=str(root),
            expected=f"a folder with {MANIFEST}",
            hint="Write one with 'onelot facts write', or run 'onelot facts seal' over files made elsewhere.",
        )
    try:
        stored = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise refuse(
            "facts.archive_unreadable", "The manifest is not a Parquet file.", where=str(path), got=str(error)
        ) from error
    if (stored.schema.metadata or {}).get(b"format") != FORMAT.encode() or stored.column_names != (
        MANIFEST_SCHEMA.names
    ):
        raise refuse(
            "facts.archive_unreadable",
            "The manifest has another format.",
            where=str(path),
            expected=FORMAT,
            got=", ".join(stored.column_names),
        )
    return [StoredFile(**row) for row in stored.to_pylist()]


def lots_of(files: Sequence[StoredFile], root: Path, wanted: Sequence[str]) -> set[str]:
    """Which of the ``wanted`` lots have rows in these files of many lots."""
    ordered = sorted(wanted)
    found: set[str] = set()
    for file in files:
        inside = ordered[
            bisect.bisect_left(ordered, file.first_lot) : bisect.bisect_right(ordered, file.last_lot)
        ]
        if inside:
            column = pq.read_table(root / file.path, columns=["lot"])["lot"].unique()
            found.update(set(inside) & set(column.to_pylist()))
    return found


def _changed(root: Path, name: str, known: int | None, present: int | None) -> Refusal:
    return Refusal(
        "facts.archive_changed",
        "The folder and its manifest disagree: the archive was changed, or a write was cut short.",
        where=str(root / name),
        expected="no such file" if known is None else f"{known} bytes",
        got="no such file" if present is None else f"{present} bytes",
        hint="Write the lot again, or run 'onelot facts seal' if another engine wrote these files.",
    )
