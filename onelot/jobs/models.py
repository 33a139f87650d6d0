"""Work that waits, runs or failed, and the workers. No read models: the ledger does not tell of machines."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One piece of work."""

    job = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=200, blank=True)
    """Two jobs with one key never wait or run at once; empty: no such promise."""
    about = models.CharField(max_length=200, blank=True)
    """What it is about, as people read it."""
    arguments = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=64, blank=True, db_index=True)
    """User name; empty: onelot itself."""
    state = models.CharField(max_length=16, default="waiting")
    """waiting, running, done, dead, discarded."""
    attempts = models.IntegerField(default=0)
    attempts_allowed = models.IntegerField(default=5)
    run_after = models.DateTimeField()
    worker = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    """Until when the worker has it for itself; the worker moves it on while it lives."""
    fraction = models.FloatField(null=True)
    """How much is done, from 0 to 1."""
    progress = models.CharField(max_length=200, blank=True)
    result = models.TextField(blank=True)
    evidence = models.CharField(max_length=64, blank=True)
    """SHA-256 of a file that it made, in the evidence store."""
    file_name = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    """Why the last attempt failed."""
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """A key is held by one job that waits or runs, whoever asks at once."""

        constraints = (
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=("waiting", "running")) & ~Q(key=""),
                name="jobs_one_a_key",
            ),
        )
        indexes = (
            models.Index(fields=["state", "run_after", "job"], name="jobs_next"),
            models.Index(fields=["key"], name="jobs_key"),
        )


class WorkerCard(models.Model):
    """A worker that lives, or did until lately."""

    worker = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=200)
    process = models.IntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """When it last said that it lives."""


class Turn(models.Model):
    """When something periodic is next to be done, by whichever worker comes first."""

    name = models.CharField(max_length=64, primary_key=True)
    due_at = models.DateTimeField()
