"""Electronic signatures as events (decision D7; 21 CFR 11.50, 11.70, 11.200, 11.300; EU GMP Annex 11, 14)."""

from __future__ import annotations

from typing import Literal

from onelot.kernel.events import Event

Meaning = Literal[
    "prepared", "performed", "verified", "reviewed", "approved", "released", "certified", "rejected"
]


class SignatureMade(Event, tag="registry.signature_made.v1"):
    """A person signed exactly one content, which is kept; the entry's time is that of the signature."""

    signature: str
    """Identifier, which the signed act names."""
    person: str
    name: str
    """As printed (11.50(a)(1)); it stays as it was when the person signed."""
    meaning: Meaning
    content: str
    """SHA-256 of the canonical JSON of what was shown, in the evidence store (11.70)."""
    factors: tuple[str, ...]
    """What the person gave: ``user_name``, ``password``, ``one_time_code``, ``security_key`` (11.200(a)(1))."""
    time_zone: str
    """IANA name of the zone in which the time was shown to the signer."""


class SignatureRefused(Event, tag="registry.signature_refused.v1"):
    """Somebody tried to sign and did not prove to be the person (11.300(d)). The content is not named."""

    person: str
    meaning: Meaning
    why: Literal["wrong_password", "wrong_user_name", "wrong_code", "wrong_security_key", "locked"]


EVENTS: tuple[type[Event], ...] = (SignatureMade, SignatureRefused)
