"""Who may take a dossier, and what they get."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from onelot.jobs.kinds import Place
from onelot.jobs.models import Job
from onelot.jobs.worker import Worker
from onelot.kernel.clock import system_clock
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


def test_the_dossier_is_in_the_language_of_the_reader_or_in_the_one_they_choose(world: World) -> None:
    client = signed_in("quentin.qp")
    address, position = reverse("dossier:file", args=["L1"]), world.ledger.size()
    english = client.get(address, {"position": position}).content
    asked = {"position": position, "language": "de"}
    german = client.get(address, asked).content
    assert (b"/Lang(en)" in english.replace(b" ", b""), b"/Lang(de)" in german.replace(b" ", b"")) == (
        True,
        True,
    )
    assert client.get(address, {"position": position}, headers={"Accept-Language": "de"}).content == german
    assert client.get(address, {**asked, "language": "tlh"}).status_code == 422
    made = client.post(reverse("dossier:make", args=["L1"]), asked)
    assert made.status_code == 302
    assert Job.objects.get().arguments["language"] == "de"


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


def test_a_dossier_is_made_in_the_background_once_for_whoever_asked(world: World) -> None:
    quentin = signed_in("quentin.qp")
    position = world.ledger.size()
    asked = [quentin.post(reverse("dossier:make", args=["L1"]), {"position": position}) for _ in range(2)]
    assert {answer.status_code for answer in asked} == {302}
    assert asked[0].headers["Location"] == asked[1].headers["Location"]
    worker = Worker(
        Place(world.ledger, world.evidence, system_clock, lambda: "", lambda: KEYS.ledger, lambda: KEYS.seal)
    )
    assert worker.work() == 1
    page = quentin.get(asked[0].headers["Location"]).content.decode()
    assert f"L1, up to entry {position}" in page
    job = Job.objects.get()
    data = quentin.get(reverse("jobs:file", args=[job.job])).content
    assert verify_dossier(data, key=KEYS.ledger.verification, certificates=KEYS.seal.der()).faults == []
    assert signed_in("rita.review").get(reverse("jobs:file", args=[job.job])).status_code == 404


@pytest.mark.parametrize(("person", "lot", "position", "status"), [
    ("max.maker", "L1", "", 403), ("olga.other", "L1", "", 404), ("quentin.qp", "L404", "", 404),
    ("quentin.qp", "L1", "x", 422),
])  # fmt: skip
def test_nothing_is_made_for_who_may_not(
    world: World, person: str, lot: str, position: str, status: int
) -> None:
    answer = signed_in(person).post(reverse("dossier:make", args=[lot]), {"position": position})
    assert answer.status_code == status
    assert not Job.objects.exists()
