"""What pages ask about people: who there is, what they may do, and which training they lack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from onelot.registry.models import Account, Grant
from onelot.registry.people.models import GrantsReview, Training

STATES = ("all", "enabled", "disabled", "without_role", "review_due")
REVIEW_DAYS = 365
"""So long a review of somebody's roles counts (EU GMP Annex 11, 12: periodically)."""
SORTS = {
    "person": (F("person").asc(),),
    "name": (F("name").asc(), F("person").asc()),
    "organisation": (F("organisation").asc(), F("person").asc()),
    "last": (F("last_login").desc(nulls_last=True), F("person").asc()),
}
GRANT_SORTS = {
    "person": (F("person").asc(), F("grant").asc()),
    "role": (F("role").asc(), F("person").asc(), F("grant").asc()),
    "end": (F("valid_until").asc(nulls_last=True), F("person").asc(), F("grant").asc()),
}


@dataclass(frozen=True)
class PeopleWanted:
    """What was asked of the list of people."""

    text: str = ""
    organisation: str = ""
    role: str = ""
    state: str = "all"
    sort: str = "person"


def review_due(rows: QuerySet[Account], now: datetime) -> QuerySet[Account]:
    """Those of them who may sign in, have a role, and whose roles nobody went through lately."""
    held = Grant.objects.filter(person=OuterRef("person"))
    lately = GrantsReview.objects.filter(
        person=OuterRef("person"), reviewed_at__gte=now - timedelta(days=REVIEW_DAYS)
    )
    return rows.filter(Exists(held), ~Exists(lately), is_active=True)


def people(rows: QuerySet[Account], wanted: PeopleWanted, now: datetime) -> QuerySet[Account]:
    """Those of them who were asked for."""
    rows = rows.order_by(*SORTS[wanted.sort])
    if wanted.text:
        rows = rows.filter(Q(person__icontains=wanted.text) | Q(name__icontains=wanted.text))
    if wanted.organisation:
        rows = rows.filter(organisation=wanted.organisation)
    held = Grant.objects.filter(person=OuterRef("person"))
    if wanted.role:
        rows = rows.filter(Exists(held.filter(role=wanted.role)))
    match wanted.state:
        case "enabled":
            return rows.filter(is_active=True)
        case "disabled":
            return rows.filter(is_active=False)
        case "review_due":
            return review_due(rows, now)
        case "without_role":
            return rows.filter(~Exists(held))
    return rows


def roles_of(names: Sequence[str]) -> dict[str, list[str]]:
    """The roles of some people, each once."""
    found: dict[str, set[str]] = {}
    for name, role in Grant.objects.filter(person__in=names).values_list("person", "role"):
        found.setdefault(name, set()).add(role)
    return {name: sorted(roles) for name, roles in found.items()}


@dataclass(frozen=True)
class GrantsWanted:
    """What was asked of the list of grants."""

    text: str = ""
    role: str = ""
    organisation: str = ""
    sort: str = "person"


def grants(accounts: QuerySet[Account], wanted: GrantsWanted) -> QuerySet[Grant]:
    """The grants of these people as asked for."""
    rows = Grant.objects.filter(person__in=accounts.values("person")).order_by(*GRANT_SORTS[wanted.sort])
    if wanted.text:
        named = Account.objects.filter(name__icontains=wanted.text).values("person")
        rows = rows.filter(Q(person__icontains=wanted.text) | Q(person__in=named))
    if wanted.role:
        rows = rows.filter(role=wanted.role)
    if wanted.organisation:
        rows = rows.filter(organisation=wanted.organisation)
    return rows


def reviews_of(names: Sequence[str]) -> dict[str, GrantsReview]:
    """The last review of each of some people's roles."""
    return {review.person: review for review in GrantsReview.objects.filter(person__in=names)}


def trainings_of(person: str) -> list[Training]:
    """What a person was trained in."""
    return list(Training.objects.filter(person=person).order_by("curriculum"))


def curricula() -> Mapping[str, Sequence[str]]:
    """By role: the curricula that acting in it needs (setting ``ONELOT_ROLE_CURRICULA``)."""
    found: Mapping[str, Sequence[str]] = getattr(settings, "ONELOT_ROLE_CURRICULA", {})
    return found


def missing_training(person: str, now: datetime) -> dict[str, tuple[str, ...]]:
    """By role: the curricula in which the person has no valid training now; roles that miss none are left out."""
    needed = curricula()
    if not needed:
        return {}
    valid = valid_training([person], now).get(person, set())
    missing = {role: tuple(name for name in names if name not in valid) for role, names in needed.items()}
    return {role: names for role, names in missing.items() if names}


def valid_training(persons: Iterable[str], now: datetime) -> dict[str, set[str]]:
    """By person: the curricula in which they have valid training now."""
    rows = Training.objects.filter(person__in=[*persons], valid_from__lte=now).filter(
        Q(valid_until=None) | Q(valid_until__gt=now)
    )
    found: dict[str, set[str]] = {}
    for person, curriculum in rows.values_list("person", "curriculum"):
        found.setdefault(person, set()).add(curriculum)
    return found
