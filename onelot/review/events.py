"""Facts that the review adds: that a lot was reviewed, with what, and each finding."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from onelot.kernel.events import Event
from onelot.review.verdict import Severity


class LotReviewed(Event, kw_only=True, tag="review.lot_reviewed.v1"):
    """One review of one lot. The whole verdict is in the evidence store under ``verdict``.

    The event names everything that the result depends on, so that anybody can run the same review again
    and compare the bytes (EU GMP Annex 11, 4: validated; 9: audit trail).
    """

    lot: str
    review: str
    """Identifier of this review; its findings carry the same."""
    engine: str
    mbr: str
    mbr_version: str
    mbr_digest: str
    policy: str
    policy_version: str
    policy_digest: str
    baseline_digest: str = ""
    through_position: int
    """The facts are those of the ledger up to and including this position."""
    checkpoint: str
    """Root hash of the ledger's Merkle tree at ``through_position``, base64 (RFC 9162)."""
    verdict: str
    """SHA-256 of the canonical verdict."""
    held: bool
    findings: int
    expires_at: datetime | None = None
    """When the product expires, by the MBR's shelf life and the record; None: neither says it."""


class FindingRaised(Event, kw_only=True, tag="review.finding_raised.v1"):
    """One exception, with its evidence by ledger position."""

    lot: str
    review: str
    check: str
    variant: str
    severity: Severity
    subject: str
    sentence: str
    expected: str
    observed: str
    clause: str
    evidence: tuple[int, ...]
    accepted_because: str = ""
    state: Literal["open", "accepted"] = "open"
    """``accepted`` only where the policy accepts it without a person, and then with its justification."""


EVENTS: tuple[type[Event], ...] = (LotReviewed, FindingRaised)
