"""What has come since a lot was reviewed, and what it would be reviewed by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onelot.jobs.models import Job
from onelot.review.renewal.models import ApprovedDocument, LotRecords, SiteRecords

AGAIN = "review.again"


@dataclass(frozen=True)
class Versions:
    """A document that a lot was reviewed by, and a later version of it that is approved."""

    name: str
    used: str
    approved: str


@dataclass(frozen=True)
class News:
    """What a lot's last review did not know; none of it changes its verdict."""

    policy: Versions | None = None
    mbr: Versions | None = None
    """The lot stays judged by the version that it was made by; somebody should know all the same."""
    is_behind_sites: bool = False
    """Whether records of sites (training, equipment, materials) came in since."""
    is_asked: bool = False
    """Whether another review is on its way."""

    @property
    def wants_a_look(self) -> bool:
        """Whether another review could find something else."""
        return self.policy is not None or self.is_behind_sites


def news_of(lot: str) -> News:
    """What came after the last review of a lot; nothing where it has none yet."""
    row = LotRecords.objects.filter(lot=lot).exclude(position=0).first()
    if row is None:
        return News()
    approved = [*ApprovedDocument.objects.order_by("position")]  # some tens, over years
    sites = SiteRecords.objects.first()
    news = News(
        _later(approved, "policy", row.reviewed_policy), _later(approved, "mbr", row.reviewed_mbr),
        sites is not None and sites.position > row.reviewed,
    )  # fmt: skip
    return replace(news, is_asked=news.wants_a_look and _is_asked(row))


def policy_for(row: LotRecords, *, newest: bool) -> ApprovedDocument | None:
    """The policy to review a lot by: that of its last review, until somebody asks for the newest."""
    approved = ApprovedDocument.objects.filter(kind="policy").order_by("-position")
    used = None if newest else approved.filter(digest=row.reviewed_policy).first()
    return used or approved.first()


def again_key(row: LotRecords) -> str:
    """What another review that somebody asks for is known by, until there is one."""
    return f"{AGAIN}:{row.position}:{row.lot}"


def _is_asked(row: LotRecords) -> bool:
    return Job.objects.filter(key=again_key(row), state__in=("waiting", "running")).exists()


def _later(approved: Sequence[ApprovedDocument], kind: str, digest: str) -> Versions | None:
    used = next((one for one in approved if one.kind == kind and one.digest == digest), None)
    if used is None:
        return None
    after = [
        one for one in approved
        if one.kind == kind and one.position > used.position and one.digest != digest
        and (kind == "policy" or one.document_id == used.document_id)
    ]  # fmt: skip
    return Versions(used.document_id, used.version, after[-1].version) if after else None
