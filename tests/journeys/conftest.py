"""A site of its own for each journey: the real server on a free port of loopback, and Debian's Chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium

PREPARE = """
import sys
from pathlib import Path
from onelot.settings.stores import open_ledger
ledger = open_ledger(create=True)
from tests.site import World
world = World(Path(sys.argv[1]), ledger)
world.lot("LOT-CLEAN-1")
world.lot("LOT-CLEAN-2")
world.lot("LOT-CRITICAL", "critical", "minor")
world.lot("LOT-OTHER", "major", site="OTHER-1")
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@contextmanager
def serve(home: Path, prepare: str = PREPARE, **settings: str) -> Iterator[str]:
    """The address of a served site with a few lots and a person of each role; ``settings`` of the environment."""
    environment = {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": "", **settings}
    subprocess.run([sys.executable, "-c", prepare, str(home)], env=environment, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = subprocess.Popen([sys.executable, "-m", "onelot", "serve", "--port", str(port)], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, served)
        yield address
    finally:
        served.terminate()
        served.wait(30)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of a served site with a few lots and a person of each role."""
    with serve(tmp_path) as address:
        yield address


def _wait(address: str, served: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urlopen(f"{address}/sign-in/").close()
        except URLError:
            if time.monotonic() > deadline or served.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page of a person who has not signed in; what its console complains of fails the test."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "warning" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints
