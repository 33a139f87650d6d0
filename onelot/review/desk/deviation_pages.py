"""Pages of deviations: the list, and one with what it means for its lot. They are here, where lots are known."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onelot.deviations.models import Deviation
from onelot.deviations.service import Deviations
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.ledger.query import Query
from onelot.registry.permissions import Actor
from onelot.registry.requests import PersonRequest
from onelot.review.desk.models import FindingCard
from onelot.review.desk.queries import visible_lot, visible_lots
from onelot.review.desk.requests import place_of_lot, seen_in, without, zone_of
from onelot.review.desk.telling import told

A_PAGE = 50
STATES = ("open", "assessed", "closed")
SEVERITIES = ("critical", "major", "minor")
SORTS = {"newest": ("-opened_at", "-number"), "oldest": ("opened_at", "number"), "lot": ("lot", "number")}


def visible_deviations(actor: Actor) -> QuerySet[Deviation]:
    """Those of the lots that the person may open."""
    return Deviation.objects.filter(lot__in=visible_lots(actor).values("lot"))


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """Deviations of all lots that the person may see; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("lot.open")
    asked = request.GET
    found = visible_deviations(person.actor)
    for name, known in (("state", STATES), ("severity", SEVERITIES)):
        if asked.get(name) in known:
            found = found.filter(**{name: asked[name]})
    text = asked.get("text", "").strip()[:120]
    if text:
        found = found.filter(number__icontains=text) | found.filter(lot__icontains=text)
    page = Paginator(found.order_by(*SORTS.get(asked.get("sort", ""), SORTS["newest"])), A_PAGE)
    context = {
        "page": page.get_page(asked.get("page")), "asked": asked, "text": text, "query": without(request, "page"),
        "states": _state_titles(), "severities": _severity_titles(), "sorts": {
            "newest": _("Newest first"), "oldest": _("Oldest first"), "lot": _("By lot"),
        },
    }  # fmt: skip
    return render(request, "deviations/list.html", context)


@require_GET
def deviation_page(request: HttpRequest, number: str) -> HttpResponse:
    """One deviation: what happened, what it means for the lot, and how it ended."""
    return _page(request, number)


@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Assess or close; a refusal shows the page again with the text that was entered."""
    person, card, place = _asked(request, number)
    service = Deviations(person.ledger, person.actor, place, person.clock)
    text = request.POST.get("text", "")
    try:
        match request.POST.get("act", ""):
            case "assess":
                service.assess(
                    number=card.number, impact=_one(request, "impact", ("none", "justified", "reject")),
                    severity=_one(request, "severity", SEVERITIES), reason=text, seen=seen_in(request),
                )  # fmt: skip
            case "close":
                service.close(number=card.number, conclusion=text, seen=seen_in(request))
            case other:
                raise refuse("deviations.act_unknown", "There is no such act.", where="act", got=other[:40])
    except Refused as refused:
        if refused.refusals[0].code == "registry.not_allowed":
            raise
        return _page(request, number, refusals=refused.refusals, status=409)
    return HttpResponseRedirect(reverse("deviations:deviation", args=[number]))


def _page(request: HttpRequest, number: str, *, refusals: Any = (), status: int = 200) -> HttpResponse:
    person, card, place = _asked(request, number)
    trail = [told(entry) for entry in person.ledger.read(Query(tags=(f"deviation:{number}",)))]
    context = {
        "deviation": card, "lot": visible_lot(person.actor, card.lot), "trail": trail, "refusals": refusals,
        "zone": zone_of(visible_lot(person.actor, card.lot)), "severities": _severity_titles(),
        "impacts": _impact_titles(), "states": _state_titles(), "entered": request.POST,
        "finding": FindingCard.objects.filter(key=card.finding).first() if card.finding else None,
        "linked": FindingCard.objects.filter(lot=card.lot, deviation=number, is_raised=True),
        "may_assess": person.actor.may("deviation.assess", place) and card.state != "closed",
        "may_close": person.actor.may("deviation.close", place) and card.state == "assessed",
    }  # fmt: skip
    return render(request, "deviations/deviation.html", context, status=status)


def _asked(request: HttpRequest, number: str) -> tuple[PersonRequest, Deviation, Any]:
    person = cast("PersonRequest", request)
    card = visible_deviations(person.actor).filter(number=number).first()
    lot = visible_lot(person.actor, card.lot) if card else None
    if card is None or lot is None:
        raise Refused(Refusal("desk.unknown", "There is no such deviation.", where=number))
    return person, card, place_of_lot(lot)


def _one(request: HttpRequest, name: str, known: tuple[str, ...]) -> Any:
    found = request.POST.get(name, "")
    if found not in known:
        raise refuse(
            "deviations.form",
            "One of these must be chosen.",
            where=name,
            expected=", ".join(known),
            got=found[:40],
        )
    return found


def _state_titles() -> dict[str, str]:
    return {"open": _("Open"), "assessed": _("Assessed"), "closed": _("Closed")}


def _severity_titles() -> dict[str, str]:
    return {"critical": _("Critical"), "major": _("Major"), "minor": _("Minor")}


def _impact_titles() -> dict[str, str]:
    return {
        "none": _("No impact on the lot"), "justified": _("An impact that is justified"),
        "reject": _("The lot is to be rejected"),
    }  # fmt: skip
