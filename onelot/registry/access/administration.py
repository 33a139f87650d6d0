"""Pages of administrators on everybody's access: who can sign in how, what happened, and what to do about it."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet, Sum, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onelot.kernel.refusals import Refused, refuse
from onelot.registry.access.factors import FACTORS
from onelot.registry.access.locking import lock_time
from onelot.registry.access.service import Access
from onelot.registry.models import AccessNotice, Account, Grant, Subject
from onelot.registry.people.queries import REVIEW_DAYS, review_due
from onelot.registry.queries import visible_accounts
from onelot.registry.requests import PersonRequest

A_PAGE = 50
STATES = ("all", "enabled", "disabled", "no_password", "no_factor", "locked")
SORTS = {"person": ("person",), "name": ("name", "person"), "last": ("-last_login", "person")}


@require_GET
def access_page(request: HttpRequest) -> HttpResponse:
    """All accounts by what they can sign in with; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    asked = request.GET
    wanted = {
        "text": asked.get("text", "").strip()[:120],
        "state": asked["state"] if asked.get("state") in STATES else "all",
        "sort": asked["sort"] if asked.get("sort") in SORTS else "person",
    }  # fmt: skip
    page = Paginator(_accounts(person, wanted), A_PAGE).get_page(asked.get("page"))
    _describe(person, page.object_list)
    context = {
        "page": page, "wanted": wanted, "states": _state_titles(), "sorts": _sort_titles(),
        "query": urlencode(wanted), "may_manage": person.actor.may("people.manage"),
        "locked": sorted(_seen(person, _locked(person))),
        "due": review_due(visible_accounts(person.actor), person.clock()).count(), "days": REVIEW_DAYS,
    }  # fmt: skip
    return render(request, "access/list.html", context)


@require_GET
def person_page(request: HttpRequest, person: str) -> HttpResponse:
    """One person's access, what happened to it, and what an administrator may do."""
    return _person(request, person)


@require_POST
def act(request: HttpRequest, person: str) -> HttpResponse:
    """One act of an administrator; a refusal shows the page again with the text that was entered."""
    asking = cast("PersonRequest", request)
    access = Access(asking.ledger, asking.actor, clock=asking.clock)
    text = request.POST.get("reason", "")
    link = ""
    try:
        match request.POST.get("act", ""):
            case "link":
                token = access.issue_password_link(person=person, identity_checked=text)
                link = request.build_absolute_uri(reverse("password_link", args=[person, token]))
            case "reset_factors":
                access.reset_factors(person=person, reason=text)
            case "unlock":
                access.unlock(person=person, reason=text)
            case "subject":
                issuer, subject = settings.ONELOT_OIDC_ISSUER, request.POST.get("subject", "").strip()
                access.record_subject(person=person, issuer=issuer, subject=subject)
            case other:
                raise refuse("registry.act_unknown", "There is no such act.", where="act", got=other[:40])
    except Refused as refused:
        if refused.refusals[0].code in ("registry.not_allowed", "registry.unknown"):
            raise
        return _person(request, person, refusals=refused.refusals, entered=text, status=409)
    if link:  # shown in the answer itself, since it is kept nowhere
        return _person(request, person, link=link)
    return HttpResponseRedirect(reverse("access_person", args=[person]))


@require_GET
def notices_page(request: HttpRequest) -> HttpResponse:
    """What happened to accounts, newest first; locks stand out."""
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    asked = request.GET
    kind, who = asked.get("kind", "")[:24], asked.get("person", "").strip()[:64]
    rows = _notices(person).order_by("position" if asked.get("sort") == "oldest" else "-position")
    rows = rows.filter(kind=kind) if kind in _kind_titles() else rows
    rows = rows.filter(person=who) if who else rows
    page = Paginator(rows, A_PAGE).get_page(asked.get("page"))
    query = urlencode({"kind": kind, "person": who, "sort": asked.get("sort", "")[:10]})
    context = {"page": _titled(page), "kinds": _kind_titles(), "kind": kind, "who": who, "query": query}
    return render(request, "access/notices.html", context)


def _notices(person: PersonRequest) -> QuerySet[AccessNotice]:
    """What happened to people whom the asker may see, and the reviews that such people made."""
    seen = visible_accounts(person.actor).values_list("person", flat=True)
    reviewers = Concat(Value("person:"), "person")
    by_seen = visible_accounts(person.actor).annotate(who=reviewers).values("who")
    return AccessNotice.objects.filter(Q(person__in=seen) | Q(person="", actor__in=by_seen))


def _accounts(person: PersonRequest, wanted: dict[str, str]) -> QuerySet[Account]:
    rows = visible_accounts(person.actor).order_by(*SORTS[wanted["sort"]])
    if wanted["text"]:
        rows = rows.filter(Q(person__icontains=wanted["text"]) | Q(name__icontains=wanted["text"]))
    strong = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    match wanted["state"]:
        case "enabled":
            return rows.filter(is_active=True)
        case "disabled":
            return rows.filter(is_active=False)
        case "no_password":
            return rows.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        case "no_factor":
            return rows.exclude(pk__in=Authenticator.objects.filter(type__in=strong).values("user"))
        case "locked":
            return rows.filter(person__in=_locked(person))
    return rows


def _locked(person: PersonRequest) -> set[str]:
    """User names with so many failures lately that they are locked."""
    since = person.clock() - lock_time()
    counted = AccessAttempt.objects.filter(attempt_time__gte=since).values("username").annotate(
        failures=Sum("failures_since_start")
    )  # fmt: skip
    return {row["username"] for row in counted if row["failures"] >= settings.AXES_FAILURE_LIMIT}


def _seen(person: PersonRequest, names: set[str]) -> set[str]:
    """Those of the names that are of people whom the asker may see; attempts are counted for any name."""
    return set(visible_accounts(person.actor).filter(person__in=names).values_list("person", flat=True))


def _describe(person: PersonRequest, accounts: Any) -> None:
    """Put beside each account of a page its factors, roles and lock."""
    names = [account.person for account in accounts]
    held: dict[int, list[str]] = {}
    for user, kind in Authenticator.objects.filter(user__in=accounts).values_list("user", "type"):
        held.setdefault(user, []).append(FACTORS[kind])
    roles: dict[str, set[str]] = {}
    for name, role in Grant.objects.filter(person__in=names).values_list("person", "role"):
        roles.setdefault(name, set()).add(role)
    locked = _locked(person)
    for account in accounts:
        account.held = sorted(set(held.get(account.pk, [])))
        account.roles = sorted(roles.get(account.person, ()))
        account.is_locked = account.person in locked


def _person(
    request: HttpRequest,
    name: str,
    *,
    refusals: Any = (),
    entered: str = "",
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    person = cast("PersonRequest", request)
    person.actor.check_may("people.open")
    account = visible_accounts(person.actor).filter(person=name).first()
    if account is None:
        raise refuse("registry.unknown", "There is no such person.", where="person", got=name[:64])
    _describe(person, [account])
    notices = Paginator(AccessNotice.objects.filter(person=name).order_by("-position"), A_PAGE).get_page(1)
    context = {
        "account": account, "notices": _titled(notices), "refusals": refusals, "entered": entered, "link": link,
        "subjects": Subject.objects.filter(person=name), "issuer": settings.ONELOT_OIDC_ISSUER,
        "may_manage": person.actor.may("people.manage") and account.person != person.actor.person,
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }  # fmt: skip
    return render(request, "access/person.html", context, status=status)


def _titled(page: Any) -> Any:
    titles = _kind_titles()
    for row in page.object_list:
        row.title = titles.get(row.kind, row.kind)
    return page


def _state_titles() -> dict[str, str]:
    return {
        "all": _("All"), "enabled": _("Enabled"), "disabled": _("Disabled"), "no_password": _("Without a password"),
        "no_factor": _("Without a second factor"), "locked": _("Locked"),
    }  # fmt: skip


def _sort_titles() -> dict[str, str]:
    return {"person": _("By user name"), "name": _("By name"), "last": _("Last signed in first")}


def _kind_titles() -> dict[str, str]:
    return {
        "locked": _("Locked after failed attempts"), "unlocked": _("Lock ended by an administrator"),
        "signature_refused": _("Signature refused"), "password_link": _("Link to set a password"),
        "password_set": _("Password set"), "factor_added": _("Second factor added"),
        "factor_removed": _("Second factor removed"), "factor_renewed": _("Recovery codes renewed"),
        "factor_reset": _("Second factors taken away"), "subject": _("Single sign-on recorded"),
        "statement": _("Statement on signatures accepted"), "access_reviewed": _("Access reviewed"),
    }  # fmt: skip
