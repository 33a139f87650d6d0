"""Who may take a dossier, and what they get."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from onelot.verify.dossier import verify_dossier
from tests.disposition.dossier.making import KEYS
from tests.site import World
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    monkeypatch.setattr("onelot.web.middleware.open_signing_key", lambda: KEYS.ledger)
    monkeypatch.setattr("onelot.web.middleware.open_sealing_key", lambda: KEYS.seal)
    world.lot("L1", "major")
    return world


@pytest.mark.parametrize(("person", "status"), [
    ("rita.review", 200), ("hilde.head", 200), ("quentin.qp", 200), ("vera.valid", 200), ("ada.admin", 404),
    ("max.maker", 403), ("olga.other", 404),
])  # fmt: skip
@pytest.mark.parametrize("name", ["page", "file"])
def test_a_dossier_is_for_those_who_may(world: World, person: str, status: int, name: str) -> None:
    client = signed_in(person)
    assert client.get(reverse(f"dossier:{name}", args=["L1"])).status_code == status
    assert client.get(reverse(f"dossier:{name}", args=["L404"])).status_code == 404


def test_the_file_verifies_and_nothing_was_written(world: World) -> None:
    client = signed_in("quentin.qp")
    before = world.ledger.size()
    answer = client.get(reverse("dossier:file", args=["L1"]), {"position": before})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dossier-L1.pdf"'
    report = verify_dossier(answer.content, key=KEYS.ledger.verification, certificates=KEYS.seal.der())
    assert report.faults == []
    assert world.ledger.size() == before


@pytest.mark.parametrize("position", ["x", "0", "-1", "9" * 30, "999999", "٣"])
def test_a_position_that_is_none_is_told(world: World, position: str) -> None:
    answer = signed_in("quentin.qp").get(reverse("dossier:file", args=["L1"]), {"position": position})
    assert answer.status_code == 422
    assert "The ledger does not have this position." in answer.content.decode()


def test_the_lot_leads_to_its_dossier(world: World) -> None:
    address = reverse("dossier:page", args=["L1"])
    assert address in signed_in("quentin.qp").get(reverse("desk:lot", args=["L1"])).content.decode()
    assert address not in signed_in("max.maker").get(reverse("desk:lot", args=["L1"])).content.decode()
    page = signed_in("quentin.qp").get(address).content.decode()
    assert KEYS.seal.fingerprint() in page
