"""What machines that watch the site are told."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from pydantic import SecretStr

from onelot.jobs.models import WorkerCard
from onelot.kernel.clock import system_clock
from tests.site import World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = SimpleNamespace(home=tmp_path, metrics_token=SecretStr("token-1"))
    monkeypatch.setattr("onelot.web.health.configuration", settings)
    return tmp_path


def test_a_site_is_ready_when_all_that_pages_need_is_there(home: Path) -> None:
    assert Client().get("/health/live").status_code == 200
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        200, {"database": True, "migrations": True, "evidence": True, "worker": False},
    )  # fmt: skip
    now = system_clock()
    WorkerCard.objects.create(worker="w", host="h", process=1, started_at=now, seen_at=now)
    assert Client().get("/health/ready").json()["worker"]


def test_a_site_that_cannot_keep_evidence_is_not_ready(home: Path) -> None:
    (home / "evidence").write_text("a file where a folder must be")
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["evidence"]) == (503, False)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer token-2", "token-1", "Basic token-1"])
def test_figures_are_for_who_knows_the_token(header: str) -> None:
    assert Client().get("/metrics", headers={"authorization": header}).status_code == 404


def test_figures_name_routes_and_never_lots(world: World) -> None:
    world.lot("LOT-SECRET", "major")
    signed_in("rita.review").get(reverse("desk:lot", args=["LOT-SECRET"]))
    text = Client().get("/metrics", headers={"authorization": "Bearer token-1"}).content.decode()
    assert 'onelot_requests_total{method="GET",route="desk:lot",status="200"}' in text
    assert f"onelot_ledger_entries {float(world.ledger.size())}" in text
    assert 'onelot_queue_lots{lane="exceptions"} 1.0' in text
    assert "LOT-SECRET" not in text
    assert "rita" not in text


def test_logs_name_neither_people_nor_lots(world: World, caplog: pytest.LogCaptureFixture) -> None:
    from onelot.settings.logs import JsonLines

    world.lot("LOT-SECRET", "major")
    with caplog.at_level(logging.INFO, "onelot.requests"):
        answer = signed_in("rita.review").get(reverse("desk:lot", args=["LOT-SECRET"]) + "?text=LOT-SECRET")
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "onelot.requests"]
    assert answer.headers["X-Request-ID"] in lines[-1]
    assert '"route": "desk:lot"' in lines[-1]
    assert not any("rita" in line or "LOT-SECRET" in line for line in lines)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world
