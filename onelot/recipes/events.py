"""Facts about the documents that say what is allowed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from onelot.kernel.events import Event

DocumentKind = Literal["mbr", "policy"]


class DocumentPrepared(Event, tag="recipes.document_prepared.v1"):
    """An author put a version of a master batch record or review policy forward (21 CFR 211.186(a)).

    Id and version name one content for ever: another content needs another version. The entry's reason is why.
    """

    reason_required: ClassVar[bool] = True

    kind: DocumentKind
    id: str
    version: str
    digest: str
    """SHA-256 of the canonical document: its identity, which reviews name."""
    document: str
    """SHA-256 of the file as it was put forward, in the evidence store."""
    title: str
    product: str = ""
    """Code of the product of a master batch record; empty: a policy, which is for all."""
    signature: str = ""
    """Identifier of the electronic signature; empty: it was signed elsewhere."""


class DocumentReviewed(Event, tag="recipes.document_reviewed.v1"):
    """Somebody else than its author checked a version and found it right (21 CFR 211.186(a), 211.100(a))."""

    kind: DocumentKind
    id: str
    version: str
    digest: str
    signature: str = ""
    """Identifier of the electronic signature; empty: it was signed elsewhere."""


class DocumentApproved(Event, tag="recipes.document_approved.v1"):
    """A master batch record or review policy may be used from now on (21 CFR 211.186, EU GMP 4.17).

    Approved by a third person. The entry's reason is what makes it effective, for example a change request.
    """

    reason_required: ClassVar[bool] = True

    kind: DocumentKind
    id: str
    version: str
    digest: str
    """SHA-256 of the canonical document: its identity, which reviews name."""
    document: str
    """SHA-256 of the file as it was approved, in the evidence store."""
    prepared_by: str
    approved_by: str
    approved_at: datetime
    reviewed_by: str = ""
    signature: str = ""
    """Identifier of the electronic signature; empty: it was signed elsewhere."""


class DocumentReturned(Event, tag="recipes.document_returned.v1"):
    """The reviewer or the approver sent a version back to its author; the entry's reason says why."""

    reason_required: ClassVar[bool] = True

    kind: DocumentKind
    id: str
    version: str
    digest: str


class DocumentWithdrawn(Event, tag="recipes.document_withdrawn.v1"):
    """The author took a version back before it was approved."""

    reason_required: ClassVar[bool] = True

    kind: DocumentKind
    id: str
    version: str
    digest: str


class DocumentRetired(Event, tag="recipes.document_retired.v1"):
    """An approved version must not be used for new reviews any more; reviews made with it before stay valid."""

    reason_required: ClassVar[bool] = True

    kind: DocumentKind
    id: str
    version: str
    digest: str
    signature: str


EVENTS: tuple[type[Event], ...] = (
    DocumentPrepared,
    DocumentReviewed,
    DocumentApproved,
    DocumentReturned,
    DocumentWithdrawn,
    DocumentRetired,
)
"""What the ledger may hold of this room."""
