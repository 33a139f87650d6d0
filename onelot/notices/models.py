"""The read model of what people chose, and how far the ledger was read, which is in no ledger."""

from __future__ import annotations

from django.db import models


class MailChoice(models.Model):
    """How notices come to one person; without a row, all of them in the site's language."""

    person = models.CharField(max_length=64, primary_key=True)
    language = models.CharField(max_length=8)
    declined = models.JSONField(default=list)


class MailCursor(models.Model):
    """Up to where the ledger was read for notices; one row. Not built anew: nothing is mailed twice."""

    position = models.BigIntegerField()
