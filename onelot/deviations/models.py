"""Read model of deviations."""

from __future__ import annotations

from django.db import models


class Deviation(models.Model):
    """One deviation as it stands."""

    number = models.CharField(max_length=64, primary_key=True)
    lot = models.CharField(max_length=120, db_index=True)
    finding = models.CharField(max_length=32, blank=True, db_index=True)
    severity = models.CharField(max_length=16)
    title = models.TextField()
    description = models.TextField(blank=True)
    state = models.CharField(max_length=16, default="open", db_index=True)
    """open, assessed, closed."""
    impact = models.CharField(max_length=16, blank=True)
    """none, justified, reject; empty until assessed."""
    impact_reason = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    opened_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    assessed_by = models.CharField(max_length=64, blank=True)
    assessed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    """Ledger position of the last event about it."""
