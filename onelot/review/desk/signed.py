"""What the signature under a review covers, and whether the record is still that (21 CFR 11.70)."""

from __future__ import annotations

from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.signatures import CheckedSignature, checked_signatures
from onelot.review.desk.events import ReviewSigned
from onelot.review.desk.models import FindingCard, LotCard


def reviewed_content(card: LotCard) -> dict[str, object]:
    """Exactly what a reviewer signs: the verdict, and every exception with what was decided on it."""
    decisions = [
        {
            "finding": row.key, "severity": row.severity, "sentence": row.sentence, "state": row.state,
            "decided_by": row.decided_by, "reason": row.reason or row.accepted_because,
            "deviation": row.deviation,
        }
        for row in FindingCard.objects.filter(lot=card.lot, is_raised=True).order_by("rank", "key")
    ]  # fmt: skip
    return {
        "lot": card.lot, "coi_identifier": card.coi_identifier, "product": card.product, "site": card.site,
        "market": card.market, "mbr": f"{card.mbr} version {card.mbr_version}", "review": card.review,
        "verdict": card.verdict, "decisions": decisions,
    }  # fmt: skip


def signatures_of_lot(ledger: Ledger, evidence: EvidenceStore, card: LotCard) -> list[CheckedSignature]:
    """Every signature of a lot, checked; those under its reviews also against what would be signed now."""
    tag = f"lot:{card.lot}"
    reviews = [
        entry.event.signature
        for entry in ledger.read(Query(tags=(tag,), types=(ReviewSigned,)))
        if isinstance(entry.event, ReviewSigned)
    ]
    now = reviewed_content(card) if reviews else {}
    return checked_signatures(ledger, evidence, tag, now=dict.fromkeys(reviews, now))
