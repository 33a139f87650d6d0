"""The demonstration's weeks of work: who brings what when, and what people have done by now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.cli.demo_calendar import CLOSES, DAYS, OPENS, DemoClock, Diary, at_work, first_day, working_days
from onelot.simulation.truth import PlantedDefect, TrueLot, Truth, arrived

ROOT = Path(__file__).parents[2]
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))


@settings(max_examples=50)
@given(INSTANTS)
def test_people_work_on_working_days_while_the_plant_is_open(at: datetime) -> None:
    found = at_work(at)
    assert found.weekday() < 5
    assert OPENS <= found.hour < CLOSES
    assert at - timedelta(hours=1) <= found < at + timedelta(days=4)


@settings(max_examples=50)
@given(INSTANTS)
def test_the_weeks_end_the_day_before_now(until: datetime) -> None:
    days = working_days(until, DAYS)
    assert days == sorted(set(days))
    assert all(day.weekday() < 5 and day < until.date() for day in days)
    assert first_day(until) < until


def test_a_diary_is_done_in_order_and_never_beyond_now() -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    clock, done = DemoClock(start, start + timedelta(hours=5)), []
    diary = Diary(clock, start + timedelta(hours=5))
    diary.add(start + timedelta(hours=2), lambda: done.append(("second", clock())))
    diary.add(start + timedelta(hours=9), lambda: done.append(("never", clock())))
    diary.add(
        start + timedelta(hours=1),
        lambda: diary.add(start + timedelta(hours=3), lambda: done.append(("third", clock()))),
    )
    diary.run()
    assert [name for name, _ in done] == ["second", "third"]
    assert [at - start for _, at in done] == [timedelta(hours=2), timedelta(hours=3)]
    clock.move(start)
    assert clock() == start + timedelta(hours=3)
    clock.move(start + timedelta(hours=6))
    assert clock() == start + timedelta(hours=5), "nothing is recorded in the future"


def test_what_late_results_show_is_not_awaited_before_they_are_there() -> None:
    defects = tuple(
        PlantedDefect(defect="SPC-RESULT.text", what=what, late=late)
        for what, late in (("at once", False), ("late", True))
    )
    lot = TrueLot(
        lot="L-1",
        product="P",
        site="S",
        market="DE",
        files=("r", "late"),
        late_results="late",
        planted=defects,
    )
    truth = Truth(format="onelot-truth/1", seed=1, lots=(lot,), site_files=(), mbrs={})
    assert [one.what for one in arrived(truth, {"r"}).lots[0].planted] == ["at once"]
    assert arrived(truth, {"r", "late"}) == truth


_TELL = """
import json
from onelot.settings.stores import open_evidence, open_ledger
ledger, evidence = open_ledger(), open_evidence()
from onelot.deviations.models import Deviation
from onelot.disposition.models import Decision, Standing
from onelot.disposition.queries import WantedLots, lane_counts as lots_for_disposition
from onelot.intake.mappings import registered
from onelot.kernel.clock import system_clock
from onelot.registry.models import Account
from onelot.registry.queries import actor_of
from onelot.registry.signatures import checked_signatures
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.queries import Wanted, lane_counts
def actor(person):
    return actor_of(Account.objects.get(person=person), system_clock())
recorded = [entry.recorded_at for entry in ledger.read()]
closed = Standing.objects.filter(is_closed=True).values_list("lot", flat=True)
print(json.dumps({
    "desk": lane_counts(actor("demo.reviewer"), Wanted()),
    "disposition": lots_for_disposition(actor("demo.qp"), WantedLots()),
    "decisions": sorted(set(Decision.objects.values_list("decision", flat=True))),
    "deviations": sorted(set(Deviation.objects.values_list("state", flat=True))),
    "site": LotCard.objects.filter(waits_for="site").count(),
    "untouched": LotCard.objects.filter(assigned_to="", signed_review="").exclude(lot__in=closed).count(),
    "mappings": sorted(event.organisation for event in registered(ledger)),
    "in_order": recorded == sorted(recorded) and recorded[-1] <= system_clock(),
    "days": (recorded[-1] - recorded[0]).days,
    "signatures": [
        one.holds for lot in LotCard.objects.values_list("lot", flat=True)
        for one in checked_signatures(ledger, evidence, f"lot:{lot}")
    ],
    "raised": {
        card.lot: sorted(FindingCard.objects.filter(lot=card.lot, is_raised=True).values_list("sentence", flat=True))
        for card in LotCard.objects.all()
    },
}))
"""


@pytest.mark.slow
def test_every_planted_defect_is_found_and_everybody_finds_work(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "onelot", "demo", "--no-serve", "--folder", str(folder)],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "ONELOT_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(100.0%" in done.stdout
    assert "of 190 kinds" in done.stdout
    assert "False alarms            1\n" in done.stdout
    assert "missed" not in done.stdout
    home = {**os.environ, "ONELOT_HOME": str(folder / "home"), "ONELOT_DATABASE_URL": ""}
    said = subprocess.run(
        [sys.executable, "-c", _TELL], capture_output=True, text=True, cwd=ROOT, check=True, env=home
    )
    told = json.loads(said.stdout)
    for lane in ("exceptions", "clean", "disposition"):
        assert told["desk"][lane], (lane, told["desk"])
    for lane in ("ready", "blocked", "conditional", "review", "done"):
        assert told["disposition"][lane], (lane, told["disposition"])
    assert {"released", "released_conditionally", "confirmed", "rejected"} <= {*told["decisions"]}
    assert {"open", "assessed", "closed"} >= {*told["deviations"]} >= {"assessed", "closed"}
    assert told["site"]
    assert told["untouched"]
    assert len(told["mappings"]) == 2
    assert told["in_order"]
    assert told["days"] >= 20
    assert told["signatures"]
    assert all(told["signatures"])
    found = {
        lot["lot"]: sorted(finding["sentence"] for finding in lot["findings"])
        for line in (folder / "network" / "findings.jsonl").read_text().splitlines()
        for lot in json.loads(line)["lots"]
    }
    assert told["raised"] == found
    verify = [sys.executable, "-m", "onelot", "ledger", "verify"]
    assert subprocess.run(verify, cwd=ROOT, check=False, env=home).returncode == 0
