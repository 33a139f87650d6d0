"""The desk's pages: the queue, one lot, and what is done with its exceptions."""

from __future__ import annotations

from typing import Any, cast, get_args

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from onelot.deviations.events import Severity
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.registry.signing import Signing, credentials_of
from onelot.review.desk.lot_context import lot_context
from onelot.review.desk.presence import note
from onelot.review.desk.queries import LANES, SORTS, Wanted, choices, lane_counts, queue, visible_lot
from onelot.review.desk.requests import asked_lot, local_time, seen_in, without, zone_of
from onelot.review.desk.service import Desk

LOTS_A_PAGE = 50


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """The work queue over all sites that the person may see; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("desk.open")
    wanted = _wanted(request)
    counts = lane_counts(person.actor, wanted)
    pages = Paginator(queue(person.actor, wanted), LOTS_A_PAGE)
    pages.count = counts[wanted.lane]
    page = pages.get_page(request.GET.get("page"))
    context = {
        "wanted": wanted, "page": page, "known_sites": sites(), "choices": choices(person.actor),
        "now": person.clock(), "sorts": _sort_titles(),
        "lanes": [(lane, _lane_titles()[lane], counts[lane]) for lane in LANES],
        "query": without(request, "page"), "lane_query": without(request, "page", "lane"),
    }  # fmt: skip
    return render(request, "desk/queue.html", context)


@require_GET
def lot_page(request: HttpRequest, lot: str) -> HttpResponse:
    """One lot: who waits for it, its exceptions grouped by phase, and what was said about them."""
    return _lot(request, lot)


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, lot: str) -> HttpResponse:
    """One act on an exception or on the lot; a refusal shows the page again with the text that was entered.

    Whoever comes here by the address alone, for example after signing in again, is sent to the lot.
    """
    person = cast("PersonRequest", request)
    if request.method == "GET":
        return HttpResponseRedirect(reverse("desk:lot", args=[lot]))
    finding = request.POST.get("finding", "")
    try:
        _acted(Desk(person.ledger, person.actor, person.clock, person.evidence), request, lot, finding)
    except Refused as refused:
        if refused.refusals[0].code in ("registry.not_allowed", "desk.unknown"):
            raise
        return _lot(request, lot, refusals=refused.refusals, finding=finding, status=409)
    query = request.GET.copy()
    query["recorded"] = finding or "lot"
    place = f"#exception-{finding}" if finding else "#lot"
    return HttpResponseRedirect(f"{reverse('desk:lot', args=[lot])}?{query.urlencode()}{place}")


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, lot: str) -> HttpResponse:
    """Sign the review of a lot as it was shown."""
    person = cast("PersonRequest", request)
    if request.method == "GET":
        return HttpResponseRedirect(reverse("desk:lot", args=[lot]))
    signing = Signing(
        person.ledger,
        person.evidence,
        person.account,
        request,
        zone_of(visible_lot(person.actor, lot)),
        person.clock,
    )
    try:
        Desk(person.ledger, person.actor, person.clock).sign_review(
            lot=lot, review=request.POST.get("review", ""), seen=seen_in(request), signing=signing,
            credentials=credentials_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.refusals[0].code in ("registry.not_allowed", "desk.unknown"):
            raise
        return _lot(request, lot, refusals=refused.refusals, status=409)
    following = queue(person.actor, Wanted(lane="clean")).exclude(lot=lot).first()
    target = reverse("desk:lot", args=[following.lot]) if following and "next" in request.POST else ""
    return HttpResponseRedirect(target or reverse("desk:lot", args=[lot]))


def _acted(desk: Desk, request: HttpRequest, lot: str, finding: str) -> None:
    form = request.POST
    text, seen = form.get("text", ""), seen_in(request)
    match form.get("act", ""):
        case "accepted" | "false_alarm" as decision:
            desk.decide(
                finding=finding, decision=decision, reason=text, seen=seen,
                justification=form.get("justification", ""),
            )  # fmt: skip
        case "deviation" if form.get("deviation"):
            desk.decide(
                finding=finding, decision="deviation", reason=text, seen=seen, deviation=form["deviation"]
            )
        case "deviation":
            desk.raise_deviation(
                finding=finding, severity=_severity(form.get("deviation_severity", "")),
                title=form.get("title", ""), reason=text, seen=seen,
            )  # fmt: skip
        case "withdraw":
            desk.withdraw(finding=finding, reason=text, seen=seen)
        case "ask":
            desk.ask(finding=finding, text=text, seen=seen)
        case "answer":
            desk.answer(finding=finding, text=text, seen=seen)
        case "comment":
            desk.comment(lot=lot, finding=finding, text=text)
        case "take":
            desk.assign(lot=lot, finding=finding, person=desk.actor.person)
        case "assign":
            desk.assign(lot=lot, finding=finding, person=form.get("person", ""))
        case "review_again":
            desk.review_again(lot=lot)
        case "infusion":
            zone = zone_of(visible_lot(desk.actor, lot))
            desk.plan_infusion(lot=lot, planned_for=local_time(form.get("planned_for", ""), zone))
        case other:
            raise refuse("desk.act_unknown", "There is no such act.", where="act", got=other[:40])


def _severity(text: str) -> Severity:
    for known in get_args(Severity):
        if text == known:
            return cast("Severity", known)
    raise refuse(
        "desk.form", "A deviation has a severity.", where="deviation severity",
        expected=", ".join(get_args(Severity)), got=text[:40],
    )  # fmt: skip


def _lot(
    request: HttpRequest, lot: str, *, refusals: Any = (), finding: str = "", status: int = 200
) -> HttpResponse:
    person, card = asked_lot(request, lot)
    note(lot, person.actor.person, person.clock())
    context = lot_context(request, person, card, finding)
    context |= {
        "refusals": refusals, "entered_for": finding, "entered": request.POST.get("text", ""),
        "form": request.POST, "act_query": without(request, "recorded"),
    }  # fmt: skip
    return render(request, "desk/lot.html", context, status=status)


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.GET
    return Wanted(
        lane=asked["lane"] if asked.get("lane") in LANES else "exceptions",
        sort=asked["sort"] if asked.get("sort") in SORTS else "urgency",
        site=asked.get("site", "")[:64], product=asked.get("product", "")[:64],
        text=asked.get("text", "").strip()[:120],
    )  # fmt: skip


def _lane_titles() -> dict[str, str]:
    return {
        "exceptions": _("With exceptions"), "clean": _("Without exceptions"), "decided": _("Decided, to be signed"),
        "disposition": _("Signed"), "unread": _("Not reviewed yet"), "closed": _("Decided finally"), "all": _("All"),
    }  # fmt: skip


def _sort_titles() -> dict[str, str]:
    return {
        "urgency": _("Most urgent first"), "severity": _("Worst first"), "waiting": _("Longest waiting first"),
        "site": _("By site"), "lot": _("By lot"),
    }  # fmt: skip
