"""Webhooks: subscriptions and their log of deliveries."""

from __future__ import annotations

from django.db.models import Count, F, Q
from django.http import HttpRequest
from ninja import Query, Router

from onelot.jsonapi.cursors import next_link, rows_after
from onelot.jsonapi.models import Delivery, Subscription, Try
from onelot.jsonapi.operation import Operation, reads, writes
from onelot.jsonapi.operations.asking import asker
from onelot.jsonapi.schemas import (
    DeliveryOut,
    DeliveryPage,
    Paged,
    ReasonIn,
    WebhookIn,
    WebhookMade,
    WebhookOut,
    WebhookPage,
)
from onelot.jsonapi.webhooks.subscriptions import Webhooks

router = Router(tags=["webhooks"])
_SCOPE = "webhooks:manage"


@reads(router, WebhookPage, Operation("/webhooks", scope=_SCOPE, summary="Subscriptions"))
def list_webhooks(request: HttpRequest, wanted: Query[Paged]) -> WebhookPage:
    """Those that you may manage, the oldest first."""
    order = (F("subscription").asc(),)
    found, after = rows_after(
        _webhooks(request).all(), order, name="webhooks", cursor=wanted.cursor, limit=wanted.limit
    )
    return WebhookPage(items=[_webhook_out(card) for card in found], next=next_link(request, after))


@writes(router, WebhookMade, Operation("/webhooks", scope=_SCOPE, summary="Subscribe", holds_secret=True))
def add_webhook(request: HttpRequest, body: WebhookIn) -> WebhookMade:
    """The secret is in this answer and shown nowhere else; the answer is kept for its idempotency key, sealed."""
    subscription, secret = _webhooks(request).subscribe(
        url=body.url, kinds=body.kinds, organisation=body.organisation
    )
    return WebhookMade(webhook=subscription, secret=secret)


@reads(router, WebhookOut, Operation("/webhooks/{webhook}", scope=_SCOPE, summary="One subscription"))
def get_webhook(request: HttpRequest, webhook: str) -> WebhookOut:
    """With how many deliveries wait, and how many are dead."""
    return _webhook_out(_webhooks(request).one(webhook))


@writes(
    router, WebhookOut, Operation("/webhooks/{webhook}/end", scope=_SCOPE, summary="Unsubscribe", status=200)
)
def end_webhook(request: HttpRequest, webhook: str, body: ReasonIn) -> WebhookOut:
    """Nothing more is sent; the log stays."""
    webhooks = _webhooks(request)
    webhooks.end(subscription=webhook, reason=body.reason)
    return _webhook_out(webhooks.one(webhook))


@reads(
    router,
    DeliveryPage,
    Operation("/webhooks/{webhook}/deliveries", scope=_SCOPE, summary="The log of deliveries"),
)
def list_deliveries(request: HttpRequest, webhook: str, wanted: Query[Paged]) -> DeliveryPage:
    """The last first, each with the answer to its last try."""
    card = _webhooks(request).one(webhook)
    rows = Delivery.objects.filter(subscription=card.subscription)
    found, after = rows_after(
        rows, (F("position").desc(),), name="deliveries", cursor=wanted.cursor, limit=wanted.limit
    )
    return DeliveryPage(items=[_delivery_out(row) for row in found], next=next_link(request, after))


@writes(
    router,
    DeliveryOut,
    Operation(
        "/webhooks/{webhook}/deliveries/{int:delivery}/again",
        scope=_SCOPE,
        summary="Deliver again",
        status=200,
    ),
)
def redeliver(request: HttpRequest, webhook: str, delivery: int) -> DeliveryOut:
    """Once more, with the same `webhook-id`: a receiver that has it passes over it."""
    _webhooks(request).redeliver(subscription=webhook, delivery=delivery)
    return _delivery_out(Delivery.objects.get(pk=delivery))


def _webhooks(request: HttpRequest) -> Webhooks:
    person = asker(request)
    return Webhooks(person.ledger, person.actor, person.clock)


def _webhook_out(card: Subscription) -> WebhookOut:
    counts = Delivery.objects.filter(subscription=card.subscription).aggregate(
        waiting=Count("pk", filter=Q(state="waiting")), dead=Count("pk", filter=Q(state="dead"))
    )
    return WebhookOut(
        webhook=card.subscription, url=card.url, kinds=card.kinds, organisation=card.organisation,
        active=card.is_active, created_by=card.created_by, created_at=card.created_at, **counts,
    )  # fmt: skip


def _delivery_out(row: Delivery) -> DeliveryOut:
    last = Try.objects.filter(delivery=row).order_by("-pk").first()
    return DeliveryOut(
        delivery=row.pk, message=row.message, kind=row.kind, lot=row.lot, position=row.position, state=row.state,
        tries=row.tries, next_try_at=row.next_try_at if row.state == "waiting" else None,
        delivered_at=row.delivered_at, last_status=last.status if last else None,
        last_answer=(last.what or last.excerpt) if last else "",
    )  # fmt: skip
