"""What people may do with documents.

Every command checks who may, decides on what the ledger says of the version, and appends on the condition that nobody
acted on the document since it was read: so author, reviewer and approver are three people whoever is how fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.recipes.approval import (
    Identified,
    acted_on,
    changed,
    check_version_free,
    identify,
    stale,
    standing_in,
)
from onelot.recipes.documents.changes import changes_of, content_of
from onelot.recipes.documents.queries import last_act, place_of, visible_version
from onelot.recipes.events import (
    DocumentApproved,
    DocumentPrepared,
    DocumentRetired,
    DocumentReturned,
    DocumentReviewed,
    DocumentWithdrawn,
)
from onelot.recipes.standing import Standing, check_move
from onelot.recipes.states import Act
from onelot.registry.permissions import Actor, Place
from onelot.registry.signature_events import Meaning
from onelot.registry.signing import Credentials, Signing

MAX_BYTES = 1_000_000
"""Of a file that is put forward on the site."""
MAX_TEXT = 4_000
MEANINGS: Mapping[Act, Meaning] = {
    "prepare": "prepared", "review": "reviewed", "approve": "approved", "retire": "approved",
}  # fmt: skip
"""What a signature of each act means (21 CFR 11.50(a)(3)); the acts that are not here bear none."""


@dataclass(frozen=True)
class Signed:
    """With what somebody signs: who, the credentials, and the position at which the page that they signed was read."""

    signing: Signing
    credentials: Credentials
    seen: int


@dataclass(frozen=True)
class _Case:
    """What is decided on, as it was read when the ledger had ``through`` entries."""

    document: Identified
    file: str
    standing: Standing
    through: int

    @property
    def said(self) -> dict[str, Any]:
        """What every event about the version says."""
        return self.document.named


@dataclass(frozen=True)
class Documents:
    """The commands of one person.

    Each raises Refused: ``registry.not_allowed``, ``documents.unknown``, ``documents.reason_missing``,
    ``recipes.not_now``, ``recipes.same_person``, ``recipes.not_yours``, ``recipes.changed``; those that sign also what
    ``Signing.sign`` raises.
    """

    ledger: Ledger
    actor: Actor
    evidence: EvidenceStore
    clock: Clock = system_clock

    def checked(self, data: bytes, name: str) -> Identified:
        """A document that may be put forward: sound, and not another content of a known version.

        Raises Refused: all faults of the document with their lines, ``documents.too_large``,
        ``recipes.version_taken``, ``recipes.not_now``.
        """
        self.actor.check_may("document.prepare")
        if len(data) > MAX_BYTES:
            raise refuse(
                "documents.too_large", "The file is too large for a document written by hand.", where=name,
                expected=said("at most {count} bytes", count=MAX_BYTES), got=said("{count} bytes", count=len(data)),
            )  # fmt: skip
        document = identify(data, name)
        for path in settings.ONELOT_DOCUMENT_CHECKS:
            import_string(path)(data, name)
        self.actor.check_may("document.prepare", Place(product=document.product))
        check_version_free(self.ledger, document, name)
        check_move(standing_in(self.ledger, document.digest), "prepare", self.actor.person, name)
        return document

    def prepare(self, *, data: bytes, name: str, digest: str, reason: str, by: Signed) -> str:
        """Put a document forward, signed by its author as it was shown with this digest; the digest.

        Raises Refused as ``checked`` does.
        """
        through = self.ledger.size()
        document = self.checked(data, name)
        _check_seen(document.kind, document.id, by.seen)
        if document.digest != digest:
            raise refuse(
                "recipes.changed", "This is not the document that was shown.", where=name, expected=digest,
                got=document.digest,
            )  # fmt: skip
        case = _Case(document, self.evidence.put(data), Standing(), through)

        def acts(signature: str) -> list[Event]:
            return [
                DocumentPrepared(
                    **case.said, document=case.file, title=document.title, product=document.product,
                    signature=signature,
                )
            ]  # fmt: skip

        self._sign("prepare", case, _text(reason), by, acts)
        return document.digest

    def review(self, *, digest: str, comment: str, by: Signed) -> None:
        """Sign that somebody else than the author checked the version."""
        case = self._case(digest, "review", by.seen)
        self._sign(
            "review", case, comment.strip()[:MAX_TEXT], by,
            lambda signature: [DocumentReviewed(**case.said, signature=signature)],
        )  # fmt: skip

    def approve(self, *, digest: str, reason: str, by: Signed) -> None:
        """Sign that the version may be used from now on; ``reason`` is what makes it effective."""
        case, now = self._case(digest, "approve", by.seen), self.clock()

        def acts(signature: str) -> list[Event]:
            return [
                DocumentApproved(
                    **case.said, document=case.file, prepared_by=case.standing.author,
                    reviewed_by=case.standing.reviewer, approved_by=self.actor.person, approved_at=now,
                    signature=signature,
                )
            ]  # fmt: skip

        self._sign("approve", case, _text(reason), by, acts)

    def retire(self, *, digest: str, reason: str, by: Signed) -> None:
        """Sign that no new review may be recorded with the version; those that were recorded stay valid."""
        case = self._case(digest, "retire", by.seen)
        self._sign(
            "retire", case, _text(reason), by,
            lambda signature: [DocumentRetired(**case.said, signature=signature)],
        )  # fmt: skip

    def send_back(self, *, digest: str, reason: str, seen: int) -> None:
        """Send the version back to its author, with why."""
        case = self._case(digest, "return", seen)
        self._append(DocumentReturned(**case.said), case, _text(reason), seen)

    def withdraw(self, *, digest: str, reason: str, seen: int) -> None:
        """Take an own version back before it is approved."""
        case = self._case(digest, "withdraw", seen)
        self._append(DocumentWithdrawn(**case.said), case, _text(reason), seen)

    def _case(self, digest: str, act: Act, seen: int) -> _Case:
        """The version, its document, and how it stands, where the person may do the act with it."""
        version = visible_version(self.actor, digest)
        if version is None:
            raise unknown(digest)
        _check_seen(version.kind, version.document_id, seen)
        through = self.ledger.size()
        standing = standing_in(self.ledger, digest)
        move = check_move(standing, act, self.actor.person, version.name)
        self.actor.check_may(move.action, place_of(version))
        return _Case(content_of(self.evidence, version), version.file, standing, through)

    def _sign(
        self, act: Act, case: _Case, reason: str, by: Signed, acts: Callable[[str], list[Event]]
    ) -> None:  # fmt: skip
        """Append the signature of what was shown, and the act, unless somebody acted on the document since."""
        document = case.document
        changes = changes_of(self.evidence, document)
        content = {
            "act": act, **case.said, "title": document.title, "product": document.product, "file": case.file,
            "prepared_by": case.standing.author, "reviewed_by": case.standing.reviewer, "reason": reason,
            "compared_with": changes.before.digest if changes.before else "",
            "differences": [asdict(difference) for difference in changes.differences],
        }  # fmt: skip
        try:
            by.signing.sign(
                credentials=by.credentials, meaning=MEANINGS[act], content=content, tags=document.tags, acts=acts,
                unless=acted_on(document.kind, document.id), after=min(by.seen, case.through), reason=reason,
            )  # fmt: skip
        except Refused as refused:
            raise changed(document.name, refused) from refused

    def _append(self, event: Event, case: _Case, reason: str, seen: int) -> None:
        document = case.document
        draft = Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=document.tags, reason=reason
        )
        unless = acted_on(document.kind, document.id)
        try:
            self.ledger.append([draft], unless=unless, after=min(seen, case.through))
        except Refused as refused:
            raise changed(document.name, refused) from refused


def _check_seen(kind: str, identity: str, seen: int) -> None:
    """Tell early that the page is older than the last act, before anything else is asked."""
    if last_act(kind, identity) > seen:
        raise stale(identity)


def unknown(digest: str) -> Refused:
    """There is no such version, or it is not theirs to know."""
    return refuse("documents.unknown", "There is no such document.", where=digest[:64])


def _text(text: str) -> str:
    found = text.strip()
    if not found or len(found) > MAX_TEXT:
        raise refuse(
            "documents.reason_missing", said("A reason is needed, of at most {count} characters.", count=MAX_TEXT),
            where="reason", got=said("{count} characters", count=len(found)),
        )  # fmt: skip
    return found
