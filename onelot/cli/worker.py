"""``onelot worker``: long work behind the pages."""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from onelot.jobs.worker import Worker

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    lease: Annotated[
        float, typer.Option("--lease", min=1, help="Seconds after which a killed worker's job is taken over.")
    ] = 60,
    parent: Annotated[int, typer.Option("--parent", hidden=True, help="Stop when this process ends.")] = 0,
) -> None:
    """Do the work that pages ask for: reviews after new records, dossiers, deliveries; until stopped.

    Any number of workers may run, on any machine that reaches the database and the evidence folder. Ctrl-C or SIGTERM
    lets the job at hand end first, a second one does not; what was cut off is taken up by the next worker.
    """
    from datetime import timedelta

    from onelot.kernel.clock import system_clock
    from onelot.ledger.publishing import publish
    from onelot.settings.logs import set_up_logs
    from onelot.settings.stores import open_evidence, open_ledger, open_sealing_key, open_signing_key

    ledger = open_ledger()
    from onelot.jobs.kinds import Place
    from onelot.jobs.worker import Worker

    set_up_logs()
    key = open_signing_key(create=True)
    place = Place(
        ledger, open_evidence(), system_clock, lambda: publish(ledger, key), open_signing_key,
        partial(open_sealing_key, create=True),
    )  # fmt: skip
    started = Worker(place, lease=timedelta(seconds=lease))
    _stop_by_signals(started)
    if parent:
        _stop_with(started, parent)
    started.run()


def _stop_by_signals(worker: Worker) -> None:
    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _stop_with(worker: Worker, parent: int) -> None:
    """End with the process that started this one, even if that was killed."""
    from threading import Thread
    from time import sleep

    def watch() -> None:
        while os.getppid() == parent:
            sleep(1)
        worker.stop()

    Thread(target=watch, daemon=True).start()
