"""What the signature's panel and its lists need to be drawn, on whichever room's page they stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from allauth.mfa.webauthn.internal import auth as webauthn
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from onelot.registry.access.factors import factors_of
from onelot.registry.models import Account
from onelot.registry.signing import is_first_signing
from onelot.registry.statement import STATEMENT_VERSION, statement


@dataclass(frozen=True)
class Signer:
    """Who signs on this page, and with which components."""

    account: Account
    is_first: bool
    """All components are asked for; else the password alone."""
    factors: frozenset[str]
    statement: str
    """The text to be accepted with the first signature; empty when it was."""
    statement_version: str = STATEMENT_VERSION

    @property
    def has_code(self) -> bool:
        """Whether a one-time code is asked for."""
        return self.is_first and "one_time_code" in self.factors

    @property
    def has_key(self) -> bool:
        """Whether a security key may be used."""
        return self.is_first and "security_key" in self.factors

    @cached_property
    def key_options(self) -> dict[str, Any]:
        """The one challenge for the person's security keys on this page, kept in the session until it is answered."""
        return dict(webauthn.begin_authentication(self.account))


def signer(request: HttpRequest) -> dict[str, Any]:
    """``signer`` for templates; looked up only where a template uses it."""
    account = getattr(request, "account", None)
    return {"signer": SimpleLazyObject(lambda: signer_of(request, account)) if account else None}


def signer_of(request: HttpRequest, account: Account) -> Signer:
    """The person as a signer in this request."""
    accepted = account.statement == STATEMENT_VERSION
    is_first = is_first_signing(request)
    held = factors_of(account) if is_first else frozenset()
    return Signer(account, is_first, frozenset(held), "" if accepted else statement())


def meaning_in_words(meaning: str) -> str:
    """What a signature means, as a person says it (21 CFR 11.50(a)(3))."""
    words = {
        "prepared": _("prepared: I wrote this and answer for it"),
        "performed": _("performed: I did this"), "verified": _("verified: I checked what somebody else did"),
        "reviewed": _("reviewed: I went through the record"), "approved": _("approved: it may be used as it stands"),
        "released": _("released: it may leave quarantine"),
        "certified": _("certified: made and checked as EU GMP and its authorisation require"),
        "rejected": _("rejected: it must not be used"),
    }  # fmt: skip
    return words.get(meaning, meaning)


def factor_in_words(factor: str) -> str:
    """What was given to sign."""
    words = {
        "user_name": _("user name"), "password": _("password"), "one_time_code": _("one-time code"),
        "security_key": _("security key"), "recovery_codes": _("recovery codes"),
    }  # fmt: skip
    return words.get(factor, factor)
