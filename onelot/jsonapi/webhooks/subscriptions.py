"""Subscriptions: who is told of what, where, and with which secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from onelot.jsonapi.events import WebhookEnded, WebhookSubscribed
from onelot.jsonapi.models import Delivery, Outbox, Subscription
from onelot.jsonapi.webhooks.addresses import check_url
from onelot.jsonapi.webhooks.kinds import KINDS
from onelot.jsonapi.webhooks.secrets import new_secret, seal_secret
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said, word
from onelot.ledger.entry import Draft
from onelot.ledger.store import Ledger
from onelot.registry.models import Organisation
from onelot.registry.permissions import Actor, Place

ACTION = "webhooks.manage"


@dataclass(frozen=True)
class Webhooks:
    """The commands of one administrator or system. Each raises Refused: ``registry.not_allowed``, and its own."""

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock

    def subscribe(self, *, url: str, kinds: Sequence[str], organisation: str = "") -> tuple[str, str]:
        """Be told from the next entry on; the subscription's identifier, and its secret, which is shown this once.

        Raises Refused: ``jsonapi.kind_unknown``, ``registry.unknown``, and those of ``check_url`` and ``seal_secret``.
        """
        self.actor.check_may(ACTION, Place(organisation))
        wanted = tuple(sorted(set(kinds)))
        if not wanted or not set(wanted) <= KINDS.keys():
            raise refuse(
                "jsonapi.kind_unknown", "There is no such kind of event.", where="kinds", expected=", ".join(KINDS),
                got=", ".join(sorted(set(wanted) - KINDS.keys()))[:200] or "none",
            )  # fmt: skip
        if organisation and not Organisation.objects.filter(code=organisation).exists():
            raise refuse(
                "registry.unknown", "There is no such organisation.", where="organisation", got=organisation
            )
        check_url(url)
        subscription = new_id()
        secret = new_secret()
        sealed = seal_secret(subscription, secret)
        event = WebhookSubscribed(subscription=subscription, url=url, kinds=wanted, organisation=organisation)
        with transaction.atomic():
            position = self._append(event, subscription)
            Outbox.objects.create(subscription=subscription, sealed=sealed, position=position)
        return subscription, secret

    def end(self, *, subscription: str, reason: str) -> None:
        """Send nothing more; what still waits is dropped, and stays in the log.

        Raises Refused: ``jsonapi.unknown``, ``jsonapi.ended``, ``ledger.reason_missing``.
        """
        card = self.one(subscription)
        if not card.is_active:
            raise refuse("jsonapi.ended", "This subscription was ended before.", where=card.url)
        self._append(WebhookEnded(subscription=subscription), subscription, reason)

    def redeliver(self, *, subscription: str, delivery: int) -> None:
        """Send a delivery once more, in its place in the order.

        Raises Refused: ``jsonapi.unknown``, ``jsonapi.ended``.
        """
        card = self.one(subscription)
        row = Delivery.objects.filter(pk=delivery, subscription=subscription).first()
        if row is None:
            raise _unknown("delivery", str(delivery))
        if not card.is_active:
            raise refuse("jsonapi.ended", "This subscription was ended, so nothing is sent.", where=card.url)
        Delivery.objects.filter(pk=row.pk).update(state="waiting", tries=0, next_try_at=self.clock())

    def all(self) -> QuerySet[Subscription]:
        """The subscriptions that the caller may manage."""
        self.actor.check_may(ACTION)
        found = Q(pk__in=[])
        for grant in self.actor.scopes(ACTION):
            if grant.site or grant.product:
                continue
            if not grant.organisation:
                return Subscription.objects.all()
            found |= Q(organisation=grant.organisation)
        return Subscription.objects.filter(found)

    def one(self, subscription: str) -> Subscription:
        """One of them. Raises Refused (``jsonapi.unknown``)."""
        card = self.all().filter(subscription=subscription).first()
        if card is None:
            raise _unknown("webhook", subscription)
        return card

    def _append(self, event: Event, subscription: str, reason: str = "") -> int:
        draft = Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=(f"webhook:{subscription}",),
            reason=reason.strip(),
        )  # fmt: skip
        return self.ledger.append([draft])[0]


def _unknown(what: str, key: str) -> Refused:
    return refuse(
        "jsonapi.unknown", said("There is no such {what}.", what=word(what)), where=what, got=key[:80]
    )
