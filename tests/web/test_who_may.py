"""Every page with every role and without signing in: nothing is reached without a rule, nothing of others is seen.

Whoever adds a page adds a line to ``WHO_MAY``. The operations of the API are asked by tests/jsonapi/test_who_may.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from onelot.registry.permissions import ALLOWED, ROLES
from onelot.registry.vault.service import Patient, Vault
from tests.site import PASSWORD, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]

PUBLIC, SIGNED_IN, OWN_RULES = "public", "signed in", "its own rules"
KEY = bytes(32)
WHO_MAY: dict[str, str] = {
    "home": SIGNED_IN, "language": PUBLIC, "sign_in": PUBLIC, "account_login": PUBLIC, "sign_out": SIGNED_IN,
    "account_logout": SIGNED_IN, "new_password": PUBLIC, "password_link": PUBLIC, "openid_connect_login": PUBLIC,
    "openid_connect_callback": PUBLIC, "account": SIGNED_IN, "change_password": SIGNED_IN,
    "accept_statement": SIGNED_IN, "account_reauthenticate": SIGNED_IN, "stay": SIGNED_IN, "kept": SIGNED_IN,
    "mfa_index": SIGNED_IN, "mfa_authenticate": OWN_RULES, "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN, "mfa_deactivate_totp": SIGNED_IN, "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN, "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN, "mfa_add_webauthn": SIGNED_IN, "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN, "mfa_edit_webauthn": SIGNED_IN,
    "notices:mails": SIGNED_IN,
    "access": "people.open", "access_notices": "people.open",
    "access_person": "people.open", "access_act": "people.open",
    "people:people": "people.open", "people:person": "people.open", "people:act": "people.open",
    "people:grants": "people.open", "people:table": "people.open", "people:organisations": "people.open",
    "people:sites": "people.open",
    "audit:trail": "audit.open", "audit:export": "audit.open",
    "ledger:ledger": "ledger.verify", "ledger:begin": "ledger.verify", "ledger:checkpoint": "ledger.verify",
    "ledger:key": "ledger.verify", "ledger:find": "ledger.verify", "ledger:entry": "ledger.verify",
    "ledger:bytes": "ledger.verify", "ledger:proof": "ledger.verify",
    "vault:patients": "patient.open", "vault:patient": "patient.open", "vault:act": "patient.open",
    "desk:queue": "desk.open", "desk:lot": "lot.open", "desk:act": "lot.open", "desk:sign": "lot.open",
    "disposition:lots": "disposition.open", "disposition:register": "disposition.open",
    "disposition:certificate": "disposition.open", "disposition:lot": "disposition.open",
    "disposition:document": "disposition.open", "disposition:statement_file": "disposition.open",
    "dossier:certificate": "disposition.open",
    "disposition:state": "disposition.open", "disposition:decide": "disposition.open",
    "dossier:page": "dossier.open", "dossier:make": "dossier.open", "dossier:file": "dossier.open",
    "desk:chart": "lot.open", "desk:chart_image": "lot.open", "desk:present": "lot.open",
    "lots:lot": "lot.open", "lots:evidence": "lot.open",
    "lots:signed": "lot.open", "lots:entry": "lot.open", "lots:original": "lot.open", "lots:proof": "lot.open",
    "documents:list": "document.open", "documents:prepare": "document.prepare",
    "documents:version": "document.open", "documents:act": "document.open", "documents:file": "document.open",
    "documents:document": "document.open", "desk:reviewed_with": "lot.open",
    "deviations:list": "lot.open", "deviations:deviation": "lot.open", "deviations:act": "lot.open",
    "live": SIGNED_IN, "health_ready": PUBLIC, "health_live": PUBLIC, "metrics": PUBLIC,
    "partners:home": "site.open", "partners:upload": "record.upload", "partners:hand_over": "record.upload",
    "partners:reading": "record.upload", "partners:mappings": OWN_RULES, "partners:documents": "record.upload",
    "partners:document": "record.upload", "partners:receipt": "record.upload",
    "partners:receipt_file": "record.upload",
    "jobs:list": OWN_RULES, "jobs:job": OWN_RULES, "jobs:act": OWN_RULES,
    "jobs:file": OWN_RULES, "board:board": "board.open", "board:lots": "board.open",
    "board:lots_csv": "board.open", "board:figures_csv": "board.open", "board:declare": "board.open",
    "jsonapi:systems": "tokens.manage", "jsonapi:register": "tokens.manage", "jsonapi:system": "tokens.manage",
    "jsonapi:issue": "tokens.manage", "jsonapi:retire": "tokens.manage", "jsonapi:revoke": "tokens.manage",
    "jsonapi:webhooks": "webhooks.manage", "jsonapi:subscribe": "webhooks.manage",
    "jsonapi:webhook": "webhooks.manage", "jsonapi:end_webhook": "webhooks.manage",
    "jsonapi:redeliver": "webhooks.manage",
    "identity:orders": "journey.open", "identity:new_order": "order.place", "identity:order": "journey.open",
    "identity:order_act": "journey.open", "identity:find": "identifier.read", "identity:scan": "identifier.read",
    "identity:labels": "label.print", "identity:infusion": "infusion.record",
}  # fmt: skip
"""By name of an address: the action that is needed there, or who may without one.

Where one address takes several acts, it is the action that opens the page; each act is asked again by its service.
"""

IDS: dict[str, tuple[str, ...]] = {
    "lot": ("L1", "L404"), "person": ("rita.review", "nobody.here"), "coi": ("COI-L1", "COI-404"),
    "number": ("EU-2026-00001",), "system": ("SYSTEM-1",), "token": ("T1",), "webhook": ("W1",),
    "delivery": ("1",), "job": ("J1",), "pk": ("1",), "provider_id": ("sso",), "position": ("1", "999999"),
}  # fmt: skip
"""Real identifiers, and guessed ones."""
PEOPLE = {
    "site": "olga.other", "reviewer": "rita.review", "quality_head": "hilde.head", "qp": "quentin.qp",
    "author": "anna.author", "administrator": "ada.admin", "validation": "vera.valid",
    "coordinator": "cora.coord", "physician": "paula.physician", "collector": "carl.collect", "nurse": "nora.nurse",
    "courier": "kurt.courier", "receiver": "olaf.receive", "planner": "pia.plan", "supply_planner": "sven.supply",
}  # fmt: skip
"""One of each role. Those of a site, a clinic and a carrier have nothing to do with the lot."""


def addresses(
    patterns: list[Any], prefix: str = "", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Name and path of every address but the API's."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from addresses(pattern.url_patterns, path, inner)
        elif isinstance(pattern, URLPattern) and not path.startswith("api/"):
            yield ":".join((*spaces, pattern.name or f"without a name at {path}")), path


ADDRESSES = dict(addresses(get_resolver().url_patterns))


def filled(path: str) -> list[str]:
    """The address with real and with guessed identifiers."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", path)
    choices = [IDS.get(name, ("1",)) for name in names]
    found = []
    for place in range(max(map(len, choices), default=1)):
        text = path
        for name, values in zip(names, choices, strict=True):
            text = re.sub(rf"<(?:\w+:)?{name}>", values[min(place, len(values) - 1)], text)
        found.append(f"/{text}")
    return found


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    monkeypatch.setattr("onelot.web.middleware.open_vault_key", lambda: KEY)
    world.person("anna.author", "Anna Author", "author")
    world.beside_the_plant()
    world.lot("L1", "major")
    Vault(world.ledger, world.actor("hilde.head"), KEY).register(
        coi_identifier="COI-L1", patient=Patient("Greta Garbonova", "1961-05-23")
    )
    return world


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    assert not ADDRESSES.keys() - WHO_MAY.keys(), (
        "say in WHO_MAY of tests/web/test_who_may.py who may open these"
    )
    assert not WHO_MAY.keys() - ADDRESSES.keys(), "these are no addresses any more: take them out of WHO_MAY"
    actions = set(WHO_MAY.values()) - {PUBLIC, SIGNED_IN, OWN_RULES}
    assert not actions - ALLOWED.keys(), "these are no actions of onelot/registry/permissions.py"
    assert PEOPLE.keys() == set(ROLES)


@pytest.mark.parametrize("name", sorted(name for name, rule in WHO_MAY.items() if rule != PUBLIC))
def test_nothing_is_reached_without_signing_in(world: World, name: str) -> None:
    size = world.ledger.size()
    for path in filled(ADDRESSES[name]):
        for answer in (Client().get(path), Client().post(path)):
            assert answer.status_code == 302, path
            assert answer.headers["Location"].startswith("/sign-in/"), path
    assert world.ledger.size() == size


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_the_table_says_and_nothing_else(world: World, role: str) -> None:
    client = signed_in(PEOPLE[role])
    size = world.ledger.size()
    told = []
    for name, rule in WHO_MAY.items():
        if rule not in ALLOWED:
            continue
        for path in filled(ADDRESSES[name]):
            for answer in (client.get(path), client.post(path)):
                told += (
                    [f"{name} {path}: {answer.status_code}"] if _is_wrong(answer, rule, role, path) else []
                )
    assert not told
    assert world.ledger.size() == size, "nothing is done by empty forms"


def leads_to_a_page_that_asks(answer: Any) -> bool:
    """Whether the answer does nothing but lead to another address that has a rule of its own."""
    if answer.status_code != 302 or answer.content:
        return False
    return WHO_MAY.get(resolve(answer.headers["Location"]).view_name) in ALLOWED


def _is_wrong(answer: Any, rule: str, role: str, path: str) -> bool:
    status = answer.status_code
    if status >= 500:
        return True
    if "Garbonova" in answer.content.decode() if not answer.streaming else False:
        return True
    if role not in ALLOWED[rule]:
        return status not in (403, 404, 405) and not leads_to_a_page_that_asks(answer)
    real = not any(guessed in path for guessed in ("404", "nobody", "999999"))
    others = role == "site" and "/L1/" in path  # a lot of another maker
    return status == 403 and real and not others and answer.request["REQUEST_METHOD"] == "GET"


@pytest.mark.parametrize("name", sorted(name for name, path in ADDRESSES.items() if "<path:lot>" in path))
def test_a_lot_of_another_maker_is_like_one_that_is_not(world: World, name: str) -> None:
    """By its page, and by every other page of lots with a guessed identifier."""
    olga = signed_in("olga.other")
    for method in (olga.get, olga.post):
        here, nowhere = (
            method(of_lot(name, lot)) for lot in ("L1", "L9")
        )  # fmt: skip
        assert here.status_code == nowhere.status_code, name
        assert here.status_code in (403, 404, 405) or leads_to_a_page_that_asks(here), name
        texts = [
            re.sub(r"csrfmiddlewaretoken\" value=\"\w+", "", a.content.decode()) for a in (here, nowhere)
        ]
        assert texts[0].replace("L1", "L9") == texts[1], name


def of_lot(name: str, lot: str) -> str:
    return re.sub(r"<(?:\w+:)?\w+>", "1", "/" + ADDRESSES[name].replace("<path:lot>", lot))


def test_filters_and_searches_show_nothing_of_others(world: World) -> None:
    """A person of one maker asks every list for the lot of another one."""
    world.person("rosa.part", "Rosa Part", "reviewer", scope="OTHER")
    world.person("hans.part", "Hans Part", "quality_head", scope="OTHER")
    asked = "text=L1&lot=L1&lane=all&tag=lot:L1&site=MAKER-1&product=CART&sort=lot&state=all"
    for person in ("olga.other", "rosa.part", "hans.part"):
        client = signed_in(person)
        for name, path in ADDRESSES.items():
            if "<" in path or WHO_MAY.get(name) in (None, PUBLIC):
                continue
            answer = client.get(f"/{path}?{asked}")
            text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
            assert "COI-L1" not in text, name
            assert "Exception 0 of L1" not in text, name
            assert f'href="{reverse("desk:lot", args=["L1"])}"' not in text, name


def test_a_password_is_not_enough_once_access_has_ended(world: World) -> None:
    hilde = signed_in("hilde.head")
    world.registry.change_access(person="hilde.head", enabled=False, reason="left")
    for name, rule in WHO_MAY.items():
        if rule in ALLOWED:
            assert hilde.get(filled(ADDRESSES[name])[0]).status_code == 302, name
    assert (
        Client().post(reverse("sign_in"), {"username": "hilde.head", "password": PASSWORD}).status_code == 200
    )
