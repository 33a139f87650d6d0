"""The scan station: what is read is compared at once, and a mismatch fills the screen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from onelot.identity.allowed import mbr_of
from onelot.identity.commands.infusing import BEDSIDE
from onelot.identity.models import TherapyCard
from onelot.identity.queries import containers_of, mismatches_of, scans_of, therapies
from onelot.identity.requests import (
    asked_therapy,
    identity_of,
    needed_second_person,
    needed_time,
    number_in,
    second_person,
    zone_of,
)
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.access.guards import POLICY
from onelot.registry.requests import PersonRequest

CARRIERS = ("scan", "label", "document", "manual")


@never_cache
@require_GET
def find_page(request: HttpRequest) -> HttpResponse:
    """Which patient is meant: the COI identifier on the order, typed or read from the paperwork."""
    person: Any = request
    person.actor.check_may("identifier.read")
    asked = request.GET.get("coi", "").strip()[:120]
    found = therapies(person.actor, "identifier.read").filter(coi_identifier=asked) if asked else None
    if found:
        return HttpResponseRedirect(reverse("identity:scan", args=[asked]))
    working = (
        therapies(person.actor, "identifier.read")
        .exclude(state__in=("ended", "infused"))
        .order_by("-position")
    )
    context = {"asked": asked, "working": working[:50]}
    return render(request, "identity/find.html", context, status=404 if asked else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def scan_page(request: HttpRequest, coi: str) -> HttpResponse:
    """Read at one point for one patient; a post compares, records a collection, or sets right after a mismatch."""
    person, card = asked_therapy(request, coi, "identifier.read")
    refusals: Any = ()
    if request.method == "POST":
        try:
            _act(request, card)
            point = request.POST.get("point", "")
            return HttpResponseRedirect(f"{reverse('identity:scan', args=[coi])}?point={point}&agreed=1")
        except Refused as refused:
            if refused.refusals[0].code in ("registry.not_allowed", "identity.unknown"):
                raise
            refusals = refused.refusals
    answer = _page(request, person, card, refusals)
    answer.headers["Permissions-Policy"] = POLICY.replace("camera=()", "camera=(self)")
    return answer


def _act(request: HttpRequest, card: TherapyCard) -> None:
    identity, form, zone = identity_of(request), request.POST, zone_of(card)
    carrier: Any = form.get("carrier", "scan")
    if carrier not in CARRIERS:
        raise refuse(
            "identity.form", "One of these must be chosen.", where="carrier", expected=", ".join(CARRIERS)
        )
    read = {
        "coi_identifier": card.coi_identifier, "point": form.get("point", "").strip(), "raw": form.get("raw", ""),
        "carrier": carrier, "check": form.get("check", "").strip(), "container": form.get("container", "").strip(),
    }  # fmt: skip
    match form.get("act", ""):
        case "read":
            identity.check_identity(**read, witness=second_person(request, zone))
        case "again":
            identity.reestablish(
                **read, witness=needed_second_person(request, zone), reason=form.get("reason", "")
            )
        case "collect":
            identity.record_collection(
                coi_identifier=card.coi_identifier, din=form.get("din", "").strip().upper(),
                check=form.get("din_check", "").strip(), started_at=needed_time(request, "started_at", zone),
                ended_at=needed_time(request, "ended_at", zone), site=card.clinic, bags=number_in(request, "bags"),
                witness=needed_second_person(request, zone),
            )  # fmt: skip
        case other:
            raise refuse("identity.form", "There is no such act.", where="act", got=other[:40])


def _page(request: HttpRequest, person: PersonRequest, card: TherapyCard, refusals: Any) -> HttpResponse:
    card = TherapyCard.objects.get(pk=card.pk)  # a mismatch stopped it meanwhile
    mbr = mbr_of(person.ledger, person.evidence, card.mbr, card.mbr_version)
    points = {item.id: item.title or item.id for item in mbr.identity_points} if mbr else {}
    points = {
        **points,
        "chairside": points.get("chairside", _("At the chairside")),
        BEDSIDE: _("At the bedside"),
    }
    form = request.POST if refusals else request.GET
    is_mismatch = any(refusal.code == "identity.mismatch" for refusal in refusals)
    context = {
        "therapy": card, "refusals": refusals, "is_mismatch": is_mismatch, "points": points, "entered": form,
        "point": form.get("point", ""), "agreed": request.GET.get("agreed") == "1" and not refusals,
        "scans": scans_of(card.coi_identifier)[:12], "containers": containers_of(card.coi_identifier),
        "mismatches": mismatches_of(card.coi_identifier), "zone": zone_of(card),
        "may_collect": person.actor.may("collection.record") and card.state in ("scheduled", "collected"),
        "carriers": {
            "scan": _("Scanned"), "label": _("Label, read"), "document": _("Paper"), "manual": _("Typed"),
        },
    }  # fmt: skip
    return render(request, "identity/scan.html", context, status=409 if refusals else 200)
