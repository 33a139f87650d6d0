"""Orders: eligible, prescribed by a physician, one COI identifier each, one lot at a time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from onelot.identity.domain.coi_formats import ISBT_128
from onelot.identity.events import Answer, CoiAssigned, TherapyOrdered
from onelot.identity.models import OrderCard
from onelot.identity.queries import coi_of_lot, order, orders, therapies, therapy
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.registry.signing import Credentials
from tests.identity.making import CLINIC, MARKET, PLANT, PRODUCT, IdentityWorld, answers, code_of
from tests.site import NOW, PASSWORD

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return IdentityWorld(tmp_path)


def test_an_order_is_prescribed_and_gets_a_coi_identifier_and_a_lot(world: IdentityWorld) -> None:
    number = world.ordered()
    card = order(number)
    assert card is not None
    assert (number, card.state, card.organisation, card.product) == (
        "ORD-2026-000001",
        "ordered",
        "CLINIC",
        PRODUCT,
    )
    world.prescribe(number)
    coi = world.identity("cora.coord").assign_coi(order=number)
    assert coi == "COI-2026-000001"
    world.identity("pia.plan").assign_lot(
        coi_identifier=coi, lot="LOT-1", mbr="MBR-CART", mbr_version="1", site=PLANT
    )
    known = therapy(coi)
    assert known is not None
    assert (known.state, known.lot, known.maker, known.order) == ("scheduled", "LOT-1", "MAKER", number)
    assert coi_of_lot("LOT-1") == coi


def test_every_unanswered_or_excluding_question_is_named(world: IdentityWorld) -> None:
    given = [answer for answer in answers() if answer.item not in ("consent", "fitness")]
    given.append(Answer(item="fitness", answer="no"))
    given.append(Answer(item="weather", answer="yes"))
    with pytest.raises(Refused) as refused:
        world.identity("cora.coord").order_therapy(
            product=PRODUCT, market=MARKET, clinic=CLINIC, answers=given
        )
    assert sorted(refusal.code for refusal in refused.value.refusals) == [
        "identity.answer_unknown", "identity.not_eligible", "identity.unanswered",
    ]  # fmt: skip
    assert not OrderCard.objects.exists()


def test_the_checklist_depends_on_product_and_market() -> None:
    here = {answer.item for answer in answers("CART", "DE")}
    assert "payer" in {answer.item for answer in answers("CART", "US")} - here
    assert "bendamustine" in here - {answer.item for answer in answers("HSCG", "DE")}


@pytest.mark.parametrize(("changes", "code"), [
    ({"clinic": "NOWHERE"}, "registry.not_allowed"), ({"clinic": "FAR-1"}, "registry.not_allowed"),
    ({"market": "de"}, "identity.market"), ({"market": "DEU"}, "identity.market"),
    ({"product": "../x"}, "identity.code"),
    ({"collect_from": NOW, "infuse_by": NOW - timedelta(days=1)}, "identity.times"),
])  # fmt: skip
def test_what_cannot_be_ordered(world: IdentityWorld, changes: dict[str, object], code: str) -> None:
    asked = {"product": PRODUCT, "market": MARKET, "clinic": CLINIC, "answers": answers(), **changes}
    with pytest.raises(Refused) as refused:
        world.identity("cora.coord").order_therapy(**asked)  # type: ignore[arg-type]
    assert code_of(refused.value) == code


@pytest.mark.parametrize(("person", "orders_", "prescribes", "assigns"), [
    ("cora.coord", True, False, True), ("paula.physician", False, True, False),
    ("carl.collect", False, False, False), ("nora.nurse", False, False, False), ("fay.far", False, False, False),
    ("kurt.courier", False, False, False), ("max.maker", False, False, False), ("rita.review", False, False, False),
    ("hilde.head", False, False, False), ("quentin.qp", False, False, False), ("ada.admin", False, False, False),
    ("pia.plan", False, False, False), ("sven.supply", False, False, False), ("vera.valid", False, False, False),
    ("olaf.receive", False, False, False),
])  # fmt: skip
def test_who_may(world: IdentityWorld, person: str, orders_: bool, prescribes: bool, assigns: bool) -> None:
    number, identity = world.ordered(), world.identity(person)
    refusals = ("registry.not_allowed", "identity.unknown")

    def prescribe() -> None:
        identity.prescribe(
            order=number,
            seen=world.ledger.size(),
            signing=world.signing(person),
            credentials=Credentials(PASSWORD),
        )

    acts = (
        (lambda: world.ordered(person), orders_), (prescribe, prescribes),
        (lambda: identity.assign_coi(order=number), assigns),
    )  # fmt: skip
    for place, (act, may) in enumerate(acts):
        if place == 2 and not prescribes:
            world.prescribe(number)
        if may:
            act()
            continue
        with pytest.raises(Refused) as refused:
            act()
        assert code_of(refused.value) in refusals


def test_an_order_of_another_clinic_is_like_one_that_is_not(world: IdentityWorld) -> None:
    number = world.prescribed()
    for guessed in (number, "ORD-2026-999999"):
        with pytest.raises(Refused) as refused:
            world.identity("fay.far").assign_coi(order=guessed)
        assert code_of(refused.value) == "identity.unknown"
    assert not orders(world.actor("fay.far")).exists()
    assert orders(world.actor("cora.coord")).count() == 1
    assert not orders(world.actor("max.maker")).exists()


def test_the_plant_sees_a_therapy_from_the_booking_on(world: IdentityWorld) -> None:
    coi = world.enrolled()
    assert not therapies(world.actor("max.maker")).exists()
    world.identity("cora.coord").assign_lot(
        coi_identifier=coi, lot="LOT-1", mbr="MBR-CART", mbr_version="1", site=PLANT
    )
    assert [card.coi_identifier for card in therapies(world.actor("max.maker"))] == [coi]
    assert not therapies(world.actor("olga.other")).exists()
    assert therapies(world.actor("rita.review")).count() == 1


def test_no_coi_identifier_before_the_prescription_and_only_one(world: IdentityWorld) -> None:
    number = world.ordered()
    cora = world.identity("cora.coord")
    with pytest.raises(Refused, match=r"identity\.not_now"):
        cora.assign_coi(order=number)
    world.prescribe(number)
    cora.assign_coi(order=number)
    with pytest.raises(Refused, match=r"identity\.changed"):
        cora.assign_coi(order=number, coi_identifier="COI-OTHER")


def test_a_coi_identifier_is_never_given_again(world: IdentityWorld) -> None:
    first, second = world.prescribed(), world.prescribed()
    cora = world.identity("cora.coord")
    cora.assign_coi(order=first, coi_identifier="COI-X")
    cora.cancel_order(order=first, reason="moved away", seen=world.ledger.size())
    with pytest.raises(Refused, match=r"identity\.coi_taken"):
        cora.assign_coi(order=second, coi_identifier="COI-X")
    assert len(list(world.ledger.read(Query(types=(CoiAssigned,))))) == 1


def test_the_sponsors_format_is_asked_for(world: IdentityWorld, settings: object) -> None:
    settings.ONELOT_COI_FORMAT = ISBT_128  # type: ignore[attr-defined]
    number = world.prescribed()
    cora = world.identity("cora.coord")
    for given, code in (("COI-1", "coi_form"), ("", "coi_not_made_here"), ("CHA99992500000", "coi_form")):
        with pytest.raises(Refused, match=rf"identity\.{code}\]"):
            cora.assign_coi(order=number, coi_identifier=given)
    assert cora.assign_coi(order=number, coi_identifier="CHA999925000001") == "CHA999925000001"


def test_a_lot_number_belongs_to_one_therapy_and_a_remake_says_what_it_replaces(world: IdentityWorld) -> None:
    coi, other = world.scheduled("LOT-1"), world.enrolled()
    cora = world.identity("cora.coord")

    def assign(whose: str, lot: str, replaces: str = "") -> None:
        cora.assign_lot(
            coi_identifier=whose, lot=lot, mbr="MBR-CART", mbr_version="1", site=PLANT, replaces=replaces
        )

    with pytest.raises(Refused, match=r"identity\.lot_taken"):
        assign(other, "LOT-1")
    with pytest.raises(Refused, match=r"identity\.replaces"):
        assign(coi, "LOT-2")
    assign(coi, "LOT-2", replaces="LOT-1")
    card = therapy(coi)
    assert card is not None
    assert card.lot == "LOT-2"
    assert coi_of_lot("LOT-1") == coi
    world.lot("LOT-9")  # a record that came in without an order
    with pytest.raises(Refused, match=r"identity\.lot_taken"):
        assign(other, "LOT-9")


@pytest.mark.parametrize("lot", ["", " L", "L\n", "x" * 61])
def test_what_is_no_lot_number(world: IdentityWorld, lot: str) -> None:
    coi = world.enrolled()
    with pytest.raises(Refused, match=r"identity\.lot\]"):
        world.identity("cora.coord").assign_lot(
            coi_identifier=coi, lot=lot, mbr="M", mbr_version="1", site=PLANT
        )


def test_of_two_who_change_an_order_the_second_is_told(world: IdentityWorld) -> None:
    number, seen = world.ordered(), world.ledger.size()
    cora = world.identity("cora.coord")
    cora.change_order(order=number, collect_from=NOW, infuse_by=None, reason="holiday", seen=seen)
    with pytest.raises(Refused, match=r"identity\.changed"):
        cora.cancel_order(order=number, reason="no", seen=seen)
    with pytest.raises(Refused, match=r"identity\.text"):
        cora.cancel_order(order=number, reason=" ", seen=world.ledger.size())


@pytest.mark.parametrize("how", ["cancelled", "withdrawn", "died"])
def test_the_end_of_an_order_ends_its_therapy(world: IdentityWorld, how: str) -> None:
    coi = world.scheduled()
    card = therapy(coi)
    assert card is not None
    cora, seen = world.identity("cora.coord"), world.ledger.size()
    if how == "cancelled":
        cora.cancel_order(order=card.order, reason="progression", seen=seen)
    elif how == "withdrawn":
        cora.withdraw_patient(order=card.order, reason="consent withdrawn", seen=seen)
    else:
        cora.record_death(order=card.order, died_at=NOW - timedelta(days=1), seen=seen)
    ended, ended_order = therapy(coi), order(card.order)
    assert ended is not None
    assert ended_order is not None
    assert (ended.state, ended_order.state, ended_order.ended_by) == ("ended", "ended", how)
    carl = world.identity("carl.collect")
    with pytest.raises(Refused, match=r"identity\.not_now"):
        carl.record_collection(
            coi_identifier=coi, din="G123498654321", started_at=NOW, ended_at=NOW, site=CLINIC
        )
    assert len(list(world.ledger.read(Query(types=(TherapyOrdered,))))) == 1
