"""Writing archives of facts: lots are added or replaced whole, and the manifest is replaced last."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from onelot.facts.archive import (
    MANIFEST,
    MANIFEST_SCHEMA,
    SITE_PROVENANCE,
    Archive,
    StoredFile,
    file_digest,
    lots_of,
    read_manifest,
)
from onelot.facts.schema import LOT_TABLES, SITE_TABLES, TABLES
from onelot.facts.seal import last_position, sealed_files
from onelot.kernel.refusals import refuse

_SAFE = re.compile(r"[A-Z0-9](?:[A-Z0-9_.-]{0,62}[A-Z0-9_-])?", re.ASCII)
_ROW_GROUP = 122_880
"""Rows of a row group: DuckDB's own, so that its threads share a file evenly."""


def file_name(lot: str) -> str:
    """The file of a lot within each table's folder.

    Lot numbers of upper-case letters, digits, ``_ . -`` are their own name. Any other is cleaned and gets
    ``~`` and 128 bits of its SHA-256, so no two lots share a file, also where case does not count.
    """
    if _SAFE.fullmatch(lot):
        return f"{lot}.parquet"
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", lot)[:64]
    return f"{readable}~{hashlib.sha256(lot.encode()).hexdigest()[:32]}.parquet"


def write_archive(root: Path, facts: Mapping[str, pa.Table]) -> Archive:
    """Add the lots of ``facts`` to the archive, or replace them; other lots stay.

    A lot is replaced in all tables. A site table that has rows replaces the archive's, so that an old status
    never outlives its correction; one without rows leaves it. Positions above ``Archive.last_position`` are
    free, unless all positions are those of one ledger.
    Raises Refused (``facts.archive_schema``; ``facts.archive_lot_packed``: a lot is in a file of many lots).
    """
    for name, table in facts.items():
        if not table.schema.equals(TABLES[name]):
            raise refuse(
                "facts.archive_schema",
                "The facts do not have the columns of their table.",
                where=name,
                expected=str(TABLES[name]),
                got=str(table.schema),
            )
    with _only_writer(root):
        files = {file.path: file for file in read_manifest(root)} if (root / MANIFEST).exists() else {}
        facts, provenance = _apart(facts)
        written = sorted({lot for name in LOT_TABLES for lot in facts[name]["lot"].unique().to_pylist()})
        _refuse_packed(root, list(files.values()), written)
        replaced = {f"{table}/{file_name(lot)}" for lot in written for table in LOT_TABLES}
        kept = {path: file for path, file in files.items() if path not in replaced}
        new = {file.path: file for file in _write_tables(root, facts)}
        for path in sorted(files.keys() & replaced - new.keys()):
            (root / path).unlink(missing_ok=True)
        files = {**kept, **new}
        if provenance.num_rows:
            files[SITE_PROVENANCE] = _write_site_provenance(root, files, provenance)
        return _commit(root, files)


def seal(root: Path) -> Archive:
    """Take the folder as it is: check every file's columns, order and derived columns, and write the manifest.

    For files made by another engine. Raises Refused (``facts.archive_schema``,
    ``facts.archive_unreadable``), all faults at once.
    """
    with _only_writer(root):
        files = sealed_files(root)
        return _commit(root, {file.path: file for file in files})


def pack(root: Path, rows: int) -> Archive:
    """Merge the files of single lots into files of about ``rows`` rows each; facts stay the same.

    Thousands of small files cost more to open than to read.
    """
    archive = Archive.open(root)
    archive.verify()
    with _only_writer(root):
        files = {file.path: file for file in archive.files if not file.of_lots}
        run = hashlib.sha256("".join(file.sha256 for file in archive.files).encode()).hexdigest()[:16]
        for number, lots in enumerate(archive.ranges(rows)):
            for name, table in _apart(archive.facts(lots))[0].items():
                if name in LOT_TABLES and table.num_rows:
                    stored = _write(root, name, f"part-{run}-{number:06}.parquet", table)
                    files[stored.path] = stored
        for file in archive.files:
            if file.path not in files:
                (root / file.path).unlink()
        return _commit(root, files)


def _apart(facts: Mapping[str, pa.Table]) -> tuple[dict[str, pa.Table], pa.Table]:
    """The facts with the provenance of lots only, and the provenance of site tables."""
    provenance = facts["provenance"]
    of_site = pc.equal(provenance["lot"], "")
    return {**facts, "provenance": provenance.filter(pc.invert(of_site))}, provenance.filter(of_site)


def _write_site_provenance(root: Path, files: Mapping[str, StoredFile], added: pa.Table) -> StoredFile:
    """Keep where each row of the present site tables comes from, and no more."""
    before = [pq.read_table(root / SITE_PROVENANCE)] if SITE_PROVENANCE in files else []
    tables = [file.path for file in files.values() if file.table in SITE_TABLES]
    used = pa.chunked_array([pq.read_table(root / path)["position"] for path in tables], pa.int64())
    rows = pa.concat_tables([*(table.cast(added.schema) for table in before), added])
    return _write(root, "provenance", "site.parquet", _sorted(rows.filter(pc.is_in(rows["position"], used))))


@contextmanager
def _only_writer(root: Path) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_tables(root: Path, facts: Mapping[str, pa.Table]) -> Iterator[StoredFile]:
    for name, table in facts.items():
        if not table.num_rows:
            continue
        if name in SITE_TABLES:
            yield _write(root, name, "site.parquet", _sorted(table))
            continue
        ordered = _sorted(table)
        starts = [0, *pc.indices_nonzero(_changes(ordered["lot"])).to_pylist()]
        for start, end in zip(starts, [*starts[1:], ordered.num_rows], strict=True):
            rows = ordered.slice(start, end - start)
            yield _write(root, name, file_name(rows["lot"][0].as_py()), rows)


def _changes(column: pa.ChunkedArray) -> pa.Array:
    """Whether each value but the first differs from the one before it; the first is False."""
    values = column.combine_chunks()
    return pa.concat_arrays([pa.array([False]), pc.not_equal(values[1:], values[:-1])])


def _sorted(table: pa.Table) -> pa.Table:
    """Rows by lot and position, ties by every other column: one order for one set of rows."""
    first = [name for name in ("lot", "position") if name in table.column_names]
    rest = [name for name in table.column_names if name not in first]
    return table.sort_by([(name, "ascending") for name in (*first, *rest)])


def _write(root: Path, name: str, file: str, table: pa.Table) -> StoredFile:
    folder = root / name
    folder.mkdir(exist_ok=True)
    path, partial = folder / file, folder / f".{file}.partial"
    write_parquet(partial, table)
    partial.replace(path)
    lots = table["lot"] if name in LOT_TABLES and table.num_rows else None
    return StoredFile(
        table=name,
        first_lot=lots[0].as_py() if lots else "",
        last_lot=lots[-1].as_py() if lots else "",
        path=f"{name}/{file}",
        rows=table.num_rows,
        size=path.stat().st_size,
        sha256=file_digest(path),
        last_position=last_position(table),
    )


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write rows as this project's archives hold them.

    Times and positions rise within a lot, so their differences take half the room of other encodings and half
    the time to read; the other columns repeat few values.
    """
    rising = [
        name
        for name in table.column_names
        if name.endswith(("_us", "position")) and name != "verified_after_us"
    ]
    pq.write_table(
        table,
        path,
        compression="zstd",
        row_group_size=_ROW_GROUP,
        use_dictionary=[name for name in table.column_names if name not in rising],
        column_encoding=dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
        # Without the Arrow schema the bytes depend on the columns only.
        store_schema=False,
    )


def _refuse_packed(root: Path, files: list[StoredFile], lots: list[str]) -> None:
    many = [
        file for file in files if file.of_lots and file.path != f"{file.table}/{file_name(file.first_lot)}"
    ]
    packed = sorted(lots_of(many, root, lots))
    if packed:
        raise refuse(
            "facts.archive_lot_packed",
            "These lots are in a file of many lots, which is not rewritten lot by lot.",
            where=str(root),
            got=", ".join(packed),
            hint="Write them to another archive, or make this one anew.",
        )


def _commit(root: Path, files: Mapping[str, StoredFile]) -> Archive:
    archive = Archive(root, list(files.values()))
    columns = {name: [getattr(file, name) for file in archive.files] for name in MANIFEST_SCHEMA.names}
    partial = root / f".{MANIFEST}.partial"
    pq.write_table(pa.table(columns, schema=MANIFEST_SCHEMA), partial, compression="zstd")
    # One flush for all files of the write; the manifest names them only afterwards.
    os.sync()
    partial.replace(root / MANIFEST)
    return archive
