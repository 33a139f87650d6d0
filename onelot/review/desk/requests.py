"""What the desk's pages share: who asks for which lot, in whose time, having read what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said
from onelot.registry.permissions import Place
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import visible_lot


def asked_lot(request: HttpRequest, lot: str) -> tuple[PersonRequest, LotCard]:
    """Who asks, and the lot. Raises Refused (``desk.unknown``) where it is not theirs to know."""
    person = cast("PersonRequest", request)
    card = visible_lot(person.actor, lot)
    if card is None:
        raise Refused(Refusal("desk.unknown", "There is no such lot.", where=lot))
    return person, card


def place_of_lot(card: LotCard) -> Place:
    """Where a lot belongs."""
    return Place(card.organisation, card.site, card.product)


def zone_of(card: LotCard | None) -> str:
    """The time zone of the site that made the lot, in which its pages show times."""
    site = sites().get(card.site) if card else None
    return site.time_zone if site else "UTC"


def local_time(text: str, zone: str) -> datetime:
    """A date and time as a form sends it, in the time of a zone. Raises Refused (``desk.form``).

    Where clocks were put back, the first of the two hours of the same name is meant; an hour that was skipped is none.
    """
    try:
        plain = datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007
        found = plain.replace(tzinfo=ZoneInfo(zone))
        is_real = found.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == plain
    except (ValueError, OverflowError):
        is_real = False
    if not is_real:
        raise refuse(
            "desk.form", "This is no date and time.", where="time",
            expected=said("such as 2026-03-31T14:00, {zone}", zone=zone), got=text[:40],
        )  # fmt: skip
    return found


def seen_in(request: HttpRequest) -> int:
    """The ledger position at which the page that was acted on was read."""
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "desk.form", "The form is not whole.", where="seen", expected="a ledger position", got=text[:40]
        )
    return int(text)


def without(request: HttpRequest, *names: str) -> str:
    """The address's filter without some of its parts."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()
