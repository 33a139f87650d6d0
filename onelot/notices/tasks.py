"""Notices as work in the background: they follow the ledger, and each mail is a job with its own tries.

How far the ledger was read stands in the database, and a mail is asked for once by its key; so a worker that is killed
loses nothing and mails nothing twice, but where it dies between the server's answer and writing it down.
"""

from __future__ import annotations

import smtplib
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from onelot.jobs.kinds import Kind, Outcome, Periodic, Place, Work
from onelot.jobs.service import enqueue
from onelot.kernel.refusals import refuse
from onelot.ledger.entry import Entry
from onelot.ledger.query import Query
from onelot.notices.kinds import NOTICES, Asked, Notice
from onelot.notices.models import MailCursor
from onelot.notices.service import choice_of
from onelot.registry.models import Account

KIND = "notices.mail"
ENTRIES_A_TURN = 200
_PERMANENT = 500
"""SMTP answers from here on say that another try gets the same (RFC 5321, 4.2.1)."""


def follow(place: Place) -> int:
    """Ask for the mails about what happened since the last time; how many.

    While mail is off nothing is asked for, and what happened meanwhile is not mailed later.
    """
    ledger, size = place.ledger, place.ledger.size()
    cursor = MailCursor.objects.first()
    if cursor is None or not settings.ONELOT_MAIL:
        MailCursor.objects.update_or_create(pk=1, defaults={"position": size})
        return 0
    query = Query(types=tuple(NOTICES))
    entries = list(islice(ledger.read(query, after=cursor.position, until=size), ENTRIES_A_TURN))
    asked = 0
    for entry in entries:
        for person in sorted(set(NOTICES[type(entry.event)].to(Asked(ledger, entry, place.clock())))):
            enqueue(
                KIND, {"position": entry.position, "person": person}, key=f"{KIND}:{entry.position}:{person}", by=None,
                about=person, once=True, clock=place.clock,
            )  # fmt: skip
            asked += 1
    reached = entries[-1].position if len(entries) == ENTRIES_A_TURN else size
    MailCursor.objects.filter(pk=cursor.pk).update(position=reached)
    return asked


def mail(work: Work) -> Outcome:
    """Send one mail, if the person still wants it and may know of it.

    Raises Refused (``notices.not_taken``) where the server refused it for good; any other failure is tried again.
    """
    position, person = int(work.arguments["position"]), str(work.arguments["person"])
    ledger = work.place.ledger
    entry = next(ledger.read(after=position - 1, until=position))
    account = Account.objects.get(person=person)
    why_not = _why_not(Asked(ledger, entry, work.place.clock()), account)
    if why_not:
        return Outcome(why_not)
    message = _message(entry, account)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        if codes and min(codes) >= _PERMANENT:
            raise _not_taken(account, str(codes)) from error
        raise
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        if error.smtp_code >= _PERMANENT:
            raise _not_taken(account, f"{error.smtp_code} {error.smtp_error!r}") from error
        raise
    return Outcome(f"mailed to {person}")


def _why_not(asked: Asked, account: Account) -> str:
    """Why nothing is mailed; empty: it is."""
    notice = NOTICES[type(asked.entry.event)]
    if not settings.ONELOT_MAIL:
        return "mail is off"
    if not account.email:
        return "the person has no address"
    if not account.is_active and not notice.also_disabled:
        return "the person is disabled"
    if not notice.is_mandatory and notice.name in choice_of(account.person).declined:
        return "the person does not want it"
    if account.person not in set(notice.to(asked)):
        return "it is not for the person any more"
    return ""


def _message(entry: Entry, account: Account) -> EmailMessage:
    notice = NOTICES[type(entry.event)]
    with override(choice_of(account.person).language):
        subject = " ".join(f"onelot: {notice.title}".split())
        body = _body(notice, entry)
    headers = {
        # The same in each try, so that a mail that comes twice is known by it.
        "Message-ID": f"<{entry.id}.{account.person}@{_host()}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [account.email], headers=headers)


def _body(notice: Notice, entry: Entry) -> str:
    lines = [notice.says(entry.event), "", f"{entry.recorded_at:%Y-%m-%d %H:%M} UTC"]
    if settings.ONELOT_PUBLIC_URL:
        lines.append(f"{settings.ONELOT_PUBLIC_URL}{notice.path(entry.event)}")
    lines += ["", "-- ", _("onelot sent this by itself; nobody reads answers.")]
    if not notice.is_mandatory:
        lines.append(_("Which notices you get, and in which language, you choose under your name, “Mails”."))
    return "\n".join(lines) + "\n"


def _host() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "onelot.local"


def _not_taken(account: Account, got: str) -> Exception:
    return refuse(
        "notices.not_taken", "The mail server does not take this mail, now or later.", where=account.person,
        got=got[:200], hint="Look at the person's address in the registry, and at ONELOT_MAIL_FROM.",
    )  # fmt: skip


KINDS = (Kind(KIND, gettext_noop("Mail a notice"), mail),)
PERIODIC = (Periodic("notices", timedelta(seconds=5), follow),)
