"""How other rooms ask who somebody is and where something belongs."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.db.models import Q, QuerySet

from onelot.registry.events import Role
from onelot.registry.models import Account, Grant, Organisation, SignatureCard, Site
from onelot.registry.people.queries import curricula, missing_training, valid_training
from onelot.registry.permissions import ALLOWED, Actor, Granted, Place, Untrained, in_force


def actor_of(account: Account, now: datetime) -> Actor:
    """The person behind an account with the grants that hold now; a disabled account has none.

    A grant whose role needs training that is not valid now is among ``untrained`` instead (21 CFR 11.10(i)).
    """
    grants = tuple(
        Granted(cast("Role", row.role), row.organisation, row.site, row.product, row.valid_until)
        for row in Grant.objects.filter(person=account.person).order_by("grant")
    )
    held = in_force(grants, now) if account.is_active else ()
    missing = missing_training(account.person, now) if held else {}
    trained = tuple(grant for grant in held if grant.role not in missing)
    untrained = tuple(Untrained(grant, missing[grant.role]) for grant in held if grant.role in missing)
    return Actor(account.person, account.name, account.organisation, trained, untrained=untrained)


def place_of(site: str, product: str) -> Place:
    """Where a lot belongs that is made at ``site``; an unknown site belongs to no organisation."""
    organisation = Site.objects.filter(code=site).values_list("organisation", flat=True).first() or ""
    return Place(organisation, site, product)


def within(actor: Actor, action: str, *, organisation: str, site: str, product: str) -> Q:
    """A filter on rows with these three columns: those where the person may do ``action``."""
    allowed = Q(pk__in=[])
    for grant in actor.scopes(action):
        scope = {
            column: value
            for column, value in (
                (organisation, grant.organisation), (site, grant.site), (product, grant.product),
            )
            if value
        }  # fmt: skip
        if not scope:
            return Q()
        allowed |= Q(**scope)
    return allowed


def sites() -> dict[str, Site]:
    """Every site by its code."""
    return {site.code: site for site in Site.objects.order_by("code")}


def organisations() -> dict[str, Organisation]:
    """Every organisation by its code."""
    return {organisation.code: organisation for organisation in Organisation.objects.order_by("code")}


def people_with(action: str) -> list[Account]:
    """Enabled people who may do ``action`` somewhere."""
    holders = Grant.objects.filter(role__in=ALLOWED[action]).values("person")
    return list(Account.objects.filter(person__in=holders, is_active=True).order_by("name", "person"))


def signatures_of(record: str) -> list[SignatureCard]:
    """Electronic signatures of a record, named by its tag (``lot:L-1``), oldest first.

    Show them by ``web/signatures.html``; ``onelot.registry.signatures`` checks them as well.
    """
    return list(SignatureCard.objects.filter(about__tag=record).order_by("position"))


def visible_accounts(actor: Actor) -> QuerySet[Account]:
    """Accounts of the organisations in which the person may see people; a scope of one site sees none."""
    seen = _organisations_seen(actor)
    return Account.objects.all() if seen is None else Account.objects.filter(organisation__in=seen)


def visible_organisations(actor: Actor) -> dict[str, Organisation]:
    """The organisations in which the person may see people, by code."""
    seen = _organisations_seen(actor)
    return {code: one for code, one in organisations().items() if seen is None or code in seen}


def _organisations_seen(actor: Actor) -> set[str] | None:
    """The codes of those in which the person may see people; None is every one."""
    scopes = [grant for grant in actor.scopes("people.open") if not grant.site and not grant.product]
    if any(not grant.organisation for grant in scopes):
        return None
    return {grant.organisation for grant in scopes}


def visible_sites(actor: Actor) -> dict[str, Site]:
    """The sites of these organisations, by code."""
    known = visible_organisations(actor)
    return {code: site for code, site in sites().items() if site.organisation in known}


def people_who_may(action: str, place: Place, now: datetime) -> list[Account]:
    """Enabled people who may do ``action`` there, by name."""
    grants = [
        (
            row.person,
            Granted(cast("Role", row.role), row.organisation, row.site, row.product, row.valid_until),
        )
        for row in Grant.objects.filter(role__in=ALLOWED[action])
    ]
    able = [(person, grant) for person, grant in grants if in_force([grant], now) and grant.covers(place)]
    needed = curricula()
    trained = valid_training({person for person, _ in able}, now) if needed else {}
    names = {
        person for person, grant in able if trained.get(person, set()).issuperset(needed.get(grant.role, ()))
    }
    return list(Account.objects.filter(person__in=names, is_active=True).order_by("name", "person"))


def person_may(person: str, action: str, place: Place, now: datetime) -> bool:
    """Whether somebody who is not asking himself may do ``action`` there."""
    account = Account.objects.filter(person=person).first()
    return account is not None and actor_of(account, now).may(action, place)
