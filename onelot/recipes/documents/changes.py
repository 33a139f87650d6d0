"""What a version allows that the one in force before it did not, and the reverse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from onelot.kernel.refusals import Refused
from onelot.ledger.evidence import EvidenceStore
from onelot.recipes.approval import Identified, identify
from onelot.recipes.diff import Difference, diff
from onelot.recipes.documents.models import Version
from onelot.recipes.events import DocumentKind

ORDER = ("allows", "forbids", "changes")


@dataclass(frozen=True)
class Changes:
    """The version before, None where there was none, and every rule that differs from it."""

    before: Version | None
    differences: tuple[Difference, ...]

    @property
    def groups(self) -> list[tuple[str, list[Difference]]]:
        """By direction, what is newly allowed first."""
        found = [(way, [item for item in self.differences if item.direction == way]) for way in ORDER]
        return [(way, items) for way, items in found if items]


def version_before(kind: DocumentKind | str, identity: str, digest: str) -> Version | None:
    """The version that was approved last before this one was, or, while this one is not, the one approved last.

    One that was retired since counts: it is what was allowed before.
    """
    found = (
        Version.objects.filter(kind=kind, document_id=identity).exclude(approval=None).exclude(digest=digest)
    )
    this = Version.objects.filter(digest=digest).exclude(approval=None).first()
    if this is not None:
        found = found.filter(approval__lt=this.approval)
    return found.order_by("-approval").first()


def changes_of(evidence: EvidenceStore, document: Identified) -> Changes:
    """Raises Refused where the version before is not kept, or not sound any more: then nobody may sign blindly."""
    before = version_before(document.kind, document.id, document.digest)
    if before is None:
        return Changes(None, ())
    old = content_of(evidence, before)
    return Changes(before, tuple(diff(old.content, document.content)))


def content_of(evidence: EvidenceStore, version: Version) -> Identified:
    """The document of a version, read from its kept bytes. Raises Refused (``ledger.evidence_*``)."""
    return _read(evidence.get(version.file), version.name)


def readable(evidence: EvidenceStore, version: Version) -> Identified | None:
    """The same, or None where it is not kept or cannot be read; the page then says so."""
    try:
        return content_of(evidence, version)
    except Refused:
        return None


@lru_cache(maxsize=16)
def _read(data: bytes, name: str) -> Identified:
    return identify(data, name)
