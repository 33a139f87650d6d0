"""What operations share: the request with who asks, lots that the caller may see, and entries of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import msgspec
from django.http import HttpRequest

from onelot.jsonapi.schemas import EntryOut
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said, word
from onelot.ledger.entry import Entry
from onelot.registry.permissions import Actor, Place
from onelot.registry.requests import PersonRequest
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import visible_lot, visible_lots

_LOT = "lot:"


def asker(request: HttpRequest) -> PersonRequest:
    """The request with who asks and where what they do is written."""
    return cast("PersonRequest", request)


def lot_of(request: HttpRequest, lot: str) -> LotCard:
    """A lot that the caller may see. Raises Refused (``desk.unknown``)."""
    card = visible_lot(asker(request).actor, lot)
    if card is None:
        raise unknown("lot", lot)
    return card


def place_of_lot(card: LotCard) -> Place:
    """Where a lot belongs."""
    return Place(card.organisation, card.site, card.product)


def unknown(what: str, key: str) -> Refused:
    """That there is no such thing, or none that the caller may know of: nobody learns by guessing which."""
    return refuse(
        "jsonapi.unknown", said("There is no such {what}.", what=word(what)), where=what, got=key[:200]
    )


def lots_in(entry: Entry) -> set[str]:
    """The lots that an entry is about."""
    return {tag.removeprefix(_LOT) for tag in entry.tags if tag.startswith(_LOT)}


def visible_entries(actor: Actor, entries: Iterable[Entry], lot: str) -> Iterator[Entry]:
    """Entries about a visible lot; one that speaks of several lots is for those who may see them all."""
    for entry in entries:
        others = lots_in(entry) - {lot}
        if not others or visible_lots(actor).filter(lot__in=others).count() == len(others):
            yield entry


def entry_out(entry: Entry) -> EntryOut:
    """An entry as the API says it."""
    event = msgspec.to_builtins(entry.event)
    kind = event.pop("@type")
    return EntryOut(
        position=entry.position, id=entry.id, type=kind, actor=entry.actor, occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at, reason=entry.reason, tags=list(entry.tags),
        document=entry.source.document if entry.source else "", place=entry.source.place if entry.source else "",
        event=event,
    )  # fmt: skip
