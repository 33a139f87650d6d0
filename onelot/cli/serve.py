"""``onelot serve``: the site."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from typing import Annotated

import typer

from onelot.kernel.refusals import refuse

app = typer.Typer(add_completion=False)
THREADS = 4
"""Requests that a process answers at once: Python computes one at a time, the others wait for the database or disk."""
WAITING = 512
"""Requests that wait in a process for a thread; further ones wait with the system."""


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that answer.")] = 1,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Do long work, too; else `onelot worker` does it.")
    ] = True,
) -> None:
    """Serve the site of the configured ledger until stopped; it must have been set up (`onelot ledger init`)."""
    from onelot.settings.stores import open_ledger

    check_port(host, port)
    open_ledger()
    print(f"http://{host}:{port}", flush=True)
    run(host, port, workers, with_worker=worker)


def check_port(host: str, port: int) -> None:
    """Raises Refused (``serve.port_taken``) before any work is done for nothing."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise refuse(
            "serve.port_taken", "The site cannot listen there.", where=f"{host}:{port}", got=error.strerror or "",
            hint="Stop what listens there, or choose another port with --port.",
        ) from error  # fmt: skip


def run(host: str, port: int, workers: int, *, with_worker: bool = True) -> None:
    """Answer until stopped; long work is done by a process of its own, so that no page waits for it."""
    from granian import Granian
    from granian.constants import Interfaces

    from onelot.settings.databases import CONNECTION_SECONDS
    from onelot.settings.stores import secret_key

    os.environ["ONELOT_SECRET_KEY"] = secret_key()
    if workers > 1:  # their counts are added up in files
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="onelot-metrics-")
    helper = _start_worker() if with_worker else None
    try:
        Granian(
            "onelot.web.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
            workers_kill_timeout=2, log_enabled=False, blocking_threads=THREADS, backpressure=WAITING,
            blocking_threads_idle_timeout=CONNECTION_SECONDS,
        ).serve()  # fmt: skip
    finally:
        if helper is not None:
            helper.terminate()
            try:
                helper.wait(10)
            except subprocess.TimeoutExpired:
                helper.kill()  # its job is taken up again at the next start


def _start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "onelot", "worker", "--parent", str(os.getpid())], start_new_session=True
    )
