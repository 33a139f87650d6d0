"""Sites for journeys: the real server on a free port of loopback, and Debian's Chromium.

A module's journeys share one site, so each has lots of its own; those that change what people sign in with have a site
each. What is in a site is prepared once a run, and copied.
"""

from __future__ import annotations

import os
import shutil
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
for lot in ("LOT-CLEAN-1", "LOT-CLEAN-2"):
    world.lot(lot)
for lot in ("LOT-CRITICAL", "LOT-ASKED", "LOT-TWICE", "LOT-DEVIATION", "LOT-TOGETHER"):
    world.lot(lot, "critical", "minor")
world.lot("LOT-OTHER", "major", site="OTHER-1")
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Homes:
    """Home folders, each prepared once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def copy(self, prepare: str, home: Path) -> None:
        """Fill ``home`` with what the program ``prepare`` makes."""
        if prepare not in self._made:
            made = self._folder / str(len(self._made))
            made.mkdir()
            subprocess.run([sys.executable, "-c", prepare, str(made)], env=_environment(made), check=True)
            self._made[prepare] = made
        shutil.copytree(self._made[prepare], home, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return Homes(tmp_path_factory.mktemp("homes"))


def _environment(home: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": "", **settings}


@contextmanager
def serve(home: Path, *options: str, **settings: str) -> Iterator[str]:
    """The address of the served site of a home folder; ``settings`` of the environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "onelot", "serve", "--port", str(port), *options]
    served = subprocess.Popen(command, env=_environment(home, **settings))
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, served)
        yield address
    finally:
        served.terminate()
        served.wait(30)


@pytest.fixture(scope="module")
def home(request: pytest.FixtureRequest, homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of the module's site: what its PREPARE makes, or a few lots and a person of each role."""
    home = tmp_path_factory.mktemp("home")
    homes.copy(getattr(request.module, "PREPARE", PREPARE), home)
    return home


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """The address of the module's site. Long work is done where the module says so."""
    options = () if getattr(request.module, "WITH_WORKER", False) else ("--no-worker",)
    with serve(home, *options) as address:
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
