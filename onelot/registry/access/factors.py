"""Second factors: which ones a person has, and whether what they gave is right."""

from __future__ import annotations

import json
import struct

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.core.exceptions import ValidationError

from onelot.registry.access.events import Factor
from onelot.registry.models import Account

FACTORS: dict[str, Factor] = {
    Authenticator.Type.TOTP: "one_time_code",
    Authenticator.Type.WEBAUTHN: "security_key",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}
"""allauth's names and those of the ledger."""


WRONG_ANSWER = (
    ValueError, TypeError, LookupError, AttributeError, NotImplementedError, struct.error, InvalidSignature,
    UnsupportedAlgorithm,
)  # fmt: skip
"""How reading fails what a browser says in the name of a security key; it may be anything."""


def factors_of(account: Account) -> frozenset[Factor]:
    """Kinds of second factors that the person may use for signing; recovery codes are for signing in only."""
    kinds = Authenticator.objects.filter(user=account).values_list("type", flat=True)
    return frozenset(FACTORS[kind] for kind in kinds) - {"recovery_codes"}


def is_code_right(account: Account, code: str) -> bool:
    """Whether the authenticator app shows this code now; each code is taken once."""
    found = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    return found is not None and bool(code) and found.wrap().validate_code(code)


def is_key_right(account: Account, answer: str) -> bool:
    """Whether one of the person's security keys answered the challenge of this session."""
    try:
        said = json.loads(answer)
        webauthn.parse_authentication_response(said)
        webauthn.complete_authentication(account, said).record_usage()
    except (
        ValidationError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
    ):  # whatever a browser sends as JSON
        return False
    return True
