"""Pages ask the database as often for many lots, exceptions and entries as for a few."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onelot.registry.permissions import Place
from onelot.registry.queries import people_who_may, people_with, person_may
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
FEW, MANY = 5, 40
OF_THE_INDEX = 2
"""Statements more or fewer by which the ledger is read, as its last entries are in its index yet or not."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def _queries(person: str) -> Callable[[str], int]:
    client = signed_in(person)

    def asked(address: str) -> int:
        client.get(address)  # what is written once, or kept by the process
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    return asked


def test_the_desk_asks_as_often_for_many_lots(world: World) -> None:
    queries, desk = _queries("rita.review"), reverse("desk:queue")
    for number in range(FEW):
        world.lot(f"L-{number}", "major")
    few = queries(desk)
    for number in range(FEW, MANY):
        world.lot(f"L-{number}", "major")
    assert queries(desk) == few
    assert queries(f"{desk}?sort=waiting&site=MAKER-1") == few


def test_a_lot_asks_as_often_for_many_exceptions_and_people(world: World) -> None:
    queries = _queries("rita.review")
    world.lot("L-FEW", *["major"] * FEW)
    few = queries(reverse("desk:lot", args=["L-FEW"]))
    for number in range(FEW):
        world.person(f"more.{number}", "More Review", "reviewer")
    world.lot("L-MANY", *["major"] * MANY)
    assert queries(reverse("desk:lot", args=["L-MANY"])) <= few + OF_THE_INDEX


def test_a_record_asks_as_often_for_many_entries(world: World) -> None:
    queries = _queries("hilde.head")
    world.lot("L-FEW", *["major"] * FEW)
    world.lot("L-MANY", *["major"] * MANY)
    few = queries(reverse("lots:lot", args=["L-FEW"]))
    assert queries(reverse("lots:lot", args=["L-MANY"])) <= few + OF_THE_INDEX


def test_the_audit_search_asks_as_often_for_many_entries(world: World) -> None:
    queries, trail = _queries("hilde.head"), reverse("audit:trail")
    world.lot("L-FEW", *["major"] * FEW)
    world.lot("L-MANY", *["major"] * MANY)
    few = queries(f"{trail}?about=L-FEW")
    assert queries(f"{trail}?about=L-MANY") <= few + OF_THE_INDEX


def test_who_may_is_found_at_once_as_one_by_one(world: World) -> None:
    world.person("mara.maker", "Mara Maker", "reviewer", organisation="MAKER", scope="MAKER")
    for place in (Place(), Place("MAKER", "MAKER-1", "CART"), Place("OTHER", "OTHER-1", "CART")):
        one_by_one = [
            account.person
            for account in people_with("finding.decide")
            if person_may(account.person, "finding.decide", place, NOW)
        ]
        assert [found.person for found in people_who_may("finding.decide", place, NOW)] == one_by_one
