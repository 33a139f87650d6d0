"""A PostgreSQL server of the tests' own: started in a temporary folder, on a Unix socket only.

``python -m tests.postgresql COMMAND...`` runs a command with a database of such a server in ``ONELOT_DATABASE_URL``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

_DEBIAN = Path("/usr/lib/postgresql")


def find_programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``; None when the server is not installed."""
    places = sorted(_DEBIAN.glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found:
        places.append(Path(found).parent)
    return next((place for place in places if (place / "postgres").exists()), None)


class Server:
    """One server process and its data. PostgreSQL refuses to run as root, so root lends it another user."""

    def __init__(self, programs: Path, data: Path | None = None) -> None:
        """``data`` is a folder that stays, to go on with; without it all is temporary."""
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="onelot-postgresql-"))
        self._data = self.folder / "data" if data is None else data.absolute()
        self.user = None
        if os.geteuid() == 0:
            known = {entry.pw_name for entry in pwd.getpwall()}
            self.user = "postgres" if "postgres" in known else "nobody"
            shutil.chown(self.folder, self.user)
        self._process: subprocess.Popen[bytes] | None = None
        if not (self._data / "PG_VERSION").exists():
            self._data.mkdir(parents=True, mode=0o700, exist_ok=True)
            if self.user is not None:
                shutil.chown(self._data, self.user)
            self._run(
                "initdb", "-D", str(self._data), "-U", "onelot", "-A", "trust", "-E", "UTF8", "--locale=C"
            )
        self.start()

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, "-k", self.folder, "-c", "listen_addresses="],
            stdout=log,
            stderr=log,
            user=self.user,
            cwd=self.folder,
        )
        log.close()
        deadline = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def url(self, database: str) -> str:
        return f"postgresql://onelot@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would, and wait for them."""
        assert self._process is not None
        with psycopg.connect(self.url("postgres")) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        for pid in (self._process.pid, *(row[0] for row in rows)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            capture_output=True,
            user=self.user,
            cwd=self.folder,
        )


def main() -> int:
    programs = find_programs()
    if programs is None:
        print("skipped: PostgreSQL is not installed (apt-get install postgresql)", file=sys.stderr)
        return 0
    server = Server(programs)
    try:
        server.execute("CREATE DATABASE onelot")
        environment = {**os.environ, "ONELOT_DATABASE_URL": server.url("onelot")}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
