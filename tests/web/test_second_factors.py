"""Second factors: adding and removing them, signing in with them, roles that need one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from onelot.ledger.query import Query
from onelot.registry.access.events import AccountLocked, FactorChanged
from onelot.registry.models import Account
from tests.registry.test_signing import add_app, code_now
from tests.site import PASSWORD, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    cache.clear()
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def confirmed(client: Client) -> Client:
    """The same browser after the password was given again, as changes of factors want it."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


def add_by_page(client: Client) -> str:
    """Set up an app as a person does; its secret."""
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200, page
    secret = re.search(r'id="secret" readonly value="([A-Z2-7]+)"', page.content.decode())
    assert secret
    assert client.post(reverse("mfa_activate_totp"), {"code": code_now(secret[1])}).status_code == 302
    return secret[1]


def begin(person: str = "rita.review") -> Client:
    """A browser in which the password was given and the second factor is asked for."""
    client = Client()
    asked = client.post(reverse("sign_in"), {"username": person, "password": PASSWORD})
    assert asked.headers["Location"] == reverse("mfa_authenticate")
    return client


def changes(world: World) -> list[tuple[str, str | None, str]]:
    found = []
    for entry in world.ledger.read(Query(types=(FactorChanged,))):
        assert isinstance(entry.event, FactorChanged)
        found.append((entry.event.change, entry.event.factor, entry.actor))
    return found


@pytest.mark.django_db(transaction=True)
def test_an_app_is_added_used_and_removed(world: World) -> None:
    rita = signed_in("rita.review")
    asked = rita.get(reverse("mfa_activate_totp"))
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate")), "the password first"
    assert rita.post(reverse("account_reauthenticate"), {"password": "wrong"}).status_code == 200
    secret = add_by_page(confirmed(rita))
    codes = re.findall(r"<code>(\d+)</code>", rita.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(codes) == 10
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored, "who reads the database does not hold the factor"
    client = begin()
    assert client.get(reverse("desk:queue")).status_code == 302, "the password alone is not enough"
    assert client.post(reverse("mfa_authenticate"), {"code": code_now(secret, steps=1)}).status_code == 302
    assert client.get(reverse("desk:queue")).status_code == 200
    by_code = begin()
    assert by_code.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert by_code.get(reverse("desk:queue")).status_code == 200
    assert begin().post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 200, "each code once"
    assert rita.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    assert rita.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert signed_in("rita.review").get(reverse("desk:queue")).status_code == 200
    who = "person:rita.review"
    assert changes(world) == [
        ("added", "one_time_code", who), ("added", "recovery_codes", who), ("renewed", "recovery_codes", who),
        ("removed", "one_time_code", who), ("removed", "recovery_codes", who),
    ]  # fmt: skip


def test_a_code_is_taken_once(world: World) -> None:
    given = {"code": code_now(add_app("rita.review"))}
    assert begin().post(reverse("mfa_authenticate"), given).status_code == 302
    assert begin().post(reverse("mfa_authenticate"), given).status_code == 200


def test_wrong_codes_lock_the_account_and_are_told(world: World) -> None:
    secret = add_app("rita.review")
    client = begin()
    for _ in range(5):
        answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert answer.status_code == 429
    assert client.post(reverse("mfa_authenticate"), {"code": code_now(secret)}).status_code == 429
    assert client.get(reverse("desk:queue")).status_code == 302
    assert len([*world.ledger.read(Query(types=(AccountLocked,)))]) == 1


@pytest.mark.parametrize("credential", [
    "", "x", "[]", "{}", "null", "5", '{"rawId": "AA"}', '{"id": 1, "response": []}',
    '{"id":"A","rawId":"A","response":{}}',
    '{"id":"AA","rawId":"AA","response":{"clientDataJSON":"bnVsbA","attestationObject":"oA","authenticatorData":"AA"}}',
])  # fmt: skip
def test_whatever_a_browser_says_of_a_key_is_answered(world: World, credential: str) -> None:
    add_app("rita.review")
    assert begin().post(reverse("mfa_authenticate"), {"credential": credential}).status_code in (200, 429)
    rita = confirmed(signed_in("ralf.review"))
    assert rita.get(reverse("mfa_add_webauthn")).status_code == 200, "now a challenge waits for its answer"
    assert rita.post(reverse("mfa_add_webauthn"), {"credential": credential, "name": "k"}).status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


@pytest.mark.parametrize(("person", "goes_on"), [
    ("rita.review", True), ("max.maker", True), ("quentin.qp", False), ("hilde.head", False), ("ada.admin", False),
])  # fmt: skip
def test_a_role_that_needs_a_second_factor_does_nothing_before(
    world: World, settings: Any, person: str, goes_on: bool
) -> None:
    settings.ONELOT_SECOND_FACTOR_ROLES = ["quality_head", "qp", "administrator"]
    world.lot("L1", "major")
    client = signed_in(person)
    for answer in (
        client.get(reverse("account")),
        client.post(reverse("accept_statement"), {"statement": "1"}),
    ):
        led = answer.headers.get("Location") == reverse("mfa_index")
        assert led is not goes_on
    if goes_on:
        return
    assert client.get(reverse("mfa_index")).status_code == 200
    add_by_page(confirmed(client))
    assert client.get(reverse("account")).status_code == 200


def test_factors_taken_away_end_the_sessions(world: World) -> None:
    rita = signed_in("rita.review")
    secret = add_app("rita.review")
    other = begin()
    assert other.post(reverse("mfa_authenticate"), {"code": code_now(secret)}).status_code == 302
    form = {"act": "reset_factors", "reason": "lost the telephone"}
    assert signed_in("ada.admin").post(reverse("access_act", args=["rita.review"]), form).status_code == 302
    for client in (rita, other):
        assert client.get(reverse("desk:queue")).status_code == 302
    assert not Authenticator.objects.exists()
    assert changes(world)[-1] == ("reset", None, "person:ada.admin")


def test_nobody_sees_or_removes_anothers_key(world: World) -> None:
    key = Authenticator.objects.create(
        user=Account.objects.get(person="rita.review"), type="webauthn", data={"name": "k", "credential": {}}
    )
    ralf = confirmed(signed_in("ralf.review"))
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert ralf.get(reverse(name, args=[key.pk])).status_code == 404
        assert ralf.post(reverse(name, args=[key.pk]), {"name": "mine"}).status_code == 404


def test_the_panel_asks_for_the_code_at_the_first_signing_only(world: World) -> None:
    rita = signed_in("rita.review")
    secret = add_app("rita.review")
    for lot, more in (("L1", {"user_name": "rita.review", "code": code_now(secret)}), ("L2", {})):
        card = world.lot(lot)
        page = rita.get(reverse("desk:lot", args=[lot])).content.decode()
        assert ('name="code"' in page) is bool(more)
        signing = {"review": card.review, "seen": card.position, "password": PASSWORD, **more}
        assert rita.post(reverse("desk:sign", args=[lot]), signing).status_code == 302
    shown = rita.get(reverse("desk:lot", args=["L1"])).content.decode()
    assert "Signature holds" in shown
    assert "user name, password, one-time code" in shown


def test_the_account_shows_and_takes_the_statement(world: World) -> None:
    Account.objects.filter(person="rita.review").update(statement="")
    rita = signed_in("rita.review")
    assert "I accept this" in rita.get(reverse("account")).content.decode()
    assert rita.post(reverse("accept_statement"), {"statement": "9"}).status_code == 422
    assert rita.post(reverse("accept_statement"), {"statement": "1"}).status_code == 302
    assert "You have accepted this" in rita.get(reverse("account")).content.decode()
