"""What the desk's pages read, always within what the person may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from django.db.models import Count, F, Q, QuerySet, Sum

from onelot.registry.permissions import Actor
from onelot.registry.queries import within
from onelot.review.desk.models import FindingCard, LotCard, Remark, Tally

LANES: dict[str, Q] = {
    **{lane: Q(lane=lane) for lane in ("exceptions", "clean", "decided", "disposition", "unread", "closed")},
    "all": Q(),
}
"""Lanes of the queue, in the order in which they are shown."""

_COLUMNS = {"organisation": "organisation", "site": "site", "product": "product"}
_Placed = TypeVar("_Placed", LotCard, Tally)
_URGENT = (
    F("infusion_at").asc(nulls_last=True),
    F("expires_at").asc(nulls_last=True),
    F("due_at").asc(nulls_last=True),
    F("worst").asc(),
    F("waits_since").asc(nulls_last=True),
    F("lot").asc(),
)
SORTS = {
    "urgency": _URGENT,
    "lot": (F("lot").asc(),),
    "waiting": (F("waits_since").asc(nulls_last=True), F("lot").asc()),
    "severity": (F("worst").asc(), *_URGENT),
    "site": (F("site").asc(), *_URGENT),
}
"""Orders of the queue: the most urgent first, by infusion, expiry, agreed turnaround, then severity."""


@dataclass(frozen=True)
class Wanted:
    """What the person asked the queue for; what is not known is as if not asked."""

    lane: str = "exceptions"
    sort: str = "urgency"
    site: str = ""
    product: str = ""
    text: str = ""


def visible_lots(actor: Actor) -> QuerySet[LotCard]:
    """The lots that the person may open."""
    return LotCard.objects.filter(within(actor, "lot.open", **_COLUMNS))


def queue(actor: Actor, wanted: Wanted) -> QuerySet[LotCard]:
    """The lots of one lane, in the order asked for."""
    found = _narrowed(visible_lots(actor), wanted).filter(LANES.get(wanted.lane, LANES["exceptions"]))
    return found.order_by(*SORTS.get(wanted.sort, _URGENT))


def lane_counts(actor: Actor, wanted: Wanted) -> dict[str, int]:
    """How many lots each lane holds, narrowed as the queue is."""
    if wanted.text:  # nothing keeps count of what a text finds
        found = _narrowed(visible_lots(actor), wanted).order_by()
        return _by_lane(found.values_list("lane").annotate(number=Count("pk")))
    counts = _placed(_visible_counts(actor), wanted).order_by()
    return _by_lane(counts.values_list("lane").annotate(number=Sum("lots")))


def choices(actor: Actor) -> dict[str, list[str]]:
    """The sites and products to filter by."""
    places = [*_visible_counts(actor).filter(lots__gt=0).values_list("site", "product").distinct()]
    sites, products = ({place[at] for place in places} for at in (0, 1))
    return {"site": sorted(sites - {""}), "product": sorted(products - {""})}


def all_lanes() -> dict[str, int]:
    """How many lots of the whole installation each lane holds."""
    return _by_lane(Tally.objects.order_by().values_list("lane").annotate(number=Sum("lots")))


def _by_lane(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    numbers = dict(counted)
    return {lane: sum(numbers.values()) if lane == "all" else numbers.get(lane, 0) for lane in LANES}


def _visible_counts(actor: Actor) -> QuerySet[Tally]:
    return Tally.objects.filter(within(actor, "lot.open", **_COLUMNS))


def visible_lot(actor: Actor, lot: str) -> LotCard | None:
    """A lot that the person may open; None where there is none, and where it is not theirs to know."""
    return visible_lots(actor).filter(lot=lot).first()


@dataclass(frozen=True)
class RaisedException:
    """One exception with its conversation."""

    card: FindingCard
    remarks: list[Remark]


def exceptions_of(lot: str, *, waiting: bool = False) -> list[tuple[str, str]]:
    """Phase and key of each exception of the last review: phases in order of their names, the worst first in each.

    ``waiting``: only those on which somebody must still act.
    """
    rows = FindingCard.objects.filter(lot=lot, is_raised=True)
    if waiting:
        rows = rows.filter(state__in=("open", "asked"))
    found = rows.order_by("rank", "subject", "key").values_list("subject", "key")
    return sorted(((_phase(subject), key) for subject, key in found), key=lambda pair: pair[0])


def raised_exceptions(placed: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[RaisedException]]]:
    """The exceptions of one page with their conversations, by phase, in the given order."""
    keys = [key for _, key in placed]
    cards = FindingCard.objects.in_bulk(keys)
    remarks: dict[str, list[Remark]] = {}
    for remark in Remark.objects.filter(finding__in=keys).order_by("position") if keys else ():
        remarks.setdefault(remark.finding, []).append(remark)
    for phase, group in groupby(placed, key=lambda pair: pair[0]):
        yield phase, [RaisedException(cards[key], remarks.get(key, [])) for _, key in group if key in cards]


def remarks_on_lot(lot: str) -> list[Remark]:
    """What was said and done about the lot as a whole."""
    return list(Remark.objects.filter(lot=lot, finding="").order_by("position"))


def _phase(subject: str) -> str:
    """The first three parts of a path: unit procedure, operation, phase; empty for what is of no phase."""
    parts = subject.split("/")
    return "/".join(parts[:3]) if len(parts) >= 3 else ""


def _narrowed(lots: QuerySet[LotCard], wanted: Wanted) -> QuerySet[LotCard]:
    found = _placed(lots, wanted)
    if wanted.text:
        found = found.filter(Q(lot__icontains=wanted.text) | Q(coi_identifier__icontains=wanted.text))
    return found


def _placed(rows: QuerySet[_Placed], wanted: Wanted) -> QuerySet[_Placed]:
    if wanted.site:
        rows = rows.filter(site=wanted.site)
    if wanted.product:
        rows = rows.filter(product=wanted.product)
    return rows
