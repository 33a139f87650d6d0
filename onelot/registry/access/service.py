"""Commands on credentials: links for passwords, passwords, locks, factors, subjects, the statement.

Nobody but the person ever knows a password or holds a factor: administrators give links and take factors away, and no
administrator may do both to the same person (21 CFR 11.200(a)(3)).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.access.events import (
    AccountUnlocked,
    Factor,
    FactorChanged,
    PasswordLinkIssued,
    PasswordSet,
    StatementAccepted,
    SubjectRecorded,
)
from onelot.registry.access.locking import forget_failures
from onelot.registry.models import AccessNotice, Account, PasswordUsed, Subject
from onelot.registry.permissions import Actor, Place
from onelot.registry.statement import STATEMENT_VERSION, STATEMENTS

BY_TWO = timedelta(days=7)
"""For so long, who gave a link does not take factors away, and who took factors away gives no link."""


class Access:
    """Commands of one administrator, or of the set-up of an installation where ``actor`` is None.

    Every command raises Refused: ``registry.not_allowed``, ``registry.unknown``, ``registry.own_access``, and its own.
    """

    def __init__(self, ledger: Ledger, actor: Actor | None, *, clock: Clock = system_clock) -> None:
        self._ledger = ledger
        self._actor = actor
        self._clock = clock

    def issue_password_link(self, *, person: str, identity_checked: str) -> str:
        """Stop the present password, end the person's sessions, and make a link by which they set a new one, once.

        Returns the token of the link. It is shown once and kept nowhere. A later link makes the former useless.
        ``identity_checked`` says how the person's identity was checked (11.100(b)). Raises Refused
        (``registry.two_people``, ``registry.disabled``, ``ledger.reason_missing``).
        """
        account = self._account(person)
        if not account.is_active:
            raise refuse(
                "registry.disabled", "This account is disabled.", where=person, hint="Enable it first."
            )
        self._refuse_both(person, "factor_reset")
        until = self._clock() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        with transaction.atomic():
            self._append(PasswordLinkIssued(person=person, valid_until=until), person, identity_checked)
            account.refresh_from_db()
            account.set_unusable_password()
            account.save(update_fields=["password"])
        return default_token_generator.make_token(account)

    def reset_factors(self, *, person: str, reason: str) -> None:
        """Take all second factors away, after a loss, and end the person's sessions (11.300(c)).

        Raises Refused (``registry.two_people``, ``ledger.reason_missing``).
        """
        account = self._account(person)
        self._refuse_both(person, "password_link")
        with transaction.atomic():
            self._append(FactorChanged(person=person, change="reset"), person, reason)
            Authenticator.objects.filter(user=account).delete()

    def unlock(self, *, person: str, reason: str) -> None:
        """End a lock before its time. Raises Refused (``ledger.reason_missing``)."""
        self._account(person)
        self._append(AccountUnlocked(person=person), person, reason)
        forget_failures(person)

    def record_subject(self, *, person: str, issuer: str, subject: str) -> None:
        """Say who a person is at the identity provider. Raises Refused (``registry.subject_taken``)."""
        self._account(person)
        record_subject(
            self._ledger, who=self._who("people.manage"), person=person, issuer=issuer, subject=subject,
            clock=self._clock,
        )  # fmt: skip

    def _account(self, person: str) -> Account:
        """Somebody within the actor's scope; anybody else is unknown, so that nobody learns by guessing who exists."""
        found = Account.objects.filter(person=person).first()
        if self._actor is not None:
            self._actor.check_may("people.manage")
            if found is not None and not self._actor.may("people.manage", Place(found.organisation)):
                found = None
        if found is None:
            raise refuse("registry.unknown", "There is no such person.", where="person", got=person)
        if self._actor is not None and self._actor.person == person:
            raise refuse(
                "registry.own_access", "Nobody does this for themselves.", where=person,
                expected="somebody else", got=person, hint="Ask another administrator.",
            )  # fmt: skip
        return found

    def _refuse_both(self, person: str, other: str) -> None:
        """Who could set another's password and remove the second factor could sign in their name."""
        since = self._clock() - BY_TWO
        done = AccessNotice.objects.filter(
            person=person, kind=other, actor=self._who("people.manage"), at__gt=since
        )
        if self._actor is not None and done.exists():
            raise refuse(
                "registry.two_people",
                "You gave this person a link or took their factors away lately, so the other is for somebody else.",
                where=person, expected="two administrators, one for each", got=self._actor.person,
                hint="Ask another administrator.",
            )  # fmt: skip

    def _who(self, action: str) -> str:
        if self._actor is None:
            return "system:setup"
        self._actor.check_may(action)
        return self._actor.who

    def _append(self, event: Event, person: str, reason: str) -> None:
        tags = (f"person:{person}",) if person else ()
        who = self._who("people.manage")
        self._ledger.append(
            [Draft(event=event, actor=who, occurred_at=self._clock(), tags=tags, reason=reason.strip())]
        )


class OwnAccess:
    """What people do with their own credentials."""

    def __init__(self, ledger: Ledger, account: Account, *, clock: Clock = system_clock) -> None:
        self._ledger = ledger
        self._account = account
        self._clock = clock

    def set_password(self, password: str, *, by_link: bool) -> None:
        """Set a new password, by a link or over the old one; the person's other sessions end.

        Raises Refused (``registry.password``), one refusal for each rule that is not met.
        """
        account = self._account
        try:
            validate_password(password, account)
        except ValidationError as error:
            raise refused_password(error) from error
        with transaction.atomic():
            self._say(PasswordSet(person=account.person, how="link" if by_link else "changed"))
            account.refresh_from_db()
            keep_password(account, self._clock())
            account.set_password(password)
            account.save(update_fields=["password"])
        forget_failures(account.person)

    def factor(self, change: str, factor: Factor) -> None:
        """Record that a second factor was added, removed or renewed."""
        assert change in ("added", "removed", "renewed")
        self._say(FactorChanged(person=self._account.person, change=change, factor=factor))  # type: ignore[arg-type]

    def accept_statement(self, version: str, evidence: EvidenceStore) -> None:
        """Accept what an electronic signature means. Raises Refused (``registry.statement_missing``)."""
        if version != STATEMENT_VERSION:
            raise refuse(
                "registry.statement_missing", "This is not the statement that is asked for now.", where="statement",
                expected=STATEMENT_VERSION, got=version[:16],
            )  # fmt: skip
        text = evidence.put(STATEMENTS[version].encode())
        self._say(StatementAccepted(person=self._account.person, version=version, text=text))

    def _say(self, event: Event) -> None:
        who = f"person:{self._account.person}"
        self._ledger.append([Draft(event=event, actor=who, occurred_at=self._clock(), tags=(who,))])


def record_subject(
    ledger: Ledger, *, who: str, person: str, issuer: str, subject: str, clock: Clock
) -> None:  # fmt: skip
    """Append who a person is at the identity provider, unless the subject is somebody's already."""
    taken = Subject.objects.filter(issuer=issuer, subject=subject).first()
    if taken is not None or not subject or len(subject) > 255 or len(issuer) > 200:
        raise refuse(
            "registry.subject_taken", "This subject cannot be recorded for this person.", where=person,
            expected="a subject of 1 to 255 characters that is nobody's yet", got=subject[:80],
        )  # fmt: skip
    event = SubjectRecorded(person=person, issuer=issuer, subject=subject)
    tag = f"subject:{subject}"
    ledger.append(
        [Draft(event=event, actor=who, occurred_at=clock(), tags=(f"person:{person}", tag))],
        unless=Query(tags=(tag,), types=(SubjectRecorded,)),
    )


def keep_password(account: Account, at: datetime) -> None:
    """Keep the present password's hash, so that it is not used again, and forget the oldest."""
    if account.has_usable_password():
        PasswordUsed.objects.create(account=account, encoded=account.password, at=at)
    kept = PasswordUsed.objects.filter(account=account).order_by("-at", "-pk")
    PasswordUsed.objects.filter(
        pk__in=[used.pk for used in kept[settings.ONELOT_PASSWORD_HISTORY :]]
    ).delete()


def refused_password(error: ValidationError) -> Refused:
    """Django's messages on a password as refusals."""
    return Refused(Refusal("registry.password", message, where="new password") for message in error.messages)
