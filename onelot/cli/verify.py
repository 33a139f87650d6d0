"""``onelot verify``: the verdict on a dossier or a receipt; ``onelot-verify`` does the same in a small installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A dossier (PDF) or a receipt (JSON).")],
    key: Annotated[
        str,
        typer.Option("--key", metavar="VKEY", help="The ledger's verification key, or a file that holds it."),
    ] = "",
    certificate: Annotated[
        list[Path] | None,
        typer.Option("--certificate", help="A certificate that you trust: the seal's own, or its issuer's."),
    ] = None,
    original: Annotated[
        Path | None, typer.Option("--original", help="For a receipt: the file that was sent.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The verdict as JSON.")] = False,
) -> None:
    """Check offline that a dossier or receipt is unaltered, and name every part that is not.

    Exit status: 0 unaltered, 1 altered, 2 could not be checked.
    """
    from onelot.verify.command import told

    raise typer.Exit(told(file, key, certificate or [], original, as_json=as_json))
