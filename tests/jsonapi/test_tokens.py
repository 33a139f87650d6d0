"""Systems and tokens: who may make them, what they may do, when they end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from onelot.jsonapi.events import SystemGrant
from onelot.jsonapi.models import Subscription, System, Token, TokenSecret
from onelot.jsonapi.scopes import SCOPES
from onelot.jsonapi.tokens import Systems, actor_of, system_of
from onelot.jsonapi.webhooks.subscriptions import Webhooks
from onelot.kernel.clock import system_clock
from onelot.kernel.refusals import Refused
from onelot.registry.permissions import ALLOWED, SYSTEM_MAY, Place
from tests.jsonapi.callers import Caller, systems, token
from tests.site import World

pytestmark = [pytest.mark.site, pytest.mark.django_db]


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.refusals[0].code


def test_a_token_is_shown_once_and_its_secret_is_nowhere_in_the_ledger(world: World) -> None:
    secret = token(world, "MAKER-MES", "site", organisation="MAKER", within="MAKER")
    kept = TokenSecret.objects.get()
    everything = b"".join(world.ledger.read_bytes())
    assert secret.encode() not in everything
    assert kept.digest.encode() not in everything
    assert secret not in kept.digest
    found = system_of(secret, system_clock())
    assert found is not None
    assert found[0].code == "MAKER-MES"


@pytest.mark.parametrize("wrong", [
    "", "onelot_", "onelot_" + "A" * 43, "onelot_" + "A" * 42, "x" * 5000, "é", "onelot_\x00",
])  # fmt: skip
def test_what_is_no_token_opens_nothing(world: World, wrong: str) -> None:
    token(world, "MAKER-MES", "site")
    assert system_of(wrong, system_clock()) is None


def test_a_token_ends_by_time_by_revocation_and_with_its_system(world: World) -> None:
    secrets = [token(world, f"SYS-{number}", "site") for number in range(3)]
    callers = [Caller(secret) for secret in secrets]
    assert [caller.get("/lots").status_code for caller in callers] == [200] * 3
    assert system_of(secrets[0], system_clock() + timedelta(days=31)) is None
    first = Token.objects.get(system="SYS-1")
    systems(world).revoke(token=first.token, reason="laptop lost")
    systems(world).retire(code="SYS-2", reason="replaced")
    assert [caller.get("/lots").status_code for caller in callers] == [200, 401, 401]
    assert Token.objects.get(system="SYS-1").reason == "laptop lost"
    assert Token.objects.get(system="SYS-2").revoked_at is not None
    with pytest.raises(Refused) as refused:
        systems(world).revoke(token=first.token, reason="again")
    assert code_of(refused) == "jsonapi.revoked"
    with pytest.raises(Refused) as refused:
        systems(world).issue(code="SYS-2", label="x", valid_until=system_clock() + timedelta(days=1))
    assert code_of(refused) == "jsonapi.retired"


def test_use_is_noted_to_the_minute(world: World) -> None:
    secret = token(world, "MAKER-MES", "site")
    assert TokenSecret.objects.get().used_at is None
    Caller(secret).get("/lots")
    used = TokenSecret.objects.get().used_at
    assert used is not None
    assert (used.second, used.microsecond) == (0, 0)


ACTS: list[Callable[[Systems], object]] = [
    lambda of: of.register(
        code="A-1", name="A", organisation="ACME", grants=(SystemGrant(role="site"),), scopes=("lots:read",), reason="x"
    ),
    lambda of: of.retire(code="KNOWN", reason="x"),
    lambda of: of.issue(code="KNOWN", label="x", valid_until=system_clock() + timedelta(days=1)),
    lambda of: of.revoke(token=Token.objects.get().token, reason="x"),
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("person", [
    "rita.review", "hilde.head", "quentin.qp", "vera.valid", "max.maker", "olga.other",
])  # fmt: skip
def test_only_an_administrator_makes_and_ends_them(
    world: World, person: str, act: Callable[[Systems], object]
) -> None:
    token(world, "KNOWN", "site")
    before = world.ledger.size()
    with pytest.raises(Refused) as refused:
        act(Systems(world.ledger, world.actor(person)))
    assert code_of(refused) == "registry.not_allowed"
    assert world.ledger.size() == before


def test_an_administrator_of_one_organisation_knows_of_no_other(world: World) -> None:
    token(world, "OTHER-MES", "site", organisation="OTHER", within="OTHER")
    token(world, "MAKER-MES", "site", organisation="MAKER", within="MAKER")
    world.person("mia.maker", "Mia Maker", "administrator", organisation="MAKER", scope="MAKER")
    hers = Systems(world.ledger, world.actor("mia.maker"))
    assert [system.code for system in hers.all()] == ["MAKER-MES"]
    for act in (
        lambda: hers.retire(code="OTHER-MES", reason="x"),
        lambda: hers.revoke(token=Token.objects.get(system="OTHER-MES").token, reason="x"),
        lambda: hers.issue(code="OTHER-MES", label="x", valid_until=system_clock() + timedelta(days=1)),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert code_of(refused) == "jsonapi.unknown"


@pytest.mark.parametrize(("change", "code"), [
    ({"code": "lower-case"}, "jsonapi.system_code"),
    ({"code": "A"}, "jsonapi.system_code"),
    ({"code": "A\n-B"}, "jsonapi.system_code"),
    ({"name": "  "}, "jsonapi.name_missing"),
    ({"organisation": "NOBODY"}, "registry.unknown"),
    ({"grants": ()}, "jsonapi.roles_missing"),
    ({"scopes": ()}, "jsonapi.scope_unknown"),
    ({"scopes": ("everything",)}, "jsonapi.scope_unknown"),
    ({"reason": " "}, "ledger.reason_missing"),
    ({"organisation": "MAKER"}, "jsonapi.too_wide"),
    ({"organisation": "MAKER", "grants": (SystemGrant(role="site", organisation="OTHER"),)}, "jsonapi.too_wide"),
    ({"organisation": "MAKER", "grants": (SystemGrant(role="site", site="OTHER-1"),)}, "jsonapi.too_wide"),
    ({"grants": (SystemGrant(role="site", site="NOWHERE"),)}, "registry.unknown"),
])  # fmt: skip
def test_what_cannot_be_registered_is_refused(world: World, change: dict[str, object], code: str) -> None:
    said: dict[str, object] = {
        "code": "ACME-LIMS", "name": "LIMS", "organisation": "ACME", "grants": (SystemGrant(role="reviewer"),),
        "scopes": ("lots:read",), "reason": "tests", **change,
    }  # fmt: skip
    before = world.ledger.size()
    with pytest.raises(Refused) as refused:
        systems(world).register(**said)  # type: ignore[arg-type]
    assert code_of(refused) == code
    assert world.ledger.size() == before


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_token_ends_within_a_year(world: World, days: int) -> None:
    token(world, "ACME-LIMS", "reviewer")
    with pytest.raises(Refused) as refused:
        systems(world).issue(code="ACME-LIMS", label="x", valid_until=system_clock() + timedelta(days=days))
    assert code_of(refused) == "jsonapi.validity"


@pytest.mark.parametrize("action", sorted(ALLOWED.keys() - SYSTEM_MAY))
def test_what_is_for_people_no_system_may_whatever_its_role(world: World, action: str) -> None:
    for role in ALLOWED[action]:
        token(world, "ACME-LIMS", role)
        actor = actor_of(System.objects.get(code="ACME-LIMS"))
        assert not actor.may(action)
        assert not actor.may(action, Place("MAKER", "MAKER-1", "CART"))


def test_deciding_asking_and_signing_are_among_what_is_for_people() -> None:
    assert not SYSTEM_MAY & {
        "finding.decide", "finding.ask", "finding.assign", "review.sign", "deviation.assess", "deviation.close",
        "lot.release", "lot.certify", "lot.reject", "lot.supply_exceptionally", "disposition.state",
        "document.approve", "document.review", "people.manage", "patient.open", "patient.manage", "tokens.manage",
    }  # fmt: skip


def test_read_models_are_built_again_from_the_ledger(world: World) -> None:
    secret = token(world, "MAKER-MES", "site", organisation="MAKER", within="MAKER")
    token(world, "MAKER-MES", "site", organisation="MAKER", within="MAKER", scopes=("lots:read",))
    token(world, "OLD-MES", "site")
    systems(world).retire(code="OLD-MES", reason="replaced")
    webhooks = Webhooks(world.ledger, world.actor("ada.admin"))
    first, _ = webhooks.subscribe(url="https://example.org/a", kinds=["lot.reviewed"])
    webhooks.subscribe(url="https://example.org/b", kinds=["lot.reviewed"], organisation="MAKER")
    webhooks.end(subscription=first, reason="no need")

    def rows() -> list[list[dict[str, object]]]:
        return [list(model.objects.order_by("pk").values()) for model in (System, Token, Subscription)]

    before = rows()
    with transaction.atomic():
        world.ledger.rebuild()
    assert rows() == before
    assert all(before)
    assert Caller(secret).get("/lots").status_code == 200


def test_every_scope_is_asked_for_by_an_operation() -> None:
    from onelot.jsonapi.api import description

    asked = {operation["x-scope"] for path in description()["paths"].values() for operation in path.values()}
    assert asked == {*SCOPES, "any"}
