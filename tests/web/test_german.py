"""A German page says in German what rooms say, and leaves what was recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from onelot.kernel.ids import new_id
from onelot.review.events import FindingRaised, LotReviewed
from tests.site import World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def german(person: str) -> Client:
    client = signed_in(person)
    client.post(reverse("language"), {"language": "de", "next": "/"})
    return client


def with_exceptions(world: World, lot: str) -> None:
    """A lot with an exception as its check says it, and one as no check says it any more."""
    world.lot(lot)
    review = new_id()
    raised = [
        FindingRaised(
            lot=lot, review=review, check="RNG-ACTION", variant="outside", severity="critical",
            subject=subject, sentence=sentence, expected="6.80 to 7.50", observed="9.90 [pH]",
            clause="21 CFR 211.192", evidence=(1,), accepted_because="", state="open",
        )
        for subject, sentence in (
            ("m/o/p/ph", "pH at harvest is 9.90 [pH], outside its action limits 6.80 to 7.50."),
            ("m/o/p/do", "Something was far off."),
        )
    ]  # fmt: skip
    reviewed = LotReviewed(
        lot=lot, review=review, engine="test", mbr="MBR-CART", mbr_version="1", mbr_digest="a" * 64, policy="p",
        policy_version="1", policy_digest="b" * 64, through_position=1, checkpoint="root", verdict="c" * 64,
        held=True, findings=2,
    )  # fmt: skip
    world.append(lot, reviewed, *raised)


def test_an_exception_is_said_in_german_with_the_values_as_recorded(world: World) -> None:
    with_exceptions(world, "L1")
    page = german("rita.review").get(reverse("desk:lot", args=["L1"])).content.decode()
    assert "pH at harvest ist 9.90 [pH], außerhalb der Aktionsgrenzen (6.80 bis 7.50)." in page
    assert "<dd>6.80 bis 7.50</dd>" in page
    assert "<dd>9.90 [pH]</dd>" in page
    assert '<span lang="en">Something was far off.</span>' in page


def test_the_same_exception_in_english_is_as_recorded(world: World) -> None:
    with_exceptions(world, "L1")
    page = signed_in("rita.review").get(reverse("desk:lot", args=["L1"])).content.decode()
    assert "pH at harvest is 9.90 [pH], outside its action limits 6.80 to 7.50." in page
    assert '<span lang="en">' not in page


def test_a_refusal_is_said_in_german(world: World) -> None:
    with_exceptions(world, "L1")
    rita = german("rita.review")
    card = world.findings("L1")[0]
    form = {"act": "decide", "finding": card.key, "text": "", "seen": "1", "decision": "accepted"}
    answer = rita.post(reverse("desk:act", args=["L1"]), {**form, "act": "accepted"})
    assert "Es fehlt: Begründung, höchstens" in answer.content.decode()


def test_a_page_of_its_own_too(world: World) -> None:
    answer = german("rita.review").get(reverse("desk:lot", args=["NO-SUCH"]))
    assert answer.status_code == 404
    assert "Es gibt keine solche Charge." in answer.content.decode()


def test_the_checklist_and_what_blocks_a_release(world: World) -> None:
    with_exceptions(world, "L1")
    page = german("hilde.head").get(reverse("disposition:lot", args=["L1"])).content.decode()
    assert "2 ohne Entscheidung." in page
    assert "Über eine kritische Ausnahme ist nicht entschieden." in page
    assert "without a decision" not in page
    assert "critical exception" not in page


def test_the_api_and_the_ledger_stay_english(world: World) -> None:
    with_exceptions(world, "L1")
    hilde = german("hilde.head")
    assert hilde.get(reverse("desk:lot", args=["L1"])).status_code == 200
    sentences = {card.sentence for card in world.findings("L1")}
    assert "Something was far off." in sentences
    assert "pH at harvest is 9.90 [pH], outside its action limits 6.80 to 7.50." in sentences
    problem = hilde.get("/api/v1/lots/NO-SUCH", headers={"accept-language": "de"}).json()
    assert "Charge" not in str(problem)
