"""Who has a lot open now, and what happened to it since a page of it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from onelot.registry.models import Account
from onelot.review.desk.models import LotCard, Presence, Remark

STAYS = timedelta(seconds=60)
"""Somebody who has not been seen for so long is gone; pages tell every 20 seconds."""
_AGAIN = timedelta(seconds=10)
_SHOWN = 10


@dataclass(frozen=True)
class Meanwhile:
    """What a page does not show yet."""

    others: tuple[str, ...]
    """Printed names of those who have the lot open too."""
    remarks: tuple[Remark, ...]
    """What other people did, the newest last; at most ten."""
    more: int
    """How many further ones there are."""
    is_reviewed_anew: bool


def note(lot: str, person: str, now: datetime) -> None:
    """Keep that somebody has the lot open; whoever is gone is forgotten.

    A page that is asked for again within seconds writes nothing: a write costs as much as the rest of the page.
    """
    known = Presence.objects.filter(lot=lot, person=person).first()
    if known is not None and known.seen_at <= now <= known.seen_at + _AGAIN:
        return
    Presence.objects.filter(seen_at__lt=now - STAYS).delete()
    Presence.objects.update_or_create(lot=lot, person=person, defaults={"seen_at": now})


def meanwhile(card: LotCard, person: str, review: str, seen: int, now: datetime) -> Meanwhile:
    """What others do and did with a lot since its page was made at ledger position ``seen``."""
    done = Remark.objects.filter(lot=card.lot, position__gt=seen).exclude(person=person)
    count = done.count()
    shown = tuple(reversed(done.order_by("-position")[:_SHOWN]))
    is_anew = bool(review) and card.review != review
    return Meanwhile(others(card.lot, person, now), shown, max(0, count - _SHOWN), is_anew)


def others(lot: str, person: str, now: datetime) -> tuple[str, ...]:
    """Printed names of the other people who have a lot open."""
    here = Presence.objects.filter(lot=lot, seen_at__gte=now - STAYS).exclude(person=person)
    found = Account.objects.filter(person__in=here.values("person")).order_by("name")
    return tuple(found.values_list("name", flat=True))
