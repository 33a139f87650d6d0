"""The work of reviewing a lot again, and the look for lots that want it."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_noop

from onelot.jobs.kinds import Kind, Outcome, Periodic, Place, Work
from onelot.jobs.models import Job
from onelot.jobs.service import enqueue
from onelot.kernel.clock import Clock
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said
from onelot.ledger.evidence import EvidenceStore
from onelot.recipes.document import load_mbr, load_policy
from onelot.registry.permissions import Actor
from onelot.review.baseline import Baseline, load_baseline
from onelot.review.engine import Reviewer
from onelot.review.renewal.models import ApprovedDocument, LotRecords
from onelot.review.renewal.queries import AGAIN, again_key, news_of, policy_for
from onelot.review.service import review_ledger

KIND = "review.lot"
LOTS_A_TURN = 200


def lots_to_review() -> QuerySet[LotRecords]:
    """Lots whose last record no review has read, and whose master batch record and a policy are approved."""
    mbr = ApprovedDocument.objects.filter(
        kind="mbr", document_id=OuterRef("mbr"), version=OuterRef("mbr_version")
    )
    if not ApprovedDocument.objects.filter(kind="policy").exists():
        return LotRecords.objects.none()
    return LotRecords.objects.filter(Exists(mbr), recorded__gt=F("reviewed")).order_by("recorded", "lot")


def ask_for_reviews(place: Place) -> int:
    """Ask for the review of every such lot, once for each record; how many were looked at.

    It looks at how things are, not at what happened, so nothing that was missed stays missed.
    """
    key = Concat(Value(f"{KIND}:"), Cast("recorded", CharField()), Value(":"), F("lot"))
    asked = Exists(Job.objects.filter(key=OuterRef("key")))
    found = list(lots_to_review().annotate(key=key).exclude(asked)[:LOTS_A_TURN])
    for row in found:
        enqueue(KIND, {"lot": row.lot}, key=_key(row), by=None, about=row.lot, once=True, clock=place.clock)
    return len(found)


def review_lot(work: Work) -> Outcome:
    """Review one lot as the ledger knows it now; where another review was first, nothing is done.

    A lot that was reviewed before keeps its policy, so that a new version changes no verdict unasked; with ``newest``,
    which a person asked for, the newest counts.

    Raises Refused: ``renewal.no_document`` and what ``review_ledger`` raises.
    """
    lot = str(work.arguments["lot"])
    row = LotRecords.objects.filter(lot=lot).first()
    newest = bool(work.arguments.get("newest", False))
    if row is None or (row.recorded <= row.reviewed and not (newest and news_of(lot).wants_a_look)):
        return Outcome("The last review has read everything already.")
    mbr = ApprovedDocument.objects.filter(kind="mbr", document_id=row.mbr, version=row.mbr_version).first()
    policy = policy_for(row, newest=newest)
    if mbr is None or policy is None:
        raise refuse(
            "renewal.no_document",
            "No approved document says what is allowed for this lot.",
            where=lot,
            expected=said(
                "an approved {mbr} {mbr_version} and an approved review policy",
                mbr=row.mbr,
                mbr_version=row.mbr_version,
            ),
            hint="`onelot mbr approve` records an approval; then let this be tried again.",
        )
    work.tell(0.1, "")
    evidence = work.place.evidence
    reviewer = _reviewer(evidence, mbr.document, policy.document, _baseline_for(evidence, mbr.digest))
    verdict = review_ledger(
        work.place.ledger, evidence, reviewer, row.mbr, clock=work.place.clock, lots=[lot]
    )
    return Outcome(", ".join(f"{len(found.findings)} exceptions" for found in verdict.lots) or "no facts")


def ask_again(lot: str, *, by: Actor, clock: Clock) -> Job:
    """Ask for another review of a lot, by the newest policy; asking twice makes one. The caller knows that they may.

    Raises Refused (``renewal.nothing_new``).
    """
    row = LotRecords.objects.filter(lot=lot).first()
    if row is None or not news_of(lot).wants_a_look:
        raise refuse(
            "renewal.nothing_new", "The last review knows everything that another one could.", where=lot,
            expected="a policy that was approved, or a record of a site that was taken in, since",
        )  # fmt: skip
    return enqueue(AGAIN, {"lot": lot, "newest": True}, key=again_key(row), by=by, about=lot, clock=clock)


def _baseline_for(evidence: EvidenceStore, mbr_digest: str) -> str:
    """The baseline that the last review by the same MBR used and that was kept; "" where there is none."""
    used = (
        LotRecords.objects.filter(reviewed_mbr=mbr_digest).exclude(baseline="").order_by("-position").first()
    )
    return used.baseline if used is not None and used.baseline in evidence else ""


@lru_cache(maxsize=4)
def _reviewer(evidence: EvidenceStore, mbr: str, policy: str, baseline: str) -> Reviewer:
    fitted: Baseline | None = load_baseline(evidence.get(baseline), baseline) if baseline else None
    return Reviewer(load_mbr(evidence.get(mbr), mbr), load_policy(evidence.get(policy), policy), fitted)


def _key(row: LotRecords) -> str:
    return f"{KIND}:{row.recorded}:{row.lot}"


KINDS = (
    Kind(KIND, gettext_noop("Review a lot"), review_lot),
    Kind(AGAIN, gettext_noop("Review a lot again"), review_lot, permission="finding.decide"),
)
PERIODIC = (Periodic("reviews", timedelta(seconds=5), ask_for_reviews),)
