"""Thaw, bedside check, infusion, return, destruction and follow-up of one therapy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from onelot.identity.models import BedsideCard, ContainerCard, TherapyCard
from onelot.identity.order_pages import therapy_states
from onelot.identity.queries import containers_of, infusions_of, milestones_of
from onelot.identity.requests import (
    asked_therapy,
    entered_time,
    identity_of,
    needed_second_person,
    needed_time,
    zone_of,
)
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.requests import PersonRequest


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def infusion_page(request: HttpRequest, coi: str) -> HttpResponse:
    """What may be given, how long it may still wait, and what was done; a post does the next step."""
    person, card = asked_therapy(request, coi, "infusion.record")
    refusals: Any = ()
    if request.method == "POST":
        try:
            _act(request, card)
            return HttpResponseRedirect(reverse("identity:infusion", args=[coi]))
        except Refused as refused:
            if refused.refusals[0].code in ("registry.not_allowed", "identity.unknown"):
                raise
            refusals = refused.refusals
    return _page(request, person, card, refusals)


def _act(request: HttpRequest, card: TherapyCard) -> None:
    identity, form, zone, coi = identity_of(request), request.POST, zone_of(card), card.coi_identifier
    container, chosen = form.get("container", "").strip(), tuple(form.getlist("containers"))
    match form.get("act", ""):
        case "thaw":
            identity.start_thaw(
                coi_identifier=coi, container=container, started_at=entered_time(request, "started_at", zone),
                witness=needed_second_person(request, zone), device=form.get("device", "").strip(),
            )  # fmt: skip
        case "bedside":
            identity.check_bedside(
                coi_identifier=coi, containers=chosen, witness=needed_second_person(request, zone)
            )
        case "infuse":
            identity.record_infusion(
                coi_identifier=coi, containers=chosen, started_at=needed_time(request, "started_at", zone),
                ended_at=needed_time(request, "ended_at", zone), volume=form.get("volume", "").strip(),
                unit="mL" if form.get("volume", "").strip() else "", reactions=form.get("reactions", ""),
                late_because=form.get("late_because", ""),
            )  # fmt: skip
        case "return":
            identity.return_product(coi_identifier=coi, container=container, reason=form.get("reason", ""))
        case "destroy":
            identity.destroy_product(
                coi_identifier=coi, container=container, reason=form.get("reason", ""),
                witness=needed_second_person(request, zone),
            )  # fmt: skip
        case "follow_up":
            identity.follow_up(
                coi_identifier=coi, milestone=form.get("milestone", ""), is_lost=form.get("outcome") == "lost",
                note=form.get("note", ""), reason=form.get("note", ""),
            )  # fmt: skip
        case other:
            raise refuse("identity.form", "There is no such act.", where="act", got=other[:40])


def _page(request: HttpRequest, person: PersonRequest, card: TherapyCard, refusals: Any) -> HttpResponse:
    coi = card.coi_identifier
    held = containers_of(coi)
    thawed = [(container, _ends_at(container)) for container in held if container.state == "thawed"]
    now = person.clock()
    context = {
        "therapy": card, "refusals": refusals, "entered": request.POST if refusals else {}, "zone": zone_of(card),
        "state": therapy_states().get(card.state, ""), "ready": [c for c in held if c.state == "registered"],
        "thawed": [(container, ends, ends is not None and ends < now) for container, ends in thawed],
        "checked": BedsideCard.objects.filter(coi_identifier=coi).first(), "now": now,
        "left": [c for c in held if c.state in ("registered", "thawed", "returned")],
        "infusions": infusions_of(coi), "milestones": milestones_of(coi),
        "outcomes": {"done": _("done"), "lost": _("lost")},
    }  # fmt: skip
    return render(request, "identity/infusion.html", context, status=409 if refusals else 200)


def _ends_at(container: ContainerCard) -> Any:
    if container.thawed_at is None or container.thaw_limit_minutes is None:
        return None
    return container.thawed_at + timedelta(minutes=container.thaw_limit_minutes)
