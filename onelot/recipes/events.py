"""Facts about the documents that say what is allowed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from onelot.kernel.events import Event

DocumentKind = Literal["mbr", "policy"]


class DocumentApproved(Event, tag="recipes.document_approved.v1"):
    """A master batch record or review policy may be used from now on (21 CFR 211.186, EU GMP 4.17).

    Id and version name one content for ever: another content needs another version.
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


EVENTS: tuple[type[Event], ...] = (DocumentApproved,)
"""What the ledger may hold of this room."""
