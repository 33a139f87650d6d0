"""The approved documents behind a review: its policy with the justifications, and its master batch record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from onelot.kernel.refusals import Refused
from onelot.ledger.backwards import newest_first
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.recipes.document import load_mbr, load_policy
from onelot.recipes.events import DocumentApproved
from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.policy import Justification, ReviewPolicy
from onelot.review.events import LotReviewed

_Kept = TypeVar("_Kept")
_KEPT_AT_MOST = 64
_mbrs: dict[str, MasterBatchRecord] = {}
_policies: dict[str, ReviewPolicy] = {}


def last_review(ledger: Ledger, lot: str) -> LotReviewed | None:
    """The last review of a lot."""
    entry = next(newest_first(ledger, Query(tags=(f"lot:{lot}",), types=(LotReviewed,))), None)
    return entry.event if entry is not None and isinstance(entry.event, LotReviewed) else None


def mbr_of(ledger: Ledger, evidence: EvidenceStore, digest: str) -> MasterBatchRecord | None:
    """The approved master batch record with this digest; None where none was approved or its file is not kept."""
    return _kept(_mbrs, ledger, evidence, digest, lambda data, name: load_mbr(data, name).mbr)


def policy_of(ledger: Ledger, evidence: EvidenceStore, digest: str) -> ReviewPolicy | None:
    """The approved policy with this digest; None where none was approved or its file is not kept."""
    return _kept(_policies, ledger, evidence, digest, lambda data, name: load_policy(data, name).policy)


def justifications_of(ledger: Ledger, evidence: EvidenceStore, lot: str) -> tuple[Justification, ...]:
    """What the policy of the lot's last review approved beforehand."""
    review = last_review(ledger, lot)
    policy = policy_of(ledger, evidence, review.policy_digest) if review else None
    return policy.justifications if policy else ()


def _kept(
    kept: dict[str, _Kept], ledger: Ledger, evidence: EvidenceStore, digest: str,
    load: Callable[[bytes, str], _Kept],
) -> _Kept | None:  # fmt: skip
    """A document by its content's digest, read once a process: the same digest is the same content for ever."""
    if digest not in kept:
        query = Query(tags=(f"digest:{digest}",), types=(DocumentApproved,))
        approved = next((entry.event for entry in ledger.read(query)), None)
        if not isinstance(approved, DocumentApproved):
            return None
        try:
            document = load(evidence.get(approved.document), f"{approved.id} {approved.version}")
        except Refused:
            return (
                None  # the page says that the document cannot be shown; `onelot ledger verify` names the file
            )
        if len(kept) >= _KEPT_AT_MOST:
            kept.clear()
        kept[digest] = document
    return kept[digest]
