"""``onelot demo``: the main job on the example network, from files to exceptions, then the site with all of it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onelot.cli.demo_site import ACCOUNTS, DemoAccount, set_passwords
from onelot.cli.serve import check_port, run
from onelot.cli.summary import progress
from onelot.kernel.refusals import refuse
from onelot.simulation.truth import arrived

if TYPE_CHECKING:
    from onelot.cli.demo_world import World
    from onelot.ledger.store import Ledger
    from onelot.review.verdict import LotVerdict, Verdict
    from onelot.simulation.scoring import Score
    from onelot.simulation.truth import Truth

app = typer.Typer(add_completion=False)
SEED = 20260202
EXAMPLES = Path("examples")
HOST = "127.0.0.1"
MARK = ".onelot-demo"
"""File that says that a folder is a demonstration's."""


@app.command()
def demo(
    lots: Annotated[int, typer.Option("--lots", min=1, help="How many lots.")] = 240,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same records.")] = SEED,
    folder: Annotated[Path, typer.Option("--folder", file_okay=False, help="Made anew each time.")] = Path(
        "var/demo"
    ),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="End by serving the site.")] = True,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the site.")] = 8000,
) -> None:
    """Write the records of an example network, take them in, review every lot, and compare with what was planted.

    Invented people have worked on the lots for three weeks, up to now. Then serve the site with all of it on this
    machine only, until stopped, and say who can sign in. A demonstration that was there is made anew.
    Exit status: 0 every planted defect was found, 1 some were missed.
    """
    network, home = folder / "network", folder / "home"
    if serve:
        check_port(HOST, port)
    _clear(folder, network, home)
    os.environ["ONELOT_HOME"] = str(home)
    os.environ["ONELOT_DEMONSTRATION"] = "true"
    os.environ.pop("ONELOT_DATABASE_URL", None)  # the demo never writes to a configured database
    truth = _simulate(lots, seed, network)
    world = _world(truth, network)
    verdicts = world.play(seed)
    _sign(world.ledger)
    result = _score(arrived(truth, world.taken), verdicts, network)
    _summarise(verdicts, result, world.ledger, network)
    password = set_passwords(world.accounts, home)
    if serve:
        _serve(world.accounts, password, port)
    raise typer.Exit(0 if result.found == result.planted and not world.refused else 1)


def _clear(folder: Path, network: Path, home: Path) -> None:
    """Remove what an earlier demonstration left there, and nothing else.

    Raises Refused (``demo.folder_taken``) where somebody else's folders have these names.
    """
    is_ours = (folder / MARK).exists() or (home / ACCOUNTS).exists()
    there = [str(path) for path in (network, home) if path.exists()]
    if there and not is_ours:
        raise refuse(
            "demo.folder_taken", "The demonstration would replace folders that it did not make.",
            where=" and ".join(there), hint="Choose another folder with --folder, or remove them yourself.",
        )  # fmt: skip
    if there:
        print(
            f"The demonstration in {folder} is made anew: what was done in it before is gone.",
            file=sys.stderr,
        )
    for path in (network, home):
        shutil.rmtree(path, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by `onelot demo`; the next one replaces network/ and home/.\n")


def _simulate(lots: int, seed: int, network: Path) -> Truth:
    from onelot.simulation.generate import simulate

    written = 0

    def count(_lot: str) -> None:
        nonlocal written
        written += 1
        progress("Writing records of lots", written, lots)

    return simulate(EXAMPLES, lots, seed, network, progress=count)


def _world(truth: Truth, network: Path) -> World:
    """A fresh ledger whose first day was some weeks ago."""
    from onelot.cli.demo_calendar import DemoClock, first_day
    from onelot.kernel.clock import system_clock
    from onelot.settings.stores import open_ledger

    until = system_clock()
    clock = DemoClock(first_day(until), until)
    ledger = open_ledger(create=True, clock=clock)
    from onelot.cli.demo_world import World  # its read models want Django set up

    return World(ledger, network, truth, clock, until)


def _serve(accounts: list[DemoAccount], password: str, port: int) -> None:
    print(f"\nThe site: http://{HOST}:{port} (Ctrl-C stops it). Sign in as one of")
    for account in accounts:
        print(f"  {account.person:<20} {account.role}")
    print(f"each with the password {password}", flush=True)
    run(HOST, port, workers=1)


def _sign(ledger: Ledger) -> None:
    """A checkpoint over all that was taken in and found, so that later changes can be shown."""
    from onelot.ledger.publishing import publish
    from onelot.settings.stores import open_sealing_key, open_signing_key

    publish(ledger, open_signing_key())
    open_sealing_key(create=True)


def _score(truth: Truth, verdicts: list[Verdict], network: Path) -> Score:
    import msgspec

    from onelot.kernel.canonical import canonical
    from onelot.simulation.scoring import ScoredFinding, score

    findings = [finding for verdict in verdicts for lot in verdict.lots for finding in lot.findings]
    (network / "findings.jsonl").write_bytes(b"\n".join(canonical(verdict) for verdict in verdicts) + b"\n")
    told = msgspec.convert(msgspec.to_builtins(findings), list[ScoredFinding])
    return score(truth, told, [lot.lot for verdict in verdicts for lot in verdict.lots])


def _summarise(verdicts: list[Verdict], result: Score, ledger: Ledger, network: Path) -> None:
    from onelot.cli.benchmark import print_score
    from onelot.cli.summary import print_summary
    from onelot.review.summary import Effort, summarise

    lots = [lot for verdict in verdicts for lot in verdict.lots]
    print()
    print_summary(summarise(lots, Effort()), Effort())
    print("\nCompared with what was planted")
    print_score(result)
    print(f"\nThe ledger in {network.parent / 'home'} holds {ledger.size()} entries. Look further:")
    for line in _next_steps(lots, network):
        print(f"  {line}")


def _next_steps(lots: list[LotVerdict], network: Path) -> list[str]:
    from onelot.simulation.truth import load_truth

    truth = load_truth((network / "truth.json").read_bytes(), "truth.json")
    held = {lot.lot for lot in lots if lot.held}
    steps = [f"ONELOT_HOME={network.parent / 'home'} .venv/bin/onelot ledger verify"]
    for lot in truth.lots:
        if lot.lot in held and lot.files[0].endswith(".json"):
            files = " ".join(str(network / file) for file in (*lot.files, f"sites/{lot.site}.json"))
            steps.append(f".venv/bin/onelot review {files} --mbr {network / truth.mbrs[lot.product]}")
            break
    return steps
