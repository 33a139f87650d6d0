"""What several commands take: files and folders of records, mappings, a policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from onelot.intake.tabular.mapping import LoadedMapping
    from onelot.recipes.document import LoadedPolicy

Mappings = Annotated[
    list[Path] | None,
    typer.Option(
        "--mapping", exists=True, dir_okay=False, help="How to read CSV and XLSX files; repeatable."
    ),
]


def read_files(paths: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the files themselves, and of those in folders, in order of their names."""
    for path in paths:
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            yield str(file), file.read_bytes()


def read_mappings(paths: list[Path] | None) -> list[LoadedMapping]:
    """The mappings in files."""
    if not paths:
        return []
    from onelot.intake.tabular.mapping import load_mapping

    return [load_mapping(path.read_bytes(), str(path)) for path in paths]


def read_policy(path: Path | None) -> LoadedPolicy:
    """The policy in a file, or onelot's default."""
    from onelot.recipes.document import load_policy

    return load_policy(policy_bytes(path), str(path or "default policy"))


def policy_bytes(path: Path | None) -> bytes:
    """The policy's file, or that of onelot's default."""
    from importlib.resources import files

    if path is not None:
        return path.read_bytes()
    return files("onelot.review").joinpath("default_policy.yaml").read_bytes()
