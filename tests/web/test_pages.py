"""Pages as a person's browser asks for them: signing in, the queue, a lot, decisions, signatures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from onelot.review.desk.models import FindingCard, LotCard
from tests.site import PASSWORD, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
EVERYBODY = (
    "rita.review", "hilde.head", "quentin.qp", "ada.admin", "vera.valid", "max.maker", "olga.other",
)  # fmt: skip
OPEN = {
    "health/live": 200, "health/ready": 200, "metrics": 404,
    "sign-in/": 200, "password/new/": 404, "password/<str:person>/<str:token>/": 302, "sso/<slug:provider_id>/": 404,
    "sso/<slug:provider_id>/back/": 404, "language/": 302,
}  # fmt: skip
"""What is open to everybody, and how it answers somebody who brings nothing."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def signed_in(person: str) -> Client:
    client = Client()
    done = client.post(reverse("sign_in"), {"username": person, "password": PASSWORD})
    assert done.status_code == 302, done.content
    return client


def act(client: Client, lot: str, card: FindingCard, text: str, what: str, seen: int | None = None) -> Any:
    position = LotCard.objects.get(lot=lot).position if seen is None else seen
    form = {"act": what, "finding": card.key, "text": text, "seen": position}
    return client.post(
        reverse("desk:act", args=[lot]), urlencode(form), content_type="application/x-www-form-urlencoded"
    )


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        found += addresses(pattern.url_patterns, path) if isinstance(pattern, URLResolver) else [path]
    return found


def test_nothing_but_signing_in_is_reached_without_it(world: World) -> None:
    world.lot("L1", "major")
    for path in addresses(get_resolver().url_patterns):
        client = Client()
        asked = re.sub(r"<\w+:\w+>", "1", path.replace("<path:lot>", "L1"))
        for answer in (client.get(f"/{asked}"), client.post(f"/{asked}")):
            if path in OPEN:
                assert answer.status_code in (OPEN[path], 405), path
                assert "_auth_user_id" not in client.session
            elif path.startswith("api/"):  # tests/jsonapi/test_who_may.py asks every operation
                assert answer.status_code in (401, 404, 405, 415), path
            else:
                assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (
                    302,
                    "/sign-in/",
                ), path


def test_a_wrong_password_and_a_disabled_account_are_told_alike(world: World) -> None:
    world.registry.change_access(person="ralf.review", enabled=False, reason="left")
    for person, password in (("rita.review", "wrong"), ("ralf.review", PASSWORD), ("nobody", PASSWORD)):
        answer = Client().post(reverse("sign_in"), {"username": person, "password": password})
        assert "That is not a user name and its password" in answer.content.decode()


def test_an_account_is_locked_after_five_failures(world: World) -> None:
    client = Client()
    for _ in range(5):
        client.post(reverse("sign_in"), {"username": "rita.review", "password": "wrong"})
    assert (
        client.post(reverse("sign_in"), {"username": "rita.review", "password": PASSWORD}).status_code == 429
    )


def test_a_session_ends_with_the_access(world: World) -> None:
    client = signed_in("rita.review")
    world.registry.change_access(person="rita.review", enabled=False, reason="left")
    assert client.get(reverse("desk:queue")).status_code == 302


@pytest.mark.parametrize(("person", "status"), [
    ("rita.review", 200), ("hilde.head", 200), ("quentin.qp", 200), ("vera.valid", 200), ("ada.admin", 403),
    ("max.maker", 403), ("olga.other", 403),
])  # fmt: skip
def test_the_desk_is_for_those_who_review(world: World, person: str, status: int) -> None:
    assert signed_in(person).get(reverse("desk:queue")).status_code == status


@pytest.mark.parametrize("person", EVERYBODY)
def test_a_lot_is_open_to_those_whose_it_is(world: World, person: str) -> None:
    world.lot("L1", "major")
    status = 404 if person in ("olga.other", "ada.admin") else 200
    client = signed_in(person)
    assert client.get(reverse("desk:lot", args=["L1"])).status_code == status
    assert client.get(reverse("desk:lot", args=["L404"])).status_code == 404


def test_the_most_urgent_comes_first(world: World) -> None:
    from datetime import timedelta

    from tests.site import NOW

    for lot in ("L1", "L2", "L3"):
        world.lot(lot, "critical" if lot == "L1" else "minor")
    world.desk("rita.review").plan_infusion(lot="L3", planned_for=NOW + timedelta(days=3))
    world.desk("rita.review").plan_infusion(lot="L2", planned_for=NOW + timedelta(days=9))
    page = signed_in("rita.review").get(reverse("desk:queue"))
    assert [card.lot for card in page.context["page"]] == ["L3", "L2", "L1"]


@pytest.mark.parametrize("query", [
    "lane=nothing", "page=999", "page=x", "sort=drop", "site=%27", "text=%F0%9F%98%80", "text=%25",
    "lane=all&text=L1",
])  # fmt: skip
def test_whatever_the_address_asks_the_queue_answers(world: World, query: str) -> None:
    world.lot("L1", "major")
    assert signed_in("rita.review").get(f"{reverse('desk:queue')}?{query}").status_code == 200


def test_what_no_database_can_keep_is_a_bad_request(world: World) -> None:
    lot = world.lot("L1", "major")
    rita = signed_in("rita.review")
    (card,) = world.findings("L1")
    for path in ("/desk/?site=%00", "/desk/?%00=1", "/desk/lots/%00/"):
        assert rita.get(path).status_code == 400
    assert act(rita, "L1", card, "a\x00b", "accepted", lot.position).status_code == 400


def test_a_lot_goes_from_exception_to_signature(world: World) -> None:
    world.lot("L1", "critical")
    (card,) = world.findings("L1")
    rita, max_ = signed_in("rita.review"), signed_in("max.maker")
    assert act(rita, "L1", card, "Was the probe dry?", "ask").status_code == 302
    assert "Was the probe dry?" in max_.get(reverse("desk:lot", args=["L1"])).content.decode()
    assert act(max_, "L1", card, "It was.", "answer").status_code == 302
    assert act(rita, "L1", card, "A dry probe reads low.", "accepted").status_code == 302
    lot = LotCard.objects.get(lot="L1")
    signing = {"review": lot.review, "seen": lot.position, "user_name": "rita.review", "password": PASSWORD}
    assert rita.post(reverse("desk:sign", args=["L1"]), signing).status_code == 302
    assert "Review signed" in rita.get(reverse("desk:lot", args=["L1"])).content.decode()


def test_the_user_name_is_asked_at_the_first_signing_of_a_session_only(world: World) -> None:
    rita = signed_in("rita.review")
    for lot, more in (("L1", {"user_name": "rita.review"}), ("L2", {})):
        card = world.lot(lot)
        assert ('id="user_name"' in rita.get(reverse("desk:lot", args=[lot])).content.decode()) is bool(more)
        signing = {"review": card.review, "seen": card.position, "password": PASSWORD, **more}
        assert rita.post(reverse("desk:sign", args=[lot]), signing).status_code == 302
        assert LotCard.objects.get(lot=lot).waits_for == "disposition"


def test_what_was_typed_is_kept_when_somebody_was_faster(world: World) -> None:
    world.lot("L1", "major", "minor")
    card, _ = world.findings("L1")
    seen = LotCard.objects.get(lot="L1").position
    rita, ralf = signed_in("rita.review"), signed_in("ralf.review")
    assert act(rita, "L1", card, "Was the probe dry?", "ask", seen).status_code == 302
    answer = act(ralf, "L1", card, "My long justification.", "accepted", seen)
    assert answer.status_code == 409
    assert "My long justification." in answer.content.decode()
    assert "Somebody acted on this meanwhile" in answer.content.decode()


@pytest.mark.parametrize("change", [
    {"seen": "x"}, {"seen": ""}, {"seen": "9" * 30}, {"act": "drop"}, {"act": ""}, {"finding": "x"}, {"text": ""},
    {"text": "x" * 5000}, {"seen": "999999"},
])  # fmt: skip
def test_a_broken_form_changes_nothing_and_is_told(world: World, change: dict[str, str]) -> None:
    lot = world.lot("L1", "major")
    (card,) = world.findings("L1")
    before = world.ledger.size()
    form = {"act": "accepted", "finding": card.key, "text": "fine", "seen": str(lot.position), **change}
    answer = signed_in("rita.review").post(reverse("desk:act", args=["L1"]), form)
    assert answer.status_code in (404, 409)
    assert world.ledger.size() == before


def test_pages_carry_their_policy_and_no_foreign_address(world: World) -> None:
    world.lot("L1", "major")
    answer = signed_in("rita.review").get(reverse("desk:lot", args=["L1"]))
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "://" not in answer.content.decode()
    assert "style=" not in answer.content.decode()


def test_an_address_that_is_no_page_says_so_in_the_sites_look(world: World) -> None:
    answer = signed_in("rita.review").get("/nowhere/")
    assert answer.status_code == 404
    assert "There is no such page, or it is not yours to see." in answer.content.decode()
