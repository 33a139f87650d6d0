"""Read models of the board, and the time that people are seen to spend on lots."""

from __future__ import annotations

from django.db import models


class LotPath(models.Model):
    """When a lot went through its stations."""

    lot = models.CharField(max_length=120, primary_key=True)
    last_record_at = models.DateTimeField(null=True)
    first_review = models.CharField(max_length=64, blank=True)
    first_reviewed_at = models.DateTimeField(null=True)
    first_exceptions = models.IntegerField(default=0)
    """Exceptions of the first review that the policy does not accept by itself."""
    signed_at = models.DateTimeField(null=True)
    record_before_signing = models.DateTimeField(null=True)
    """The last record when the review was signed last."""
    disposed_at = models.DateTimeField(null=True)
    """Of the first decision on it."""
    record_before_disposal = models.DateTimeField(null=True)


class Hours(models.Model):
    """Hours that somebody has for reviews and dispositions."""

    person = models.CharField(max_length=64, primary_key=True)
    hours_per_week = models.DecimalField(max_digits=5, decimal_places=2)


class FullReview(models.Model):
    """Measured minutes of full reviews of one product; empty: of products without their own."""

    product = models.CharField(max_length=64, primary_key=True)
    minutes = models.JSONField()
    source = models.TextField()
    person = models.CharField(max_length=64)
    at = models.DateTimeField()


class Attention(models.Model):
    """A stretch of time in which somebody worked on a lot at the desk.

    It is a measurement, no record: the ledger does not say it, and rebuilding read models leaves it alone.
    """

    lot = models.CharField(max_length=120)
    person = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        """Looked up by person and lot."""

        indexes = (models.Index(fields=["lot", "person", "seen_at"], name="board_attention_of_lot"),)
