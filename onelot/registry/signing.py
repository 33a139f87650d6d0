"""Signing: who signs proves to be the person, sees what is signed, and says what it means (decision D7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Literal

from django.contrib.auth import authenticate
from django.http import HttpRequest

from onelot.kernel.canonical import canonical
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import either, said
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.access.events import StatementAccepted
from onelot.registry.access.factors import factors_of, is_code_right, is_key_right
from onelot.registry.access.locking import (
    count_failure,
    forget_failures,
    locked_until,
    refusal_of_lock,
    tell_if_locked,
)
from onelot.registry.models import Account
from onelot.registry.signature_events import Meaning, SignatureMade, SignatureRefused
from onelot.registry.statement import STATEMENT_VERSION, STATEMENTS

SIGNED_BEFORE = "signed_before"
"""Session key: the first signing of one continuous session was done (21 CFR 11.200(a)(1)(i)). It ends when the session
is idle, locked or left."""

Why = Literal["wrong_password", "wrong_user_name", "wrong_code", "wrong_security_key", "locked"]


@dataclass(frozen=True)
class Credentials:
    """What the signer entered.

    At the first signing of a session all components are needed: user name, password, and the second factor where the
    person has one. At those that follow, the password (21 CFR 11.200(a)(1)).
    """

    password: str
    user_name: str | None = None
    code: str = ""
    """One-time code of the authenticator app."""
    security_key: str = ""
    """A security key's answer, as JSON."""
    statement: str = ""
    """Version of the statement on electronic signatures that is accepted with this signature."""


def credentials_of(request: HttpRequest) -> Credentials:
    """What was entered in the panel ``web/signature_panel.html``."""
    form = request.POST
    return Credentials(
        form.get("password", ""), form.get("user_name"), form.get("code", "").strip(), form.get("security_key", ""),
        form.get("statement", ""),
    )  # fmt: skip


def is_first_signing(request: HttpRequest) -> bool:
    """Whether all components are needed: nothing was signed yet in this continuous session."""
    return not getattr(request, "session", {}).get(SIGNED_BEFORE, False)


@dataclass(frozen=True)
class Signing:
    """One signing by one person in one request."""

    ledger: Ledger
    evidence: EvidenceStore
    account: Account
    request: HttpRequest
    time_zone: str = "UTC"
    """The zone in which the signer sees times."""
    clock: Clock = system_clock

    def sign(
        self, *, credentials: Credentials, meaning: Meaning, content: object, tags: Sequence[str],
        acts: Callable[[str], Sequence[Event]], unless: Query | None = None, after: int = 0, reason: str = "",
        also: Sequence[Draft] = (),
    ) -> range:  # fmt: skip
        """Append the signature of ``content`` and the acts that it signs, all or none; their positions.

        ``acts`` makes the signed events from the signature's identifier. ``also``, what somebody else states at the
        same time and this signature does not sign, is appended with them. Raises Refused
        (``registry.statement_missing``; ``registry.signature_failed`` and ``registry.locked``, after recording the
        attempt) and what ``Ledger.append`` raises.
        """
        accepted = self._accepted(credentials)
        factors = self._check_person(credentials, meaning, tags)
        signature = new_id()
        made = SignatureMade(
            signature=signature, person=self.account.person, name=self.account.name, meaning=meaning,
            content=self.evidence.put(canonical(content)), factors=factors, time_zone=self.time_zone,
        )  # fmt: skip
        about = (*tags, f"signature:{signature}")
        drafts = [self._draft(event, about, reason) for event in (made, *acts(signature))]
        drafts += also
        if accepted is not None:
            drafts.insert(0, self._draft(accepted, (f"person:{self.account.person}",)))
        appended = self.ledger.append(drafts, unless=unless, after=after)
        if hasattr(self.request, "session"):
            self.request.session[SIGNED_BEFORE] = True
        return appended[1:] if accepted is not None else appended

    def witnessed_by(self, user_name: str) -> Signing:
        """The same signing for a second person at the same screen, who must give all that a first signature takes.

        Raises Refused: ``registry.same_person``; ``registry.signature_failed`` where there is nobody of this name.
        """
        name = user_name.strip().lower()
        if name == self.account.person:
            raise refuse(
                "registry.same_person", "A second person must confirm this: nobody verifies what they did themselves.",
                where="signature", expected="another person's user name", got=name,
            )  # fmt: skip
        account = Account.objects.filter(person=name, is_active=True).first()
        if account is None:
            raise _unproved("the user name and the password of a second person")
        request = copy(self.request)
        request.session = {}  # type: ignore[assignment]
        return replace(self, account=account, request=request)

    def _accepted(self, credentials: Credentials) -> StatementAccepted | None:
        """The acceptance of the statement, where the person has not accepted this version yet."""
        person = self.account.person
        if Account.objects.filter(person=person, statement=STATEMENT_VERSION).exists():
            return None
        if credentials.statement != STATEMENT_VERSION:
            raise refuse(
                "registry.statement_missing",
                "Before your first signature you must accept what an electronic signature means.", where="signature",
                hint="Accept the statement beside the signature, or on the page of your account, then sign again.",
            )  # fmt: skip
        text = self.evidence.put(STATEMENTS[STATEMENT_VERSION].encode())
        return StatementAccepted(person=person, version=STATEMENT_VERSION, text=text)

    def _check_person(
        self, credentials: Credentials, meaning: Meaning, tags: Sequence[str]
    ) -> tuple[str, ...]:
        """The factors by which the signer proved to be the person; else the attempt is recorded and refused."""
        person = self.account.person
        until = locked_until(self.request, person)
        if until is not None:
            self._record(SignatureRefused(person=person, meaning=meaning, why="locked"), tags)
            raise refusal_of_lock(until)
        factors, why = self._prove(credentials)
        if why is None:
            forget_failures(person)
            return factors
        self._record(SignatureRefused(person=person, meaning=meaning, why=why), tags)
        if why != "wrong_password":
            count_failure(self.request, person)
        tell_if_locked(self.ledger, self.request, person, self.clock)
        # The page with the person's text is the answer, not the page of somebody who is locked out.
        self.request.axes_locked_out = False  # type: ignore[attr-defined]
        raise _unproved(_expected(self.request, self.account))

    def _prove(self, given: Credentials) -> tuple[tuple[str, ...], Why | None]:
        """What was proved, and what was not."""
        first = is_first_signing(self.request)
        named = (given.user_name or "").strip().lower() == self.account.person
        if not named and (first or given.user_name is not None):
            return (), "wrong_user_name"
        found = authenticate(self.request, username=self.account.person, password=given.password)
        if found != self.account:
            return (), "wrong_password"
        factors = ("user_name", "password") if named else ("password",)
        held = factors_of(self.account) if first or given.code or given.security_key else frozenset()
        if not held:
            return factors, None
        if given.security_key and "security_key" in held:
            right = is_key_right(self.account, given.security_key)
            return ((*factors, "security_key"), None) if right else ((), "wrong_security_key")
        if "one_time_code" not in held:
            return (), "wrong_security_key"
        right = is_code_right(self.account, given.code)
        return ((*factors, "one_time_code"), None) if right else ((), "wrong_code")

    def _record(self, event: SignatureRefused, tags: Sequence[str]) -> None:
        self.ledger.append([self._draft(event, (*tags, f"person:{self.account.person}"))])

    def _draft(self, event: Event, tags: tuple[str, ...], reason: str = "") -> Draft:
        who = f"person:{self.account.person}"
        return Draft(event=event, actor=who, occurred_at=self.clock(), tags=tags, reason=reason)


def _unproved(expected: str) -> Refused:
    return refuse(
        "registry.signature_failed", "That does not prove that you are you, so nothing was signed.",
        where="signature", expected=expected,
        hint="Try again; the attempt was recorded, and after a few more the account is locked.",
    )  # fmt: skip


def _expected(request: HttpRequest, account: Account) -> str:
    if not is_first_signing(request):
        return said("your password")
    held = factors_of(account)
    known = (("one_time_code", said("a one-time code")), ("security_key", said("your security key")))
    second = [words for factor, words in known if factor in held]
    if not second:
        return said("your user name, your password")
    return said("your user name, your password and {second}", second=either(second))
