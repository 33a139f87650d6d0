"""Times of simulated lots are possible, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from onelot.execution.events import SeriesRecorded
from onelot.recipes.walk import phases
from onelot.simulation.network import load_network
from onelot.simulation.patient_lot import plan
from onelot.simulation.record import good_record
from onelot.simulation.schedule import local

NETWORK = load_network(Path(__file__).parents[2] / "examples" / "network")


def test_adding_an_hour_adds_a_real_hour_when_clocks_go_forward() -> None:
    before = local(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert before.isoformat() == "2026-03-29T01:30:00+01:00"
    assert (before + timedelta(hours=1)).astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("index", range(1, 15))
def test_phases_start_after_those_they_must_follow(index: int) -> None:
    lot = plan(NETWORK, index, 1)
    spans = lot.schedule.phases
    for placed in phases(lot.mbr):
        for before in placed.phase.after:
            assert spans[before][1] <= spans[placed.name][0]


@pytest.mark.parametrize("index", range(1, 40, 4))
def test_series_have_no_gap(index: int) -> None:
    record = good_record(plan(NETWORK, index, 1))
    wanted = {series.id: series.interval for series in record.plan.mbr.series}
    for event in record.events:
        if isinstance(event, SeriesRecorded):
            times = [point.at for point in event.points]
            assert {b - a for a, b in pairwise(times)} == {wanted[event.series]}
