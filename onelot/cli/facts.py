"""``onelot facts``: the facts of lots as Parquet archives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onelot.cli.inputs import Mappings, read_files, read_mappings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Facts of lots as typed tables in Parquet."
)

_Folder = Annotated[Path, typer.Argument(file_okay=False, help="The archive's folder.")]


@app.command()
def write(
    archive: _Folder,
    records: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, help="Records; without any, the ledger's facts are written."),
    ] = None,
    *,
    mapping: Mappings = None,
) -> None:
    """Write facts to an archive, one Parquet file a table and lot. Lots that are there already are replaced."""
    from onelot.facts.archive_writer import write_archive
    from onelot.facts.build import fact_tables

    if records:
        from onelot.intake.collecting import collect

        facts = fact_tables(collect(read_files(records), read_mappings(mapping)).sourced)
    else:
        from onelot.intake.service import current_facts
        from onelot.settings.stores import open_ledger

        facts = fact_tables(current_facts(open_ledger()))
    written = write_archive(archive, facts)
    print(f"{len(written.lots())} lots in {archive}")


@app.command()
def check(archive: _Folder) -> None:
    """Check that no file of an archive was changed, removed or added."""
    from onelot.facts.archive import Archive

    opened = Archive.open(archive)
    opened.verify()
    print(f"{len(opened.lots())} lots, {len(opened.files)} files as their manifest says")


@app.command()
def pack(
    archive: _Folder,
    rows: Annotated[int, typer.Option("--rows", min=1, help="About so many rows a file.")] = 1_000_000,
) -> None:
    """Merge the files of single lots into large ones; thousands of small files cost more to open than to read."""
    from onelot.facts.archive_writer import pack as pack_archive

    print(f"{len(pack_archive(archive, rows).files)} files")


@app.command()
def seal(archive: _Folder) -> None:
    """Take in files that another engine made: check columns, order and derived columns, and write the manifest."""
    from onelot.facts.archive_writer import seal as seal_archive

    sealed = seal_archive(archive)
    print(f"{len(sealed.lots())} lots, {len(sealed.files)} files sealed")
