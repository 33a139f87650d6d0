"""Signing in: locks that are told, passwords by links, sessions that are suspended and end, limits, headers."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.registry.access.events import AccountLocked, PasswordLinkIssued, PasswordSet
from onelot.registry.access.service import Access, OwnAccess
from onelot.registry.models import AccessNotice, Account, Grant, PasswordUsed
from onelot.review.desk.models import FindingCard, LotCard
from tests.registry.test_signing import add_app, code_now
from tests.site import NOW, PASSWORD, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
NEW = "a-quite-different-sentence"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    cache.clear()
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def sign_in(person: str, password: str) -> Any:
    return Client().post(reverse("sign_in"), {"username": person, "password": password})


def administer(person: str, name: str, what: str, reason: str = "checked the passport") -> Any:
    form = {"act": what, "reason": reason}
    return signed_in(person).post(reverse("access_act", args=[name]), form)


def link_of(answer: Any) -> str:
    found = re.search(r'id="link" readonly>([^<]+)<', answer.content.decode())
    assert found, answer.content.decode()
    return urlsplit(found[1]).path


def away(client: Client, *, seconds: int = 0, hours: float = 0) -> None:
    """As if the person had not used the session for so long, or had begun it so long ago."""
    session = client.session
    session["seen"] -= seconds
    session["started"] -= int(hours * 3600)
    session.save()


def test_a_lock_is_recorded_once_shown_and_ended_by_an_administrator(world: World) -> None:
    for name in ("rita.review", "Rita.Review", " RITA.review", "rita.review", "rita.review"):
        answer = sign_in(name, "wrong")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1800")
    assert "Locked for a while" in answer.content.decode()
    assert sign_in("rita.review", PASSWORD).status_code == 429
    (locked,) = world.ledger.read(Query(types=(AccountLocked,)))
    assert locked.tags == ("person:rita.review",)
    page = signed_in("ada.admin").get(reverse("access") + "?state=locked").content.decode()
    assert "Rita Review" in page
    assert "Ralf Review" not in page
    assert (
        "Locked after failed attempts"
        in signed_in("vera.valid").get(reverse("access_notices")).content.decode()
    )
    assert administer("ada.admin", "rita.review", "unlock", "").status_code in (409, 422)
    assert administer("ada.admin", "rita.review", "unlock", "called me, mistyped").status_code == 302
    assert sign_in("rita.review", PASSWORD).status_code == 302


def test_names_of_nobody_lock_nothing_and_fill_no_ledger(world: World) -> None:
    before = world.ledger.size()
    for _ in range(7):
        sign_in("nobody.here", "wrong")
    assert world.ledger.size() == before


def test_a_lock_from_signing_locks_signing_in(world: World) -> None:
    from onelot.registry.signing import Credentials
    from tests.registry.test_signing import sign

    world.lot("L1")
    for _ in range(5):
        with pytest.raises(Refused):
            sign(world.signing("rita.review"), Credentials("wrong"))
    assert sign_in("rita.review", PASSWORD).status_code == 429


def test_a_new_person_sets_the_password_by_a_link_once(world: World) -> None:
    world.registry.register_person(person="nina.new", name="Nina New", organisation="ACME")
    assert sign_in("nina.new", "").status_code == 200
    answer = administer("ada.admin", "nina.new", "link")
    path = link_of(answer)
    (issued,) = world.ledger.read(Query(types=(PasswordLinkIssued,)))
    assert (issued.actor, issued.reason) == ("person:ada.admin", "checked the passport")
    client = Client()
    assert client.get(path).headers["Location"] == reverse("new_password"), "the token leaves the address"
    assert "Nina New" in client.get(reverse("new_password")).content.decode()
    done = client.post(reverse("new_password"), {"new_password1": NEW, "new_password2": NEW})
    assert done.headers["Location"] == reverse("sign_in")
    (kept,) = world.ledger.read(Query(types=(PasswordSet,)))
    assert kept.actor == "person:nina.new"
    assert sign_in("nina.new", NEW).status_code == 302
    again = Client()
    again.get(path)
    assert again.get(reverse("new_password")).status_code == 404
    assert (
        again.post(reverse("new_password"), {"new_password1": NEW, "new_password2": NEW}).status_code == 404
    )


def test_a_newer_link_makes_the_former_useless_and_the_old_password_too(world: World) -> None:
    rita = signed_in("rita.review")
    first, second = (link_of(administer("ada.admin", "rita.review", "link")) for _ in range(2))
    assert rita.get(reverse("desk:queue")).status_code == 302, "sessions end"
    assert sign_in("rita.review", PASSWORD).status_code == 200
    client = Client()
    client.get(first)
    assert client.get(reverse("new_password")).status_code == 404
    client.get(second)
    assert client.get(reverse("new_password")).status_code == 200


@pytest.mark.parametrize("path", ["/password/rita.review/x/", "/password/nobody/x-y/", "/password/a%00b/x/"])
def test_a_forged_link_tells_nothing(world: World, path: str) -> None:
    client = Client()
    client.get(path)
    assert client.get(reverse("new_password")).status_code == 404


def test_an_old_link_does_not_work(world: World, settings: Any) -> None:
    path = link_of(administer("ada.admin", "rita.review", "link"))
    settings.PASSWORD_RESET_TIMEOUT = -1
    client = Client()
    client.get(path)
    assert client.get(reverse("new_password")).status_code == 404


def test_a_link_asks_for_the_second_factor_that_is_there(world: World) -> None:
    secret = add_app("rita.review")
    path = link_of(administer("ada.admin", "rita.review", "link"))
    client = Client()
    client.get(path)
    form = {"new_password1": NEW, "new_password2": NEW}
    assert client.post(reverse("new_password"), {**form, "code": "000000"}).status_code == 422
    assert client.post(reverse("new_password"), form).status_code == 422
    assert client.post(reverse("new_password"), {**form, "code": code_now(secret)}).status_code == 302


def test_nobody_gives_a_link_and_takes_the_factors_away(world: World) -> None:
    world.person("aron.admin", "Aron Admin", "administrator")
    add_app("rita.review")
    assert administer("ada.admin", "rita.review", "link").status_code == 200
    refused = administer("ada.admin", "rita.review", "reset_factors")
    assert refused.status_code == 409
    assert "the other is for somebody else" in refused.content.decode()
    assert "checked the passport" in refused.content.decode(), "the text is kept"
    assert administer("aron.admin", "rita.review", "reset_factors").status_code == 302
    assert administer("aron.admin", "rita.review", "link").status_code == 409


@pytest.mark.parametrize(("person", "status"), [
    ("ada.admin", 200), ("vera.valid", 200), ("rita.review", 403), ("hilde.head", 403), ("quentin.qp", 403),
    ("max.maker", 403), ("olga.other", 403),
])  # fmt: skip
def test_access_is_seen_by_those_who_administer_and_validate(world: World, person: str, status: int) -> None:
    client = signed_in(person)
    for path in (reverse("access"), reverse("access_notices"), reverse("access_person", args=["max.maker"])):
        assert client.get(path).status_code == status
    for what in ("link", "reset_factors", "unlock", "subject"):
        before = world.ledger.size()
        if person != "ada.admin":
            assert (
                client.post(
                    reverse("access_act", args=["max.maker"]), {"act": what, "reason": "x"}
                ).status_code
                == 403
            )
            assert world.ledger.size() == before


@pytest.mark.parametrize("what", ["link", "reset_factors", "unlock", "drop", ""])
def test_nobody_administers_themselves(world: World, what: str) -> None:
    before = world.ledger.size()
    assert administer("ada.admin", "ada.admin", what).status_code == 409
    assert administer("ada.admin", "nobody", what).status_code == 404
    assert world.ledger.size() == before


def test_an_administrator_of_one_organisation_sees_and_changes_no_other(world: World) -> None:
    world.person("mona.maker", "Mona Maker", "administrator", organisation="MAKER", scope="MAKER")
    world.person("sven.site", "Sven Site", "administrator", organisation="MAKER")
    world.registry.revoke_role(grant=Grant.objects.get(person="sven.site").grant, reason="too wide")
    world.registry.grant_role(person="sven.site", role="administrator", site="MAKER-1")
    add_app("olga.other")
    world.registry.change_access(person="olga.other", enabled=True, reason="back")
    assert administer("ada.admin", "olga.other", "link").status_code == 200
    assert administer("ada.admin", "max.maker", "link").status_code == 200
    for person, sees_max in (("mona.maker", True), ("sven.site", False)):
        client = signed_in(person)
        for path in (reverse("access") + "?text=o", reverse("access_notices")):
            page = client.get(path).content.decode()
            assert "olga.other" not in page
        assert not client.get(reverse("access_notices") + "?person=olga.other").context["page"].object_list
        assert ("max.maker" in client.get(reverse("access")).content.decode()) is sees_max
        assert client.get(reverse("access_person", args=["olga.other"])).status_code == 404
        before = world.ledger.size()
        for what in ("link", "reset_factors", "unlock", "subject"):
            assert administer(person, "olga.other", what).status_code == 404
        assert world.ledger.size() == before
        assert administer(person, "max.maker", "link").status_code == (200 if sees_max else 404)


@pytest.mark.parametrize("query", [
    "state=x", "sort=drop", "page=99", "text=%27", "state=no_factor", "state=no_password", "state=disabled", "kind=x",
    "kind=locked&sort=oldest&person=%25",
])  # fmt: skip
def test_whatever_the_address_asks_lists_answer(world: World, query: str) -> None:
    ada = signed_in("ada.admin")
    assert ada.get(f"{reverse('access')}?{query}").status_code == 200
    assert ada.get(f"{reverse('access_notices')}?{query}").status_code == 200


@pytest.mark.parametrize(("old", "new", "again", "told"), [
    ("wrong", NEW, NEW, "not your present password"), (PASSWORD, NEW, NEW + "x", "not the same"),
    (PASSWORD, "short-one", "short-one", "too short"), (PASSWORD, "password1234", "password1234", "too common"),
    (PASSWORD, "rita.review-1", "rita.review-1", "too similar"), (PASSWORD, PASSWORD, PASSWORD, "used this password"),
    (PASSWORD, "", "", "required"),
])  # fmt: skip
def test_a_password_that_breaks_a_rule_is_refused(
    world: World, old: str, new: str, again: str, told: str
) -> None:
    form = {"old_password": old, "new_password1": new, "new_password2": again}
    answer = signed_in("rita.review").post(reverse("change_password"), form)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert sign_in("rita.review", PASSWORD).status_code == 302


def test_a_changed_password_ends_the_other_sessions_and_is_not_used_again(
    world: World, settings: Any
) -> None:
    settings.ONELOT_PASSWORD_HISTORY = 2
    here, there = signed_in("rita.review"), signed_in("rita.review")
    passwords = [PASSWORD, NEW, NEW + "-2", NEW + "-3"]
    for old, new in pairwise(passwords):
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        assert here.post(reverse("change_password"), form).status_code == 302
    assert here.get(reverse("desk:queue")).status_code == 200
    assert there.get(reverse("desk:queue")).status_code == 302
    account = Account.objects.get(person="rita.review")
    assert PasswordUsed.objects.filter(account=account).count() == 2
    for used in passwords[1:]:
        with pytest.raises(Refused):
            OwnAccess(world.ledger, account).set_password(used, by_link=False)
    OwnAccess(world.ledger, account).set_password(PASSWORD, by_link=False)


def test_an_old_password_must_be_changed_before_anything_else(world: World, settings: Any) -> None:
    settings.ONELOT_PASSWORD_DAYS = 90
    rita = signed_in("rita.review")
    assert rita.get(reverse("desk:queue")).status_code == 200, "nobody knows how old it is"
    Account.objects.filter(person="rita.review").update(password_set_at=NOW - timedelta(days=91 * 4))
    assert rita.get(reverse("desk:queue")).headers["Location"] == reverse("change_password")
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert rita.post(reverse("change_password"), form).status_code == 302
    Account.objects.filter(person="rita.review").update(password_set_at=None)
    assert rita.get(reverse("desk:queue")).status_code == 200


def test_a_user_name_is_never_given_again(world: World) -> None:
    world.registry.change_access(person="rita.review", enabled=False, reason="left")
    with pytest.raises(Refused) as raised:
        world.registry.register_person(person="rita.review", name="Another Rita", organisation="ACME")
    assert raised.value.refusals[0].code == "registry.user_name_taken"


def decide(client: Client, card: FindingCard, text: str, **more: str) -> Any:
    form = {
        "act": "accepted",
        "finding": card.key,
        "text": text,
        "seen": str(LotCard.objects.get(lot="L1").position),
    }
    return client.post(reverse("desk:act", args=["L1"]), {**form, **more})


def hidden(answer: Any) -> dict[str, str]:
    """The fields that a page puts back."""
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode())
    from html import unescape

    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


TEXT = 'A dry probe reads low; "see" <picture> & note.\nCells were counted again.'


def test_a_justification_sent_after_a_pause_is_recorded_once_the_password_is_given(world: World) -> None:
    world.lot("L1", "major")
    (card,) = world.findings("L1")
    rita = signed_in("rita.review")
    away(rita, seconds=1801)
    before = world.ledger.size()
    asked = decide(rita, card, TEXT)
    assert (asked.status_code, world.ledger.size()) == (403, before)
    fields = hidden(asked)
    assert fields["text"] == TEXT
    path = reverse("desk:act", args=["L1"])
    wrong = rita.post(path, {**fields, "resume_password": "wrong"})
    assert (wrong.status_code, hidden(wrong)["text"], world.ledger.size()) == (403, TEXT, before)
    assert rita.post(path, {**hidden(wrong), "resume_password": PASSWORD}).status_code == 302
    card.refresh_from_db()
    assert (card.state, card.reason) == ("accepted", TEXT)
    assert rita.get(reverse("desk:queue")).status_code == 200


def test_what_was_posted_with_a_failed_attempt_is_not_kept(world: World) -> None:
    """A password that is nearly right, a code, a justification: none of them is in the table of attempts."""
    from axes.models import AccessAttempt, AccessLog

    world.lot("L1", "major")
    (card,) = world.findings("L1")
    rita = signed_in("rita.review")
    sign_in("rita.review", "nearly-right-1")
    form = {"old_password": "nearly-right-2", "new_password1": NEW, "new_password2": NEW}
    rita.post(reverse("change_password"), form)
    away(rita, seconds=1801)
    decide(rita, card, TEXT, resume_password="nearly-right-3")
    kept = str([*AccessAttempt.objects.values_list(), *AccessLog.objects.values_list()])
    assert AccessAttempt.objects.get().failures_since_start == 3
    assert "nearly-right" not in kept
    assert "dry probe" not in kept
    assert NEW not in kept


def test_only_the_same_person_goes_on(world: World) -> None:
    world.lot("L1", "major")
    (card,) = world.findings("L1")
    other = Account.objects.get(person="ralf.review")
    other.set_password(NEW)
    other.save()
    rita = signed_in("rita.review")
    away(rita, seconds=1801)
    for _ in range(5):
        answer = decide(rita, card, TEXT, resume_password=NEW, resume_method="post")
    assert answer.status_code == 403 or answer.status_code == 429
    assert decide(rita, card, TEXT, resume_password=PASSWORD, resume_method="post").status_code == 429, (
        "locked"
    )
    assert AccessNotice.objects.filter(kind="locked", person="rita.review").exists()


def test_a_form_of_another_site_is_not_carried_on(world: World) -> None:
    world.lot("L1", "major")
    (card,) = world.findings("L1")
    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(person="rita.review"))
    away(client, seconds=1801)
    answer = decide(client, card, TEXT)
    assert answer.status_code == 403
    assert TEXT not in answer.content.decode()
    assert "resume_password" not in answer.content.decode()


def test_reading_after_a_pause_asks_for_the_password_and_goes_on_there(world: World) -> None:
    world.lot("L1")
    rita = signed_in("rita.review")
    away(rita, seconds=1801)
    path = reverse("desk:lot", args=["L1"]) + "?x=1"
    asked = rita.get(path)
    assert asked.status_code == 403
    assert ">L1<" not in asked.content.decode().replace(path, "")
    done = rita.post(path, {**hidden(asked), "resume_password": PASSWORD})
    assert done.headers["Location"] == path
    assert rita.get(path).status_code == 200


def test_a_signature_sent_after_a_pause_is_made_anew_with_all_components(world: World) -> None:
    rita = signed_in("rita.review")
    for lot, more in (("L1", {"user_name": "rita.review"}), ("L2", {})):
        card = world.lot(lot)
        signing = {"review": card.review, "seen": card.position, "password": PASSWORD, **more}
        if lot == "L2":
            away(rita, seconds=1801)
        asked = rita.post(reverse("desk:sign", args=[lot]), signing)
    assert asked.status_code == 403
    assert PASSWORD not in asked.content.decode()
    shown = rita.post(reverse("desk:sign", args=["L2"]), {**hidden(asked), "resume_password": PASSWORD})
    assert "Nothing was recorded yet" in shown.content.decode()
    assert LotCard.objects.get(lot="L2").waits_for == "signature"
    assert 'id="user_name"' in rita.get(reverse("desk:lot", args=["L2"])).content.decode()
    assert rita.post(reverse("desk:sign", args=["L2"]), signing).status_code == 409, (
        "the password alone is not enough"
    )


def test_a_part_of_a_page_is_answered_by_the_whole_question(world: World) -> None:
    rita = signed_in("rita.review")
    away(rita, seconds=1801)
    answer = rita.get(reverse("desk:queue"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "body")
    for client in (Client(), signed_in("rita.review")):
        if client.session.get("seen"):
            away(client, hours=13)
        answer = client.get(reverse("desk:queue"), headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Redirect"].partition("?")[0]) == (
            204,
            reverse("sign_in"),
        )


def test_a_session_ends_after_a_day_and_offers_the_text_to_the_same_person(world: World) -> None:
    world.lot("L1", "major")
    (card,) = world.findings("L1")
    for person, follows in (("rita.review", 200), ("ralf.review", 302)):
        client = signed_in("rita.review")
        away(client, hours=12.1)
        ended = decide(client, card, TEXT)
        assert ended.headers["Location"] == f"{reverse('sign_in')}?next={reverse('kept').replace('/', '%2F')}"
        client.post(
            ended.headers["Location"], {"username": person, "password": PASSWORD, "next": reverse("kept")}
        )
        answer = client.get(reverse("kept"))
        assert answer.status_code == follows
        assert ("A dry probe reads low" in answer.content.decode()) == (follows == 200)
        assert client.get(reverse("kept")).status_code == 302, "once"


def test_what_a_page_asks_by_itself_keeps_no_session(world: World) -> None:
    rita = signed_in("rita.review")
    away(rita, seconds=1700)
    for headers in ({"X-Onelot-Background": "1"}, {"Accept": "text/event-stream"}):
        assert rita.get(reverse("desk:queue"), headers=headers).status_code == 200
    away(rita, seconds=101)
    assert rita.get(reverse("desk:queue"), headers={"X-Onelot-Background": "1"}).status_code == 401
    assert rita.post(reverse("stay")).status_code == 401
    assert rita.get(reverse("desk:queue")).status_code == 403
    away(rita, hours=13)
    assert rita.post(reverse("stay")).status_code == 401
    assert rita.get(reverse("desk:queue")).status_code == 302, (
        "what the person asks ends the session, nothing else"
    )


def test_who_must_sign_in_to_send_a_form_comes_back_to_the_page_of_the_form(world: World) -> None:
    page = reverse("desk:lot", args=["L1"])
    for referer, following in (
        (f"http://testserver{page}", f"http://testserver{page}"),
        ("http://x.example/", "/"),
    ):
        answer = Client().post(reverse("desk:act", args=["L1"]), {"text": "x"}, headers={"Referer": referer})
        assert answer.headers["Location"] == f"{reverse('sign_in')}?{urlencode({'next': following})}"


def test_typing_keeps_a_session(world: World) -> None:
    rita = signed_in("rita.review")
    for _ in range(3):
        away(rita, seconds=1700)
        assert rita.post(reverse("stay")).status_code == 204
    assert rita.get(reverse("desk:queue")).status_code == 200


def test_a_link_of_the_set_up_is_that_of_the_first_administrator(world: World) -> None:
    token = Access(world.ledger, None).issue_password_link(
        person="ada.admin", identity_checked="installation"
    )
    assert default_token_generator.check_token(Account.objects.get(person="ada.admin"), token)
