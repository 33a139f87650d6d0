"""Once is enough and twice does no harm: requests doubled, at the same time, reordered, with other bodies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onelot.deviations.models import Deviation
from onelot.jsonapi import answers
from onelot.jsonapi.models import KeptAnswer
from onelot.kernel.clock import system_clock
from onelot.review.desk.models import Remark
from tests.jsonapi.callers import Caller, token
from tests.jsonapi.test_who_may import record
from tests.site import World

DEVIATION = {"lot": "L1", "severity": "minor", "title": "Spill"}


@pytest.fixture
def caller(world: World) -> Caller:
    world.lot("L1", "major")
    return Caller(token(world, "ACME-LIMS", "reviewer"))


@pytest.mark.site
@pytest.mark.django_db
def test_the_same_again_gets_the_same_answer_and_is_not_done_again(caller: Caller) -> None:
    first = caller.post("/deviations", DEVIATION, key="k1")
    again = caller.post("/deviations", DEVIATION, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Deviation.objects.count() == 1
    assert caller.post("/deviations", DEVIATION, key="k2").json()["number"] != first.json()["number"]


@pytest.mark.site
@pytest.mark.django_db
@pytest.mark.parametrize(("path", "body"), [
    ("/deviations", {**DEVIATION, "title": "Leak"}), ("/lots/L1/comments", DEVIATION),
    ("/lots/L1/comments", {"text": "x"}),
])  # fmt: skip
def test_a_key_means_one_request(caller: Caller, path: str, body: Any) -> None:
    caller.post("/deviations", DEVIATION, key="k1")
    answer = caller.post(path, body, key="k1")
    assert answer.status_code == 422
    assert not Remark.objects.exists()
    assert Deviation.objects.count() == 1


@pytest.mark.site
@pytest.mark.django_db
def test_a_key_is_ones_own(world: World, caller: Caller) -> None:
    other = Caller(token(world, "OTHER-LIMS", "reviewer"))
    first = caller.post("/deviations", DEVIATION, key="k1").json()["number"]
    assert other.post("/deviations", DEVIATION, key="k1").json()["number"] != first


@pytest.mark.site
@pytest.mark.django_db
def test_two_tokens_of_one_system_share_its_keys(world: World, caller: Caller) -> None:
    from tests.jsonapi.callers import systems

    second = Caller(
        systems(world).issue(code="ACME-LIMS", label="new", valid_until=system_clock() + timedelta(days=1))
    )
    first = caller.post("/deviations", DEVIATION, key="k1")
    assert second.post("/deviations", DEVIATION, key="k1").content == first.content


@pytest.mark.site
@pytest.mark.django_db
def test_a_refusal_changes_nothing_and_the_key_may_be_used_again(world: World, caller: Caller) -> None:
    before = world.ledger.size()
    assert caller.post("/deviations", {**DEVIATION, "title": " "}, key="k1").status_code == 422
    assert world.ledger.size() == before
    assert not KeptAnswer.objects.exists()
    assert caller.post("/deviations", DEVIATION, key="k1").status_code == 201


@pytest.mark.site
@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "é"])
def test_a_key_is_needed_and_is_plain(caller: Caller, key: str) -> None:
    answer = caller.post("/deviations", DEVIATION, key=key)
    assert answer.status_code == 422
    assert "Idempotency-Key" in json.dumps(answer.json())
    assert not Deviation.objects.exists()


@pytest.mark.site
@pytest.mark.django_db
def test_a_file_sent_twice_is_taken_once(world: World, caller: Caller) -> None:
    data = record("L1", "MAKER-1")
    first = caller.send(data, key="k1")
    size = world.ledger.size()
    again = caller.send(data, key="k1")
    assert first.content == again.content
    assert first.json()["outcome"] == "taken"
    assert caller.send(data, key="k2").json()["outcome"] == "known"
    assert world.ledger.size() == size
    assert caller.send(record("L1", "MAKER-1", issued="2026-04-01T00:00:00Z"), key="k1").status_code == 422
    assert caller.send(data, name="other.json", key="k1").status_code == 422


@pytest.mark.site
@pytest.mark.django_db
def test_reordered_states_of_a_file_end_in_the_newer_one(world: World, caller: Caller) -> None:
    older, newer = (record("L1", "MAKER-1", issued=f"2026-03-0{day}T00:00:00Z") for day in (1, 2))
    assert caller.send(newer).status_code == 201
    late = caller.send(older)
    assert (late.status_code, late.json()["code"]) == (422, "intake.not_newer")


@pytest.mark.site
@pytest.mark.django_db
def test_answers_are_forgotten_after_a_week(caller: Caller) -> None:
    caller.post("/deviations", DEVIATION, key="k1")
    assert answers.forget(system_clock()) == 0
    assert answers.forget(system_clock() + timedelta(days=8)) == 1


def test_of_requests_at_the_same_time_one_is_carried_out(database: dict[str, str], tmp_path: Path) -> None:
    """In threads, on a fresh database of either kind."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.jsonapi.at_once", str(tmp_path)], env={**os.environ, **database}, cwd=root,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["same"] == {"answers": 1, "statuses": [201], "deviations": 1}
    assert set(found["different"]["statuses"]) <= {201, 409}
    assert found["different"]["deviations"] == 1 + found["different"]["created"] > 1
