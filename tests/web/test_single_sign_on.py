"""Single sign-on against a real provider on loopback: who comes in, who does not, and what a false token is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.registry.access.events import SubjectRecorded
from onelot.registry.events import PersonRegistered
from onelot.registry.models import Account, Subject
from tests.oidc_provider import FAULTS, PASSWORD, configuration_of, control, provider
from tests.registry.test_signing import add_app, code_now
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with provider(tmp_path_factory.mktemp("provider")) as served:
        control(served, "client/?redirect=http://testserver/sso/sso/back/")
        yield served


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, settings: Any) -> World:
    cache.clear()
    control(address, "fault/none/")
    for name, value in configuration_of(address).items():
        setattr(settings, name, value)
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    for person, email in (
        ("rita.review", "Rita@acme.example"), ("ralf.review", "ralf@acme.example"),
        ("quentin.qp", "twin@acme.example"), ("vera.valid", "twin@acme.example"),
    ):  # fmt: skip
        name, organisation = Account.objects.values_list("name", "organisation").get(person=person)
        event = PersonRegistered(person=person, name=name, organisation=organisation, email=email)
        world.ledger.append(
            [Draft(event=event, actor="system:test", occurred_at=NOW, tags=(f"person:{person}",))]
        )
    return world


def at_provider(start: str, name: str) -> str:
    """What the person's browser does at the provider; the address by which it comes back."""
    browser = requests.Session()
    page = browser.get(start)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    form = {"csrfmiddlewaretoken": token[1], "login": name, "password": PASSWORD}
    answer = browser.post(page.url, data=form, allow_redirects=False)
    while not answer.headers["Location"].startswith("http://testserver"):
        answer = browser.get(
            requests.compat.urljoin(answer.url, answer.headers["Location"]), allow_redirects=False
        )
        assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def come(name: str, following: str = "") -> tuple[Client, Any]:
    client = Client()
    start = client.get(
        reverse("openid_connect_login", args=["sso"]), {"next": following} if following else {}
    )
    asked = parse_qs(urlsplit(start.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = at_provider(start.headers["Location"], name)
    return client, client.get(back.removeprefix("http://testserver"))


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_the_sign_in_page_offers_it_where_it_is_configured(world: World, settings: Any) -> None:
    assert "Acme sign-on" in Client().get(reverse("sign_in")).content.decode()
    settings.ONELOT_OIDC_ISSUER = ""
    assert "Acme sign-on" not in Client().get(reverse("sign_in")).content.decode()
    assert Client().get(reverse("openid_connect_login", args=["sso"])).status_code == 404


def test_a_verified_address_is_recorded_once_and_then_the_subject_counts(world: World) -> None:
    client, answer = come("rita", "/account/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    assert "Rita Review" in client.get("/account/").content.decode()
    (recorded,) = world.ledger.read(Query(types=(SubjectRecorded,)))
    assert recorded.actor == "system:single-sign-on"
    Account.objects.filter(person="rita.review").update(email="new@acme.example")
    Account.objects.filter(person="ralf.review").update(email="rita@acme.example")
    client, _ = come("rita")
    assert "Rita Review" in client.get("/account/").content.decode(), "an address that moved moves nobody"
    assert Subject.objects.count() == 1


@pytest.mark.parametrize("name", ["stranger", "liar", "twin"])
def test_nobody_else_comes_in_and_no_account_is_made(world: World, name: str) -> None:
    before, accounts = world.ledger.size(), Account.objects.count()
    client, answer = come(name)
    assert (answer.status_code, is_in(client)) == (403, False)
    assert "An administrator can record who you are" in answer.content.decode()
    assert (world.ledger.size(), Account.objects.count()) == (before, accounts)


def test_a_disabled_account_does_not_come_in(world: World) -> None:
    come("rita")
    world.registry.change_access(person="rita.review", enabled=False, reason="left")
    client, answer = come("rita")
    assert (answer.status_code, is_in(client)) == (403, False)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "none"])
def test_a_false_token_is_worth_nothing(world: World, address: str, fault: str) -> None:
    control(address, f"fault/{fault}/")
    before = world.ledger.size()
    client, answer = come("rita")
    assert (answer.status_code, is_in(client), world.ledger.size()) == (403, False, before)


def test_what_comes_back_unasked_is_worth_nothing(world: World) -> None:
    path = reverse("openid_connect_callback", args=["sso"])
    for query in ("", "?code=x", "?code=x&state=y", "?error=access_denied", "?state=%00"):
        client = Client()
        assert client.get(path + query).status_code in (400, 403), query
        assert not is_in(client)
    client = Client()
    start = client.get(reverse("openid_connect_login", args=["sso"]))
    back = at_provider(start.headers["Location"], "rita").removeprefix("http://testserver")
    assert Client().get(back).status_code == 403, "another browser's answer"
    assert client.get(back).status_code == 302
    assert client.get(back).status_code in (302, 403), "once"


def test_a_provider_that_names_another_issuer_is_refused(world: World, settings: Any) -> None:
    settings.ONELOT_OIDC_ISSUER = "https://elsewhere.example"
    client, answer = come("rita")
    assert (answer.status_code, is_in(client)) == (403, False)


@pytest.mark.parametrize("wrong", ["http://127.0.0.1:9", "{address}/control/fault/none"])
def test_a_provider_that_does_not_answer_is_told(
    world: World, settings: Any, address: str, wrong: str
) -> None:
    elsewhere = wrong.format(address=address)
    for name, value in configuration_of(elsewhere).items():
        setattr(settings, name, value)
    answer = Client().get(reverse("openid_connect_login", args=["sso"]))
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()


def test_the_second_factor_is_asked_for_after_single_sign_on_too(world: World) -> None:
    secret = add_app("rita.review")
    client, answer = come("rita")
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    assert client.post(reverse("mfa_authenticate"), {"code": code_now(secret)}).status_code == 302
    assert is_in(client)


def test_an_administrator_records_a_subject_that_nobody_has(world: World) -> None:
    come("rita")
    taken = Subject.objects.get().subject
    ada = signed_in("ada.admin")
    for person, subject, status in (("quentin.qp", "77", 302), ("vera.valid", "77", 409), ("vera.valid", taken, 409),
                                    ("vera.valid", "", 409)):  # fmt: skip
        form = {"act": "subject", "subject": subject}
        assert ada.post(reverse("access_act", args=[person]), form).status_code == status, (person, subject)
    assert Subject.objects.get(subject="77").person == "quentin.qp"
