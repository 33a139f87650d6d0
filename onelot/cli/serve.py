"""``onelot serve``: the site."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from onelot.kernel.refusals import refuse

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that answer.")] = 1,
) -> None:
    """Serve the site of the configured ledger until stopped; it must have been set up (`onelot ledger init`)."""
    from onelot.settings.stores import open_ledger

    check_port(host, port)
    open_ledger()
    print(f"http://{host}:{port}", flush=True)
    run(host, port, workers)


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


def run(host: str, port: int, workers: int) -> None:
    """Answer until stopped."""
    from granian import Granian
    from granian.constants import Interfaces

    from onelot.settings.stores import secret_key

    os.environ["ONELOT_SECRET_KEY"] = secret_key()
    Granian(
        "onelot.web.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
        workers_kill_timeout=2, log_enabled=False,
    ).serve()  # fmt: skip
