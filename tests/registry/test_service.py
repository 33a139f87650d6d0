"""People, sites and roles: what the ledger says of them, and what the tables then hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from onelot.kernel.refusals import Refused
from onelot.ledger.store import Ledger
from onelot.registry.models import Account, Grant, Organisation, Site
from onelot.registry.permissions import Place
from onelot.registry.queries import actor_of, place_of
from onelot.registry.service import Registry
from tests.site import NOW, new_ledger

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def ledger() -> Ledger:
    return new_ledger()


@pytest.fixture
def setup(ledger: Ledger) -> Registry:
    registry = Registry(ledger, None, clock=lambda: NOW)
    registry.register_organisation(code="ACME", name="Acme Therapies", kind="sponsor")
    registry.register_organisation(code="MAKER", name="Maker GmbH", kind="cdmo")
    registry.register_site(code="MAKER-1", organisation="MAKER", name="Maker 1", time_zone="Europe/Berlin")
    registry.register_person(person="ada.admin", name="Ada Admin", organisation="ACME")
    registry.grant_role(person="ada.admin", role="administrator")
    registry.register_person(person="rita.review", name="Rita Review", organisation="ACME")
    return registry


def administrator(ledger: Ledger) -> Registry:
    return Registry(ledger, actor_of(Account.objects.get(person="ada.admin"), NOW), clock=lambda: NOW)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.refusals[0].code


def rows() -> list[list[tuple[object, ...]]]:
    accounts = Account.objects.order_by("person").values_list(
        "person", "name", "email", "organisation", "is_active"
    )
    others = [[*model.objects.order_by("pk").values_list()] for model in (Organisation, Site, Grant)]
    return [[*accounts], *others]


def test_tables_built_again_from_the_ledger_are_the_same(ledger: Ledger, setup: Registry) -> None:
    grant = setup.grant_role(person="rita.review", role="reviewer", site="MAKER-1")
    setup.grant_role(person="rita.review", role="qp")
    setup.revoke_role(grant=grant, reason="moved to another team")
    setup.change_access(person="rita.review", enabled=False, reason="left")
    Account.objects.filter(person="ada.admin").update(password="kept")
    before = rows()
    assert ledger.rebuild() == ledger.size()
    assert rows() == before
    assert Account.objects.get(person="ada.admin").password == "kept"


def test_what_a_projector_refuses_is_not_in_the_ledger(ledger: Ledger, setup: Registry) -> None:
    before = ledger.size()
    with pytest.raises(Refused) as refused:
        setup.register_site(code="MAKER-1", organisation="ACME", name="Stolen", time_zone="UTC")
    assert code_of(refused) == "registry.code"
    assert ledger.size() == before


def test_a_user_name_is_never_given_twice(setup: Registry) -> None:
    setup.change_access(person="rita.review", enabled=False, reason="left")
    with pytest.raises(Refused) as refused:
        setup.register_person(person="rita.review", name="Rita Reviewer", organisation="ACME")
    assert code_of(refused) == "registry.user_name_taken"


@pytest.mark.parametrize("person", ["Rita", "a", "rita review", "1rita", "rita.", "", "ritä"])
def test_a_user_name_has_one_form(setup: Registry, person: str) -> None:
    with pytest.raises(Refused) as refused:
        setup.register_person(person=person, name="Somebody", organisation="ACME")
    assert code_of(refused) == "registry.user_name"


def test_nobody_gives_themselves_a_role_or_access(ledger: Ledger, setup: Registry) -> None:
    for command in (
        lambda: administrator(ledger).grant_role(person="ada.admin", role="qp"),
        lambda: administrator(ledger).change_access(person="ada.admin", enabled=True, reason="me"),
    ):
        with pytest.raises(Refused) as refused:
            command()
        assert code_of(refused) == "registry.own_access"


def test_without_the_role_nothing_is_changed(ledger: Ledger, setup: Registry) -> None:
    actor = actor_of(Account.objects.get(person="rita.review"), NOW)
    before = ledger.size()
    with pytest.raises(Refused) as refused:
        Registry(ledger, actor, clock=lambda: NOW).register_organisation(code="X", name="X", kind="cdmo")
    assert code_of(refused) == "registry.not_allowed"
    assert ledger.size() == before


def test_access_ends_need_a_reason(setup: Registry) -> None:
    with pytest.raises(Refused) as refused:
        setup.change_access(person="rita.review", enabled=False, reason=" ")
    assert code_of(refused) == "ledger.reason_missing"


def test_a_role_holds_in_its_scope_and_until_its_end_only(setup: Registry) -> None:
    setup.grant_role(
        person="rita.review", role="reviewer", organisation="MAKER", product="CART",
        valid_until=NOW + timedelta(days=1),
    )  # fmt: skip
    account = Account.objects.get(person="rita.review")
    there, elsewhere = place_of("MAKER-1", "CART"), Place("ACME", "PLANT", "CART")
    assert actor_of(account, NOW).may("finding.decide", there)
    assert not actor_of(account, NOW).may("finding.decide", elsewhere)
    assert not actor_of(account, NOW).may("finding.decide", place_of("MAKER-1", "OTHER"))
    assert not actor_of(account, NOW).may("lot.certify", there)
    assert not actor_of(account, NOW + timedelta(days=1)).may("finding.decide", there)


def test_a_disabled_account_may_nothing(setup: Registry) -> None:
    setup.grant_role(person="rita.review", role="reviewer")
    setup.change_access(person="rita.review", enabled=False, reason="left")
    assert not actor_of(Account.objects.get(person="rita.review"), NOW).may("desk.open")


def test_an_unknown_site_is_of_no_organisation(setup: Registry) -> None:
    assert place_of("NOWHERE", "CART") == Place("", "NOWHERE", "CART")


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "UTC+1"])
def test_a_time_zone_must_exist(setup: Registry, zone: str) -> None:
    with pytest.raises(Refused) as refused:
        setup.register_site(code="S", organisation="ACME", name="S", time_zone=zone)
    assert code_of(refused) == "registry.time_zone"


def test_times_are_those_of_the_clock(ledger: Ledger, setup: Registry) -> None:
    assert {entry.occurred_at for entry in ledger.read()} == {NOW}
    assert datetime(2026, 3, 1, 8, tzinfo=UTC) == NOW


def test_an_administrator_of_one_organisation_reaches_no_other_and_gives_no_role_of_the_sponsor(
    setup: Registry, ledger: Ledger
) -> None:
    for person in ("mona.maker", "max.maker"):
        setup.register_person(person=person, name=person, organisation="MAKER")
    setup.grant_role(person="mona.maker", role="administrator", organisation="MAKER")
    setup.register_organisation(code="OTHER", name="Other", kind="cdmo")
    setup.register_site(code="OTHER-1", organisation="OTHER", name="Other 1", time_zone="UTC")
    everywhere = setup.grant_role(person="max.maker", role="validation")
    mona = Registry(ledger, actor_of(Account.objects.get(person="mona.maker"), NOW), clock=lambda: NOW)
    before = ledger.size()
    refused: tuple[tuple[str, Callable[[], object]], ...] = (
        ("registry.unknown", lambda: mona.change_access(person="rita.review", enabled=False, reason="x")),
        ("registry.unknown", lambda: mona.change_person(person="rita.review", name="X", email="", reason="x")),
        ("registry.unknown", lambda: mona.grant_role(person="rita.review", role="site", organisation="MAKER")),
        ("registry.not_allowed", lambda: mona.grant_role(person="max.maker", role="site")),
        ("registry.not_allowed", lambda: mona.grant_role(person="max.maker", role="site", organisation="OTHER")),
        ("registry.not_allowed", lambda: mona.grant_role(person="max.maker", role="site", site="OTHER-1")),
        ("registry.not_allowed", lambda: mona.grant_role(person="max.maker", role="qp", organisation="MAKER")),
        ("registry.not_allowed", lambda: mona.revoke_role(grant=everywhere, reason="x")),
        ("registry.not_allowed", lambda: mona.register_organisation(code="NEW", name="New", kind="cdmo")),
        ("registry.not_allowed", lambda: mona.register_person(person="new.one", name="N", organisation="OTHER")),
        (
            "registry.not_allowed",
            lambda: mona.register_site(code="O-2", organisation="OTHER", name="O", time_zone="UTC"),
        ),
    )  # fmt: skip
    for code, act in refused:
        with pytest.raises(Refused) as raised:
            act()
        assert raised.value.refusals[0].code == code
    assert ledger.size() == before
    for scope in ({"organisation": "MAKER"}, {"site": "MAKER-1"}):
        mona.grant_role(person="max.maker", role="site", **scope)
