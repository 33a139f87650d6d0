"""The administrator's pages about systems, tokens and webhooks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onelot.jsonapi.models import Delivery, Subscription, System, Token
from onelot.jsonapi.webhooks.delivering import collect
from onelot.jsonapi.webhooks.subscriptions import Webhooks
from onelot.kernel.clock import system_clock
from tests.jsonapi.callers import Caller, token
from tests.site import PASSWORD, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
SYSTEM = {
    "code": "MAKER-MES", "name": "MES of Maker", "organisation": "MAKER", "roles": ["site"], "within": "MAKER",
    "scopes": ["lots:read", "records:write"], "reason": "Contract 7",
}  # fmt: skip


def signed_in(person: str) -> Client:
    client = Client()
    assert client.post(reverse("sign_in"), {"username": person, "password": PASSWORD}).status_code == 302
    return client


def test_from_registering_to_a_token_that_works_to_its_end(world: World) -> None:
    world.lot("L1", "major")
    ada = signed_in("ada.admin")
    assert ada.post(reverse("jsonapi:register"), SYSTEM).status_code == 302
    until = (system_clock() + timedelta(days=30)).strftime("%Y-%m-%d")
    page = ada.post(reverse("jsonapi:issue", args=["MAKER-MES"]), {"label": "Line 1", "valid_until": until})
    (secret,) = re.findall(r"onelot_[\w-]{43}", page.content.decode())
    assert page.headers["Cache-Control"] == "no-store"
    assert Caller(secret).get("/lots/L1").status_code == 200
    again = ada.get(reverse("jsonapi:system", args=["MAKER-MES"])).content.decode()
    assert "onelot_" not in again
    assert "Line 1" in again
    revoke = reverse("jsonapi:revoke", args=["MAKER-MES", Token.objects.get().token])
    assert ada.post(revoke, {"reason": "lost"}).status_code == 302
    assert Caller(secret).get("/lots/L1").status_code == 401
    assert ada.post(reverse("jsonapi:retire", args=["MAKER-MES"]), {"reason": "replaced"}).status_code == 302
    assert not System.objects.get().is_active


@pytest.mark.parametrize("change", [
    {"code": "small"}, {"roles": []}, {"scopes": ["x"]}, {"organisation": "NOBODY"}, {"reason": ""}, {"within": ""},
    {"roles": ["king"]}, {"name": " "},
])  # fmt: skip
def test_what_is_refused_is_told_and_what_was_entered_is_kept(world: World, change: dict[str, Any]) -> None:
    before = world.ledger.size()
    answer = signed_in("ada.admin").post(
        reverse("jsonapi:register"), {**SYSTEM, "product": "KEPT-TEXT", **change}
    )
    assert answer.status_code == 422
    assert "KEPT-TEXT" in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    assert world.ledger.size() == before


def test_a_webhook_from_subscribing_to_its_end(world: World) -> None:
    ada = signed_in("ada.admin")
    form = {"url": "https://receiver.example/hook", "kinds": ["lot.reviewed"], "organisation": "MAKER"}
    page = ada.post(reverse("jsonapi:subscribe"), form)
    assert re.search(r"whsec_[\w+/]{43}=", page.content.decode())
    card = Subscription.objects.get()
    world.lot("L1", "major")
    collect(world.ledger, card, system_clock())
    where = reverse("jsonapi:webhook", args=[card.subscription])
    assert "L1" in ada.get(where).content.decode()
    assert "whsec_" not in ada.get(where).content.decode()
    Delivery.objects.update(state="dead", tries=9)
    assert "dead" in ada.get(f"{where}?state=dead").content.decode()
    again = reverse("jsonapi:redeliver", args=[card.subscription, Delivery.objects.get().pk])
    assert ada.post(again).status_code == 302
    assert (Delivery.objects.get().state, Delivery.objects.get().tries) == ("waiting", 0)
    assert (
        ada.post(reverse("jsonapi:end_webhook", args=[card.subscription]), {"reason": ""}).status_code == 422
    )
    assert (
        ada.post(reverse("jsonapi:end_webhook", args=[card.subscription]), {"reason": "x"}).status_code == 302
    )
    assert ada.post(again).status_code == 422
    listed = ada.get(reverse("jsonapi:webhooks")).content.decode()
    assert "receiver.example" in listed


def test_a_url_that_is_refused_is_kept_in_the_form(world: World) -> None:
    form = {"url": "http://10.0.0.1/hook", "kinds": ["lot.reviewed"]}
    answer = signed_in("ada.admin").post(reverse("jsonapi:subscribe"), form)
    assert answer.status_code == 422
    assert "http://10.0.0.1/hook" in answer.content.decode()


@pytest.mark.parametrize("person", ["rita.review", "hilde.head", "vera.valid", "max.maker"])
def test_the_pages_are_for_administrators(world: World, person: str) -> None:
    token(world, "MAKER-MES", "site")
    webhook, _ = Webhooks(world.ledger, world.actor("ada.admin")).subscribe(
        url="https://example.org/", kinds=["lot.reviewed"]
    )
    client = signed_in(person)
    for path in (
        reverse("jsonapi:systems"), reverse("jsonapi:system", args=["MAKER-MES"]), reverse("jsonapi:webhooks"),
        reverse("jsonapi:webhook", args=[webhook]),
    ):  # fmt: skip
        assert client.get(path).status_code == 403, path
    for path in (
        reverse("jsonapi:register"), reverse("jsonapi:issue", args=["MAKER-MES"]), reverse("jsonapi:subscribe"),
        reverse("jsonapi:retire", args=["MAKER-MES"]), reverse("jsonapi:end_webhook", args=[webhook]),
    ):  # fmt: skip
        assert client.post(path, {**SYSTEM, "label": "x", "valid_until": "2026-12-01"}).status_code == 403, (
            path
        )


def test_pages_hold_no_script_style_or_foreign_address(world: World) -> None:
    token(world, "MAKER-MES", "site")
    ada = signed_in("ada.admin")
    for path in (
        reverse("jsonapi:systems"),
        reverse("jsonapi:system", args=["MAKER-MES"]),
        reverse("jsonapi:webhooks"),
    ):
        page = ada.get(path)
        assert page.status_code == 200
        assert "style=" not in page.content.decode()
        assert "://" not in page.content.decode()


def test_unknown_systems_and_webhooks_are_not_found(world: World) -> None:
    ada = signed_in("ada.admin")
    for path in (reverse("jsonapi:system", args=["NOBODY"]), reverse("jsonapi:webhook", args=["0"])):
        assert ada.get(path).status_code == 404
