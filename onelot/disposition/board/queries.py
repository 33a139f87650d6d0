"""What the board reads, always within what the person may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from onelot.disposition.board.figures import (
    AGES,
    STATES,
    Row,
    age_group,
    hours_between,
    late,
    lead,
)
from onelot.disposition.board.models import Attention, FullReview, Hours, LotPath
from onelot.disposition.models import Decision
from onelot.registry.models import Account
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import people_with, within
from onelot.review.desk.models import FindingCard, LotCard, Remark
from onelot.review.desk.queries import visible_lots

PERIODS = (7, 30, 90, 365)
"""Days since the last record, to narrow the board by."""
_LOAD_DAYS = 28
"""Over which load is measured where no period is asked for."""
_DECIDES = ("decision", "withdrawn", "question")


@dataclass(frozen=True)
class Wanted:
    """What the board is narrowed to; what is not known is as if not asked."""

    site: str = ""
    product: str = ""
    days: int = 0
    """Lots with a record within so many days; 0: all."""
    state: str = ""
    age: int | None = None
    check: str = ""
    first: str = ""
    late: str = ""
    done: str = ""
    """disposed, signed, measured."""


@dataclass(frozen=True)
class Load:
    """What one person did, against the hours they have."""

    person: str
    name: str
    decisions: int
    signatures: int
    dispositions: int
    measured: float
    """Hours a week at the desk."""
    declared: float | None
    """Hours a week; None: not declared."""

    @property
    def share(self) -> float | None:
        """Of the declared hours."""
        return self.measured / self.declared if self.declared else None


@dataclass(frozen=True)
class _Known:
    paths: dict[str, LotPath] = field(default_factory=dict)
    checks: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def with_state(lots: QuerySet[LotCard]) -> QuerySet[Any]:
    """The lots with ``state``: for whom each waits, ``nobody`` once it is closed."""
    return lots.annotate(state=F("waits_for"))


def board_lots(actor: Actor, wanted: Wanted, now: datetime) -> QuerySet[LotCard]:
    """The lots that the person's board counts."""
    columns = {"organisation": "organisation", "site": "site", "product": "product"}
    lots = visible_lots(actor).filter(within(actor, "board.open", **columns))
    if wanted.site:
        lots = lots.filter(site=wanted.site)
    if wanted.product:
        lots = lots.filter(product=wanted.product)
    if wanted.days:
        lots = lots.filter(last_record_at__gte=now - timedelta(days=wanted.days))
    return lots


def rows(actor: Actor, wanted: Wanted, now: datetime) -> list[Row]:
    """One row a lot, in order of lots."""
    lots = board_lots(actor, wanted, now)
    known = _known(lots.values("lot"))
    cards = with_state(lots).order_by("lot")
    return [_row(card, known) for card in cards]


def _known(lots: Any) -> _Known:
    checks: dict[str, list[str]] = {}
    raised = FindingCard.objects.filter(lot__in=lots, is_raised=True).exclude(state="by_policy")
    for lot, check in raised.order_by("lot", "check_id").values_list("lot", "check_id"):
        checks.setdefault(lot, []).append(check)
    paths = {path.lot: path for path in LotPath.objects.filter(lot__in=lots)}
    seconds: dict[str, float] = {}
    for lot, begun, seen in Attention.objects.filter(lot__in=lots).values_list("lot", "begun_at", "seen_at"):
        signed = paths[lot].signed_at if lot in paths else None
        if signed is not None and begun <= signed:
            seconds[lot] = seconds.get(lot, 0.0) + (min(seen, signed) - begun).total_seconds()
    return _Known(paths, checks, seconds)


def _row(card: Any, known: _Known) -> Row:
    path = known.paths.get(card.lot, LotPath())
    first = "" if not path.first_review else "exceptions" if path.first_exceptions else "clean"
    return Row(
        lot=card.lot, site=card.site, product=card.product, state=card.state,
        since=card.last_record_at or card.waits_since,
        to_disposition=hours_between(path.record_before_disposal, path.disposed_at),
        to_signature=hours_between(path.record_before_signing, path.signed_at), first=first,
        checks=tuple(known.checks.get(card.lot, ())),
        minutes=known.seconds[card.lot] / 60 if card.lot in known.seconds else None,
        due_at=card.due_at, infusion_at=card.infusion_at, expires_at=card.expires_at,
    )  # fmt: skip


def behind(found: list[Row], wanted: Wanted, now: datetime) -> list[Row]:
    """The lots behind one figure: those of the board that are also of the state, age, check ... asked for."""
    usual = lead(row.to_disposition for row in found)
    done = {
        "disposed": lambda row: row.to_disposition is not None,
        "signed": lambda row: row.to_signature is not None,
        "measured": lambda row: row.minutes is not None,
    }
    return [
        row
        for row in found
        if (not wanted.state or row.state == wanted.state)
        and (wanted.age is None or age_group(row, now) == wanted.age)
        and (not wanted.check or wanted.check in row.checks)
        and (not wanted.first or row.first == wanted.first)
        and (not wanted.late or wanted.late in late(row, now, usual))
        and (not wanted.done or done[wanted.done](row))
    ]


def loads(actor: Actor, wanted: Wanted, now: datetime) -> list[Load]:
    """What reviewers and QPs did within the period, on lots of the board, and the time it took them."""
    days = wanted.days or _LOAD_DAYS
    since = now - timedelta(days=days)
    lots = board_lots(actor, Wanted(site=wanted.site, product=wanted.product), now).values("lot")
    said = Remark.objects.filter(lot__in=lots, at__gte=since).values_list("person", "kind")
    kinds = Counter(said)
    disposed = Counter(Decision.objects.filter(lot__in=lots, at__gte=since).values_list("person", flat=True))
    seconds: dict[str, float] = {}
    worked = Attention.objects.filter(lot__in=lots, seen_at__gte=since)
    for person, begun, seen in worked.values_list("person", "begun_at", "seen_at"):
        seconds[person] = seconds.get(person, 0.0) + (seen - max(begun, since)).total_seconds()
    declared = {row.person: float(row.hours_per_week) for row in Hours.objects.all()}
    people = {account.person: account.name for account in _workers(actor, {person for person, _ in kinds})}
    return [
        Load(
            person, name, sum(kinds[person, kind] for kind in _DECIDES), kinds[person, "signed"], disposed[person],
            seconds.get(person, 0.0) / 3600 / (days / 7), declared.get(person),
        )
        for person, name in sorted(people.items(), key=lambda item: item[1])
    ]  # fmt: skip


def _workers(actor: Actor, active: set[str]) -> list[Account]:
    """Those who review or certify; who leads only some sites sees their own people, and those at work on their lots."""
    may = {account.person for action in ("review.sign", "lot.certify") for account in people_with(action)}
    found = Account.objects.filter(person__in=may)
    if not actor.may("board.open", Place()):
        found = found.filter(Q(organisation=actor.organisation) | Q(person__in=active))
    return list(found)


def full_reviews() -> dict[str, list[float]]:
    """Measured minutes of full reviews, by product; empty: of products without their own."""
    return {row.product: [float(text) for text in row.minutes] for row in FullReview.objects.all()}


def known_state(text: str) -> str:
    """A state that the board knows, or none."""
    return text if text in STATES else ""


def known_age(text: str) -> int | None:
    """An age group that the board knows, or none."""
    return int(text) if text in map(str, AGES) else None
