"""The lanes of the queue: each lot in one, and their numbers as if they were counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction

from onelot.review.desk.models import LotCard, Tally
from onelot.review.desk.queries import LANES, Wanted, all_lanes, choices, lane_counts, queue
from tests.site import World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
_PLACE = ("organisation", "site", "product", "lane")


def _counted() -> dict[tuple[str, ...], int]:
    return {tuple(row[:4]): row[4] for row in Tally.objects.values_list(*_PLACE, "lots") if row[4]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.lot("L-OPEN", "major", "minor")
    world.lot("L-CLEAN")
    world.lot("L-ASKED", "major", site="OTHER-1")
    world.lot("L-DONE", "minor")
    desk = world.desk("rita.review")
    seen = world.ledger.size()
    desk.ask(finding=world.findings("L-ASKED")[0].key, text="Which probe?", seen=seen)
    desk.decide(finding=world.findings("L-DONE")[0].key, decision="accepted", reason="Checked.", seen=seen)
    world.registry.register_site(code="NEW-1", organisation="MAKER", name="Plant NEW-1", time_zone="UTC")
    world.lot("L-NEW", "major", site="NEW-1")
    return world


def test_the_numbers_are_those_of_the_lots(world: World) -> None:
    assert _counted() == Counter(LotCard.objects.values_list(*_PLACE))
    actor = world.actor("rita.review")
    for wanted in (Wanted(), Wanted(site="MAKER-1"), Wanted(product="NONE"), Wanted(text="l-a")):
        numbers = lane_counts(actor, wanted)
        for lane in LANES:
            asked = Wanted(lane, site=wanted.site, product=wanted.product, text=wanted.text)
            assert numbers[lane] == queue(actor, asked).count(), (lane, wanted)
    assert all_lanes() == lane_counts(actor, Wanted())


def test_a_site_that_becomes_known_takes_its_numbers_along(world: World) -> None:
    world.lot("L-EARLY", "major", site="LATER-1")
    assert lane_counts(world.actor("olga.other"), Wanted())["all"] == 1
    world.registry.register_site(code="LATER-1", organisation="OTHER", name="Plant", time_zone="UTC")
    assert _counted() == Counter(LotCard.objects.values_list(*_PLACE))
    assert lane_counts(world.actor("olga.other"), Wanted())["all"] == 2


def test_nobody_counts_lots_of_others(world: World) -> None:
    assert lane_counts(world.actor("olga.other"), Wanted())["all"] == 1
    assert choices(world.actor("olga.other")) == {"site": ["OTHER-1"], "product": ["CART"]}


def test_built_again_they_are_the_same(world: World) -> None:
    before = _counted(), [*LotCard.objects.order_by("lot").values()]
    with transaction.atomic():
        world.ledger.rebuild()
    assert (_counted(), [*LotCard.objects.order_by("lot").values()]) == before
