"""Deliveries: from the ledger to the outbox, from there to the receivers, each in the ledger's order.

All that is to be told stands in the ledger, and how far it was told in the database. So nothing is lost when a worker
is killed at any point: what it had not written down is done again. A receiver may therefore get a delivery twice,
with the same ``webhook-id``, and takes it once.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q

from onelot.jsonapi import answers
from onelot.jsonapi.models import Delivery, Outbox, Subscription, Try
from onelot.jsonapi.webhooks import sending
from onelot.jsonapi.webhooks.kinds import KIND_OF, KINDS, lots_of, told
from onelot.jsonapi.webhooks.secrets import open_secret
from onelot.kernel.canonical import canonical
from onelot.kernel.refusals import Refused
from onelot.ledger.entry import Entry
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.review.desk.models import LotCard

WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 300, 1_800, 7_200, 18_000, 36_000, 36_000))
"""Between one try and the next; after the last one the delivery is dead. A day and a quarter in all."""
LEASE = timedelta(seconds=60)
"""How long one worker has a subscription for itself; longer than a try can take."""
_ENTRIES_A_TURN = 500
_TURN = timedelta(seconds=10)
"""After this long a receiver's other deliveries wait for the next turn, so that a slow one keeps nobody waiting."""

Jitter = Callable[[], float]
"""A number from 0 to 1, so that receivers that fell together are not asked together."""


def deliver_due(ledger: Ledger, now: Callable[[], datetime], *, jitter: Jitter = random.random) -> int:
    """Tell every receiver what is due, as far as it is there; how many tries. To be called again and again."""
    tries = 0
    for card in Subscription.objects.filter(is_active=True).order_by("position"):
        if not _lease(card.subscription, now()):
            continue
        try:
            collect(ledger, card, now())
            tries += _send_waiting(card, now, jitter)
        finally:
            Outbox.objects.filter(subscription=card.subscription).update(leased_until=None)
    Delivery.objects.filter(state="waiting").exclude(
        subscription__in=Subscription.objects.filter(is_active=True).values("subscription")
    ).update(state="dropped")
    answers.forget(now())
    return tries


def collect(ledger: Ledger, card: Subscription, now: datetime) -> int:
    """Put into the outbox what happened since the last time; how many deliveries."""
    made = 0
    while True:
        outbox = Outbox.objects.get(subscription=card.subscription)
        end = ledger.size()
        query = Query(types=tuple(event for kind in card.kinds for event in KINDS.get(kind, ())))
        found = list(islice(ledger.read(query, after=outbox.position, until=end), _ENTRIES_A_TURN))
        is_last = len(found) < _ENTRIES_A_TURN
        reached = end if is_last else found[-1].position
        rows = [row for entry in found if (row := _delivery(card, entry, now)) is not None]
        with transaction.atomic():
            Delivery.objects.bulk_create(rows, ignore_conflicts=True)
            Outbox.objects.filter(pk=outbox.pk, position=outbox.position).update(position=reached)
        made += len(rows)
        if is_last:
            return made


def wait_after(tries: int, jitter: Jitter) -> timedelta | None:
    """How long to wait after so many tries that failed, a fifth more or less; None: no more."""
    if tries > len(WAITS):
        return None
    return WAITS[tries - 1] * (0.8 + 0.4 * jitter())


def _delivery(card: Subscription, entry: Entry, now: datetime) -> Delivery | None:
    lots = lots_of(entry)
    if card.organisation:
        theirs = LotCard.objects.filter(lot__in=lots, organisation=card.organisation)
        lots = tuple(theirs.order_by("lot").values_list("lot", flat=True))
        if not lots:
            return None
    return Delivery(
        subscription=card.subscription, position=entry.position, kind=KIND_OF[type(entry.event)],
        lot=lots[0] if lots else "", body=canonical(told(entry, lots)).decode(), message=entry.id, next_try_at=now,
    )  # fmt: skip


def _lease(subscription: str, now: datetime) -> bool:
    """Whether this worker, and no other one, may send for the subscription now."""
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return bool(Outbox.objects.filter(free, subscription=subscription).update(leased_until=now + LEASE))


def _send_waiting(card: Subscription, now: Callable[[], datetime], jitter: Jitter) -> int:
    """In the ledger's order: one that waits for its next try holds up those after it, until it is told or dead."""
    waiting = Delivery.objects.filter(subscription=card.subscription, state="waiting").order_by("position")
    sealed = bytes(Outbox.objects.get(subscription=card.subscription).sealed)
    tries = 0
    until = now() + _TURN
    while now() < until and Subscription.objects.filter(pk=card.pk, is_active=True).exists():
        delivery = waiting.first()
        at = now()
        if delivery is None or delivery.next_try_at > at:
            break
        Outbox.objects.filter(subscription=card.subscription).update(leased_until=at + LEASE)
        outcome = _sent(card, sealed, delivery, at)
        _record(delivery, outcome, at, now(), jitter)
        tries += 1
    return tries


def _sent(card: Subscription, sealed: bytes, delivery: Delivery, at: datetime) -> sending.Outcome:
    """One try. Without the secret nothing is sent: the log says why, and it is tried again like any other."""
    try:
        secret = open_secret(card.subscription, sealed)
    except Refused as refused:
        return sending.Outcome(None, refused.refusals[0].what, "", 0)
    return sending.send(
        url=card.url, secret=secret, message=delivery.message, at=at, body=delivery.body.encode()
    )


def _record(
    delivery: Delivery, outcome: sending.Outcome, at: datetime, done: datetime, jitter: Jitter
) -> None:
    with transaction.atomic():
        Try.objects.create(
            delivery=delivery, at=at, status=outcome.status, what=outcome.what, excerpt=outcome.excerpt,
            took_ms=outcome.took_ms,
        )  # fmt: skip
        delivery.tries += 1
        wait = wait_after(delivery.tries, jitter)
        if outcome.is_delivered:
            delivery.state, delivery.delivered_at = "delivered", done
        elif wait is None:
            delivery.state = "dead"
        else:
            delivery.next_try_at = done + wait
        delivery.save(update_fields=["state", "tries", "next_try_at", "delivered_at"])
