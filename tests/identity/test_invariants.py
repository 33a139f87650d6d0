"""Invariants over random histories, and with many writers at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.deviations.models import Deviation
from onelot.identity import events
from onelot.identity.models import ContainerCard, TherapyCard
from onelot.identity.service import Identity
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from tests.identity.making import IdentityWorld

pytestmark = [pytest.mark.site, pytest.mark.django_db]
OTHER_DIN = "A999915000001"
ACTS = st.lists(
    st.tuples(st.sampled_from(["read", "split", "pool", "register", "resume"]), st.integers(0, 1), st.integers(0, 30),
              st.integers(0, 30)), min_size=4, max_size=14,
)  # fmt: skip


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_no_history_mixes_two_patients(acts: list[tuple[str, int, int, int]], db: None) -> None:
    """Whatever is read, divided and brought together, in any order, right or wrong."""
    from django.db import transaction

    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        world = IdentityWorld(Path(folder))
        cois = [world.collected()[0], world.collected("LOT-2", OTHER_DIN)[0]]
        for act, whose, one, two in acts:
            codes = list(ContainerCard.objects.order_by("code").values_list("code", flat=True))
            first, second = codes[one % len(codes)], codes[two % len(codes)]
            try:
                _do(world, act, cois[whose], first, second)
            except (Refused, RuntimeError):
                continue
        _holds(world, cois)
        transaction.set_rollback(True)


def _do(world: IdentityWorld, act: str, coi: str, first: str, second: str) -> None:
    maker, witness = world.identity("max.maker"), world.witness("mia.maker", beside="max.maker")
    match act:
        case "read":
            maker.check_identity(coi_identifier=coi, point="receipt", raw=first)
        case "split":
            maker.split_container(coi_identifier=coi, parent=first, kind="aliquot", count=2, witness=witness)
        case "pool":
            maker.pool_containers(coi_identifier=coi, parents=(first, second), kind="bag", witness=witness)
        case "register":
            maker.register_containers(coi_identifier=coi, kind="sample", parents=(first,))
        case _:
            maker.reestablish(coi_identifier=coi, point="receipt", raw=coi, witness=witness, reason="again")


def _holds(world: IdentityWorld, cois: list[str]) -> None:
    cards = {card.code: card for card in ContainerCard.objects.all()}
    for card in cards.values():
        assert all(cards[parent].coi_identifier == card.coi_identifier for parent in card.parents)
    for coi in cois:
        for entry in world.ledger.read(Query(tags=(f"coi:{coi}",))):
            assert [tag for tag in entry.tags if tag.startswith("coi:")] == [f"coi:{coi}"]
            assert getattr(entry.event, "coi_identifier", coi) == coi
    wrong = list(world.ledger.read(Query(types=(events.IdentityMismatch,))))
    assert len(wrong) == Deviation.objects.filter(severity="critical").count()
    for model in (ContainerCard, TherapyCard):
        before = list(model.objects.order_by("pk").values())
        world.ledger.rebuild()
        assert list(model.objects.order_by("pk").values()) == before


def at_once(act: Callable[[int], str], writers: int) -> list[str]:
    """What each of many writers was told."""

    def one(number: int) -> str:
        try:
            return act(number)
        except Refused as refused:
            return refused.refusals[0].code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(one, range(writers)))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_one_identifier_one_gets_it(tmp_path: Path) -> None:
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("a database in memory is one connection's")
    world = IdentityWorld(tmp_path)
    orders = [world.prescribed() for _ in range(8)]
    actor = world.actor("cora.coord")

    def assign(number: int) -> str:
        service = Identity(world.ledger, actor, lambda: world.now, world.evidence)
        return service.assign_coi(order=orders[number], coi_identifier="COI-ONE")

    told = at_once(assign, 8)
    assert sorted(told) == ["COI-ONE", *["identity.coi_taken"] * 7]
    assert len(list(world.ledger.read(Query(types=(events.CoiAssigned,))))) == 1
