"""``onelot webhooks``: tell receivers what happened, without a worker."""

from __future__ import annotations

import signal
from threading import Event
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Webhooks: tell other systems what happened."
)


@app.callback()
def _webhooks() -> None:
    """Keeps ``deliver`` a command of its own."""


@app.command()
def deliver(
    every: Annotated[
        float, typer.Option("--every", min=0, help="Seconds between two turns, until stopped; 0: one turn.")
    ] = 0,
) -> None:
    """Send what is due. May be killed at any time and run beside others: nothing is lost."""
    from onelot.kernel.clock import system_clock
    from onelot.settings.stores import open_ledger

    ledger = open_ledger()
    from onelot.jsonapi.webhooks.delivering import deliver_due  # its models want Django to be set up

    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    while True:
        tries = deliver_due(ledger, system_clock)
        if tries or not every:
            print(f"tries: {tries}", flush=True)
        if not every or stopped.wait(every):
            return
