"""``onelot benchmark``: score any review software against a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from onelot.review.statistics import Rate
    from onelot.simulation.scoring import Score, ScoredFinding

app = typer.Typer(add_completion=False)
_SHOWN = 20


@app.command()
def benchmark(
    truth: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="truth.json of a simulation.")],
    findings: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="Exceptions found, JSON or one JSON object a line."),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The score as JSON.")] = False,
) -> None:
    """Compare exceptions with the truth: defects found, and false alarms.

    FINDINGS holds objects with ``lot``, ``check``, ``variant``, ``subject`` (one a line, or a JSON list), or is what
    'onelot review --json' prints. The frozen benchmark is 'onelot simulate --lots 240 --seed 20260202'. Exit status:
    0 all found and no false alarm, 1 otherwise, 2 input that cannot be read.
    """
    from onelot.simulation.scoring import score
    from onelot.simulation.truth import load_truth

    result = score(load_truth(truth.read_bytes(), str(truth)), _read(findings.read_bytes(), str(findings)))
    _print_json(result) if as_json else print_score(result)
    raise typer.Exit(0 if result.found == result.planted and not result.false_alarms else 1)


def _read(data: bytes, name: str) -> list[ScoredFinding]:
    import msgspec

    from onelot.kernel.refusals import refuse
    from onelot.simulation.scoring import ScoredFinding

    try:
        if data.lstrip()[:1] == b"[":
            return [*msgspec.json.decode(data, type=list[ScoredFinding])]
        rows = [msgspec.json.decode(line) for line in data.splitlines() if line.strip()]
        lots = [lot for row in rows if "lots" in row for lot in row["lots"]]
        plain = [row for row in rows if "lots" not in row]
        plain += [finding for lot in lots for finding in lot["findings"]]
        return [*msgspec.convert(plain, list[ScoredFinding])]
    except (msgspec.MsgspecError, TypeError, KeyError) as error:
        raise refuse(
            "simulation.findings_unreadable", "These are not findings.", where=name,
            expected="JSON objects with lot, check, variant and subject", got=str(error),
        ) from error  # fmt: skip


def print_score(result: Score) -> None:
    """The score in words."""
    print(f"Planted defects found   {_rate(result.sensitivity)}, of {len(result.kinds)} kinds")
    print(f"Good lots passed        {_rate(result.specificity)}")
    print(f"False alarms            {len(result.false_alarms)}")
    for missed in result.missed[:_SHOWN]:
        print(f"  missed       {missed.lot}  {missed.planted.defect}: {missed.planted.what}")
    for alarm in result.false_alarms[:_SHOWN]:
        print(f"  false alarm  {alarm.lot}  {alarm.check} {alarm.variant}: {alarm.sentence or alarm.subject}")


def _rate(rate: Rate) -> str:
    if rate.value is None:
        return "none to find"
    return f"{rate.hits} of {rate.trials} ({rate.value:.1%}; 95 % exact interval {rate.low:.1%} to {rate.high:.1%})"


def _print_json(result: Score) -> None:
    import msgspec

    print(
        msgspec.json.encode(
            {
                "planted": result.planted, "found": result.found, "kinds": sorted(result.kinds),
                "sensitivity": result.sensitivity, "specificity": result.specificity,
                "missed": result.missed, "false_alarms": result.false_alarms,
                "good_lots": result.good_lots, "good_lots_held": result.good_lots_held,
                "bad_lots": result.bad_lots, "bad_lots_held": result.bad_lots_held,
            }
        ).decode()
    )  # fmt: skip
