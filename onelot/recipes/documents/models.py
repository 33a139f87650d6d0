"""Read model of the documents' versions."""

from __future__ import annotations

from django.db import models


class Version(models.Model):
    """One version of a master batch record or review policy as it stands."""

    digest = models.CharField(max_length=64, primary_key=True)
    """SHA-256 of the canonical document: one content for ever."""
    kind = models.CharField(max_length=16)
    """mbr, policy."""
    document_id = models.CharField(max_length=64)
    version = models.CharField(max_length=64)
    title = models.TextField(blank=True)
    product = models.CharField(max_length=64, blank=True)
    """Empty: for all products."""
    file = models.CharField(max_length=64)
    """SHA-256 of the file in the evidence store."""
    state = models.CharField(max_length=16, db_index=True)
    """As ``onelot.recipes.states`` names it."""
    owed_by = models.CharField(max_length=16, blank=True, db_index=True)
    """reviewer, quality_head, author; empty: nobody owes a step."""
    since = models.DateTimeField()
    """Since when it is in this state."""
    prepared_by = models.CharField(max_length=200, blank=True)
    prepared_at = models.DateTimeField(null=True)
    reviewed_by = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True)
    approval = models.BigIntegerField(null=True)
    """Ledger position of the approval."""
    ended_by = models.CharField(max_length=200, blank=True)
    """Who sent it back, withdrew or retired it."""
    reason = models.TextField(blank=True)
    """Of the last act."""
    first = models.BigIntegerField(unique=True)
    """Ledger position at which it was put forward."""
    position = models.BigIntegerField()
    """Ledger position of the last act."""

    class Meta:
        """What a page of one of them looks for: all versions of a document, the approved ones in order."""

        indexes = (models.Index(fields=["kind", "document_id", "approval"], name="documents_approved"),)

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.document_id} version {self.version}"

    @property
    def is_draft(self) -> bool:
        """Whether it is on its way to approval."""
        return self.state in ("prepared", "reviewed", "returned")
