"""``onelot baseline``: what a process usually gives, fitted from its closed lots."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def baseline(
    *,
    archive: Annotated[
        Path, typer.Option("--archive", exists=True, file_okay=False, help="Facts of closed, usual lots.")
    ],
    mbr: Annotated[Path, typer.Option("--mbr", exists=True, dir_okay=False, help="The master batch record.")],
    policy: Annotated[
        Path | None,
        typer.Option(
            "--policy", exists=True, dir_okay=False, help="The review policy; else onelot's default."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where to write the baseline (JSON).")],
) -> None:
    """Fit a baseline: what values are usual, given the starting material.

    'onelot review --baseline' then reports values within their limits that are unusual all the same. What cannot be
    fitted is named.
    """
    from onelot.cli.inputs import read_policy
    from onelot.facts.archive import Archive
    from onelot.recipes.document import load_mbr
    from onelot.review.baseline_fit import fit_baseline

    opened = Archive.open(archive)
    opened.verify()
    fitted = fit_baseline(load_mbr(mbr.read_bytes(), str(mbr)), read_policy(policy), opened.facts())
    out.write_bytes(fitted.canonical + b"\n")
    document = fitted.document
    print(
        f"{len(document.parameters)} parameters of {len(document.lots)} lots written to {out}, {fitted.digest[:12]}"
    )
    for left in document.left_out:
        print(f"  left out: {left.parameter}: {left.why}", file=sys.stderr)
