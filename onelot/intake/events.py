"""Facts about documents that came in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from onelot.kernel.events import Event


class DocumentReceived(Event, tag="intake.document_received.v1"):
    """A file was read completely; its facts follow it in the same append."""

    document: str
    """SHA-256 of the bytes in the evidence store."""
    name: str
    size: int
    adapter: str
    adapter_version: str
    lots: tuple[str, ...]
    facts: int
    mapping: str = ""
    """SHA-256 of the mapping document, for CSV and XLSX."""
    series: str = ""
    """What a correction replaces: the sender's own id of the document, or its name."""
    supersedes: str = ""
    """SHA-256 of the document that this one corrects."""
    issued_at: datetime | None = None
    """When the sender issued this state of the document; None: not said."""


class DocumentRefused(Event, tag="intake.document_refused.v1"):
    """A file could not be read; it is kept, with why."""

    document: str
    name: str
    size: int
    refusals: tuple[dict[str, str], ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a corrected document says otherwise. Empty ``before``: added; empty ``after``: removed."""

    subject: str
    field: str
    before: str
    after: str


class DocumentSuperseded(Event, tag="intake.document_superseded.v1"):
    """A corrected file replaced an earlier one, and this is what changed for one lot."""

    lot: str
    document: str
    by_document: str
    differences: tuple[Difference, ...]
    superseded_at: datetime | None = None


class ContentUnmapped(Event, tag="intake.content_unmapped.v1"):
    """Something in the file that onelot kept but has no meaning for, so no rule covers it."""

    lot: str
    name: str
    value: str


class MappingRegistered(Event, tag="intake.mapping_registered.v1"):
    """From now on tables are read by this mapping; an id that is registered again counts in its last version."""

    reason_required: ClassVar[bool] = True

    organisation: str
    """Whose tables; empty: everybody's."""
    mapping: str
    """Id that the mapping states."""
    version: str
    digest: str
    """SHA-256 of its canonical content, which documents name that were read by it."""
    document: str
    """SHA-256 of the file in the evidence store."""


EVENTS: tuple[type[Event], ...] = (
    DocumentReceived,
    DocumentRefused,
    DocumentSuperseded,
    ContentUnmapped,
    MappingRegistered,
)
