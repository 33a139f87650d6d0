"""Forms on security keys that answer whatever a browser sends with a message at the field, never with a fault."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from onelot.registry.access.factors import WRONG_ANSWER


class _Guarded:
    """Goes before allauth's form in the order of its bases."""

    def clean_credential(self) -> Any:
        """The key's answer; for a sign-in, the key that gave it."""
        check = getattr(super(), "clean_credential", None)
        try:
            return check() if check is not None else self.cleaned_data["credential"]  # type: ignore[attr-defined]
        except WRONG_ANSWER as error:
            raise _wrong() from error

    def clean(self) -> Any:
        """The whole form; for a new key, with the check of its answer."""
        try:
            return super().clean()  # type: ignore[misc]
        except WRONG_ANSWER as error:
            raise _wrong() from error


class AddKeyForm(_Guarded, AddWebAuthnForm):  # type: ignore[misc]
    """A new key."""


class UseKeyForm(_Guarded, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A key as second factor."""


class ConfirmKeyForm(_Guarded, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A key before factors are changed."""


def _wrong() -> ValidationError:
    return ValidationError(_("This is not the answer of one of your keys. Try again."), code="incorrect_code")
