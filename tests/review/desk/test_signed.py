"""A signature under a review is of the record as it was signed, and counts for that alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from onelot.execution.events import LotOpened
from onelot.registry.signing import Credentials
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.signed import signatures_of_lot
from tests.site import PASSWORD, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def accepted(world: World, lot: str, reason: str = "no effect") -> None:
    for row in FindingCard.objects.filter(lot=lot, is_raised=True, state="open"):
        world.desk("rita.review").decide(
            finding=row.key, decision="accepted", reason=reason, seen=row.position
        )


def signed(world: World, lot: str = "L1") -> LotCard:
    card = LotCard.objects.get(lot=lot)
    world.desk("rita.review").sign_review(
        lot=lot, review=card.review, seen=card.position, signing=world.signing("rita.review"),
        credentials=Credentials(PASSWORD, "rita.review"),
    )  # fmt: skip
    return LotCard.objects.get(lot=lot)


def faults(world: World, lot: str = "L1") -> list[tuple[str, ...]]:
    card = LotCard.objects.get(lot=lot)
    return [one.faults for one in signatures_of_lot(world.ledger, world.evidence, card)]


def test_a_decision_that_is_opened_again_wants_a_new_signature(world: World) -> None:
    world.lot("L1", "major", "minor", accepted=0)
    accepted(world, "L1")
    assert signed(world).waits_for == "disposition"
    assert faults(world) == [()]
    first = world.findings("L1")[0]
    world.desk("ralf.review").withdraw(
        finding=first.key, reason="The log says otherwise.", seen=first.position
    )
    assert LotCard.objects.get(lot="L1").waits_for == "decision"
    accepted(world, "L1", "It was looked at again.")
    card = LotCard.objects.get(lot="L1")
    assert (card.waits_for, card.signed_by) == ("signature", ""), "what was signed is not what is decided now"
    assert faults(world) == [("record_changed",)]
    assert signed(world).waits_for == "disposition"
    assert faults(world) == [("record_changed",), ()]


def test_the_pages_tell_a_signature_that_counts_from_one_that_does_no_more(world: World) -> None:
    world.lot("L1", "minor")
    accepted(world, "L1")
    signed(world)
    rita = signed_in("rita.review")
    addresses = (reverse("desk:lot", args=["L1"]), f"{reverse('lots:lot', args=['L1'])}?part=signatures")
    for address in addresses:
        text = rita.get(address).content.decode()
        assert "Signature holds" in text
        assert "counts no more" not in text
    world.review("L1", "minor")
    for address in addresses:
        text = rita.get(address).content.decode()
        assert "counts no more" in text
        assert "Broken signature" not in text, "nothing is wrong with it, but it is of an earlier state"


def test_a_read_model_that_was_changed_past_the_ledger_shows_at_the_signature(world: World) -> None:
    world.lot("L1", "minor")
    accepted(world, "L1")
    signed(world)
    FindingCard.objects.filter(lot="L1").update(reason="something else")
    assert faults(world) == [("record_changed",)]


def test_a_comment_changes_nothing_that_was_signed_and_another_market_does(world: World) -> None:
    world.lot("L1")
    signed(world)
    world.desk("rita.review").comment(lot="L1", text="Well made.")
    assert (faults(world), LotCard.objects.get(lot="L1").waits_for) == ([()], "disposition")
    opened = LotOpened(
        lot="L1", coi_identifier="COI-L1", product="CART", mbr="MBR-CART", mbr_version="1", site="MAKER-1",
        intended_market="US",
    )  # fmt: skip
    world.append("L1", opened)
    assert faults(world) == [("record_changed",)]


def test_the_tables_built_again_are_the_same(world: World) -> None:
    world.lot("L1", "major")
    accepted(world, "L1")
    signed(world)
    (first,) = world.findings("L1")
    world.desk("ralf.review").withdraw(finding=first.key, reason="r", seen=first.position)
    before = [*LotCard.objects.values()]
    world.ledger.rebuild()
    assert [*LotCard.objects.values()] == before
