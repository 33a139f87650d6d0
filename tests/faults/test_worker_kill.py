"""``kill -9`` of workers at random instants: all work is done in the end, and has its effect once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.postgresql import Server

ROOT = Path(__file__).parents[2]
ASK = """
import sys
from django.conf import settings
from onelot.settings.stores import open_ledger, open_signing_key
open_ledger(create=True), open_signing_key(create=True)
settings.ONELOT_JOBS = ["tests.jobs.kinds"]
from onelot.jobs.service import enqueue
for number in range(int(sys.argv[1])):
    enqueue("test.leave", {"name": f"j{number}", "pause": sys.argv[2]}, key=f"j{number}", by=None)
    enqueue("test.leave", {"name": f"j{number}", "pause": sys.argv[2]}, key=f"j{number}", by=None)
"""
TELL = """
from onelot.settings.stores import open_ledger
ledger = open_ledger()
from onelot.execution.events import CommentRecorded
from onelot.jobs.models import Job
from onelot.ledger.query import Query
print(",".join(Job.objects.values_list("state", flat=True)))
print(",".join(entry.event.subject for entry in ledger.read(Query(types=(CommentRecorded,)))))
"""


class Site:
    """A home with a database, and workers on it."""

    def __init__(self, database: dict[str, str]) -> None:
        self._environment = {**os.environ, **database}

    def run(self, code: str, *arguments: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=self._environment, cwd=ROOT, check=True,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return done.stdout.splitlines()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker", "2"], env=self._environment, cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def state(self) -> tuple[Counter[str], Counter[str]]:
        states, marks = self.run(TELL)
        return Counter(filter(None, states.split(","))), Counter(filter(None, marks.split(",")))

    def finish(self, jobs: int) -> None:
        """Let one worker live until nothing waits."""
        last = self.start()
        deadline = time.monotonic() + 120
        while self.state()[0]["done"] < jobs:
            assert time.monotonic() < deadline, self.state()
            assert last.poll() is None
        last.send_signal(signal.SIGTERM)
        assert last.wait(30) == 0
        states, marks = self.state()
        assert states == {"done": jobs}
        assert marks == {f"j{number}": 1 for number in range(jobs)}


@pytest.mark.slow
def test_workers_killed_at_random_instants(database: dict[str, str]) -> None:
    site, random, jobs = Site(database), Random(7), 12
    site.run(ASK, str(jobs), "0.1")
    for _ in range(5):
        workers = [site.start() for _ in range(2)]
        time.sleep(random.uniform(1.5, 4.0))
        for worker in workers:
            worker.kill()
            worker.wait()
    site.finish(jobs)


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_worker_outlives_a_restart_of_the_database(
    database: dict[str, str], postgresql_server: Server
) -> None:
    site = Site(database)
    site.run(ASK, "6", "0.5")
    worker = site.start()
    while site.state()[0]["running"] == 0:
        assert worker.poll() is None
    postgresql_server.kill()
    time.sleep(1)
    postgresql_server.start()
    deadline = time.monotonic() + 120
    while site.state()[0]["done"] < 6:
        assert time.monotonic() < deadline, site.state()
        assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert site.state()[1] == {f"j{number}": 1 for number in range(6)}


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_ends_its_job_first(database: dict[str, str]) -> None:
    site = Site(database)
    site.run(ASK, "2", "1")
    worker = site.start()
    while site.state()[0]["running"] == 0:
        assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert site.state()[0] == {"done": 1, "waiting": 1}
