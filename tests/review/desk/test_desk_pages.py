"""Pages of lots, evidence, charts and deviations: who sees them, and that each shows the place it speaks of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from onelot.intake.service import Intake
from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import SigningKey
from onelot.ledger.proof import Inclusion
from onelot.ledger.publishing import publish
from onelot.ledger.query import Query
from onelot.review.desk.models import LotCard
from tests.site import World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
PARTS = ("timeline", "record", "materials", "results", "reviews", "signatures", "proofs", "nothing")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def record(lot: str, site: str = "MAKER-1", **more: Any) -> bytes:
    events = [
        {"@type": "execution.lot_opened.v1", "lot": lot, "coi_identifier": "COI-1", "product": "CART", "mbr": "M",
         "mbr_version": "1", "site": site, "intended_market": "EU"},
        {"@type": "execution.parameter_recorded.v1", "lot": lot, "phase": "a/b/c", "parameter": "ph", "value": "9.9",
         "unit": "pH", "performed_at": "2026-02-01T10:00:00+01:00", "performed_by": "op1"},
        {"@type": "execution.parameter_recorded.v1", "lot": lot, "phase": "a/b/c", "parameter": "mass", "value": "5",
         "unit": "g", "performed_at": "2026-02-01T11:00:00+01:00", "performed_by": "op1"},
    ]  # fmt: skip
    return json.dumps(
        {"format": "onelot-record/1", "document": f"D-{lot}", "events": events, **more}
    ).encode()


def taken(world: World, lot: str, site: str = "MAKER-1") -> int:
    """The position of a recorded value of a lot that was taken in from a file."""
    Intake(world.ledger, world.evidence).receive(record(lot, site), f"records/{lot}.json")
    entries = [*world.ledger.read(Query(tags=(f"lot:{lot}",)))]
    return next(entry.position for entry in entries if getattr(entry.event, "parameter", "") == "ph")


@pytest.mark.parametrize(("person", "status"), [
    ("rita.review", 200), ("hilde.head", 200), ("quentin.qp", 200), ("vera.valid", 200), ("max.maker", 200),
    ("ada.admin", 404), ("olga.other", 404),
])  # fmt: skip
def test_a_lots_pages_are_for_those_whose_it_is(world: World, person: str, status: int) -> None:
    position = taken(world, "L1")
    world.review("L1", "minor")
    (card,) = world.findings("L1")
    number = world.desk("rita.review").raise_deviation(
        finding=card.key, severity="minor", title="t", reason="r", seen=card.position
    )
    document = next(world.ledger.read(after=position - 1)).source
    assert document is not None
    client = signed_in(person)
    addresses = [
        reverse("lots:evidence", args=["L1", position]), reverse("lots:entry", args=["L1", position]),
        reverse("lots:original", args=["L1", document.document]), reverse("desk:chart", args=["L1", card.key]),
        reverse("deviations:deviation", args=[number]),
        *(f"{reverse('lots:lot', args=['L1'])}?part={part}" for part in PARTS),
    ]  # fmt: skip
    assert [client.get(address).status_code for address in addresses] == [status] * len(addresses)
    listed = client.get(reverse("deviations:list"))
    assert (listed.status_code == 200 and number in listed.content.decode()) is (status == 200)
    assert client.get(reverse("lots:evidence", args=["L404", position])).status_code == 404


def test_nothing_of_another_lot_is_reached_through_ones_own(world: World) -> None:
    other = taken(world, "THEIRS", "OTHER-1")
    taken(world, "MINE")
    theirs = next(world.ledger.read(after=other - 1)).source
    assert theirs is not None
    max_ = signed_in("max.maker")
    for name, what in (("evidence", other), ("entry", other), ("proof", other), ("original", theirs.document),
                       ("signed", theirs.document), ("evidence", 10**15), ("original", "0" * 64)):  # fmt: skip
        assert max_.get(reverse(f"lots:{name}", args=["MINE", what])).status_code == 404, name


def test_evidence_shows_the_value_marked_with_its_file_and_its_phase(world: World) -> None:
    position = taken(world, "L1")
    answer = signed_in("rita.review").get(reverse("lots:evidence", args=["L1", position]))
    text = answer.content.decode()
    shown = answer.context["shown"]
    assert '"value": "9.9"' in "\n".join(line.text for line in shown.view.lines if line.is_marked)
    assert shown.original.event.document in text
    assert "records/L1.json" in text
    assert [line.position for line, is_this in answer.context["around"] if is_this] == [position]
    assert len(answer.context["around"]) == 2


def test_an_original_is_given_as_it_came_and_never_as_a_page(world: World) -> None:
    position = taken(world, "L1")
    source = next(world.ledger.read(after=position - 1)).source
    assert source is not None
    answer = signed_in("rita.review").get(reverse("lots:original", args=["L1", source.document]))
    assert answer.content == record("L1")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="L1.json"'


def test_an_entry_is_proved_once_a_checkpoint_covers_it(world: World) -> None:
    position = taken(world, "L1")
    rita = signed_in("rita.review")
    assert rita.get(reverse("lots:proof", args=["L1", position])).status_code == 422
    key = SigningKey.generate("test.example/log")
    publish(world.ledger, key)
    entry = rita.get(reverse("lots:entry", args=["L1", position])).content
    proof = Inclusion.parse(rita.get(reverse("lots:proof", args=["L1", position])).content.decode())
    assert proof.verify(entry, key.verification).size == world.ledger.size()
    with pytest.raises(Refused):
        proof.verify(entry + b" ", key.verification)


def test_thousands_of_exceptions_are_shown_page_by_page(world: World) -> None:
    world.lot("L1", *["minor"] * 1_200)
    rita = signed_in("rita.review")
    page = rita.get(reverse("desk:lot", args=["L1"]))
    assert page.content.decode().count('class="card finding"') == 50
    last = rita.get(f"{reverse('desk:lot', args=['L1'])}?page=24")
    card = last.context["phases"][-1][1][-1]["card"]
    form = {
        "act": "accepted",
        "finding": card.key,
        "text": "",
        "seen": LotCard.objects.get(lot="L1").position,
    }
    refused = rita.post(reverse("desk:act", args=["L1"]), form)
    assert refused.status_code == 409
    assert f'id="exception-{card.key}"' in refused.content.decode(), "the page that holds it is shown again"


def test_the_same_justification_is_offered_for_similar_exceptions_and_each_is_recorded_singly(
    world: World,
) -> None:
    lot = world.lot("L1", "minor", "minor", "major")
    first = world.findings("L1")[0]
    rita = signed_in("rita.review")
    form = {"act": "accepted", "finding": first.key, "text": "Seen, no effect.", "seen": lot.position}
    page = rita.post(reverse("desk:act", args=["L1"]), form, follow=True)
    offered = [
        (item["card"].severity, item["offered_text"]) for _, items in page.context["phases"] for item in items
        if item["is_similar"]
    ]  # fmt: skip
    assert offered == [("minor", "Seen, no effect.")]
    assert LotCard.objects.get(lot="L1").undecided == 2
    ralf = signed_in("ralf.review").get(f"{reverse('desk:lot', args=['L1'])}?recorded={first.key}")
    assert ralf.context["offered"] is None, "it is offered to who wrote it"


def test_a_deviation_is_assessed_and_closed_in_the_browser(world: World) -> None:
    world.lot("L1", "major")
    (card,) = world.findings("L1")
    number = world.desk("rita.review").raise_deviation(
        finding=card.key, severity="major", title="<b>t</b>", reason="r", seen=card.position
    )
    hilde, address = signed_in("hilde.head"), reverse("deviations:act", args=[number])
    seen = hilde.get(reverse("deviations:deviation", args=[number])).context["deviation"].position
    refused = hilde.post(
        address, {"act": "assess", "impact": "x", "severity": "minor", "text": "kept", "seen": seen}
    )
    assert (refused.status_code, "kept" in refused.content.decode()) == (409, True)
    assert (
        hilde.post(
            address, {"act": "assess", "impact": "none", "severity": "minor", "text": "r", "seen": seen}
        ).status_code
        == 302
    )
    page = hilde.get(reverse("deviations:deviation", args=[number]))
    assert "<b>t</b>" not in page.content.decode()
    form = {"act": "close", "text": "done", "seen": page.context["deviation"].position}
    assert signed_in("rita.review").post(address, form).status_code == 403
    assert hilde.post(address, form).status_code == 302
    listed = hilde.get(f"{reverse('deviations:list')}?state=closed&severity=minor&sort=lot&text=L1")
    assert [item.number for item in listed.context["page"]] == [number]


def test_a_page_that_asks_by_itself_tells_who_is_here(world: World) -> None:
    lot = world.lot("L1", "minor")
    rita, ralf = signed_in("rita.review"), signed_in("ralf.review")
    rita.get(reverse("desk:lot", args=["L1"]))
    form = {"seen": lot.position, "review": lot.review}
    answer = ralf.post(reverse("desk:present", args=["L1"]), form, headers={"X-Onelot-Background": "1"})
    assert "Rita Review" in answer.content.decode()
    assert signed_in("olga.other").post(reverse("desk:present", args=["L1"]), form).status_code == 404
    assert ralf.post(reverse("desk:present", args=["L1"]), {"seen": "x"}).status_code == 422
