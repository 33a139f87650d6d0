"""``onelot serve``: the site."""

from __future__ import annotations

import os
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that answer.")] = 1,
) -> None:
    """Serve the site of the configured ledger until stopped; it must have been set up (`onelot ledger init`)."""
    from granian import Granian
    from granian.constants import Interfaces

    from onelot.settings.stores import open_ledger, secret_key

    open_ledger()
    os.environ["ONELOT_SECRET_KEY"] = secret_key()
    print(f"http://{host}:{port}", flush=True)
    Granian(
        "onelot.web.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
        workers_kill_timeout=2, log_enabled=False,
    ).serve()  # fmt: skip
