"""The chain of identity: what is read is compared, what does not match stops, and no two patients are ever mixed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from onelot.deviations.models import Deviation
from onelot.deviations.service import Deviations
from onelot.identity.domain.check_character import key_check
from onelot.identity.events import IdentifierRead, IdentityMismatch
from onelot.identity.models import ContainerCard, MismatchCard, ScanCard, TherapyCard
from onelot.identity.queries import containers_of, mismatches_of, therapy
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.registry.permissions import Place
from onelot.registry.signature_events import SignatureMade
from tests.identity.making import CLINIC, DIN, IdentityWorld, code_of
from tests.site import NOW

pytestmark = [pytest.mark.site, pytest.mark.django_db]
OTHER_DIN = "A999915000001"


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return IdentityWorld(tmp_path)


def stopped(
    world: IdentityWorld, coi: str, raw: str, person: str = "carl.collect", **asked: object
) -> Refused:
    with pytest.raises(Refused) as refused:
        world.identity(person).check_identity(
            **{"coi_identifier": coi, "point": "chairside", "raw": raw, **asked}  # type: ignore[arg-type]
        )
    return refused.value


def test_what_agrees_is_recorded_as_the_review_reads_it(world: IdentityWorld) -> None:
    coi = world.scheduled()
    reading = world.identity("carl.collect").check_identity(
        coi_identifier=coi, point="chairside", raw=f"]d291{coi}\x1d93LOT-1\r\n", device="SCAN-7"
    )
    assert [(claim.kind, claim.value) for claim in reading.claims] == [
        ("coi_identifier", coi),
        ("lot", "LOT-1"),
    ]
    read = [
        entry.event
        for entry in world.ledger.read(Query(tags=(f"coi:{coi}", "lot:LOT-1"), types=(IdentifierRead,)))
    ]
    assert read == [
        IdentifierRead(
            lot="LOT-1", point="chairside", carrier="scan", kind=kind, identifier=value,  # type: ignore[arg-type]
            read_at=NOW, read_by="carl.collect", device="SCAN-7",
        )
        for kind, value in (("coi_identifier", coi), ("lot", "LOT-1"))
    ]  # fmt: skip
    assert ScanCard.objects.filter(coi_identifier=coi, agrees=True).count() == 2


def test_a_mismatch_is_recorded_with_a_critical_deviation_and_stops_the_work(world: IdentityWorld) -> None:
    coi, _ = world.collected()
    other, (foreign, _) = world.collected("LOT-2", OTHER_DIN)
    refused = stopped(world, coi, f"]d291{other}\x1d92{foreign}")
    assert code_of(refused) == "identity.mismatch"
    assert "STOP" in str(refused)
    deviation = Deviation.objects.get()
    assert (deviation.lot, deviation.severity, deviation.opened_by) == ("LOT-1", "critical", "carl.collect")
    assert deviation.number in str(refused)
    (entry,) = world.ledger.read(Query(types=(IdentityMismatch,)))
    event = entry.event
    assert isinstance(event, IdentityMismatch)
    assert (event.expected, event.read, event.other, event.deviation) == (coi, other, other, deviation.number)
    assert {f"coi:{coi}", "lot:LOT-1", f"mixed_up:{other}"} <= set(entry.tags)
    assert f"coi:{other}" not in entry.tags, "each stream holds one COI identifier"
    read = next(
        iter(world.ledger.read(Query(tags=("lot:LOT-1",), types=(IdentifierRead,)), after=entry.position - 2))
    )
    assert (read.position, getattr(read.event, "identifier", "")) == (entry.position - 1, other)
    assert [card.position for card in mismatches_of(other)] == [entry.position], "the other's page tells it"


def test_after_a_mismatch_nothing_goes_on_until_two_people_have_read_right(world: IdentityWorld) -> None:
    coi, bags = world.collected()
    stopped(world, coi, "COI-2026-999999")
    carl, max_maker = world.identity("carl.collect"), world.identity("max.maker")
    for act in (
        lambda: carl.check_identity(coi_identifier=coi, point="chairside", raw=coi),
        lambda: max_maker.register_containers(coi_identifier=coi, kind="bag"),
        lambda: max_maker.pool_containers(
            coi_identifier=coi,
            parents=bags,
            kind="bag",
            witness=world.witness("mia.maker", beside="max.maker"),
        ),
    ):
        with pytest.raises(Refused, match=r"identity\.stopped"):
            act()
    again = {"coi_identifier": coi, "point": "chairside", "reason": "wrong bag put aside"}
    witness = world.witness("cleo.collect", beside="carl.collect")
    with pytest.raises(Refused, match=r"identity\.mismatch"):
        carl.reestablish(raw="COI-2026-999998", witness=witness, **again)
    carl.reestablish(raw=coi, witness=witness, **again)
    carl.check_identity(coi_identifier=coi, point="chairside", raw=coi)
    assert all(card.reestablished_by == "cleo.collect" for card in MismatchCard.objects.all())
    assert Deviation.objects.filter(state="open").count() == 2, "the deviations stay open"


@pytest.mark.django_db(transaction=True)
def test_the_record_of_a_mismatch_cannot_be_rolled_back_by_a_caller(world: IdentityWorld) -> None:
    coi = world.scheduled()
    size = world.ledger.size()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        world.identity("carl.collect").check_identity(coi_identifier=coi, point="chairside", raw="COI-X")
    assert world.ledger.size() == size
    stopped(world, coi, "COI-X")
    assert world.ledger.size() == size + 3


@pytest.mark.parametrize(("raw", "agrees"), [
    ("{coi}", True), ("{bag}", True), ("LOT-1", True), (f"={DIN}77", True), (DIN, True),
    ("]d291{coi}\x1d92{bag}", True),
    ("=+02000=" + DIN + "77=A99991500000100", False), ("{other}", False), ("{foreign}", False), ("LOT-2", False),
    (f"={OTHER_DIN}00", False), ("LOT-404", False), ("]d291{coi}\x1d92{foreign}", False), ("C26999999-01", False),
    ("{small}", False),
])  # fmt: skip
def test_what_belongs_to_whom(world: IdentityWorld, raw: str, agrees: bool) -> None:
    coi, (bag, _) = world.collected()
    other, (foreign, _) = world.collected("LOT-2", OTHER_DIN)
    raw = raw.format(coi=coi, bag=bag, other=other, foreign=foreign, small=coi.lower())
    if agrees:
        world.identity("carl.collect").check_identity(coi_identifier=coi, point="receipt", raw=raw)
        assert not Deviation.objects.exists()
    else:
        assert code_of(stopped(world, coi, raw)) == "identity.mismatch"


def test_where_one_container_is_expected_another_of_the_same_patient_does_not_match(
    world: IdentityWorld,
) -> None:
    coi, (bag, second) = world.collected()
    carl = world.identity("carl.collect")
    carl.check_identity(coi_identifier=coi, point="pack", raw=bag, container=bag)
    carl.check_identity(coi_identifier=coi, point="pack", raw=f"={DIN}77", container=bag)
    assert code_of(stopped(world, coi, second, container=bag)) == "identity.mismatch"


def test_what_says_nothing_of_the_patient_is_refused_without_a_record(world: IdentityWorld) -> None:
    coi = world.scheduled()
    size = world.ledger.size()
    for raw, code in (
        ("0109501101530003", "nothing_to_compare"), ("", "symbol_empty"), ("=broken", "isbt"), ("]d2x", "gs1"),
        (f"={DIN}77", "nothing_to_compare"),
    ):  # fmt: skip
        assert code_of(stopped(world, coi, raw)) == f"identity.{code}"
    assert code_of(stopped(world, coi, coi, point="no point")) == "identity.point"
    assert code_of(stopped(world, "COI-404", coi)) == "identity.unknown"
    enrolled = world.enrolled()
    assert code_of(stopped(world, enrolled, enrolled)) == "identity.no_lot"
    assert not list(world.ledger.read(Query(types=(IdentifierRead, IdentityMismatch)), after=size))


def test_what_is_typed_needs_its_check_character(world: IdentityWorld) -> None:
    coi = world.scheduled()
    size = world.ledger.size()
    wrong = "A" if key_check(coi) != "A" else "B"
    for check in ("", wrong):
        assert code_of(stopped(world, coi, coi, carrier="manual", check=check)) == "identity.typed_wrong"
    swapped = "COI-2026-000010"
    assert (
        code_of(stopped(world, coi, swapped, carrier="manual", check=key_check(coi)))
        == "identity.typed_wrong"
    )
    assert world.ledger.size() == size
    world.identity("carl.collect").check_identity(
        coi_identifier=coi, point="chairside", raw=coi, carrier="manual", check=key_check(coi)
    )
    assert (
        code_of(stopped(world, coi, swapped, carrier="manual", check=key_check(swapped)))
        == "identity.mismatch"
    )


def test_a_second_person_is_named_in_the_reading_and_signs(world: IdentityWorld) -> None:
    coi = world.scheduled()
    carl = world.identity("carl.collect")
    with pytest.raises(Refused, match=r"registry\.same_person"):
        world.witness("carl.collect", beside="carl.collect")
    with pytest.raises(Refused, match=r"registry\.signature_failed"):
        world.witness("nobody.here", beside="carl.collect")
    for person, password, code in (
        ("cleo.collect", "wrong", "registry.signature_failed"), ("finn.far", None, "registry.not_allowed"),
        ("cora.coord", None, "registry.not_allowed"),
    ):  # fmt: skip
        witness = world.witness(person, beside="carl.collect", **({"password": password} if password else {}))
        with pytest.raises(Refused) as refused:
            carl.check_identity(coi_identifier=coi, point="chairside", raw=coi, witness=witness)
        assert code_of(refused.value) == code
    assert not ScanCard.objects.exists()
    witness = world.witness("cleo.collect", beside="carl.collect")
    carl.check_identity(coi_identifier=coi, point="chairside", raw=coi, witness=witness)
    read = ScanCard.objects.get()
    assert (read.read_by, read.verified_by) == ("carl.collect", "cleo.collect")
    (made,) = world.ledger.read(Query(tags=(f"coi:{coi}",), types=(SignatureMade,)))
    assert made.actor == "person:cleo.collect"
    entry = next(iter(world.ledger.read(Query(types=(IdentifierRead,)))))
    assert entry.actor == "person:carl.collect"


def test_a_carrier_reads_at_its_own_place_and_nobody_reads_elsewhere(world: IdentityWorld) -> None:
    coi, (bag, _) = world.collected()
    kurt = world.identity("kurt.courier")
    with pytest.raises(Refused, match=r"identity\.unknown"):
        kurt.check_identity(coi_identifier=coi, point="pick_up", raw=bag)
    kurt.check_identity(coi_identifier=coi, point="pick_up", raw=bag, place=Place("CARRY"))
    for person in ("fay.far", "finn.far", "olaf.receive", "olga.other"):
        with pytest.raises(Refused, match=r"identity\.unknown"):
            world.identity(person).check_identity(coi_identifier=coi, point="pick_up", raw=bag)
    with pytest.raises(Refused, match=r"registry\.not_allowed"):
        world.identity("rita.review").check_identity(coi_identifier=coi, point="pick_up", raw=bag)


def test_nothing_is_collected_before_the_patient_was_read(world: IdentityWorld) -> None:
    coi = world.scheduled()
    carl = world.identity("carl.collect")
    asked = {
        "coi_identifier": coi, "din": DIN, "started_at": NOW - timedelta(hours=4), "ended_at": NOW, "site": CLINIC,
    }  # fmt: skip
    with pytest.raises(Refused, match=r"identity\.not_read"):
        carl.record_collection(**asked)
    carl.check_identity(coi_identifier=coi, point="chairside", raw=coi)
    for changes, code in (
        ({"din": "G12349865432"}, "din"), ({"check": "X"}, "typed_wrong"), ({"bags": 0}, "count"),
        ({"ended_at": NOW + timedelta(minutes=1)}, "times"), ({"started_at": NOW + timedelta(hours=1)}, "times"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=rf"identity\.{code}\]"):
            carl.record_collection(**{**asked, **changes})
    codes = carl.record_collection(**asked, check="H", bags=2)
    assert [(card.code, card.din, card.number, card.total) for card in containers_of(coi)] == [
        (codes[0], DIN, 1, 2), (codes[1], DIN, 2, 2),
    ]  # fmt: skip
    with pytest.raises(Refused, match=r"identity\.din_taken"):
        carl.record_collection(**asked)


def test_a_container_is_divided_and_brought_together_with_its_genealogy(world: IdentityWorld) -> None:
    coi, (first, second) = world.collected()
    max_maker, witness = world.identity("max.maker"), world.witness("mia.maker", beside="max.maker")
    parts = max_maker.split_container(
        coi_identifier=coi, parent=first, kind="aliquot", count=3, witness=witness
    )
    assert ContainerCard.objects.get(code=first).state == "emptied"
    with pytest.raises(Refused, match=r"identity\.not_now"):
        max_maker.split_container(coi_identifier=coi, parent=first, kind="aliquot", count=1, witness=witness)
    pool = max_maker.pool_containers(
        coi_identifier=coi, parents=(*parts[:2], second), kind="bag", witness=witness
    )
    card = ContainerCard.objects.get(code=pool)
    assert (card.parents, card.of, card.din, card.coi_identifier) == ([*parts[:2], second], "pool", DIN, coi)
    sample = max_maker.register_containers(coi_identifier=coi, kind="sample", parents=(pool,))
    assert ContainerCard.objects.get(code=sample[0]).parents == [pool]
    with pytest.raises(Refused, match=r"identity\.container_taken"):
        max_maker.register_containers(coi_identifier=coi, kind="vial", codes=(pool,))
    with pytest.raises(Refused, match=r"identity\.count"):
        max_maker.pool_containers(coi_identifier=coi, parents=(pool, pool), kind="bag", witness=witness)


def test_two_patients_are_never_brought_together(world: IdentityWorld) -> None:
    coi, (mine, _) = world.collected()
    other, (foreign, _) = world.collected("LOT-2", OTHER_DIN)
    max_maker, witness = world.identity("max.maker"), world.witness("mia.maker", beside="max.maker")
    size = world.ledger.size()
    for whose in (coi, other):
        for parents in ((mine, foreign), (foreign, mine)):
            with pytest.raises(Refused, match=r"identity\.other_patient"):
                max_maker.pool_containers(coi_identifier=whose, parents=parents, kind="bag", witness=witness)
    for act in (
        lambda: max_maker.split_container(
            coi_identifier=coi, parent=foreign, kind="bag", count=2, witness=witness
        ),
        lambda: max_maker.register_containers(coi_identifier=coi, kind="sample", parents=(foreign,)),
        lambda: max_maker.check_identity(coi_identifier=coi, point="receipt", raw=mine, container=foreign),
    ):
        with pytest.raises(Refused, match=r"identity\.other_patient"):
            act()
    assert world.ledger.size() == size


def test_a_deviation_of_a_mismatch_is_assessed_as_any_other(world: IdentityWorld) -> None:
    coi = world.scheduled()
    stopped(world, coi, "COI-X")
    held = Deviation.objects.get()
    hilde = Deviations(
        world.ledger, world.actor("hilde.head"), Place("MAKER", "MAKER-1", "CART"), lambda: NOW
    )
    hilde.assess(number=held.number, impact="none", severity="critical", reason="caught", seen=held.position)
    assert Deviation.objects.get().state == "assessed"
    card = therapy(coi)
    assert card is not None
    assert card.stopped_by == held.number, "an assessment at a desk is no reading at the bedside"


def test_read_models_are_the_same_after_a_rebuild(world: IdentityWorld) -> None:
    coi, (bag, _) = world.collected()
    stopped(world, coi, "COI-X")
    world.identity("carl.collect").reestablish(
        coi_identifier=coi, point="chairside", raw=coi, reason="read again",
        witness=world.witness("cleo.collect", beside="carl.collect"),
    )  # fmt: skip
    world.identity("max.maker").split_container(
        coi_identifier=coi,
        parent=bag,
        kind="aliquot",
        count=2,
        witness=world.witness("mia.maker", beside="max.maker"),
    )
    models = (TherapyCard, ContainerCard, ScanCard, MismatchCard)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    world.ledger.rebuild()
    assert [list(model.objects.order_by("pk").values()) for model in models] == before
