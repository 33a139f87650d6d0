"""``onelot``: the commands, each loaded only when it is used, so that the start stays short."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

import typer
import typer.core
import typer.main

from onelot import __version__

COMMANDS = {
    "review": "onelot.cli.review",
    "mbr": "onelot.cli.mbr",
    "ledger": "onelot.cli.ledger",
    "intake": "onelot.cli.intake",
    "facts": "onelot.cli.facts",
    "baseline": "onelot.cli.baseline",
    "backtest": "onelot.cli.backtest",
    "simulate": "onelot.cli.simulate",
    "benchmark": "onelot.cli.benchmark",
    "demo": "onelot.cli.demo",
    "serve": "onelot.cli.serve",
    "access": "onelot.cli.access",
    "dossier": "onelot.cli.dossier",
    "verify": "onelot.cli.verify",
    "worker": "onelot.cli.worker",
    "webhooks": "onelot.cli.webhooks",
}
"""Command name to the module whose ``app`` (a typer app) holds it."""


class _LazyGroup(typer.core.TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


def _show_version(value: Any) -> None:
    if value:
        typer.echo(f"onelot {__version__}")
        raise typer.Exit


@app.callback()
def _onelot(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Read batch records completely, return only their exceptions."""


def main() -> None:
    """Run the command line; a refusal is printed in full and ends with status 2."""
    from onelot.kernel.refusals import Refused

    gc.set_threshold(
        100_000
    )  # a command makes much and drops little: looking for garbage often costs a twentieth
    try:
        app()
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(2)
