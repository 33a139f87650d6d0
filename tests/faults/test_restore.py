"""The restore drill: a base backup and the archived log, the server lost, restored to an instant, and proven."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.postgresql import Server, find_programs

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
ROOT = Path(__file__).parents[2]
FILES = """
import sys
from pathlib import Path
from onelot.settings.stores import open_evidence, open_ledger
from onelot.intake.service import Intake
intake = Intake(open_ledger(), open_evidence())
for number in range(int(sys.argv[1]), int(sys.argv[2])):
    intake.receive(b"no record, number %d" % number, f"file-{number}.json")
"""
COMPLETE = """
from onelot.intake.events import DocumentRefused
from onelot.settings.stores import open_evidence, open_ledger
evidence = open_evidence()
names = [entry.event.document for entry in open_ledger().read() if isinstance(entry.event, DocumentRefused)]
print(len([evidence.get(name) for name in names]))
"""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own that archives its log."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    server = Server(programs)
    try:
        wal = server.folder / "wal"
        wal.mkdir()
        if server.user:
            shutil.chown(wal, server.user)
        with (server.folder / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(
                f"archive_mode = on\narchive_command = 'test ! -f {wal}/%f && cp %p {wal}/%f.part && "
                f"mv {wal}/%f.part {wal}/%f'\n"
            )
        server.kill()
        server.start()
        yield server
    finally:
        server.stop()


def test_a_lost_database_is_restored_to_an_instant_and_nothing_is_missing(
    server: Server, tmp_path: Path
) -> None:
    server.execute("CREATE DATABASE onelot")
    environment = {
        **os.environ, "ONELOT_HOME": str(tmp_path / "home"), "ONELOT_DATABASE_URL": server.url("onelot"),
    }  # fmt: skip

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-m", "onelot", "ledger", "init")
    run("-c", FILES, "0", "20")
    checkpoint = tmp_path / "kept-elsewhere.txt"
    run("-m", "onelot", "ledger", "checkpoint", "--out", str(checkpoint))
    backup = server.folder / "backup"
    server._run("pg_basebackup", "-D", str(backup), "-h", str(server.folder), "-U", "onelot", "-c", "fast")
    run("-c", FILES, "20", "40")
    time.sleep(0.2)
    instant = datetime.now(UTC)
    time.sleep(0.2)
    run("-c", FILES, "40", "50")
    server.execute("SELECT pg_switch_wal()")
    _archived(server)
    server.kill()
    shutil.rmtree(server.folder / "data")  # the disk is lost
    backup.rename(server.folder / "data")
    with (server.folder / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"restore_command = 'cp {server.folder}/wal/%f %p'\nrecovery_target_time = '{instant.isoformat()}'\n"
            "recovery_target_action = 'promote'\n"
        )
    signal = server.folder / "data" / "recovery.signal"
    signal.touch()
    if server.user:
        shutil.chown(signal, server.user)
    server.start()
    _promoted(server)
    assert "40 entries" in run("-m", "onelot", "ledger", "verify", "--checkpoint", str(checkpoint))
    assert run("-c", COMPLETE).strip() == "40"
    run("-c", FILES, "50", "51")
    assert "41 entries" in run("-m", "onelot", "ledger", "verify", "--checkpoint", str(checkpoint))


def _archived(server: Server) -> None:
    """Wait until the last segment of the log is in the archive."""
    deadline = time.monotonic() + 60
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        while not any((server.folder / "wal").glob(row[0])):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _promoted(server: Server) -> None:
    deadline = time.monotonic() + 60
    while True:
        with psycopg.connect(server.url("postgres")) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        if row == (False,):
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)
