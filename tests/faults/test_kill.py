"""``kill -9`` at random instants: nothing acknowledged is lost, nothing half-written is visible."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from django.db import connections

from onelot.execution.events import CommentRecorded
from onelot.ledger.audit import audit
from onelot.ledger.catalogue import Catalogue
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.settings.vocabulary import EVENTS
from tests.postgresql import Server

LEDGER = Catalogue(EVENTS)


class Writers:
    """Writers started and killed, and what they acknowledged."""

    def __init__(self, database: dict[str, str], ledger: Ledger) -> None:
        self._environment = {**os.environ, **database}
        self._ledger = ledger
        self._names = iter(range(10**6))
        self.acknowledged: dict[str, tuple[int, int]] = {}

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer", f"w{next(self._names)}"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        return process

    def collect(self, process: subprocess.Popen[str]) -> None:
        output, _ = process.communicate()
        whole = output[: output.rfind("\n") + 1]
        for line in whole.splitlines():
            batch, first, last = line.split()
            self.acknowledged[batch] = (int(first), int(last))

    def kill(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        self.collect(process)

    def settle(self) -> None:
        """Wait until the server has noticed: a backend whose client died still ends the statement it was given."""
        connection = connections[self._ledger.alias]
        if connection.vendor != "postgresql":
            return
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with connection.cursor() as cursor:
            while cursor.execute(others).fetchone()[0]:
                time.sleep(0.01)

    def check(self) -> None:
        """All that was acknowledged is there, in its place; every batch is whole; the ledger is sound."""
        seen: Counter[str] = Counter()
        lengths: dict[str, int] = {}
        places: dict[str, int] = {}
        for number, entry in enumerate(self._ledger.read(), 1):
            assert entry.position == number
            assert isinstance(entry.event, CommentRecorded)
            seen[entry.event.subject] += 1
            lengths[entry.event.subject] = int(entry.event.text)
            places.setdefault(entry.event.subject, number)
        assert seen == lengths
        for batch, (first, last) in self.acknowledged.items():
            assert (places[batch], seen[batch]) == (first, last - first + 1)
        assert audit((), alias=self._ledger.alias).faults == ()
        for batch in list(self.acknowledged)[-3:]:
            assert len(list(self._ledger.read(Query(tags=(batch,))))) == seen[batch]


def _rounds(count: int) -> object:
    return pytest.param(count, marks=pytest.mark.slow) if count > 10 else count


@pytest.mark.parametrize("rounds", [_rounds(3), _rounds(60)])
def test_a_writer_killed_at_random_instants(database: dict[str, str], alias: str, rounds: int) -> None:
    ledger = Ledger(LEDGER, alias=alias)
    writers = Writers(database, ledger)
    random = Random(rounds)
    for _ in range(rounds):
        started = [writers.start() for _ in range(random.choice([1, 2]))]
        time.sleep(random.uniform(0.0, 0.25))
        for process in started:
            writers.kill(process)
        writers.settle()
        writers.check()
    assert writers.acknowledged
    before = ledger.size()
    subject = CommentRecorded(lot="L1", subject="after", text="1")
    from tests.ledger.making import draft

    assert list(ledger.append([draft(subject)])) == [before + 1]


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("rounds", [_rounds(1), _rounds(12)])
def test_a_postgresql_server_killed_at_random_instants(
    database: dict[str, str], alias: str, postgresql_server: Server, rounds: int
) -> None:
    ledger = Ledger(LEDGER, alias=alias)
    writers = Writers(database, ledger)
    random = Random(rounds)
    for _ in range(rounds):
        process = writers.start()
        time.sleep(random.uniform(0.05, 0.4))
        connections[alias].close()
        postgresql_server.kill()
        writers.collect(process)  # it ends by itself: its append was not acknowledged
        assert process.returncode != 0
        postgresql_server.start()
        writers.check()
    assert writers.acknowledged
