"""Read models of training and of reviews of roles."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Training(models.Model):
    """A person's training in one curriculum, as it was said last."""

    person = models.CharField(max_length=64)
    curriculum = models.CharField(max_length=120)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    evidence = models.TextField()
    recorded_by = models.CharField(max_length=120)
    position = models.BigIntegerField()

    class Meta:
        """One row a person and curriculum."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=("person", "curriculum"), name="one_training_a_curriculum")
        ]


class GrantsReview(models.Model):
    """The last review of a person's roles."""

    person = models.CharField(max_length=64, primary_key=True)
    outcome = models.CharField(max_length=16)
    grants = models.JSONField()
    reason = models.TextField()
    reviewed_by = models.CharField(max_length=120)
    reviewed_at = models.DateTimeField(db_index=True)
    position = models.BigIntegerField()
