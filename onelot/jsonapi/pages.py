"""The administrator's pages: systems with their tokens; webhooks their log. A secret is shown once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from onelot.jsonapi.events import SystemGrant
from onelot.jsonapi.models import Delivery, Subscription, System, Token, TokenSecret
from onelot.jsonapi.scopes import SCOPES
from onelot.jsonapi.tokens import Systems
from onelot.jsonapi.webhooks.kinds import KINDS
from onelot.jsonapi.webhooks.subscriptions import Webhooks
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.events import Role
from onelot.registry.permissions import ROLES
from onelot.registry.queries import organisations, sites
from onelot.registry.requests import PersonRequest

ROWS_A_PAGE = 50
_STATES = ("waiting", "delivered", "dead", "dropped")
_ELSEWHERE = ("registry.not_allowed", "jsonapi.unknown")
"""Refusals that are pages of their own; any other is shown beside the form, with what was entered."""

Page = Callable[..., HttpResponse]


@require_GET
def systems_page(request: HttpRequest) -> HttpResponse:
    """The systems that may use the API, and a form for another one."""
    return _systems(request)


@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Register a system, or change one."""
    form = request.POST
    roles = cast("list[Role]", form.getlist("roles"))
    grants = [
        SystemGrant(
            role=role, organisation=form.get("within", ""), site=form.get("site", ""),
            product=form.get("product", "").strip(),
        )
        for role in roles
    ]  # fmt: skip
    code = form.get("code", "").strip()

    def act() -> HttpResponse:
        _administrator(request).register(
            code=code, name=form.get("name", ""), organisation=form.get("organisation", ""), grants=grants,
            scopes=form.getlist("scopes"), reason=form.get("reason", ""),
        )  # fmt: skip
        return HttpResponseRedirect(reverse("jsonapi:system", args=[code]))

    return _shown_again(act, lambda refusals: _systems(request, refusals, 422))


@require_GET
def system_page(request: HttpRequest, system: str) -> HttpResponse:
    """One system: what it may do, and its tokens."""
    return _system(request, system)


@require_POST
def issue(request: HttpRequest, system: str) -> HttpResponse:
    """Issue a token, and show it this once."""
    form = request.POST

    def act() -> HttpResponse:
        secret = _administrator(request).issue(
            code=system, label=form.get("label", ""), valid_until=_end_of(form.get("valid_until", ""))
        )
        return _no_store(_system(request, system, secret=secret))

    return _shown_again(act, lambda refusals: _system(request, system, refusals, 422))


@require_POST
def revoke(request: HttpRequest, system: str, token: str) -> HttpResponse:
    """End a token at once."""

    def act() -> HttpResponse:
        _administrator(request).revoke(token=token, reason=request.POST.get("reason", ""))
        return HttpResponseRedirect(reverse("jsonapi:system", args=[system]))

    return _shown_again(act, lambda refusals: _system(request, system, refusals, 422))


@require_POST
def retire(request: HttpRequest, system: str) -> HttpResponse:
    """End a system with all its tokens."""

    def act() -> HttpResponse:
        _administrator(request).retire(code=system, reason=request.POST.get("reason", ""))
        return HttpResponseRedirect(reverse("jsonapi:system", args=[system]))

    return _shown_again(act, lambda refusals: _system(request, system, refusals, 422))


@require_GET
def webhooks_page(request: HttpRequest) -> HttpResponse:
    """Who is told of what, and a form for another one."""
    return _webhooks_list(request)


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Subscribe a receiver, and show its secret this once."""
    form = request.POST

    def act() -> HttpResponse:
        webhook, secret = _webhooks(request).subscribe(
            url=form.get("url", "").strip(), kinds=form.getlist("kinds"), organisation=form.get("organisation", "")
        )  # fmt: skip
        return _no_store(_webhook(request, webhook, secret=secret))

    return _shown_again(act, lambda refusals: _webhooks_list(request, refusals, 422))


@require_GET
def webhook_page(request: HttpRequest, webhook: str) -> HttpResponse:
    """One subscription and its log of deliveries."""
    return _webhook(request, webhook)


@require_POST
def end_webhook(request: HttpRequest, webhook: str) -> HttpResponse:
    """End a subscription."""

    def act() -> HttpResponse:
        _webhooks(request).end(subscription=webhook, reason=request.POST.get("reason", ""))
        return HttpResponseRedirect(reverse("jsonapi:webhook", args=[webhook]))

    return _shown_again(act, lambda refusals: _webhook(request, webhook, refusals, 422))


@require_POST
def redeliver(request: HttpRequest, webhook: str, delivery: int) -> HttpResponse:
    """Send a delivery once more."""

    def act() -> HttpResponse:
        _webhooks(request).redeliver(subscription=webhook, delivery=delivery)
        return HttpResponseRedirect(reverse("jsonapi:webhook", args=[webhook]))

    return _shown_again(act, lambda refusals: _webhook(request, webhook, refusals, 422))


def _systems(request: HttpRequest, refusals: Any = (), status: int = 200) -> HttpResponse:
    text = request.GET.get("text", "").strip()[:120]
    rows = _administrator(request).all().order_by("code")
    if text:
        rows = rows.filter(
            Q(code__icontains=text) | Q(name__icontains=text) | Q(organisation__icontains=text)
        )
    context = {
        **_page(request, rows), "text": text, "refusals": refusals, "entered": request.POST,
        "entered_roles": request.POST.getlist("roles"), "entered_scopes": request.POST.getlist("scopes"),
        "organisations": organisations().values(), "sites": sites().values(), "roles": ROLES, "scopes": SCOPES,
    }  # fmt: skip
    return render(request, "jsonapi/systems.html", context, status=status)


def _system(
    request: HttpRequest, code: str, refusals: Any = (), status: int = 200, secret: str = ""
) -> HttpResponse:
    system: System = _administrator(request).one(code)
    used = TokenSecret.objects.filter(token=OuterRef("token")).values("used_at")
    tokens = Token.objects.filter(system=code).annotate(used_at=Subquery(used)).order_by("-issued_at")
    context = {
        **_page(request, tokens), "system": system, "refusals": refusals, "secret": secret, "entered": request.POST,
        "scopes": [(scope, SCOPES[scope]) for scope in system.scopes if scope in SCOPES],
        "now": _person(request).clock(),
    }  # fmt: skip
    return render(request, "jsonapi/system.html", context, status=status)


def _webhooks_list(request: HttpRequest, refusals: Any = (), status: int = 200) -> HttpResponse:
    logs = Delivery.objects.filter(subscription=OuterRef("subscription")).order_by().values("subscription")
    counted = {
        state: Subquery(logs.filter(state=state).annotate(found=Count("pk")).values("found"))
        for state in ("waiting", "dead")
    }
    rows = _webhooks(request).all().annotate(**counted).order_by("-is_active", "url", "subscription")
    text = request.GET.get("text", "").strip()[:120]
    if text:
        rows = rows.filter(Q(url__icontains=text) | Q(organisation__icontains=text))
    context = {
        **_page(request, rows), "text": text, "refusals": refusals, "entered": request.POST,
        "entered_kinds": request.POST.getlist("kinds"), "organisations": organisations().values(), "kinds": KINDS,
    }  # fmt: skip
    return render(request, "jsonapi/webhooks.html", context, status=status)


def _webhook(
    request: HttpRequest, webhook: str, refusals: Any = (), status: int = 200, secret: str = ""
) -> HttpResponse:
    card: Subscription = _webhooks(request).one(webhook)
    state = request.GET.get("state", "")
    rows = Delivery.objects.filter(subscription=webhook).prefetch_related("log").order_by("-position")
    if state in _STATES:
        rows = rows.filter(state=state)
    context = {
        **_page(request, rows), "webhook": card, "refusals": refusals, "secret": secret, "state": state,
        "states": _STATES, "entered": request.POST,
    }  # fmt: skip
    return render(request, "jsonapi/webhook.html", context, status=status)


def _page(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("page", None)
    return {
        "page": Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
    }


def _shown_again(act: Callable[[], HttpResponse], show: Callable[[Any], HttpResponse]) -> HttpResponse:
    try:
        return act()
    except Refused as refused:
        if refused.refusals[0].code in _ELSEWHERE:
            raise
        return show(refused.refusals)


def _no_store(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _end_of(day: str) -> datetime:
    """The last instant, UTC, of a day that was entered."""
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time.max, UTC)  # noqa: DTZ007
    except ValueError as error:
        raise refuse(
            "jsonapi.date", "That is no day.", where="valid until", expected="YYYY-MM-DD", got=day[:40]
        ) from error


def _person(request: HttpRequest) -> PersonRequest:
    return cast("PersonRequest", request)


def _administrator(request: HttpRequest) -> Systems:
    person = _person(request)
    return Systems(person.ledger, person.actor, person.clock)


def _webhooks(request: HttpRequest) -> Webhooks:
    person = _person(request)
    return Webhooks(person.ledger, person.actor, person.clock)
