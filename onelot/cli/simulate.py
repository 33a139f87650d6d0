"""``onelot simulate``: a network's records, as its sites would send them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

EXAMPLES = Path("examples")


@app.command()
def simulate(
    *,
    lots: Annotated[int, typer.Option("--lots", min=1, help="How many lots.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")],
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="A new or empty folder.")],
    defects: Annotated[
        float, typer.Option("--defects", min=0.0, max=1.0, help="Share of lots in which defects are planted.")
    ] = 0.4,
    history: Annotated[
        int, typer.Option("--history", min=0, help="Good closed lots before the first.")
    ] = 180,
    examples: Annotated[
        Path,
        typer.Option("--examples", exists=True, file_okay=False, help="Folder with network/ and mappings/."),
    ] = EXAMPLES,
) -> None:
    """Write batch records of a synthetic network, with planted defects and the truth about them.

    Records come as B2MML, JSON, CSV and XLSX files under OUT/records, site records under OUT/sites, master batch
    records under OUT/mbr, and what was planted where in OUT/truth.json.
    """
    from onelot.simulation.generate import simulate as write

    truth = write(examples, lots, seed, out, defects=defects, history=history)
    planted = [defect for lot in truth.lots for defect in lot.planted]
    kinds = {defect.defect for defect in planted}
    print(f"{len(truth.lots)} lots written to {out}, {len(planted)} defects of {len(kinds)} kinds planted")
