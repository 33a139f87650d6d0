"""The key of an exception: the same in every review that raises it from the same evidence, another one otherwise."""

from __future__ import annotations

from onelot.kernel.canonical import canonical, digest
from onelot.review.events import FindingRaised


def finding_key(event: FindingRaised) -> str:
    """32 hexadecimal digits over what the exception says and which entries prove it.

    A decision stays with an exception that a later review raises again; where anything that a person read has changed,
    the exception is a new one and wants a new decision.
    """
    said = [
        event.lot, event.check, event.variant, event.severity, event.subject, event.sentence, event.expected,
        event.observed, list(event.evidence), event.accepted_because,
    ]  # fmt: skip
    return digest(canonical(said))[:32]
