"""Approval of master batch records and policies: a version means one content, and three people stand behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said, word
from onelot.kernel.yaml_lines import read_yaml_with_faults
from onelot.ledger.entry import Draft, Entry
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.recipes.document import load_mbr, load_policy
from onelot.recipes.events import (
    EVENTS,
    DocumentApproved,
    DocumentKind,
    DocumentPrepared,
    DocumentRetired,
    DocumentReviewed,
)
from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.policy import ReviewPolicy
from onelot.recipes.standing import Standing, check_move, known, standing_of


@dataclass(frozen=True)
class Identified:
    """A sound document: what it is, and its digest, by which reviews name it."""

    kind: DocumentKind
    id: str
    version: str
    digest: str
    title: str
    product: str
    """Empty for a policy, which is for all products."""
    content: MasterBatchRecord | ReviewPolicy

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.id} version {self.version}"

    @property
    def named(self) -> dict[str, Any]:
        """What every event about it says: the fields ``kind``, ``id``, ``version`` and ``digest``."""
        return {"kind": self.kind, "id": self.id, "version": self.version, "digest": self.digest}

    @property
    def tags(self) -> tuple[str, str]:
        """By which the ledger finds what was done with it: the document, and this very content."""
        return tag_of(self.kind, self.id), f"digest:{self.digest}"


def identify(data: bytes, name: str) -> Identified:
    """What a file is, which is checked whole. Raises Refused with every fault of the document, each with its line."""
    value = read_yaml_with_faults(data, name).value
    if isinstance(value, dict) and str(value.get("format", "")).startswith("onelot-policy/"):
        loaded = load_policy(data, name)
        policy = loaded.policy
        return Identified("policy", policy.id, policy.version, loaded.digest, policy.title, "", policy)
    read = load_mbr(data, name)
    mbr = read.mbr
    return Identified("mbr", mbr.id, mbr.version, read.digest, mbr.title, mbr.product.code, mbr)


def approve(
    ledger: Ledger, evidence: EvidenceStore, data: bytes, name: str, *, prepared_by: str, reviewed_by: str,
    approved_by: str, reason: str, clock: Clock = system_clock,
) -> DocumentApproved:  # fmt: skip
    """Keep a document that three people signed elsewhere, and record that; the same content again changes nothing.

    It passes through the same states as on the site, in one append, without electronic signatures. Raises Refused: all
    faults of the document; ``recipes.same_person`` where the three are not three; ``recipes.version_taken`` where this
    version has another content; ``recipes.not_now`` where it is on its way on the site, or was retired.
    """
    document = identify(data, name)
    _check_three(name, prepared_by, reviewed_by, approved_by)
    seen = ledger.size()
    standing = standing_in(ledger, document.digest)
    if standing.state == "approved" and standing.approved is not None:
        return standing.approved
    check_version_free(ledger, document, name)
    check_move(standing, "prepare", prepared_by, name)
    if standing.state != "none":
        raise refuse(
            "recipes.not_now", "This version is decided on where it was put forward.", where=name,
            expected="a version that nobody has put forward", got=standing.state,
            hint="Go on with it on the site.",
        )  # fmt: skip
    now, kept = clock(), evidence.put(data)
    named = document.named
    approved = DocumentApproved(
        **named, document=kept, prepared_by=prepared_by, approved_by=approved_by, approved_at=now,
        reviewed_by=reviewed_by,
    )  # fmt: skip
    steps: Sequence[tuple[Event, str]] = (
        (
            DocumentPrepared(**named, document=kept, title=document.title, product=document.product),
            prepared_by,
        ),
        (DocumentReviewed(**named), reviewed_by),
        (approved, approved_by),
    )
    drafts = [
        Draft(event=event, actor=f"person:{who}", occurred_at=now, tags=document.tags, reason=reason)
        for event, who in steps
    ]
    ledger.append(drafts, unless=acted_on(document.kind, document.id), after=seen)
    return approved


def acted_on(kind: DocumentKind, identity: str) -> Query:
    """What finds every act on any version of a document: the condition of the next one."""
    return Query(tags=(tag_of(kind, identity),), types=EVENTS)


def acts_on(ledger: Ledger, kind: DocumentKind, identity: str) -> Iterator[Entry]:
    """Every act on any version of a document, in order."""
    return ledger.read(acted_on(kind, identity))


def standing_in(ledger: Ledger, digest: str) -> Standing:
    """How the version with this digest stands now."""
    return standing_of(ledger.read(Query(tags=(f"digest:{digest}",), types=EVENTS)))


def check_version_free(ledger: Ledger, document: Identified, name: str) -> None:
    """Raises Refused (``recipes.version_taken``) where this version was ever put forward with another content."""
    for entry in acts_on(ledger, document.kind, document.id):
        event = entry.event
        if not isinstance(event, DocumentPrepared | DocumentApproved) or event.version != document.version:
            continue
        if event.digest != document.digest:
            raise refuse(
                "recipes.version_taken",
                said(
                    "Version {version} of {identity} means another content already.", version=document.version,
                    identity=document.id,
                ),
                where=name,
                expected=event.digest, got=document.digest, hint="Give the changed document a new version.",
            )  # fmt: skip


def approvals(ledger: Ledger, kind: DocumentKind, identity: str) -> Iterator[DocumentApproved]:
    """Every version of a document that was ever approved, in order of approval."""
    for entry in ledger.read(Query(tags=(tag_of(kind, identity),), types=(DocumentApproved,))):
        if isinstance(entry.event, DocumentApproved):
            yield entry.event


def check_approved(ledger: Ledger, digest: str, what: str) -> None:
    """Raises Refused (``recipes.not_approved``, ``recipes.retired``) unless this very content is approved."""
    standing = standing_in(ledger, digest)
    if standing.is_usable:
        return
    if standing.state == "retired":
        raise refuse(
            "recipes.retired",
            said("The {what} was retired, so no new review with it can be recorded.", what=word(what)),
            expected="a version that is approved", got=digest, hint="Use the version that replaced it.",
        )  # fmt: skip
    raise refuse(
        "recipes.not_approved",
        said("The {what} was not approved, so no review with it can be recorded.", what=word(what)),
        expected=said("an approval of {digest}", digest=digest),
        got="" if standing.state == "none" else word(standing.state),
        hint="It is approved on the site, or `onelot mbr approve` records an approval that was signed elsewhere.",
    )  # fmt: skip


def retired(digests: Sequence[str]) -> Query:
    """What finds that one of these documents was retired; a review is appended on the condition that none was."""
    first, *others = (Query(tags=(f"digest:{digest}",), types=(DocumentRetired,)) for digest in digests)
    for other in others:
        first |= other
    return first


def changed(name: str, refused: Refused) -> Refused:
    """A failed condition in the words of this room; any other refusal as it is."""
    return stale(name) if refused.refusals[0].code == "ledger.condition_failed" else refused


def stale(name: str) -> Refused:
    """What was read is not how it stands any more."""
    return refuse(
        "recipes.changed", "Somebody acted on this document meanwhile, so nothing was recorded.", where=name,
        hint="Read what was done, then decide again.",
    )  # fmt: skip


def tag_of(kind: DocumentKind, identity: str) -> str:
    """The ledger's tag of a document, all versions of it."""
    return f"{kind}:{identity}"


def _check_three(where: str, prepared_by: str, reviewed_by: str, approved_by: str) -> None:
    people = [known(person) for person in (prepared_by, reviewed_by, approved_by)]
    if len({*people} - {""}) < len(people):
        raise refuse(
            "recipes.same_person", "Author, reviewer and approver of a version are three different people.",
            where=where, expected="three people",
            got=said(
                "prepared by {prepared_by}, reviewed by {reviewed_by}, approved by {approved_by}",
                prepared_by=repr(prepared_by), reviewed_by=repr(reviewed_by), approved_by=repr(approved_by),
            ),
        )  # fmt: skip
