"""Read models of systems, tokens and subscriptions; and what is in no ledger: secrets, answers kept, deliveries."""

from __future__ import annotations

from django.db import models


class System(models.Model):
    """Another system that may act through the API."""

    code = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=200)
    organisation = models.CharField(max_length=64, db_index=True)
    grants = models.JSONField()
    """List of objects with role, organisation, site, product."""
    scopes = models.JSONField()
    is_active = models.BooleanField(default=True)
    registered_by = models.CharField(max_length=64)
    registered_at = models.DateTimeField()
    position = models.BigIntegerField()
    """Ledger position of the last event about it."""


class Token(models.Model):
    """A token of a system, without its secret."""

    token = models.CharField(max_length=64, primary_key=True)
    system = models.CharField(max_length=64, db_index=True)
    label = models.CharField(max_length=200)
    issued_by = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)


class TokenSecret(models.Model):
    """SHA-256 of a token's 256 random bits, and when it was last used. In no ledger, so never built anew."""

    token = models.CharField(max_length=64, primary_key=True)
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)
    """To the minute."""


class KeptAnswer(models.Model):
    """The answer to a request with an idempotency key, given again when the request comes again."""

    owner = models.CharField(max_length=80)
    """``system:code`` or ``person:name``."""
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    """SHA-256 over method, address and body."""
    status = models.IntegerField(default=0)
    """0 within the transaction that answers it."""
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    is_sealed = models.BooleanField(default=False)
    """Whether the body holds a secret, so that it lies sealed: ``onelot.jsonapi.webhooks.secrets`` opens it."""
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        """A key means one request."""

        constraints = (models.UniqueConstraint(fields=["owner", "key"], name="jsonapi_one_answer"),)


class Subscription(models.Model):
    """Who wants to be told of what."""

    subscription = models.CharField(max_length=64, primary_key=True)
    url = models.CharField(max_length=500)
    kinds = models.JSONField()
    organisation = models.CharField(max_length=64, blank=True, db_index=True)
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    position = models.BigIntegerField()
    """Ledger position of the subscription: it is told of what comes after."""


class Outbox(models.Model):
    """A subscription's secret, and up to where the ledger was read for it. In no ledger."""

    subscription = models.CharField(max_length=64, primary_key=True)
    sealed = models.BinaryField()
    """The secret, which both sides need as it is: ``onelot.jsonapi.webhooks.secrets`` opens it."""
    position = models.BigIntegerField()
    leased_until = models.DateTimeField(null=True)
    """Until then one worker sends for it."""


class Delivery(models.Model):
    """One thing that a subscription is told of."""

    subscription = models.CharField(max_length=64)
    position = models.BigIntegerField()
    """Ledger position of what happened: deliveries go out in this order."""
    kind = models.CharField(max_length=64)
    lot = models.CharField(max_length=120, blank=True)
    body = models.TextField()
    message = models.CharField(max_length=64)
    """``webhook-id``: the same in each try."""
    state = models.CharField(max_length=16, default="waiting")
    """waiting, delivered, dead, dropped (the subscription ended)."""
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        """Told once; found by what is due."""

        constraints = (
            models.UniqueConstraint(fields=["subscription", "position"], name="jsonapi_told_once"),
        )
        indexes = (models.Index(fields=["subscription", "state", "position"], name="jsonapi_due"),)


class Try(models.Model):
    """One try of a delivery, and what came of it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    status = models.IntegerField(null=True)
    """HTTP status; null: there was no answer."""
    what = models.CharField(max_length=200, blank=True)
    """Why there was no answer."""
    excerpt = models.CharField(max_length=500, blank=True)
    """Beginning of the answer's body."""
    took_ms = models.IntegerField()
