"""Read models of documents that came in, and of how far the record of a lot is complete."""

from __future__ import annotations

from django.db import models


class SentDocument(models.Model):
    """One file that was taken or refused."""

    position = models.BigIntegerField(primary_key=True)
    document = models.CharField(max_length=64, db_index=True)
    """SHA-256 of the bytes in the evidence store."""
    name = models.TextField()
    size = models.BigIntegerField()
    outcome = models.CharField(max_length=8)
    """taken, refused."""
    adapter = models.CharField(max_length=64, blank=True)
    facts = models.IntegerField(default=0)
    lots = models.JSONField(default=list)
    refusals = models.JSONField(default=list)
    person = models.CharField(max_length=64, blank=True)
    """Who handed it over; empty: a system."""
    organisation = models.CharField(max_length=64, blank=True, db_index=True)
    """Theirs."""
    at = models.DateTimeField(db_index=True)
    supersedes = models.CharField(max_length=64, blank=True)
    superseded_by = models.CharField(max_length=64, blank=True)
    changes = models.IntegerField(default=0)
    """Differences to the document that it supersedes."""


class SentLot(models.Model):
    """One lot that a document speaks of."""

    document = models.ForeignKey(SentDocument, on_delete=models.CASCADE, related_name="about")
    lot = models.CharField(max_length=120, db_index=True)


class Statement(models.Model):
    """What a document that counts says of how complete a lot's record is."""

    position = models.BigIntegerField(primary_key=True)
    lot = models.CharField(max_length=120)
    document = models.CharField(max_length=64, blank=True, db_index=True)
    kind = models.CharField(max_length=16)
    """completed, result."""
    name = models.TextField(blank=True)
    """Of a result: test and sample."""
    status = models.CharField(max_length=20, blank=True)

    class Meta:
        """Asked for by lot."""

        indexes = (models.Index(fields=["lot", "kind"], name="partners_statement_of_lot"),)
