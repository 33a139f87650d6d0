"""Facts about people's credentials. The credentials themselves are in no ledger (21 CFR 11.100, 11.300)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from onelot.kernel.events import Event

Factor = Literal["one_time_code", "security_key", "recovery_codes"]


class PasswordLinkIssued(Event, tag="registry.password_link_issued.v1"):
    """An administrator gave a person a link by which they set their own password, once (11.300(b), (c)).

    The password before it, if any, stopped to work. The reason says how the person's identity was checked (11.100(b)).
    """

    reason_required: ClassVar[bool] = True

    person: str
    valid_until: datetime


class PasswordSet(Event, tag="registry.password_set.v1"):
    """A person set their own password; nobody else knows it."""

    person: str
    how: Literal["link", "changed"]


class FactorChanged(Event, tag="registry.factor_changed.v1"):
    """A second factor was added or removed by the person, or all were taken away by an administrator (11.300(c))."""

    person: str
    change: Literal["added", "removed", "renewed", "reset"]
    factor: Factor | None = None
    """None: all of them."""


class AccountLocked(Event, tag="registry.account_locked.v1"):
    """Too many failed attempts in the person's name: nobody signs in or signs with it until then (11.300(d))."""

    person: str
    failures: int
    until: datetime
    address: str = ""
    """Network address of the last attempt."""


class AccountUnlocked(Event, tag="registry.account_unlocked.v1"):
    """An administrator ended a lock before its time."""

    reason_required: ClassVar[bool] = True

    person: str


class SubjectRecorded(Event, tag="registry.subject_recorded.v1"):
    """Who a person is at the organisation's identity provider; a subject belongs to one person for ever."""

    person: str
    issuer: str
    subject: str


class StatementAccepted(Event, tag="registry.statement_accepted.v1"):
    """A person took the accountability for their signatures upon them (11.10(j), 11.100(c))."""

    person: str
    version: str
    text: str
    """SHA-256 of the text that was accepted, in the evidence store."""


class AccessReviewed(Event, tag="registry.access_reviewed.v1"):
    """Somebody went through all accounts and their rights (11.300(b); EU GMP Annex 11, 12).

    Ledgers of before hold it; now each person is gone through by ``GrantsReviewed``, which says which grants were seen.
    """

    reason_required: ClassVar[bool] = True

    accounts: int


EVENTS: tuple[type[Event], ...] = (
    PasswordLinkIssued,
    PasswordSet,
    FactorChanged,
    AccountLocked,
    AccountUnlocked,
    SubjectRecorded,
    StatementAccepted,
    AccessReviewed,
)
