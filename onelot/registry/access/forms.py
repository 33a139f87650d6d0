"""Forms on passwords."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _

from onelot.registry.access.factors import factors_of
from onelot.registry.models import Account

_NEW = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class SignInForm(AuthenticationForm):
    """User name in small letters, however it was typed: so each way of typing it counts to the same lock."""

    def clean_username(self) -> str:
        """The user name as the registry has it."""
        return str(self.cleaned_data["username"]).strip().lower()


class NewPasswordForm(forms.Form):
    """A new password, typed twice; whether it may be used is decided by the service."""

    new_password1 = forms.CharField(label=_("New password"), strip=False, max_length=256, widget=_NEW)
    new_password2 = forms.CharField(label=_("New password, again"), strip=False, max_length=256, widget=_NEW)

    def rules(self) -> list[str]:
        """What a password must be."""
        return password_validators_help_texts()

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        found = super().clean() or {}
        if found.get("new_password1") != found.get("new_password2"):
            self.add_error("new_password2", _("The two are not the same."))
        return found


class LinkedPasswordForm(NewPasswordForm):
    """The new password of somebody who came by a link; who has a second factor gives it too."""

    code = forms.CharField(
        label=_("One-time code or recovery code"), max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._account = account
        if not factors_of(account):
            del self.fields["code"]

    def clean_code(self) -> str:
        """A code that is right now; a wrong one counts to the lock."""
        given = AuthenticateForm(user=self._account, data={"code": self.cleaned_data["code"]})
        if not given.is_valid():
            raise forms.ValidationError(_("This code is not right."))
        return str(self.cleaned_data["code"])


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    old_password = forms.CharField(
        label=_("Present password"), strip=False, max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    field_order = ("old_password", "new_password1", "new_password2")
