"""Live updates tell what changed, to those who may know it, from where the page stood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onelot.jobs.models import Job
from onelot.kernel.clock import system_clock
from tests.site import World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def asked(client: Client, after: int | str, **headers: str) -> dict[str, Any]:
    """The events by name, and under ``id`` the position up to which they know."""
    answer = client.get(
        reverse("live"), {"after": str(after)}, headers={"accept": "text/event-stream", **headers}
    )
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (
        200,
        "text/event-stream",
    )
    found: dict[str, Any] = {}
    for block in answer.content.decode().strip().split("\n\n")[1:]:
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found |= {fields["event"]: json.loads(fields["data"]), "id": int(fields["id"])}
    return found


def test_what_changed_since_is_told_once(world: World) -> None:
    rita = signed_in("rita.review")
    before = world.ledger.size()
    world.lot("L1", "major")
    told = asked(rita, before)
    assert told["lots"] == {"lots": ["L1"], "all": False}
    assert told["lanes"]["exceptions"] == 1
    assert told["id"] == world.ledger.size()
    assert "lots" not in asked(rita, told["id"])
    assert asked(rita, 0, **{"last-event-id": str(before)})["lots"]["lots"] == ["L1"], "as a browser resumes"


@pytest.mark.parametrize(("person", "lots"), [
    ("max.maker", ["L1"]), ("olga.other", ["L2"]), ("rita.review", ["L1", "L2"]), ("ada.admin", None),
])  # fmt: skip
def test_nothing_is_told_of_lots_that_are_not_theirs(
    world: World, person: str, lots: list[str] | None
) -> None:
    before = world.ledger.size()
    world.lot("L1", "major")
    world.lot("L2", "minor", site="OTHER-1")
    told = asked(signed_in(person), before)
    assert told.get("lots", {}).get("lots") == lots
    assert ("lanes" in told) is (person == "rita.review")


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "99999999", "１"])
def test_a_position_that_is_none_counts_as_the_present(world: World, after: str) -> None:
    world.lot("L1")
    assert "lots" not in asked(signed_in("rita.review"), after)


def test_everybody_follows_their_own_work(world: World) -> None:
    for person in ("rita.review", "max.maker"):
        now = system_clock()
        Job.objects.create(
            job=person, kind="k", asked_by=person, state="running", fraction=0.5, run_after=now, asked_at=now
        )
    (job,) = asked(signed_in("rita.review"), "")["jobs"]["jobs"]
    assert (job["job"], job["fraction"]) == ("rita.review", 0.5)


def test_a_page_says_from_where_it_is_to_be_followed(world: World) -> None:
    world.lot("L1")
    page = signed_in("rita.review").get(reverse("desk:queue")).content.decode()
    assert f'data-position="{world.ledger.size()}"' in page
    assert 'id="queue" data-live="lots"' in page
