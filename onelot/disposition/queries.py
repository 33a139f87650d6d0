"""What the pages of dispositions read, always within what the person may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from onelot.deviations.models import Deviation
from onelot.disposition.domain.results import CHECK
from onelot.disposition.market_file import market_rules
from onelot.disposition.models import Certificate, Decision, ItemStatement, Standing
from onelot.disposition.states import CLOSED
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor
from onelot.registry.queries import within
from onelot.registry.signatures import CheckedSignature, checked_signatures
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.queries import Wanted

OPEN = ("undecided", "shipped_under_quarantine", "withdrawn")
"""States in which a release may be next."""
_OPEN = Q(state__in=OPEN)
_SIGNED = Q(waits_for="disposition")
_STOPPED = Q(stopped=True) | Q(failed=True) | Q(stated__lt=F("owed"))
LANES: dict[str, Q] = {
    "ready": _OPEN & _SIGNED & ~_STOPPED,
    "blocked": _OPEN & _SIGNED & _STOPPED,
    "conditional": Q(state__in=("released_conditionally", "late_out_of_specification")),
    "review": _OPEN & ~_SIGNED,
    "done": Q(state__in=tuple(CLOSED)),
    "all": Q(),
}
"""Lanes of the list: ready, stopped by something, first of two steps done, still at the desk, decided."""

_URGENT = (
    F("infusion_at").asc(nulls_last=True),
    F("expires_at").asc(nulls_last=True),
    F("due_at").asc(nulls_last=True),
    F("signed_at").asc(nulls_last=True),
    F("lot").asc(),
)
SORTS = {
    "urgency": _URGENT,
    "waiting": (F("signed_at").asc(nulls_last=True), F("lot").asc()),
    "lot": (F("lot").asc(),),
    "market": (F("market").asc(), *_URGENT),
    "site": (F("site").asc(), *_URGENT),
}
"""Orders of the list."""


@dataclass(frozen=True)
class WantedLots(Wanted):
    """What the person asked the list for."""

    lane: str = "ready"
    market: str = ""


def visible_lots(actor: Actor) -> QuerySet[LotCard]:
    """The lots whose disposition the person may open."""
    columns = {"organisation": "organisation", "site": "site", "product": "product"}
    return LotCard.objects.filter(within(actor, "disposition.open", **columns))


def visible_lot(actor: Actor, lot: str) -> LotCard | None:
    """A lot of theirs; None where there is none, and where it is not theirs to know."""
    return visible_lots(actor).filter(lot=lot).first()


def lots_to_dispose(actor: Actor, wanted: WantedLots) -> QuerySet[LotCard]:
    """The lots of one lane, each with its ``state``, in the order asked for."""
    found = _with_state(_narrowed(visible_lots(actor), wanted)).filter(LANES.get(wanted.lane, LANES["ready"]))
    return found.order_by(*SORTS.get(wanted.sort, _URGENT))


def lane_counts(actor: Actor, wanted: WantedLots) -> dict[str, int]:
    """How many lots each lane holds, narrowed as the list is.

    What stops a lot is asked only of those that are open and whose review is signed: few, while those decided add up.
    """
    found = _narrowed(visible_lots(actor), wanted)
    counts = dict.fromkeys(LANES, 0)
    for row in (
        found.annotate(state=_state()).values("state", "waits_for").annotate(number=Count("pk")).order_by()
    ):
        lane = _lane(row["state"], row["waits_for"])
        counts[lane] += row["number"]
        counts["all"] += row["number"]
    counts["ready"] = _with_state(found).filter(LANES["ready"]).count() if counts["blocked"] else 0
    counts["blocked"] -= counts["ready"]
    return counts


def _lane(state: str, waits_for: str) -> str:
    """The lane of a lot; ``blocked`` stands for ``ready``, too."""
    if state in CLOSED:
        return "done"
    if state not in OPEN:
        return "conditional"
    return "blocked" if waits_for == "disposition" else "review"


def choices(actor: Actor) -> dict[str, list[str]]:
    """The sites, products and markets to filter by."""
    lots = visible_lots(actor)
    return {
        column: list(lots.exclude(**{column: ""}).order_by(column).values_list(column, flat=True).distinct())
        for column in ("site", "product", "market")
    }


@dataclass(frozen=True)
class SignedDecision:
    """One decision with its signature and its certificates."""

    decision: Decision
    signature: CheckedSignature | None
    certificates: list[Certificate]


def decisions_on(ledger: Ledger, evidence: EvidenceStore, lot: str) -> list[SignedDecision]:
    """Every decision on a lot, the newest first, with its signature as a check finds it; the first one holds."""
    decisions = list(Decision.objects.filter(lot=lot).order_by("-position"))
    checked = checked_signatures(ledger, evidence, f"lot:{lot}") if decisions else []
    signatures = {one.card.signature: one for one in checked}
    certificates: dict[str, list[Certificate]] = {}
    for one in Certificate.objects.filter(lot=lot).order_by("position"):
        certificates.setdefault(one.signature, []).append(one)
    return [
        SignedDecision(one, signatures.get(one.signature), certificates.get(one.signature, []))
        for one in decisions
    ]


def last_decision(lot: str) -> Decision | None:
    """The decision that holds."""
    return Decision.objects.filter(lot=lot).order_by("-position").first()


def certificates_with(signature: str) -> list[Certificate]:
    """The certificates that were issued with one signature."""
    return list(Certificate.objects.filter(signature=signature).order_by("number"))


def documents_signed(lot: str) -> list[Certificate]:
    """What was signed for itself, not with a decision; the newest first."""
    decisions = Decision.objects.filter(lot=lot).values("signature")
    return list(Certificate.objects.filter(lot=lot).exclude(signature__in=decisions).order_by("-position"))


def register(actor: Actor, kind: str, text: str = "") -> QuerySet[Certificate]:
    """The entries of a register, the newest first, each with the lot's ``state`` now, and with whether it holds."""
    found = Certificate.objects.filter(kind=kind, lot__in=visible_lots(actor).values("lot"))
    if text:
        found = found.filter(Q(lot__icontains=text) | Q(number__icontains=text) | Q(name__icontains=text))
    return found.annotate(state=_state()).order_by("-number")


def visible_certificate(actor: Actor, number: str) -> Certificate | None:
    """One certificate of a lot that the person may see."""
    return Certificate.objects.filter(number=number, lot__in=visible_lots(actor).values("lot")).first()


def _state() -> Coalesce:
    standing = Standing.objects.filter(lot=OuterRef("lot"), market=OuterRef("market"))
    return Coalesce(
        Subquery(standing.values("state")[:1], output_field=CharField()),
        Value("undecided"),
        output_field=CharField(),
    )


def _with_state(lots: QuerySet[LotCard]) -> QuerySet[LotCard]:
    """Each lot with its state, and what stops its release: deviations, results, statements that are owed."""
    stopping = Deviation.objects.filter(lot=OuterRef("lot")).filter(
        Q(state="open", severity__in=("critical", "major")) | Q(impact="reject")
    )
    failed = FindingCard.objects.filter(lot=OuterRef("lot"), is_raised=True, check_id=CHECK)
    return lots.annotate(
        state=_state(),
        stopped=Exists(stopping),
        failed=Exists(failed),
        stated=Coalesce(_stated(), Value(0)),
        owed=_owed(),
    )


def _owed() -> Case:
    """How many statements a release wants; more than there can be where nothing is known of the market."""
    rules = market_rules().rules
    return Case(
        *(
            When(market__in=rules.markets[basis.id], then=Value(len(basis.blocks_without)))
            for basis in rules.bases
        ),
        default=Value(len(rules.statements) + 1), output_field=IntegerField(),
    )  # fmt: skip


def _stated() -> Subquery:
    rules = market_rules().rules
    blocking = {item for basis in rules.bases for item in basis.blocks_without}
    found = (
        ItemStatement.objects.filter(lot=OuterRef("lot"), market=OuterRef("market"), item__in=blocking)
        .order_by()
        .values("lot")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Subquery(found, output_field=IntegerField())


def _narrowed(lots: QuerySet[LotCard], wanted: WantedLots) -> QuerySet[LotCard]:
    for column in ("site", "product", "market"):
        value = getattr(wanted, column)
        if value:
            lots = lots.filter(**{column: value})
    if wanted.text:
        lots = lots.filter(Q(lot__icontains=wanted.text) | Q(coi_identifier__icontains=wanted.text))
    return lots


def next_ready(actor: Actor, lot: str) -> LotCard | None:
    """The most urgent other lot that is ready and that the person may release, whose review somebody else signed."""
    rules = market_rules().rules
    columns = {"organisation": "organisation", "site": "site", "product": "product"}
    theirs = Q(pk__in=[])
    for releases, action in (("qp", "lot.certify"), ("quality_unit", "lot.release")):
        theirs |= within(actor, action, **columns) & Q(market__in=sorted(rules.markets_of(releases)))
    ready = lots_to_dispose(actor, WantedLots(lane="ready")).filter(theirs)
    return ready.exclude(lot=lot).exclude(signed_by=actor.person).first()
