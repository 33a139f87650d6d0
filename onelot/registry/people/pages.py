"""Pages of administrators on people: who there is, what each may do, and who went through it."""

from __future__ import annotations

from itertools import islice
from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.backwards import newest_first
from onelot.ledger.query import Query
from onelot.registry.models import Account, Grant
from onelot.registry.people.forms import day, last_day, ledger_position
from onelot.registry.people.queries import (
    GRANT_SORTS,
    SORTS,
    STATES,
    GrantsWanted,
    PeopleWanted,
    curricula,
    grants,
    missing_training,
    people,
    reviews_of,
    roles_of,
    trainings_of,
)
from onelot.registry.people.service import People
from onelot.registry.permissions import ROLES
from onelot.registry.queries import visible_accounts, visible_organisations, visible_sites
from onelot.registry.requests import PersonRequest
from onelot.registry.service import Registry

A_PAGE = 50
HISTORY = 100


@require_http_methods(["GET", "POST"])
def people_page(request: HttpRequest) -> HttpResponse:
    """Everybody; the filter is in the address. A post registers somebody."""
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    refusals: Any = ()
    if request.method == "POST":
        form = request.POST
        name = form.get("person", "").strip()
        try:
            Registry(person.ledger, person.actor, clock=person.clock).register_person(
                person=name, name=form.get("name", ""), organisation=form.get("of", ""),
                email=form.get("email", "").strip()[:254],
            )  # fmt: skip
            return HttpResponseRedirect(reverse("people:person", args=[name]))
        except Refused as refused:
            _raise_not_allowed(refused)
            refusals = refused.refusals
    wanted = _people_wanted(request)
    page = Paginator(people(visible_accounts(person.actor), wanted, person.clock()), A_PAGE).get_page(
        request.GET.get("page")
    )
    roles = roles_of([account.person for account in page])
    context = {
        "wanted": wanted, "page": page, "rows": [(account, roles.get(account.person, [])) for account in page],
        "organisations": visible_organisations(person.actor),
        "roles": ROLES, "states": _state_titles(), "sorts": _sort_titles(),
        "query": urlencode(vars(wanted)), "refusals": refusals, "entered": request.POST,
        "may_manage": person.actor.may("people.manage"),
    }  # fmt: skip
    return render(request, "people/people.html", context, status=409 if refusals else 200)


@require_GET
def person_page(request: HttpRequest, person: str) -> HttpResponse:
    """One person: roles with scope and validity, training, and everything that was done about them."""
    return _person(request, person)


@require_POST
def act(request: HttpRequest, person: str) -> HttpResponse:
    """One act of an administrator; a refusal shows the page again with what was entered."""
    try:
        _acted(cast("PersonRequest", request), person)
    except Refused as refused:
        _raise_not_allowed(refused)
        return _person(request, person, refusals=refused.refusals, status=409)
    return HttpResponseRedirect(reverse("people:person", args=[person]))


def _acted(request: PersonRequest, person: str) -> None:
    form, reason = request.POST, request.POST.get("reason", "")
    registry = Registry(request.ledger, request.actor, clock=request.clock)
    about = People(request.ledger, request.actor, request.clock)
    match form.get("act", ""):
        case "enable" | "disable" as what:
            registry.change_access(person=person, enabled=what == "enable", reason=reason)
        case "change":
            registry.change_person(
                person=person, name=form.get("name", ""), email=form.get("email", ""), reason=reason
            )
        case "grant":
            role = form.get("role", "")
            if role not in ROLES:
                raise refuse("people.role", "There is no such role.", where="role", got=role[:40])
            registry.grant_role(
                person=person, role=role, organisation=form.get("organisation", ""), site=form.get("site", ""),
                product=form.get("product", "").strip()[:64], valid_until=last_day(form.get("until", ""), "last day"),
            )  # fmt: skip
        case "revoke":
            grant = form.get("grant", "")
            if not Grant.objects.filter(grant=grant, person=person).exists():
                raise refuse(
                    "people.grant",
                    "The person does not have this role any more.",
                    where=person,
                    got=grant[:64],
                )
            registry.revoke_role(grant=grant, reason=reason)
        case "train":
            about.record_training(
                person=person, curriculum=form.get("curriculum", ""), valid_from=day(form.get("from", ""), "first day"),
                valid_until=last_day(form.get("until", ""), "last day"), evidence=reason,
            )  # fmt: skip
        case "kept" | "to_change" as outcome:
            about.review_grants(
                person=person, outcome=outcome, reason=reason, seen=ledger_position(form.get("seen", ""))
            )
        case other:
            raise refuse("people.act_unknown", "There is no such act.", where="act", got=other[:40])


@require_GET
def grants_page(request: HttpRequest) -> HttpResponse:
    """Every role of everybody, with the last sign-in and the last review: the recurrent review of access."""
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    asked = request.GET
    wanted = GrantsWanted(
        text=asked.get("text", "").strip()[:120], role=asked.get("role", "") if asked.get("role") in ROLES else "",
        organisation=asked.get("organisation", "")[:64],
        sort=asked.get("sort", "") if asked.get("sort") in GRANT_SORTS else "person",
    )  # fmt: skip
    page = Paginator(grants(visible_accounts(person.actor), wanted), A_PAGE).get_page(asked.get("page"))
    names = [grant.person for grant in page]
    accounts = {account.person: account for account in Account.objects.filter(person__in=names)}
    reviews = reviews_of(names)
    context = {
        "wanted": wanted, "page": page, "roles": ROLES, "now": person.clock(),
        "organisations": visible_organisations(person.actor),
        "rows": [(grant, accounts.get(grant.person), reviews.get(grant.person)) for grant in page],
        "sorts": {"person": _("By person"), "role": _("By role"), "end": _("Ending first")},
        "query": urlencode(vars(wanted)),
    }  # fmt: skip
    return render(request, "people/grants.html", context)


def _person(request: HttpRequest, name: str, *, refusals: Any = (), status: int = 200) -> HttpResponse:
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    account = visible_accounts(person.actor).filter(person=name).first()
    if account is None:
        raise refuse("registry.unknown", "There is no such person.", where="person", got=name[:64])
    now = person.clock()
    missing = missing_training(name, now)
    history = islice(newest_first(person.ledger, Query(tags=(f"person:{name}",))), HISTORY)
    rows = Grant.objects.filter(person=name).order_by("role", "grant")
    context = {
        "account": account, "grants": [(row, missing.get(row.role, ())) for row in rows], "now": now,
        "trainings": trainings_of(name), "review": reviews_of([name]).get(name),
        "needed": sorted({one for names in curricula().values() for one in names}),
        "history": [(entry, entry.event.event_name()) for entry in history],
        "roles": ROLES, "organisations": visible_organisations(person.actor), "sites": visible_sites(person.actor),
        "seen": person.ledger.size(),
        "refusals": refusals, "entered": request.POST if refusals else {},
        "may_manage": person.actor.may("people.manage") and name != person.actor.person,
    }  # fmt: skip
    return render(request, "people/person.html", context, status=status)


def _people_wanted(request: HttpRequest) -> PeopleWanted:
    asked = request.GET
    return PeopleWanted(
        text=asked.get("text", "").strip()[:120], organisation=asked.get("organisation", "")[:64],
        role=asked.get("role", "") if asked.get("role") in ROLES else "",
        state=asked.get("state", "") if asked.get("state") in STATES else "all",
        sort=asked.get("sort", "") if asked.get("sort") in SORTS else "person",
    )  # fmt: skip


def _raise_not_allowed(refused: Refused) -> None:
    if refused.refusals[0].code == "registry.not_allowed":
        raise refused


def _state_titles() -> dict[str, str]:
    return {
        "all": _("All"), "enabled": _("Enabled"), "disabled": _("Disabled"), "without_role": _("Without a role"),
        "review_due": _("Roles to be reviewed"),
    }  # fmt: skip


def _sort_titles() -> dict[str, str]:
    return {
        "person": _("By user name"), "name": _("By name"), "organisation": _("By organisation"),
        "last": _("Last signed in first"),
    }  # fmt: skip
