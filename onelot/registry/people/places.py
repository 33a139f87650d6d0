"""Pages on organisations and their sites, and the table of who may do what."""

from __future__ import annotations

from typing import Any, cast, get_args
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from onelot.kernel.refusals import Refused, refuse
from onelot.registry.events import OrganisationKind
from onelot.registry.models import Organisation, Site
from onelot.registry.people.queries import curricula
from onelot.registry.permissions import ALLOWED, ROLES
from onelot.registry.queries import visible_organisations
from onelot.registry.requests import PersonRequest
from onelot.registry.service import Registry

A_PAGE = 50
KINDS: tuple[OrganisationKind, ...] = get_args(OrganisationKind)
SORTS = ("code", "name")


@require_http_methods(["GET", "POST"])
def organisations_page(request: HttpRequest) -> HttpResponse:
    """Every organisation; a post registers one, or renames it."""
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    refusals: Any = ()
    if request.method == "POST":
        try:
            _register_organisation(person)
            return HttpResponseRedirect(reverse("people:organisations"))
        except Refused as refused:
            if refused.refusals[0].code == "registry.not_allowed":
                raise
            refusals = refused.refusals
    text, kind, sort = _asked(request, "kind", KINDS)
    rows = Organisation.objects.filter(code__in=visible_organisations(person.actor)).order_by(sort, "code")
    rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text)) if text else rows
    rows = rows.filter(kind=kind) if kind else rows
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")), "text": text, "kind": kind, "sort": sort,
        "kinds": KINDS, "sorts": SORTS, "query": urlencode({"text": text, "kind": kind, "sort": sort}),
        "refusals": refusals, "entered": request.POST, "may_manage": person.actor.may("people.manage"),
    }  # fmt: skip
    return render(request, "people/organisations.html", context, status=409 if refusals else 200)


@require_http_methods(["GET", "POST"])
def sites_page(request: HttpRequest) -> HttpResponse:
    """Every site; a post registers one, or changes its name or zone."""
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    refusals: Any = ()
    if request.method == "POST":
        form = request.POST
        try:
            Registry(person.ledger, person.actor, clock=person.clock).register_site(
                code=form.get("code", "").strip(), organisation=form.get("of", ""), name=form.get("name", ""),
                time_zone=form.get("time_zone", "").strip(), reason=form.get("reason", ""),
            )  # fmt: skip
            return HttpResponseRedirect(reverse("people:sites"))
        except Refused as refused:
            if refused.refusals[0].code == "registry.not_allowed":
                raise
            refusals = refused.refusals
    known = visible_organisations(person.actor)
    text, organisation, sort = _asked(request, "organisation", tuple(known))
    rows = Site.objects.filter(organisation__in=known).order_by(sort, "code")
    rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text)) if text else rows
    rows = rows.filter(organisation=organisation) if organisation else rows
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")), "text": text, "organisation": organisation,
        "sort": sort, "organisations": known, "sorts": SORTS,
        "query": urlencode({"text": text, "organisation": organisation, "sort": sort}),
        "refusals": refusals, "entered": request.POST, "may_manage": person.actor.may("people.manage"),
    }  # fmt: skip
    return render(request, "people/sites.html", context, status=409 if refusals else 200)


@require_GET
def table_page(request: HttpRequest) -> HttpResponse:
    """Who may do what: the one table, as it is applied."""
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    rows = [(action, [role in allowed for role in ROLES]) for action, allowed in ALLOWED.items()]
    context = {
        "roles": ROLES,
        "rows": rows,
        "curricula": [(role, names) for role, names in curricula().items()],
    }
    return render(request, "people/table.html", context)


def _register_organisation(person: PersonRequest) -> None:
    form = person.POST
    kind = form.get("of_kind", "")
    if kind not in KINDS:
        raise refuse("people.kind", "There is no such kind of organisation.", where="kind", got=kind[:40])
    Registry(person.ledger, person.actor, clock=person.clock).register_organisation(
        code=form.get("code", "").strip(), name=form.get("name", ""), kind=kind, reason=form.get("reason", "")
    )


def _asked(request: HttpRequest, name: str, known: tuple[str, ...]) -> tuple[str, str, str]:
    asked = request.GET
    return (
        asked.get("text", "").strip()[:120], asked.get(name, "") if asked.get(name) in known else "",
        asked.get("sort", "") if asked.get("sort") in SORTS else "code",
    )  # fmt: skip
