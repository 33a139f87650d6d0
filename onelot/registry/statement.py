"""What a person accepts before their first signature (21 CFR 11.10(j), 11.100(c)). Each text keeps its version."""

from __future__ import annotations

STATEMENT_VERSION = "1"
STATEMENTS = {
    "1": (
        "My electronic signature in onelot is the legally binding equivalent of my handwritten signature. "
        "I am accountable for everything that is done under it. "
        "I keep my password, codes and security keys to myself, lend my account to nobody, "
        "and report at once when I believe that somebody else may know or hold any of them."
    ),
}
"""By version; a text that was shown once is never changed, a new one is added."""


def statement() -> str:
    """The text that is asked for now."""
    return STATEMENTS[STATEMENT_VERSION]
