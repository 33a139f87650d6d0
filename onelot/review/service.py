"""Review lots of the ledger, and record that and what the review found."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from onelot.facts.build import fact_tables
from onelot.intake.service import current_facts, lots_of
from onelot.kernel.canonical import canonical
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.recipes.approval import check_approved, retired
from onelot.review.engine import Reviewer
from onelot.review.events import FindingRaised, LotReviewed
from onelot.review.expiry import Expiries
from onelot.review.verdict import LotVerdict, Verdict

ACTOR = "system:review"


def review_ledger(
    ledger: Ledger, evidence: EvidenceStore, reviewer: Reviewer, mbr: str, *, clock: Clock = system_clock,
    lots: Sequence[str] | None = None,
) -> Verdict:  # fmt: skip
    """Review the lots that name ``mbr`` (or the given ones) as the ledger knows them now, and append the result.

    Each lot gets one ``LotReviewed`` and its ``FindingRaised``, in one append. The whole verdict of each lot is kept in
    the evidence store. The reviews name the ledger position and the root of its Merkle tree up to which they read, so
    that anybody can repeat them and compare the bytes (EU GMP Annex 11, 4).
    Raises Refused (``recipes.not_approved``, ``recipes.retired``) unless the MBR and the policy are approved, also when
    one is retired meanwhile: lots reviewed before that stay reviewed.
    """
    through = ledger.size()
    _check_documents(ledger, reviewer)
    wanted = (
        sorted(lots)
        if lots is not None
        else sorted(lot for lot, of in lots_of(ledger).items() if of in (mbr, ""))
    )
    expiries = Expiries(reviewer.expiry)
    verdict = reviewer.review(fact_tables(expiries.passing(current_facts(ledger, wanted, through))))
    if reviewer.baseline_document:
        evidence.put(
            reviewer.baseline_document
        )  # with MBR and policy, all that is needed to repeat the review
    root = base64.b64encode(ledger.tree(through).root()).decode()
    unless, known = retired((reviewer.mbr_digest, reviewer.policy_digest)), through
    for lot in verdict.lots:
        stored = evidence.put(canonical(replace(verdict, lots=(lot,))))
        reviewed = LotReviewed(
            lot=lot.lot, review=new_id(), engine=verdict.engine, mbr=verdict.mbr, mbr_version=verdict.mbr_version,
            mbr_digest=verdict.mbr_digest, policy=verdict.policy, policy_version=verdict.policy_version,
            policy_digest=verdict.policy_digest, baseline_digest=verdict.baseline_digest, through_position=through,
            checkpoint=root, verdict=stored, held=lot.held, findings=len(lot.findings),
            expires_at=expiries.of(lot.lot),
        )  # fmt: skip
        try:
            known = ledger.append(_drafts(lot, reviewed, clock()), unless=unless, after=known)[-1]
        except Refused:
            _check_documents(ledger, reviewer)
            raise
    return verdict


def _check_documents(ledger: Ledger, reviewer: Reviewer) -> None:
    check_approved(ledger, reviewer.mbr_digest, "master batch record")
    check_approved(ledger, reviewer.policy_digest, "review policy")


def _drafts(lot: LotVerdict, reviewed: LotReviewed, now: datetime) -> Iterator[Draft]:
    tags = (f"lot:{lot.lot}", f"review:{reviewed.review}")
    yield Draft(event=reviewed, actor=ACTOR, occurred_at=now, tags=tags)
    for finding in lot.findings:
        raised = FindingRaised(
            lot=lot.lot, review=reviewed.review, check=finding.check, variant=finding.variant,
            severity=finding.severity, subject=finding.subject, sentence=finding.sentence, expected=finding.expected,
            observed=finding.observed, clause=finding.clause,
            evidence=tuple(item.position for item in finding.evidence), accepted_because=finding.accepted_because,
            state="accepted" if finding.accepted_because else "open",
        )  # fmt: skip
        yield Draft(event=raised, actor=ACTOR, occurred_at=now, tags=tags)
