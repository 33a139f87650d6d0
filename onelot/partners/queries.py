"""What the pages of sites read, always within what the person may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from onelot.disposition.board.figures import STATES
from onelot.disposition.board.queries import with_state
from onelot.partners.models import SentDocument, SentLot, Statement
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import sites
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.queries import visible_lots

SORTS = {
    "newest": (F("last_record_at").desc(nulls_last=True), F("lot").asc()),
    "waiting": (F("waits_since").asc(nulls_last=True), F("lot").asc()),
    "infusion": (F("infusion_at").asc(nulls_last=True), F("lot").asc()),
    "lot": (F("lot").asc(),),
}
_NOT_FINAL = ("pending", "negative_to_date")
_COMPLETENESS = "CMP-"


@dataclass(frozen=True)
class Wanted:
    """What the person asked for; what is not known is as if not asked."""

    state: str = ""
    sort: str = "newest"
    site: str = ""
    product: str = ""
    text: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Gap:
    """One thing that a lot's record misses."""

    kind: str
    """end, result, exception."""
    name: str


def own_lots(actor: Actor, wanted: Wanted) -> QuerySet[LotCard]:
    """The lots that the person may open, narrowed and in order."""
    lots = with_state(_narrowed(visible_lots(actor), wanted))
    if wanted.state:
        lots = lots.filter(state=wanted.state)
    return lots.order_by(*SORTS.get(wanted.sort, SORTS["newest"]))


def state_counts(actor: Actor, wanted: Wanted) -> dict[str, int]:
    """How many lots wait for whom."""
    lots = with_state(_narrowed(visible_lots(actor), wanted))
    counts = {row["state"]: row["count"] for row in lots.values("state").annotate(count=Count("pk"))}
    return {state: counts.get(state, 0) for state in STATES}


def questions(actor: Actor) -> QuerySet[FindingCard]:
    """Exceptions that wait for an answer of the person's site, the longest waiting first."""
    lots = visible_lots(actor).values("lot")
    return FindingCard.objects.filter(lot__in=lots, is_raised=True, state="asked").order_by("position", "key")


def incomplete_lots(actor: Actor, wanted: Wanted) -> QuerySet[LotCard]:
    """Lots whose record is not complete, the most urgent first."""
    of_lot = {"lot": OuterRef("lot")}
    ended = Statement.objects.filter(kind="completed", **of_lot)
    lots = with_state(_narrowed(visible_lots(actor), wanted)).exclude(state="nobody")
    lots = lots.filter(~Exists(ended) | Exists(_pending(**of_lot)) | Exists(_missing(**of_lot)))
    return lots.order_by(F("infusion_at").asc(nulls_last=True), "last_record_at", "lot")


def gaps(lot: str) -> list[Gap]:
    """What the record of a lot misses: its end, results that are not final, entries that a check missed."""
    found = []
    if not Statement.objects.filter(lot=lot, kind="completed").exists():
        found.append(Gap("end", ""))
    found += [Gap("result", row.name) for row in _pending(lot=lot).order_by("name", "position")]
    found += [Gap("exception", row.in_words) for row in _missing(lot=lot).order_by("rank", "subject", "key")]
    return found


def _pending(**of_lot: object) -> QuerySet[Statement]:
    """The last result of each test and sample, where it is not final."""
    later = Statement.objects.filter(
        lot=OuterRef("lot"), kind="result", name=OuterRef("name"), position__gt=OuterRef("position")
    )
    results = Statement.objects.filter(kind="result", status__in=_NOT_FINAL, **of_lot)
    return results.filter(~Exists(later))


def _missing(**of_lot: object) -> QuerySet[FindingCard]:
    return FindingCard.objects.filter(
        is_raised=True, check_id__startswith=_COMPLETENESS, state__in=("open", "asked"), **of_lot
    )


def visible_documents(actor: Actor) -> QuerySet[SentDocument]:
    """Documents of lots that the person may open all of; those of no lot, where they come from the person's own.

    A document that speaks of somebody else's lot too is not shown: its name could tell of it.
    """
    about = SentLot.objects.filter(document=OuterRef("pk"))
    hidden = about.exclude(lot__in=visible_lots(actor).values("lot"))
    own = Q(person=actor.person) if actor.person else Q(pk__in=[])
    for grant in actor.scopes("record.upload"):
        if not (grant.site or grant.product):
            own |= Q(organisation=grant.organisation) if grant.organisation else ~Q(pk__in=[])
    return SentDocument.objects.filter((Exists(about) & ~Exists(hidden)) | (~Exists(about) & own))


def documents(actor: Actor, wanted: Wanted) -> QuerySet[SentDocument]:
    """The documents that the person may see, newest first."""
    found = visible_documents(actor)
    if wanted.outcome == "replaced":
        found = found.exclude(superseded_by="")
    elif wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    if wanted.text:
        found = found.filter(
            Q(name__icontains=wanted.text)
            | Q(document__startswith=wanted.text.lower())
            | Exists(SentLot.objects.filter(document=OuterRef("pk"), lot__icontains=wanted.text))
        )
    return found.order_by("-position")


def zone_of(actor: Actor) -> str:
    """The time zone of the sites that the person hands over for, where they have one in common; else UTC."""
    zones = {
        site.time_zone
        for site in sites().values()
        if actor.may("record.upload", Place(site.organisation, site.code))
    }
    return zones.pop() if len(zones) == 1 else "UTC"


def _narrowed(lots: QuerySet[LotCard], wanted: Wanted) -> QuerySet[LotCard]:
    if wanted.site:
        lots = lots.filter(site=wanted.site)
    if wanted.product:
        lots = lots.filter(product=wanted.product)
    if wanted.text:
        lots = lots.filter(Q(lot__icontains=wanted.text) | Q(coi_identifier__icontains=wanted.text))
    return lots
