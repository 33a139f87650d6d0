"""Notices reach whom they concern by a real mail server, once, in their language, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from onelot.audit.events import LedgerVerified
from onelot.jobs.kinds import Place
from onelot.jobs.models import Job
from onelot.jobs.worker import Worker
from onelot.kernel.refusals import Refused
from onelot.ledger.entry import Draft
from onelot.notices.models import MailChoice, MailCursor
from onelot.notices.service import Mails
from onelot.notices.tasks import follow
from onelot.registry.access.events import AccountLocked, PasswordSet
from onelot.registry.models import Account, Grant
from onelot.registry.signature_events import SignatureRefused
from onelot.review.desk.models import LotCard
from onelot.settings.mail import mail_server as server_of
from tests.notices.receiver import Mailbox, mail_server
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@dataclass
class Time:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def box(settings: Any) -> Iterator[Mailbox]:
    with mail_server() as box:
        settings.ONELOT_MAIL = True
        settings.ONELOT_PUBLIC_URL = "https://onelot.example"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.DEFAULT_FROM_EMAIL = "onelot@acme.example"
        yield box


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    for account in Account.objects.all():
        Account.objects.filter(pk=account.pk).update(email=f"{account.person}@acme.example")
    world.lot("L1", "major")
    world.lot("L2", "major", site="OTHER-1")
    MailCursor.objects.create(pk=1, position=world.ledger.size())
    return world


def place(world: World, time: Time) -> Place:
    return Place(world.ledger, world.evidence, time, lambda: "", lambda: None, lambda: None)  # type: ignore[arg-type, return-value]


def work(world: World, time: Time) -> None:
    """What happened is read, and what waits is done, by a worker."""
    here = place(world, time)
    follow(here)
    Worker(here).work()


def ask(world: World, lot: str = "L1") -> None:
    (card,) = world.findings(lot)
    world.desk("rita.review").ask(
        finding=card.key, text="Was the PROBE calibrated?", seen=LotCard.objects.get(lot=lot).position
    )


def say(world: World, event: Any, actor: str = "system:access") -> None:
    world.ledger.append([Draft(event=event, actor=actor, occurred_at=NOW, tags=("about:test",))])


def test_a_question_is_mailed_to_the_site_that_made_the_lot_and_tells_nothing_else(
    world: World, box: Mailbox, time: Time
) -> None:
    ask(world)
    work(world, time)
    (mail,) = box.mails
    assert (mail["To"], mail["From"]) == ("max.maker@acme.example", "onelot@acme.example")
    assert mail["Subject"] == "onelot: A question waits for an answer from your site"
    text = mail.get_content()
    assert "lot L1" in text
    assert f"https://onelot.example{reverse('desk:lot', args=['L1'])}" in text
    for untold in ("PROBE", "COI-L1", "Exception 0"):
        assert untold not in text
    assert mail["Auto-Submitted"] == "auto-generated"


def test_what_was_read_is_not_mailed_again(world: World, box: Mailbox, time: Time) -> None:
    ask(world)
    before = MailCursor.objects.get().position
    work(world, time)
    work(world, time)
    MailCursor.objects.update(position=before)  # as when a worker died before it wrote down how far it was
    work(world, time)
    assert len(box.mails) == 1
    assert Job.objects.count() == 1


def test_nothing_is_mailed_while_mail_is_off_nor_later(
    world: World, box: Mailbox, time: Time, settings: Any
) -> None:
    settings.ONELOT_MAIL = False
    ask(world)
    work(world, time)
    settings.ONELOT_MAIL = True
    work(world, time)
    assert not box.mails
    assert not Job.objects.exists()
    ask(world, "L2")
    work(world, time)
    assert [mail["To"] for mail in box.mails] == ["olga.other@acme.example"]


def test_each_is_mailed_in_their_language_and_what_they_want(world: World, box: Mailbox, time: Time) -> None:
    world.person("moritz.maker", "Moritz Maker", "site", organisation="MAKER", scope="MAKER")
    Account.objects.filter(person="moritz.maker").update(email="moritz@maker.example")
    Mails(world.ledger, world.actor("moritz.maker"), time).choose(language="de", declined=())
    Mails(world.ledger, world.actor("max.maker"), time).choose(language="en", declined=["question"])
    MailCursor.objects.update(position=world.ledger.size())
    ask(world)
    work(world, time)
    (mail,) = box.mails
    assert mail["To"] == "moritz@maker.example"
    assert mail["Subject"] == "onelot: Eine Frage wartet auf eine Antwort Ihres Standorts"
    assert "Charge L1" in mail.get_content()
    say(world, PasswordSet(person="max.maker", how="changed"))
    work(world, time)
    assert len(box.to("max.maker@acme.example")) == 1, "what is about access cannot be declined"


def test_who_asked_is_told_of_the_answer_and_the_assigned_person_of_the_lot(
    world: World, box: Mailbox, time: Time
) -> None:
    ask(world)
    (card,) = world.findings("L1")
    seen = LotCard.objects.get(lot="L1").position
    world.desk("max.maker").answer(finding=card.key, text="Yes.", seen=seen)
    world.desk("hilde.head").assign(lot="L2", person="ralf.review")
    work(world, time)
    assert len(box.to("rita.review@acme.example")) == 1
    assert "assigned to you" in box.to("ralf.review@acme.example")[0]["Subject"]


@pytest.mark.parametrize("event", [
    AccountLocked(person="max.maker", failures=5, until=NOW), SignatureRefused(
        person="max.maker", meaning="reviewed", why="wrong_password"),
])  # fmt: skip
def test_failed_attempts_are_told_to_the_person_and_to_administrators(
    world: World, box: Mailbox, time: Time, event: Any
) -> None:
    world.person("oda.other", "Oda Other", "administrator", organisation="OTHER", scope="OTHER")
    Account.objects.filter(person="oda.other").update(email="oda@other.example")
    MailCursor.objects.update(position=world.ledger.size())
    say(world, event)
    work(world, time)
    assert sorted(mail["To"] for mail in box.mails) == ["ada.admin@acme.example", "max.maker@acme.example"]


def test_a_suspended_person_is_told_so_and_gets_nothing_else(world: World, box: Mailbox, time: Time) -> None:
    world.registry.change_access(person="max.maker", enabled=False, reason="left")
    ask(world)
    work(world, time)
    (mail,) = box.mails
    assert mail["To"] == "max.maker@acme.example"
    assert "disabled" in mail.get_content()


def test_a_damaged_ledger_is_told_to_all_who_answer_for_it(world: World, box: Mailbox, time: Time) -> None:
    say(world, LedgerVerified(entries=9, root="0", checkpoints=0, faults=0), "system:onelot")
    work(world, time)
    assert not box.mails
    say(world, LedgerVerified(entries=9, root="0", checkpoints=0, faults=2), "system:onelot")
    work(world, time)
    assert sorted(mail["To"].partition("@")[0] for mail in box.mails) == [
        "ada.admin",
        "hilde.head",
        "vera.valid",
    ]


def test_who_may_not_see_it_any_more_when_the_mail_goes_out_gets_none(
    world: World, box: Mailbox, time: Time
) -> None:
    ask(world)
    follow(place(world, time))
    Grant.objects.filter(person="max.maker").delete()
    Worker(place(world, time)).work()
    assert not box.mails
    assert Job.objects.get().state == "done"


def test_a_server_that_is_away_is_tried_again_until_it_is_back(
    world: World, box: Mailbox, time: Time, settings: Any
) -> None:
    settings.EMAIL_PORT = 1  # nobody listens there
    ask(world)
    work(world, time)
    job = Job.objects.get()
    assert (job.state, job.attempts) == ("waiting", 1)
    settings.EMAIL_PORT = box.port
    time.now += timedelta(seconds=60)
    work(world, time)
    assert len(box.mails) == 1
    assert Job.objects.get().state == "done"


@pytest.mark.parametrize(("recipient", "data", "state"), [
    ("450 later", "250 taken", "waiting"), ("550 nobody here", "250 taken", "dead"),
    ("250 fine", "451 busy", "waiting"), ("250 fine", "554 no", "dead"),
])  # fmt: skip
def test_what_the_server_refuses_for_good_is_for_an_administrator(
    world: World, box: Mailbox, time: Time, recipient: str, data: str, state: str
) -> None:
    box.answer_to_recipient, box.answer_to_data = recipient, data
    ask(world)
    work(world, time)
    assert not box.mails
    assert Job.objects.get().state == state


def test_the_same_mail_in_another_try_is_known_by_its_number(world: World, box: Mailbox, time: Time) -> None:
    ask(world)
    work(world, time)
    Job.objects.update(state="waiting")
    work(world, time)
    assert len({mail["Message-ID"] for mail in box.mails}) == 1
    assert len(box.mails) == 2


def test_a_choice_is_refused_whole_and_built_again_from_the_ledger(world: World, time: Time) -> None:
    mails = Mails(world.ledger, world.actor("max.maker"), time)
    for language, declined in (("xx", []), ("en", ["access"]), ("en", ["nothing"])):
        with pytest.raises(Refused):
            mails.choose(language=language, declined=declined)
    assert not MailChoice.objects.exists()
    mails.choose(language="de", declined=["question"])
    mails.choose(language="de", declined=["answer", "question"])
    before = list(MailChoice.objects.values())
    world.ledger.rebuild()
    assert (
        list(MailChoice.objects.values())
        == before
        == [{"person": "max.maker", "language": "de", "declined": ["answer", "question"]}]
    )


def test_the_page_keeps_what_is_chosen(world: World) -> None:
    max_maker = signed_in("max.maker")
    address = reverse("notices:mails")
    page = max_maker.get(address).content.decode()
    assert "no mail server is configured" in page
    assert "max.maker@acme.example" in page
    assert max_maker.post(address, {"language": "de", "wanted": ["answer"]}).status_code == 302
    choice = MailChoice.objects.get()
    assert (choice.language, choice.declined) == ("de", ["assigned", "deviation", "question"])
    assert max_maker.post(address, {"language": "fr"}).status_code == 409
    assert MailChoice.objects.get().language == "de"


@pytest.mark.parametrize(("url", "host", "port", "user", "password", "tls"), [
    ("smtp+starttls://a%40b:p%2Fw@mail.example", "mail.example", 587, "a@b", "p/w", (True, False)),
    ("smtps://u:p@mail.example:4650", "mail.example", 4650, "u", "p", (False, True)),
    ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, "", "", (False, False)),
])  # fmt: skip
def test_an_address_of_a_mail_server(
    url: str, host: str, port: int, user: str, password: str, tls: tuple[bool, bool]
) -> None:
    found = server_of(url)
    assert found is not None
    assert (found.host, found.port, found.user, found.password) == (host, port, user, password)
    assert (found.uses_starttls, found.uses_tls) == tls


@pytest.mark.parametrize("url", [
    "http://mail.example", "smtp://", "mail.example", "smtp://u:secret@mail.example", "smtps://mail.example/x",
    "smtps://mail.example:port", "smtps://[::1",
])  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="ONELOT_MAIL_URL") as refused:
        server_of(url)
    assert "secret" not in str(refused.value)
    assert server_of("") is None
