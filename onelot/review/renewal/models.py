"""Read models: how far each lot's records go, how far its review read them, and which documents are approved."""

from __future__ import annotations

from django.db import models


class LotRecords(models.Model):
    """One lot; it wants a review while its last record stands after what the last review read."""

    lot = models.CharField(max_length=120, primary_key=True)
    mbr = models.CharField(max_length=64, blank=True)
    mbr_version = models.CharField(max_length=64, blank=True)
    recorded = models.BigIntegerField(default=0)
    """Ledger position of the last record of it that was taken in."""
    reviewed = models.BigIntegerField(default=0)
    """Up to which position the last review read."""
    reviewed_mbr = models.CharField(max_length=64, blank=True)
    """Digest of the MBR that the last review judged by."""
    reviewed_policy = models.CharField(max_length=64, blank=True)
    """Digest of the policy that the last review judged by."""
    baseline = models.CharField(max_length=64, blank=True)
    """Digest of the baseline that the last review used."""
    position = models.BigIntegerField(default=0)
    """Ledger position of the last review."""

    class Meta:
        """What is looked for every few seconds."""

        indexes = (models.Index(fields=["mbr", "mbr_version"], name="renewal_mbr"),)


class SiteRecords(models.Model):
    """One row: the last record that is of no lot but of a site (training, equipment, materials), for all lots."""

    position = models.BigIntegerField()
    """Ledger position at which it was taken in."""


class ApprovedDocument(models.Model):
    """One approved version of a master batch record or review policy."""

    position = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    document_id = models.CharField(max_length=64)
    version = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    document = models.CharField(max_length=64)
    """SHA-256 of the file in the evidence store."""
