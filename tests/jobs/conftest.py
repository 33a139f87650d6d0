"""A world with the tests' own kinds of work, a worker whose clock the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from onelot.jobs.kinds import Place, kinds, periodics
from onelot.jobs.worker import Worker
from tests.disposition.dossier.making import KEYS
from tests.jobs import kinds as testing
from tests.site import NOW, World


@dataclass
class Time:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[World]:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    settings.ONELOT_JOBS = [*settings.ONELOT_JOBS, testing.MODULE]
    kinds.cache_clear()
    periodics.cache_clear()
    testing.BEGUN.clear()
    yield world
    kinds.cache_clear()
    periodics.cache_clear()


@pytest.fixture
def worker(world: World, time: Time) -> Worker:
    return Worker(
        Place(world.ledger, world.evidence, time, lambda: "note", lambda: KEYS.ledger, lambda: KEYS.seal),
        lease=timedelta(seconds=60),
    )
