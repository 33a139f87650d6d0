"""Secrets of webhooks lie sealed in the database, wherever it keeps them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from onelot.jsonapi.models import Delivery, KeptAnswer, Outbox, Try
from onelot.jsonapi.webhooks import delivering
from onelot.jsonapi.webhooks.secrets import make_key, open_key, open_secret, seal_secret
from onelot.jsonapi.webhooks.subscriptions import Webhooks
from onelot.kernel.refusals import Refused
from onelot.registry.vault.sealing import unseal
from tests.jsonapi.callers import Caller, token
from tests.jsonapi.receiver import is_genuine, receiving, status
from tests.site import NOW, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
BODY = {"url": "https://example.org/", "kinds": ["lot.reviewed"], "organisation": ""}


@pytest.fixture(autouse=True)
def key_file(settings: Any, tmp_path: Path) -> Path:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    settings.WEBHOOK_KEY_FILE = tmp_path / "keys" / "webhooks.key"
    return tmp_path / "keys" / "webhooks.key"


def subscribe(world: World, url: str = "https://example.org/") -> tuple[str, str]:
    return Webhooks(world.ledger, world.actor("ada.admin"), lambda: NOW).subscribe(
        url=url, kinds=["lot.reviewed"]
    )


def stored() -> bytes:
    """Every row of every table of the API, as the database holds it."""
    found = b""
    with connection.cursor() as cursor:
        for model in apps.get_app_config("jsonapi").get_models():
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            for row in cursor.fetchall():
                found += b"|".join(
                    bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
                    for cell in row
                )
    return found


def test_no_table_holds_a_secret_in_clear_and_deliveries_are_signed_with_it(world: World) -> None:
    caller = Caller(token(world, "ACME-MES", "administrator"))
    with receiving(status(200)) as receiver:
        made = caller.post("/webhooks", {**BODY, "url": receiver.url}, key="k-1")
        secret = made.json()["secret"]
        assert secret.removeprefix("whsec_").encode() not in stored()
        again = caller.post("/webhooks", {**BODY, "url": receiver.url}, key="k-1")
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (made.json(), "true")
        world.lot("L1")
        assert delivering.deliver_due(world.ledger, lambda: NOW) == 1
        ((headers, body),) = receiver.requests
        assert is_genuine(secret, headers, body)
    assert Outbox.objects.count() == 1


def test_it_is_shown_once(world: World) -> None:
    caller = Caller(token(world, "ACME-MES", "administrator"))
    made = caller.post("/webhooks", BODY).json()
    assert "secret" not in caller.get(f"/webhooks/{made['webhook']}").content.decode()


def test_a_sealed_secret_opens_only_as_that_of_its_subscription(world: World) -> None:
    (one, secret), (two, _) = subscribe(world), subscribe(world)
    sealed = Outbox.objects.get(subscription=one).sealed
    assert open_secret(one, sealed) == secret
    with pytest.raises(Refused, match="cannot be opened"):
        open_secret(two, sealed)


def test_the_key_is_for_its_owner_only_and_the_first_one_stays(world: World, key_file: Path) -> None:
    subscribe(world)
    assert key_file.stat().st_mode & 0o777 == 0o600
    before = key_file.read_bytes()
    make_key(key_file)
    assert key_file.read_bytes() == before
    assert [path.name for path in key_file.parent.iterdir()] == ["webhooks.key"]


def test_without_the_key_nothing_is_sent_nothing_is_lost_and_the_log_says_so(
    world: World, key_file: Path
) -> None:
    with receiving(status(200)) as receiver:
        subscribe(world, receiver.url)
        world.lot("L1")
        kept = key_file.rename(key_file.with_suffix(".away"))
        assert delivering.deliver_due(world.ledger, lambda: NOW) == 1
        assert not receiver.requests
        assert "is not there" in Try.objects.get().what
        assert Delivery.objects.get().state == "waiting"
        with pytest.raises(Refused, match="is not there"):
            subscribe(world)
        kept.rename(key_file)
        Delivery.objects.update(next_try_at=NOW)
        assert delivering.deliver_due(world.ledger, lambda: NOW) == 1
        assert len(receiver.requests) == 1


@pytest.mark.parametrize("text", ["", "0" * 63, "g" * 64, "\xff" * 64])
def test_a_broken_key_is_refused(world: World, key_file: Path, text: str) -> None:
    key_file.parent.mkdir()
    key_file.write_text(text, encoding="latin-1")
    with pytest.raises(Refused, match="is not whole"):
        open_key()


def test_what_lay_open_is_sealed_by_the_migration(world: World) -> None:
    """The migration's own function, over rows as the version before left them."""
    migration = import_module("onelot.jsonapi.migrations.0002_sealed_secrets")
    rows = [SimpleNamespace(subscription="S1", secret="whsec_AAAA", save=lambda **_: None)]
    answer = KeptAnswer.objects.create(
        owner="person:ada", key="k", request="0", status=201, kept_at=NOW, body=b'{"secret":"whsec_AAAA"}'
    )
    other = KeptAnswer.objects.create(
        owner="person:ada", key="l", request="0", status=201, kept_at=NOW, body=b'{"a": 1}'
    )
    objects = SimpleNamespace(using=lambda _: SimpleNamespace(exists=lambda: True, all=lambda: rows))
    old = SimpleNamespace(
        get_model=lambda _, name: SimpleNamespace(objects=objects) if name == "Outbox" else KeptAnswer
    )
    migration.seal_secrets(old, SimpleNamespace(connection=connection))
    assert open_secret("S1", rows[0].sealed) == "whsec_AAAA"
    answer.refresh_from_db()
    other.refresh_from_db()
    assert unseal(open_key(), bytes(answer.body), "answer:person:ada:k") == b'{"secret":"whsec_AAAA"}'
    assert (answer.is_sealed, other.is_sealed, bytes(other.body)) == (True, False, b'{"a": 1}')
    assert seal_secret("S1", "whsec_AAAA") != seal_secret("S1", "whsec_AAAA"), "no two seals are alike"
