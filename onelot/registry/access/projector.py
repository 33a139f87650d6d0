"""Keeps what pages show of accounts' credentials, of signatures, and what administrators are told."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.registry.access import events
from onelot.registry.models import AccessNotice, Account, SignatureCard, SignatureTag, Subject
from onelot.registry.signature_events import SignatureMade, SignatureRefused


def _link(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.PasswordLinkIssued)
    _notice(entry, event.person, "password_link", until=event.valid_until)


def _password(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.PasswordSet)
    Account.objects.filter(person=event.person).update(password_set_at=entry.recorded_at)
    _notice(entry, event.person, "password_set", event.how)


def _factor(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.FactorChanged)
    if event.change == "reset":
        Account.objects.filter(person=event.person).update(session_epoch=F("session_epoch") + 1)
    _notice(entry, event.person, f"factor_{event.change}", event.factor or "")


def _locked(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.AccountLocked)
    _notice(entry, event.person, "locked", event.address, is_urgent=True, until=event.until)


def _unlocked(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.AccountUnlocked)
    _notice(entry, event.person, "unlocked")


def _subject(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.SubjectRecorded)
    Subject.objects.create(issuer=event.issuer, subject=event.subject, person=event.person)
    _notice(entry, event.person, "subject", event.issuer)


def _statement(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.StatementAccepted)
    Account.objects.filter(person=event.person).update(statement=event.version)
    _notice(entry, event.person, "statement", event.version)


def _reviewed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.AccessReviewed)
    _notice(entry, "", "access_reviewed", str(event.accounts))


def _signed(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, SignatureMade)
    card = SignatureCard.objects.create(
        signature=event.signature, person=event.person, name=event.name, meaning=event.meaning,
        content=event.content, factors=",".join(event.factors), time_zone=event.time_zone,
        signed_at=entry.recorded_at, position=entry.position, reason=entry.reason,
    )  # fmt: skip
    SignatureTag.objects.bulk_create(
        SignatureTag(key=f"{event.signature}|{tag}", card=card, tag=tag) for tag in entry.tags
    )


def _refused(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, SignatureRefused)
    _notice(entry, event.person, "signature_refused", event.why)


def _notice(
    entry: Entry, person: str, kind: str, detail: str = "", *, is_urgent: bool = False,
    until: datetime | None = None,
) -> None:  # fmt: skip
    AccessNotice.objects.create(
        position=entry.position, at=entry.recorded_at, person=person, kind=kind, detail=detail[:200],
        actor=entry.actor, reason=entry.reason, is_urgent=is_urgent, until=until,
    )  # fmt: skip


PROJECTOR = Projector(
    models=(Subject, AccessNotice, SignatureCard, SignatureTag),
    handlers={
        events.PasswordLinkIssued: _link,
        events.PasswordSet: _password,
        events.FactorChanged: _factor,
        events.AccountLocked: _locked,
        events.AccountUnlocked: _unlocked,
        events.SubjectRecorded: _subject,
        events.StatementAccepted: _statement,
        events.AccessReviewed: _reviewed,
        SignatureMade: _signed,
        SignatureRefused: _refused,
    },
)
