"""``onelot dossier``: everything the ledger knows of a lot, as one sealed PDF/A-3."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def dossier(
    lot: Annotated[str, typer.Argument(help="Number of the lot.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", dir_okay=False, help="The file to write.")
    ] = None,
    position: Annotated[
        int | None, typer.Option(min=1, help="As the ledger was at this position; none: as it is now.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language of its own words: en or de.")] = "en",
) -> None:
    """Write the dossier of a lot: what was decided, made, tested, reviewed and signed, with every proof inside.

    The same position and language give the same bytes. `onelot verify FILE` checks it, on any machine.
    """
    from onelot.settings.stores import open_evidence, open_ledger, open_sealing_key, open_signing_key

    ledger = open_ledger()
    # Its words want Django set up.
    from onelot.disposition.dossier.service import Keys, file_name, make_dossier

    keys = Keys(open_signing_key(), open_sealing_key(create=True))
    data = make_dossier(
        ledger, open_evidence(), lot, keys=keys, position=position, language=language, progress=_progress
    )  # fmt: skip
    target = out or Path(file_name(lot))
    target.write_bytes(data)
    print(f"written to {target} ({len(data):,} bytes)")


def _progress(what: str, done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what:<24} {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
