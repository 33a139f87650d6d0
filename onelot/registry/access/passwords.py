"""Rules on passwords that Django does not bring: none is used again (21 CFR 11.300(b))."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from onelot.kernel.clock import Clock, system_clock
from onelot.registry.models import Account, PasswordUsed


class NotUsedBefore:
    """Refuses the present password and the last ones before it; how many is configured."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        if not isinstance(user, Account):
            return
        before = PasswordUsed.objects.filter(account=user).order_by("-at", "-pk")
        known = [user.password, *(used.encoded for used in before[: settings.ONELOT_PASSWORD_HISTORY])]
        if any(check_password(password, encoded) for encoded in known):
            raise ValidationError(_("You used this password before. Choose a new one."), code="used_before")

    def get_help_text(self) -> str:
        """As shown beside the field."""
        return _("None of your last %(count)d passwords.") % {"count": settings.ONELOT_PASSWORD_HISTORY}


def is_expired(account: Account, clock: Clock = system_clock) -> bool:
    """Whether the person must set a new password; never where no age is configured."""
    days = settings.ONELOT_PASSWORD_DAYS
    return bool(
        days and account.password_set_at and clock() >= account.password_set_at + timedelta(days=days)
    )
