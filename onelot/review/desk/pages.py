"""The desk's pages: the queue, one lot, and what is done with its exceptions."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.registry.permissions import Place
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.registry.signatures import checked_signatures
from onelot.registry.signing import Signing, credentials_of
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import (
    LANES,
    SORTS,
    Wanted,
    choices,
    exceptions_by_phase,
    lane_counts,
    queue,
    remarks_on_lot,
    visible_lot,
)
from onelot.review.desk.service import Desk

LOTS_A_PAGE = 50


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """The work queue over all sites that the person may see; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("desk.open")
    wanted = _wanted(request)
    page = Paginator(queue(person.actor, wanted), LOTS_A_PAGE).get_page(request.GET.get("page"))
    counts = lane_counts(person.actor, wanted)
    context = {
        "wanted": wanted, "page": page, "known_sites": sites(), "choices": choices(person.actor),
        "lanes": [(lane, _lane_titles()[lane], counts[lane]) for lane in LANES], "sorts": _sort_titles(),
        "query": _without(request, "page"), "lane_query": _without(request, "page", "lane"),
    }  # fmt: skip
    return render(request, "desk/queue.html", context)


@require_GET
def lot_page(request: HttpRequest, lot: str) -> HttpResponse:
    """One lot: who waits for it, its exceptions grouped by phase, and what was said about them."""
    return _lot(request, lot)


@require_POST
def act(request: HttpRequest, lot: str) -> HttpResponse:
    """One act on an exception or on the lot; a refusal shows the page again with the text that was entered."""
    person = cast("PersonRequest", request)
    finding = request.POST.get("finding", "")
    try:
        _acted(Desk(person.ledger, person.actor, person.clock), request, lot, finding)
    except Refused as refused:
        if refused.refusals[0].code in ("registry.not_allowed", "desk.unknown"):
            raise
        return _lot(request, lot, refusals=refused.refusals, finding=finding, status=409)
    place = f"#exception-{finding}" if finding else "#lot"
    return HttpResponseRedirect(reverse("desk:lot", args=[lot]) + place)


@require_POST
def sign(request: HttpRequest, lot: str) -> HttpResponse:
    """Sign the review of a lot as it was shown."""
    person = cast("PersonRequest", request)
    signing = Signing(
        person.ledger,
        person.evidence,
        person.account,
        request,
        _zone(visible_lot(person.actor, lot)),
        person.clock,
    )
    try:
        Desk(person.ledger, person.actor, person.clock).sign_review(
            lot=lot, review=request.POST.get("review", ""), seen=_seen(request), signing=signing,
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
    text, seen = request.POST.get("text", ""), _seen(request)
    match request.POST.get("act", ""):
        case "accepted" | "false_alarm" | "deviation" as decision:
            desk.decide(
                finding=finding, decision=decision, reason=text, seen=seen,
                deviation=request.POST.get("deviation", "").strip(),
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
        case other:
            raise refuse("desk.act_unknown", "There is no such act.", where="act", got=other)


def _lot(
    request: HttpRequest, lot: str, *, refusals: Any = (), finding: str = "", status: int = 200
) -> HttpResponse:
    person = cast("PersonRequest", request)
    card = visible_lot(person.actor, lot)
    if card is None:
        raise Refused(Refusal("desk.unknown", _("There is no such lot."), where=lot))
    place = Place(card.organisation, card.site, card.product)
    may = {
        name: person.actor.may(action, place)
        for name, action in (
            ("decide", "finding.decide"), ("ask", "finding.ask"), ("answer", "finding.answer"),
            ("comment", "finding.comment"), ("sign", "review.sign"), ("take", "finding.assign"),
            ("dossier", "dossier.open"),
        )
    }  # fmt: skip
    context = {
        "lot": card, "phases": list(exceptions_by_phase(lot)), "remarks": remarks_on_lot(lot), "may": may,
        "refusals": refusals, "entered_for": finding, "entered": request.POST.get("text", ""),
        "site": sites().get(card.site), "zone": _zone(card),
        "signatures": checked_signatures(person.ledger, person.evidence, f"lot:{lot}"),
    }  # fmt: skip
    return render(request, "desk/lot.html", context, status=status)


def _zone(card: LotCard | None) -> str:
    site = sites().get(card.site) if card else None
    return site.time_zone if site else "UTC"


def _seen(request: HttpRequest) -> int:
    """The ledger position at which the page that was acted on was read."""
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "desk.form", "The form is not whole.", where="seen", expected="a ledger position", got=text[:40]
        )
    return int(text)


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.GET
    return Wanted(
        lane=asked["lane"] if asked.get("lane") in LANES else "exceptions",
        sort=asked["sort"] if asked.get("sort") in SORTS else "urgency",
        site=asked.get("site", "")[:64], product=asked.get("product", "")[:64],
        text=asked.get("text", "").strip()[:120],
    )  # fmt: skip


def _without(request: HttpRequest, *names: str) -> str:
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()


def _lane_titles() -> dict[str, str]:
    return {
        "exceptions": _("With exceptions"), "clean": _("Without exceptions"), "decided": _("Decided, to be signed"),
        "disposition": _("Signed"), "unread": _("Not reviewed yet"), "all": _("All"),
    }  # fmt: skip


def _sort_titles() -> dict[str, str]:
    return {
        "urgency": _("Most urgent first"), "severity": _("Worst first"), "waiting": _("Longest waiting first"),
        "site": _("By site"), "lot": _("By lot"),
    }  # fmt: skip
