"""Administration of people: pages, training that roles need, reviews of roles. On both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from onelot.kernel.clock import system_clock
from onelot.kernel.refusals import Refused
from onelot.registry.models import Account, Grant, Organisation, Site
from onelot.registry.people.models import GrantsReview, Training
from onelot.registry.people.service import People
from onelot.registry.queries import actor_of
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def admin(world: World) -> People:
    return People(world.ledger, world.actor("ada.admin"), lambda: NOW)


def train(world: World, person: str, curriculum: str, *, days: int | None = None) -> None:
    until = None if days is None else NOW + timedelta(days=days)
    admin(world).record_training(
        person=person, curriculum=curriculum, valid_from=NOW, valid_until=until, evidence="TR-1"
    )


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.refusals[0].code


def test_who_lacks_training_that_the_role_needs_may_not_act(world: World, settings: Any) -> None:
    settings.ONELOT_ROLE_CURRICULA = {"reviewer": ["RBE", "GMP"]}
    with pytest.raises(Refused) as refused:
        world.actor("rita.review").check_may("finding.decide")
    assert (code_of(refused), refused.value.refusals[0].expected) == (
        "registry.not_allowed", "valid training in RBE, GMP",
    )  # fmt: skip
    train(world, "rita.review", "RBE", days=10)
    assert not world.actor("rita.review").may("finding.decide")
    train(world, "rita.review", "GMP")
    account = Account.objects.get(person="rita.review")
    for days, may in ((0, True), (9, True), (10, False)):
        assert actor_of(account, NOW + timedelta(days=days)).may("finding.decide") is may
    assert not actor_of(account, NOW - timedelta(seconds=1)).may("finding.decide")
    assert world.actor("hilde.head").may("finding.decide"), "another role needs nothing"


def test_what_a_plant_reports_lets_nobody_act(world: World, settings: Any) -> None:
    from onelot.registry.events import TrainingRecorded

    settings.ONELOT_ROLE_CURRICULA = {"reviewer": ["RBE"]}
    world.append("L1", TrainingRecorded(person="rita.review", curriculum="RBE", valid_from=NOW))
    assert not world.actor("rita.review").may("finding.decide")


def test_tables_built_again_are_the_same(world: World) -> None:
    train(world, "rita.review", "RBE", days=1)
    train(world, "rita.review", "RBE", days=99)
    admin(world).review_grants(
        person="rita.review", outcome="kept", reason="still reviews", seen=world.ledger.size()
    )
    rows = [list(model.objects.order_by("person").values()) for model in (Training, GrantsReview)]
    for row in rows[0]:
        row.pop("id")
    world.ledger.rebuild()
    again = [list(model.objects.order_by("person").values()) for model in (Training, GrantsReview)]
    for row in again[0]:
        row.pop("id")
    assert again == rows
    assert len(rows[0]) == 1


@pytest.mark.parametrize(("change", "code"), [
    ({"curriculum": " "}, "people.curriculum"), ({"curriculum": "x" * 121}, "people.curriculum"),
    ({"valid_until": NOW}, "people.validity"), ({"person": "nobody"}, "registry.unknown"),
    ({"person": "ada.admin"}, "registry.own_access"), ({"evidence": ""}, "ledger.reason_missing"),
])  # fmt: skip
def test_training_is_said_whole_and_by_somebody_else(world: World, change: dict[str, Any], code: str) -> None:
    said = {
        "person": "rita.review", "curriculum": "RBE", "valid_from": NOW, "valid_until": None, "evidence": "TR-1",
    } | change  # fmt: skip
    before = world.ledger.size()
    with pytest.raises(Refused) as refused:
        admin(world).record_training(**said)
    assert code_of(refused) == code
    assert world.ledger.size() == before


def test_a_review_of_roles_that_changed_meanwhile_is_not_recorded(world: World) -> None:
    seen = world.ledger.size()
    world.registry.grant_role(person="rita.review", role="qp")
    with pytest.raises(Refused) as refused:
        admin(world).review_grants(person="rita.review", outcome="kept", reason="fine", seen=seen)
    assert code_of(refused) == "people.changed"
    for person, actor in (("ada.admin", "ada.admin"), ("rita.review", "vera.valid")):
        with pytest.raises(Refused):
            People(world.ledger, world.actor(actor), lambda: NOW).review_grants(
                person=person, outcome="kept", reason="fine", seen=world.ledger.size()
            )


def test_an_administrator_brings_somebody_in_and_lets_them_go(world: World) -> None:
    ada = signed_in("ada.admin")
    registered = ada.post(
        reverse("people:people"),
        {"person": "nina.new", "name": "Nina New", "of": "ACME", "email": "n@acme.example"},
    )
    assert registered.headers["Location"] == reverse("people:person", args=["nina.new"])
    act = reverse("people:act", args=["nina.new"])
    role = {"act": "grant", "role": "reviewer", "organisation": "MAKER", "until": "2099-12-31"}
    assert ada.post(act, role).status_code == 302
    grant = Grant.objects.get(person="nina.new")
    assert (grant.role, grant.organisation, str(grant.valid_until)) == (
        "reviewer", "MAKER", "2100-01-01 00:00:00+00:00",
    )  # fmt: skip
    page = ada.get(reverse("people:person", args=["nina.new"])).content.decode()
    assert "registry.role_granted.v1" in page
    assert "reviewer" in page
    seen = str(world.ledger.size())
    assert ada.post(act, {"act": "kept", "reason": "needs it", "seen": seen}).status_code == 302
    training = {"act": "train", "curriculum": "RBE", "from": "2026-01-01", "until": "", "reason": "TR-7"}
    assert ada.post(act, training).status_code == 302
    revoked = ada.post(act, {"act": "revoke", "grant": grant.grant, "reason": "moved on"})
    assert revoked.status_code == 302
    assert not Grant.objects.filter(person="nina.new").exists()
    assert ada.post(act, {"act": "disable", "reason": "left"}).status_code == 302
    assert not Account.objects.get(person="nina.new").is_active


@pytest.mark.parametrize("form", [
    {"act": "grant", "role": "king"}, {"act": "grant", "role": "qp", "site": "NOWHERE"},
    {"act": "grant", "role": "qp", "until": "soon"}, {"act": "grant", "role": "qp", "until": "9999-12-31"},
    {"act": "revoke", "grant": "x", "reason": "r"}, {"act": "disable", "reason": " "}, {"act": "drop"}, {},
    {"act": "kept", "reason": "fine", "seen": "x"}, {"act": "kept", "reason": "fine", "seen": "9" * 18},
    {"act": "train", "curriculum": "RBE", "from": "", "reason": "r"},
])  # fmt: skip
def test_a_broken_form_changes_nothing_and_is_told(world: World, form: dict[str, str]) -> None:
    ada, before = signed_in("ada.admin"), world.ledger.size()
    answer = ada.post(reverse("people:act", args=["rita.review"]), form)
    assert answer.status_code == 409
    assert "refusal" in answer.content.decode()
    assert world.ledger.size() == before


def test_what_was_entered_stays_when_somebody_cannot_be_registered(world: World) -> None:
    answer = signed_in("ada.admin").post(
        reverse("people:people"), {"person": "rita.review", "name": "Rita Again", "of": "ACME"}
    )
    assert answer.status_code == 409
    assert "Rita Again" in answer.content.decode()
    answer = signed_in("ada.admin").post(
        reverse("people:sites"), {"code": "S-9", "of": "ACME", "name": "Plant", "time_zone": "Mars/Base"}
    )
    assert (answer.status_code, "Mars/Base" in answer.content.decode()) == (409, True)


def test_organisations_and_sites_are_registered(world: World) -> None:
    ada = signed_in("ada.admin")
    ada.post(reverse("people:organisations"), {"code": "LAB", "name": "Lab Ltd", "of_kind": "laboratory"})
    ada.post(
        reverse("people:sites"), {"code": "LAB-1", "of": "LAB", "name": "Lab 1", "time_zone": "Europe/Paris"}
    )
    assert Organisation.objects.get(code="LAB").kind == "laboratory"
    assert Site.objects.get(code="LAB-1").time_zone == "Europe/Paris"
    page = ada.get(reverse("people:sites"), {"organisation": "LAB"})
    assert [site.code for site in page.context["page"]] == ["LAB-1"]


@pytest.mark.parametrize("name", ["people:people", "people:grants", "people:organisations", "people:sites"])
@pytest.mark.parametrize("query", [
    "page=999", "page=x", "sort=drop", "text=%F0%9F%98%80", "role=king", "state=x", "organisation=%27", "kind=x",
    "text=rita&sort=last&state=enabled",
])  # fmt: skip
def test_whatever_the_address_asks_the_lists_answer(world: World, name: str, query: str) -> None:
    assert signed_in("vera.valid").get(f"{reverse(name)}?{query}").status_code == 200


def test_the_list_is_narrowed_as_asked(world: World) -> None:
    vera = signed_in("vera.valid")
    for query, found in (
        ({"role": "site"}, ["max.maker", "olga.other"]),
        ({"organisation": "MAKER"}, ["max.maker"]),
        ({"text": "hilde"}, ["hilde.head"]),
        ({"state": "disabled"}, []),
    ):
        page = vera.get(reverse("people:people"), query).context["page"]
        assert [account.person for account in page] == found


def test_validation_sees_but_does_not_change(world: World) -> None:
    vera, before = signed_in("vera.valid"), world.ledger.size()
    for name, form in (
        ("people:people", {"person": "x.y", "name": "X", "of": "ACME"}),
        ("people:organisations", {"code": "X", "name": "X", "of_kind": "cdmo"}),
        ("people:sites", {"code": "X", "of": "ACME", "name": "X", "time_zone": "UTC"}),
    ):
        assert vera.post(reverse(name), form).status_code == 403
    act = reverse("people:act", args=["rita.review"])
    for form in (
        {"act": "disable", "reason": "r"},
        {"act": "grant", "role": "qp"},
        {"act": "kept", "reason": "r", "seen": "1"},
    ):
        assert vera.post(act, form).status_code == 403
    assert world.ledger.size() == before
    assert "✓" in vera.get(reverse("people:table")).content.decode()


def test_who_was_not_reviewed_within_a_year_is_counted_and_found(world: World) -> None:
    ada = signed_in("ada.admin")
    page = ada.get(reverse("access")).content.decode()
    due = ada.get(reverse("people:people"), {"state": "review_due"}).context["page"].paginator.count
    assert f"{due} people with a role were not reviewed within 365 days." in page
    GrantsReview.objects.create(
        person="rita.review", outcome="kept", grants=[], reason="fine", reviewed_by="person:ada.admin",
        reviewed_at=system_clock() - timedelta(days=364), position=1,
    )  # fmt: skip
    GrantsReview.objects.create(
        person="ralf.review", outcome="kept", grants=[], reason="fine", reviewed_by="person:ada.admin",
        reviewed_at=system_clock() - timedelta(days=366), position=2,
    )  # fmt: skip
    found = ada.get(reverse("people:people"), {"state": "review_due"}).context["page"]
    assert found.paginator.count == due - 1
    names = {account.person for account in found}
    assert "ralf.review" in names
    assert "rita.review" not in names


@pytest.mark.parametrize(("change", "status"), [
    ({}, 302), ({"email": ""}, 302), ({"email": "no address"}, 409), ({"name": " "}, 409), ({"reason": " "}, 409),
])  # fmt: skip
def test_a_name_and_an_address_change_with_a_reason(
    world: World, change: dict[str, str], status: int
) -> None:
    form = {
        "act": "change",
        "name": "Rita Newname",
        "email": "rita@acme.example",
        "reason": "married",
        **change,
    }
    answer = signed_in("ada.admin").post(reverse("people:act", args=["rita.review"]), form)
    assert answer.status_code == status
    account = Account.objects.get(person="rita.review")
    if status == 302:
        assert (account.name, account.email) == ("Rita Newname", form["email"])
        world.ledger.rebuild()
        assert Account.objects.get(person="rita.review").name == "Rita Newname"
    else:
        assert account.name == "Rita Review"
        assert form["email"] in answer.content.decode()
    assert signed_in("vera.valid").post(reverse("people:act", args=["rita.review"]), form).status_code == 403


@pytest.mark.parametrize(("name", "form"), [
    ("organisations", {"code": "MAKER", "name": "Maker SE", "of_kind": "cdmo"}),
    ("sites", {"code": "MAKER-1", "of": "MAKER", "name": "Plant One", "time_zone": "Europe/Berlin"}),
])  # fmt: skip
def test_what_is_known_is_renamed_with_a_reason(world: World, name: str, form: dict[str, str]) -> None:
    ada = signed_in("ada.admin")
    size = world.ledger.size()
    refused = ada.post(reverse(f"people:{name}"), form)
    assert refused.status_code == 409
    assert "Say why this is changed." in refused.content.decode()
    assert world.ledger.size() == size
    assert ada.post(reverse(f"people:{name}"), {**form, "reason": "new legal form"}).status_code == 302
    (entry,) = world.ledger.read(after=size)
    assert (entry.reason, entry.actor) == ("new legal form", "person:ada.admin")


def test_the_kind_of_an_organisation_stays(world: World) -> None:
    form = {"code": "MAKER", "name": "Maker", "of_kind": "clinic", "reason": "x"}
    assert signed_in("ada.admin").post(reverse("people:organisations"), form).status_code == 409


def test_pages_of_an_administrator_of_one_organisation_know_no_other(world: World) -> None:
    world.person("mona.maker", "Mona Maker", "administrator", organisation="MAKER", scope="MAKER")
    mona = signed_in("mona.maker")
    for name in ("people", "grants", "organisations", "sites"):
        page = mona.get(reverse(f"people:{name}")).content.decode()
        assert "MAKER" in page
        for theirs in ("rita.review", "olga.other", "Acme Therapies", "OTHER-1", "Other Cells"):
            assert theirs not in page, f"{theirs} in {name}"
    assert mona.get(reverse("people:person", args=["max.maker"])).status_code == 200
    before = world.ledger.size()
    assert mona.get(reverse("people:person", args=["rita.review"])).status_code == 404
    form = {"act": "disable", "reason": "x"}
    assert mona.post(reverse("people:act", args=["rita.review"]), form).status_code == 404
    assert world.ledger.size() == before
