"""How allauth's flows fit onelot: accounts come from the registry only, and what happens to factors is an event."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onelot.registry.access.factors import FACTORS
from onelot.registry.access.locking import (
    count_failure,
    locked_response,
    locked_until,
    tell_if_locked,
)
from onelot.registry.access.service import OwnAccess
from onelot.registry.models import Account


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up, nothing is mailed, and who is locked does not come in by the second step either."""

    def is_open_for_signup(self, *_: object) -> bool:
        """Accounts come from the registry."""
        return False

    def login(self, request: HttpRequest, user: Account) -> None:
        """The last step of signing in, after the second factor."""
        if locked_until(request, user.person) is not None:
            raise ImmediateHttpResponse(locked_response(request))
        user.backend = "django.contrib.auth.backends.ModelBackend"
        super().login(request, user)

    def respond_user_inactive(self, request: HttpRequest, *_: object) -> HttpResponse:
        """A disabled account is told like a wrong password."""
        return render(request, "access/not_admitted.html", status=403)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """That somebody signed in is seen without a message."""
        if message_template and message_template.startswith("account/messages/logged"):
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Changes are told on the administrators' page, not by mail."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Names and secrets of second factors."""

    def get_totp_issuer(self) -> str:
        """As the authenticator app shows it."""
        return "onelot"

    def get_totp_label(self, user: Account) -> str:
        """The user name."""
        return user.person

    def build_totp_svg(self, url: str) -> str:
        """The QR code as an SVG element to be put into the page."""
        import qrcode
        from qrcode.image.svg import SvgPathImage

        drawn = qrcode.make(url, image_factory=SvgPathImage).to_string(encoding="unicode")
        return str(drawn)

    def encrypt(self, text: str) -> str:
        """The secret as kept: who reads the database does not hold the factor."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The counterpart of ``encrypt``."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """As in ``AccountAdapter``."""


def _cipher() -> Fernet:
    key = hashlib.sha256(b"onelot second factors " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


@receiver(signals.authenticator_added)
def _added(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    _own(request, user).factor("added", FACTORS[authenticator.type])


@receiver(signals.authenticator_removed)
def _removed(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    _own(request, user).factor("removed", FACTORS[authenticator.type])


@receiver(signals.authenticator_reset)
def _renewed(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    _own(request, user).factor("renewed", FACTORS[authenticator.type])


@receiver(signals.authentication_failed)
def _failed(request: HttpRequest, user: Account, **_: Any) -> None:
    """A wrong code counts like a wrong password."""
    count_failure(request, user.person)
    tell_if_locked(request.ledger, request, user.person, request.clock)  # type: ignore[attr-defined]


def _own(request: HttpRequest, user: Account) -> OwnAccess:
    return OwnAccess(request.ledger, user, clock=request.clock)  # type: ignore[attr-defined]
