"""Pages in the reader's language: English, or German."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.site import World
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def test_the_language_is_the_browsers_until_one_is_chosen(world: World) -> None:
    world.lot("L1", "major")
    rita = signed_in("rita.review")
    queue = reverse("desk:queue")
    assert "Lots that wait" in rita.get(queue).content.decode()
    assert (
        "Wartende Chargen" in rita.get(queue, headers={"accept-language": "de-AT,de;q=0.9"}).content.decode()
    )
    chosen = rita.post(reverse("language"), {"language": "de", "next": queue})
    assert (chosen.status_code, chosen.headers["Location"]) == (302, queue)
    assert "Wartende Chargen" in rita.get(queue).content.decode()


def test_before_signing_in_too(world: World) -> None:
    client = Client()
    client.post(reverse("language"), {"language": "de", "next": reverse("sign_in")})
    page = client.get(reverse("sign_in")).content.decode()
    assert '<html lang="de">' in page
    assert "Benutzername" in page


@pytest.mark.parametrize(
    "form", [{"language": "xx"}, {}, {"language": "de", "next": "https://elsewhere.example/"}]
)
def test_what_is_no_language_or_leads_elsewhere_changes_nothing(world: World, form: dict[str, str]) -> None:
    answer = Client().post(reverse("language"), form)
    assert answer.headers["Location"] == "/"
