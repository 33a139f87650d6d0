"""From the thaw to the follow-up, labels and corrections: two people where two are needed, and nothing unreleased."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from onelot.deviations.models import Deviation
from onelot.identity import models
from onelot.identity.domain.labels import STATEMENTS, LabelContent
from onelot.identity.events import LabelsReconciled
from onelot.identity.projector import PROJECTOR
from onelot.identity.queries import infusions_of, milestones_of, therapy
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.registry.signing import Credentials
from tests.identity.making import DIN, IdentityWorld, code_of
from tests.site import NOW, PASSWORD

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return IdentityWorld(tmp_path)


def checked(world: IdentityWorld) -> tuple[str, str]:
    """A therapy that two people have checked at the bedside."""
    coi, bag = world.thawed()
    world.now += timedelta(minutes=5)
    nora = world.identity("nora.nurse")
    for raw in (coi, bag):
        nora.check_identity(coi_identifier=coi, point="bedside", raw=raw)
    nora.check_bedside(
        coi_identifier=coi, containers=(bag,), witness=world.witness("paula.physician", beside="nora.nurse")
    )
    return coi, bag


def infuse(world: IdentityWorld, coi: str, bag: str, minutes: int = 20, because: str = "") -> str:
    begin = world.now
    world.now += timedelta(minutes=minutes)
    return world.identity("nora.nurse").record_infusion(
        coi_identifier=coi, containers=(bag,), started_at=begin, ended_at=world.now, volume="68", unit="mL",
        late_because=because,
    )  # fmt: skip


def test_a_product_is_given_within_its_time_and_follow_ups_are_due(world: IdentityWorld) -> None:
    coi, bag = checked(world)
    assert infuse(world, coi, bag) == ""
    card = therapy(coi)
    assert card is not None
    assert card.state == "infused"
    (given,) = infusions_of(coi)
    assert (given.performed_by, given.checked_by, given.containers) == (
        "nora.nurse",
        "paula.physician",
        [bag],
    )
    due = milestones_of(coi)
    assert due[0].due_at == given.ended_at + timedelta(days=1)
    world.identity("nora.nurse").follow_up(coi_identifier=coi, milestone="day_1", note="visit 12")
    world.identity("cora.coord").follow_up(
        coi_identifier=coi, milestone="day_7", is_lost=True, reason="moved abroad"
    )
    for again in ("day_1", "day_7"):
        with pytest.raises(Refused, match=r"identity\.not_now"):
            world.identity("nora.nurse").follow_up(coi_identifier=coi, milestone=again)
    assert [item.outcome for item in milestones_of(coi)][:3] == ["done", "lost", ""]
    assert not Deviation.objects.exists()


def test_no_lot_is_thawed_that_was_not_released(world: IdentityWorld) -> None:
    coi, _ = world.collected()
    (bag,) = world.identity("max.maker").register_containers(coi_identifier=coi, kind="bag")
    with pytest.raises(Refused, match=r"disposition\.not_released"):
        world.identity("nora.nurse").start_thaw(
            coi_identifier=coi, container=bag, witness=world.witness("nils.nurse", beside="nora.nurse")
        )
    assert models.ContainerCard.objects.get(code=bag).state == "registered"


def test_nothing_is_given_without_the_bedside_check_and_its_readings(world: IdentityWorld) -> None:
    coi, bag = world.thawed()
    nora = world.identity("nora.nurse")
    with pytest.raises(Refused, match=r"identity\.not_now"):
        infuse(world, coi, bag)
    nora.check_identity(coi_identifier=coi, point="bedside", raw=coi)
    with pytest.raises(Refused, match=r"identity\.not_read"):
        nora.check_bedside(
            coi_identifier=coi, containers=(bag,), witness=world.witness("nils.nurse", beside="nora.nurse")
        )
    nora.check_identity(coi_identifier=coi, point="bedside", raw=bag)
    with pytest.raises(Refused, match=r"registry\.same_person"):
        world.witness("nora.nurse", beside="nora.nurse")
    nora.check_bedside(
        coi_identifier=coi, containers=(bag,), witness=world.witness("nils.nurse", beside="nora.nurse")
    )


def test_after_the_clocks_end_it_takes_a_reason_and_opens_a_deviation(world: IdentityWorld) -> None:
    coi, bag = checked(world)
    with pytest.raises(Refused, match=r"identity\.clock_ended"):
        infuse(world, coi, bag, minutes=180)
    world.now -= timedelta(minutes=180)
    number = infuse(world, coi, bag, minutes=180, because="line occluded, physician decided to go on")
    held = Deviation.objects.get()
    assert (held.number, held.severity, held.lot) == (number, "major", "LOT-1")


def test_a_wrong_scan_at_the_bedside_stops_the_infusion(world: IdentityWorld) -> None:
    coi, bag = checked(world)
    other, _ = world.collected("LOT-2", "A999915000001")
    with pytest.raises(Refused, match=r"identity\.mismatch"):
        world.identity("nora.nurse").check_identity(coi_identifier=coi, point="bedside", raw=other)
    with pytest.raises(Refused, match=r"identity\.stopped"):
        infuse(world, coi, bag)
    assert models.ContainerCard.objects.get(code=bag).state == "thawed"


@pytest.mark.parametrize("ended", [False, True])
def test_what_is_not_given_is_returned_or_destroyed_before_two(world: IdentityWorld, ended: bool) -> None:
    coi, bag = world.product()
    card = therapy(coi)
    assert card is not None
    if ended:
        world.identity("paula.physician").withdraw_patient(
            order=card.order, reason="consent ended", seen=world.ledger.size()
        )
        with pytest.raises(Refused, match=r"identity\.not_now"):
            world.identity("nora.nurse").start_thaw(
                coi_identifier=coi, container=bag, witness=world.witness("nils.nurse", beside="nora.nurse")
            )
    nora, witness = world.identity("nora.nurse"), world.witness("nils.nurse", beside="nora.nurse")
    nora.return_product(coi_identifier=coi, container=bag, reason="not needed any more")
    nora.destroy_product(coi_identifier=coi, container=bag, reason="as the sponsor asks", witness=witness)
    assert models.ContainerCard.objects.get(code=bag).state == "destroyed"
    with pytest.raises(Refused, match=r"identity\.not_now"):
        nora.destroy_product(coi_identifier=coi, container=bag, reason="again", witness=witness)


def content(coi: str, container: str = "", **changes: object) -> LabelContent:
    said = {
        "kind": "collection", "coi_identifier": coi, "din": DIN, "product": "CART", "lot": "LOT-1",
        "container": container, "made_at": "2026-03-01 09:00 Europe/Paris", "expires_at": "2026-03-03 09:00",
        "storage": "2 to 8 °C", "statements": STATEMENTS["collection"], "parties": ("Lakeside Clinic",), **changes,
    }  # fmt: skip
    return LabelContent(**said)  # type: ignore[arg-type]


def test_labels_are_counted_and_a_reprint_takes_a_reason_and_a_second_person(world: IdentityWorld) -> None:
    coi, (bag, second) = world.collected()
    carl, witness = world.identity("carl.collect"), world.witness("cleo.collect", beside="carl.collect")
    said = {"coi_identifier": coi, "mbr_label": "collection_label"}
    (label,) = carl.print_labels(content=content(coi, bag), container=bag, **said)
    with pytest.raises(Refused, match=r"identity\.reprint"):
        carl.print_labels(content=content(coi, bag), container=bag, **said)
    with pytest.raises(Refused, match=r"identity\.text"):
        carl.reprint_label(label=label, content=content(coi, bag), reason=" ", witness=witness)
    anew = carl.reprint_label(label=label, content=content(coi, bag), reason="smudged", witness=witness)
    (other,) = carl.print_labels(content=content(coi, second), container=second, **said)
    with pytest.raises(Refused, match=r"identity\.unaccounted"):
        carl.reconcile_labels(coi_identifier=coi, mbr_label="collection_label", witness=witness)
    with pytest.raises(Refused, match=r"identity\.second_person"):
        carl.apply_label(label=anew)
    with pytest.raises(Refused, match=r"identity\.container\]"):
        carl.apply_label(label=anew, container=second, witness=witness)
    carl.apply_label(label=anew, witness=witness)
    carl.retain_label(label=other)
    event = carl.reconcile_labels(coi_identifier=coi, mbr_label="collection_label", witness=witness)
    assert (event.printed, event.applied, event.scrapped, event.retained) == (3, 1, 1, 1)
    assert [entry.event for entry in world.ledger.read(Query(types=(LabelsReconciled,)))] == [event]


@pytest.mark.parametrize(("changes", "code"), [
    ({"din": ""}, "label_incomplete"), ({"statements": ()}, "label_incomplete"),
    ({"product": "x" * 121}, "label_incomplete"), ({"coi_identifier": "COI-OTHER"}, "other_patient"),
    ({"lot": "LOT-2"}, "other_patient"), ({"container": "C-OTHER"}, "other_patient"),
    ({"gtin": "09501101530004"}, "gs1"),
])  # fmt: skip
def test_a_label_says_all_and_only_what_is_the_patients(
    world: IdentityWorld, changes: dict[str, object], code: str
) -> None:
    coi, (bag, _) = world.collected()
    with pytest.raises(Refused) as refused:
        world.identity("carl.collect").print_labels(
            coi_identifier=coi, container=bag, content=content(**{"coi": coi, "container": bag, **changes})
            if "coi_identifier" not in changes else content("COI-OTHER", bag),
        )  # fmt: skip
    assert code_of(refused.value) == f"identity.{code}"
    assert not models.LabelCard.objects.exists()


def correct(world: IdentityWorld, coi: str, person: str, **said: str) -> str:
    return world.identity(person).propose_correction(
        coi_identifier=coi, signing=world.signing(person), credentials=Credentials(PASSWORD),
        reason="found at receipt", **said,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_correction_takes_two_signatures_and_moves_nothing_between_patients(world: IdentityWorld) -> None:
    coi, (bag, second) = world.collected()
    correction = correct(world, coi, "rita.review", subject="container", identifier=bag)
    for person, code in (("rita.review", "registry.same_person"), ("carl.collect", "registry.not_allowed")):
        with pytest.raises(Refused) as refused:
            world.identity(person).make_correction(
                correction=correction, signing=world.signing(person), credentials=Credentials(PASSWORD)
            )
        assert code_of(refused.value) == code
    assert models.ContainerCard.objects.get(code=bag).state == "registered"
    world.identity("hilde.head").make_correction(
        correction=correction, signing=world.signing("hilde.head"), credentials=Credentials(PASSWORD)
    )
    assert models.ContainerCard.objects.get(code=bag).state == "void"
    with pytest.raises(Refused, match=r"identity\.mismatch"):
        world.identity("carl.collect").check_identity(coi_identifier=coi, point="receipt", raw=bag)
    other, (foreign, _) = world.collected("LOT-2", "A999915000001")
    with pytest.raises(Refused, match=r"identity\.correction"):
        correct(world, coi, "rita.review", subject="container", identifier=foreign)
    with pytest.raises(Refused, match=r"identity\.din_taken"):
        correct(world, coi, "rita.review", subject="din", identifier=DIN, after="A999915000001")
    right = correct(world, coi, "rita.review", subject="din", identifier=DIN, after="A999925000001")
    world.identity("ralf.review").make_correction(
        correction=right, signing=world.signing("ralf.review"), credentials=Credentials(PASSWORD)
    )
    assert models.ContainerCard.objects.get(code=second).din == "A999925000001"
    declined = correct(world, other, "ralf.review", subject="container", identifier=foreign)
    world.identity("hilde.head").decline_correction(correction=declined, reason="it was right")
    assert models.CorrectionCard.objects.get(correction=declined).state == "declined"


def test_every_read_model_is_the_same_after_a_rebuild(world: IdentityWorld) -> None:
    coi, bag = checked(world)
    world.identity("max.maker").print_labels(
        coi_identifier=coi, container=bag, content=content(coi, bag, kind="in_process", step="rest")
    )
    correct(world, coi, "rita.review", subject="din", identifier=DIN, after="A999925000001")
    infuse(world, coi, bag)
    before = [list(model.objects.order_by("pk").values()) for model in PROJECTOR.models]
    assert sum(map(bool, before)) >= len(before) - 2
    world.ledger.rebuild()
    assert [list(model.objects.order_by("pk").values()) for model in PROJECTOR.models] == before
    assert world.now > NOW
