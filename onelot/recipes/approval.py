"""Approval of master batch records and policies: a version means one content, and two people stand behind it."""

from __future__ import annotations

from collections.abc import Iterator

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said, word
from onelot.kernel.yaml_lines import read_yaml
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.recipes.document import load_mbr, load_policy
from onelot.recipes.events import DocumentApproved, DocumentKind


def approve(
    ledger: Ledger, evidence: EvidenceStore, data: bytes, name: str, *, prepared_by: str, approved_by: str,
    reason: str, clock: Clock = system_clock,
) -> DocumentApproved:  # fmt: skip
    """Keep the document and record its approval; approving the same content again changes nothing.

    Raises Refused: all faults of the document; ``recipes.same_person`` where one person prepared and approved it
    (21 CFR 211.186(a)); ``recipes.version_taken`` where this version was approved with another content.
    """
    kind, identity, version, digest = _identified(data, name)
    if not (prepared_by.strip() and approved_by.strip()) or (
        approved_by.strip().lower() == prepared_by.strip().lower()
    ):
        raise refuse(
            "recipes.same_person",
            "A document is approved by somebody else than who prepared it.",
            where=name,
            expected="two people",
            got=said(
                "prepared by {prepared_by}, approved by {approved_by}",
                prepared_by=repr(prepared_by),
                approved_by=repr(approved_by),
            ),
        )
    seen = ledger.size()
    for known in approvals(ledger, kind, identity):
        if known.version == version:
            if known.digest == digest:
                return known
            raise refuse(
                "recipes.version_taken",
                said(
                    "Version {version} of {identity} was approved with another content.",
                    version=version,
                    identity=identity,
                ),
                where=name,
                expected=known.digest,
                got=digest,
                hint="Give the changed document a new version.",
            )
    now = clock()
    event = DocumentApproved(
        kind=kind, id=identity, version=version, digest=digest, document=evidence.put(data), prepared_by=prepared_by,
        approved_by=approved_by, approved_at=now,
    )  # fmt: skip
    tags = (_tag(kind, identity), f"digest:{digest}")
    draft = Draft(event=event, actor=f"person:{approved_by}", occurred_at=now, tags=tags, reason=reason)
    ledger.append([draft], unless=Query(tags=(_tag(kind, identity),)), after=seen)
    return event


def approvals(ledger: Ledger, kind: DocumentKind, identity: str) -> Iterator[DocumentApproved]:
    """Every approved version of a document, in order of approval."""
    for entry in ledger.read(Query(tags=(_tag(kind, identity),), types=(DocumentApproved,))):
        if isinstance(entry.event, DocumentApproved):
            yield entry.event


def check_approved(ledger: Ledger, digest: str, what: str) -> None:
    """Raises Refused (``recipes.not_approved``) unless this very content was approved."""
    if next(ledger.read(Query(tags=(f"digest:{digest}",), types=(DocumentApproved,))), None) is None:
        raise refuse(
            "recipes.not_approved",
            said("The {what} was not approved, so no review with it can be recorded.", what=word(what)),
            expected=said("an approval of {digest}", digest=digest),
            hint="`onelot mbr approve` records one.",
        )


def _identified(data: bytes, name: str) -> tuple[DocumentKind, str, str, str]:
    """Kind, id, version and digest of a document, which is checked whole."""
    value = read_yaml(data, name).value
    if isinstance(value, dict) and str(value.get("format", "")).startswith("onelot-policy/"):
        policy = load_policy(data, name)
        return "policy", policy.policy.id, policy.policy.version, policy.digest
    mbr = load_mbr(data, name)
    return "mbr", mbr.mbr.id, mbr.mbr.version, mbr.digest


def _tag(kind: DocumentKind, identity: str) -> str:
    return f"{kind}:{identity}"
