"""Pages of orders: the list, a new one, and one order with its prescription, its patient and its end."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onelot.identity.commands.orders import prescribed_content
from onelot.identity.events import Answer
from onelot.identity.models import OrderCard
from onelot.identity.ordering_file import ordering_rules
from onelot.identity.queries import (
    clinic_place,
    collections_of,
    containers_of,
    infusions_of,
    lots_of,
    may_at,
    milestones_of,
    mismatches_of,
    orders,
    therapy,
)
from onelot.identity.requests import (
    asked_order,
    entered_time,
    identity_of,
    seen_in,
    signing_of,
    zone_of,
)
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.permissions import Actor
from onelot.registry.queries import organisations, place_of, sites
from onelot.registry.requests import PersonRequest
from onelot.registry.signatures import checked_signatures
from onelot.registry.signing import credentials_of
from onelot.registry.vault.models import PatientCard
from onelot.registry.vault.service import Patient, Vault

A_PAGE = 50
ELSEWHERE = ("registry.not_allowed", "identity.unknown")
"""Refusals that are answered with a page of their own."""
SORTS = {
    "newest": ("-ordered_at", "-order"),
    "oldest": ("ordered_at", "order"),
    "clinic": ("clinic", "order"),
}


@require_GET
def orders_page(request: HttpRequest) -> HttpResponse:
    """The orders of the person's clinics and plants; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("journey.open")
    asked, found = request.GET, orders(person.actor)
    if asked.get("state") in order_states():
        found = found.filter(state=asked["state"])
    text = asked.get("text", "").strip()[:120]
    if text:
        found = found.filter(order__icontains=text) | found.filter(coi_identifier__icontains=text)
    query = asked.copy()
    query.pop("page", None)
    page = Paginator(found.order_by(*SORTS.get(asked.get("sort", ""), SORTS["newest"])), A_PAGE)
    context = {
        "page": page.get_page(asked.get("page")), "asked": asked, "text": text, "query": query.urlencode(),
        "states": order_states(), "may_order": person.actor.may("order.place"),
        "sorts": {"newest": _("Newest first"), "oldest": _("Oldest first"), "clinic": _("By clinic")},
    }  # fmt: skip
    return render(request, "identity/orders.html", context)


@require_http_methods(["GET", "POST"])
def new_order_page(request: HttpRequest) -> HttpResponse:
    """First product, market and clinic; then the checklist that these ask for."""
    person = cast("PersonRequest", request)
    person.actor.check_may("order.place")
    form = request.POST if request.method == "POST" else request.GET
    product, market, clinic = (form.get(name, "").strip() for name in ("product", "market", "clinic"))
    refusals: Any = ()
    if request.method == "POST":
        try:
            zone = sites()[clinic].time_zone if clinic in sites() else "UTC"
            answers = [
                Answer(
                    item=item.id,
                    answer=cast("Any", chosen),
                    note=form.get(f"note-{item.id}", "").strip()[:200],
                )
                for item in ordering_rules().rules.checklist(product, market)
                if (chosen := form.get(f"answer-{item.id}", "")) in ("yes", "no", "not_applicable")
            ]
            order = identity_of(request).order_therapy(
                product=product, market=market, clinic=clinic, answers=answers,
                collect_from=entered_time(request, "collect_from", zone),
                infuse_by=entered_time(request, "infuse_by", zone),
            )  # fmt: skip
            return HttpResponseRedirect(reverse("identity:order", args=[order]))
        except Refused as refused:
            if refused.refusals[0].code == "registry.not_allowed" and clinic in clinics(person.actor):
                raise
            refusals = refused.refusals
    is_asked = bool(product and market and clinic)
    items = ordering_rules().rules.checklist(product, market) if is_asked else ()
    german = get_language() == "de"
    context = {
        "product": product, "market": market, "clinic": clinic, "clinics": clinics(person.actor), "refusals": refusals,
        "items": [
            (item, item.title_de if german and item.title_de else item.title, form.get(f"answer-{item.id}", ""),
             form.get(f"note-{item.id}", ""))
            for item in items
        ],
        "entered": form, "products": ordering_rules().rules.products, "answers": answer_titles(),
    }  # fmt: skip
    return render(request, "identity/new_order.html", context, status=409 if refusals else 200)


@never_cache
@require_GET
def order_page(request: HttpRequest, order: str) -> HttpResponse:
    """One order: what was ordered, prescribed and collected, and what became of it."""
    return _page(request, order)


@never_cache
@sensitive_post_parameters()
@require_POST
def order_act(request: HttpRequest, order: str) -> HttpResponse:
    """Prescribe, assign, register the patient, change or end; a refusal shows the page with what was entered."""
    person, card = asked_order(request, order)
    try:
        _act(request, person, card)
    except Refused as refused:
        if refused.refusals[0].code in ELSEWHERE:
            raise
        return _page(request, order, refusals=refused.refusals, status=409)
    return HttpResponseRedirect(reverse("identity:order", args=[order]))


def _act(request: HttpRequest, person: PersonRequest, card: OrderCard) -> None:
    identity, order, form, zone = identity_of(request), card.order, request.POST, zone_of(card)
    reason = form.get("reason", "")
    match form.get("act", ""):
        case "prescribe":
            identity.prescribe(
                order=order, seen=seen_in(request), signing=signing_of(request, zone),
                credentials=credentials_of(request),
            )  # fmt: skip
        case "assign_coi":
            identity.assign_coi(order=order, coi_identifier=form.get("coi_identifier", ""))
        case "register_patient":
            if not card.coi_identifier:
                raise refuse(
                    "identity.not_now",
                    "Assign the COI identifier first.",
                    where=order,
                    expected="a COI identifier",
                )
            lines = form.get("hospital_numbers", "").splitlines()
            patient = Patient(
                " ".join(form.get("name", "").split()), form.get("birth_date", "").strip(),
                tuple(line.strip() for line in lines if line.strip()),
            )  # fmt: skip
            vault = Vault(person.ledger, person.actor, person.vault_key(), person.clock)
            vault.register(coi_identifier=card.coi_identifier, patient=patient, place=clinic_place(card))
        case "change":
            identity.change_order(
                order=order, seen=seen_in(request), reason=reason,
                collect_from=entered_time(request, "collect_from", zone),
                infuse_by=entered_time(request, "infuse_by", zone),
            )  # fmt: skip
        case "cancel":
            identity.cancel_order(order=order, reason=reason, seen=seen_in(request))
        case "withdraw":
            identity.withdraw_patient(order=order, reason=reason, seen=seen_in(request))
        case "died":
            identity.record_death(
                order=order,
                died_at=entered_time(request, "died_at", zone),
                seen=seen_in(request),
                reason=reason,
            )
        case other:
            raise refuse("identity.form", "There is no such act.", where="act", got=other[:40])


def _page(request: HttpRequest, order: str, *, refusals: Any = (), status: int = 200) -> HttpResponse:
    person, card = asked_order(request, order)
    coi, place, actor = card.coi_identifier, clinic_place(card), person.actor
    titles = {
        item.id: item.title_de if get_language() == "de" and item.title_de else item.title
        for item in ordering_rules().rules.eligibility
    }
    known = therapy(coi) if coi else None
    context = {
        "order": card, "therapy": known, "zone": zone_of(card), "refusals": refusals,
        "entered": request.POST if refusals else {}, "content": prescribed_content(card),
        "answers": [(titles.get(a["item"], a["item"]), answer_titles()[a["answer"]], a["note"]) for a in card.answers],
        "state": order_states()[card.state], "therapy_state": therapy_states().get(known.state, "") if known else "",
        "signatures": checked_signatures(person.ledger, person.evidence, f"order:{order}"),
        "lots": lots_of(coi) if coi else [], "collections": collections_of(coi) if coi else [],
        "containers": containers_of(coi) if coi else [], "mismatches": mismatches_of(coi) if coi else [],
        "infusions": infusions_of(coi) if coi else [], "milestones": milestones_of(coi) if coi else [],
        "patient": PatientCard.objects.filter(coi_identifier=coi).first() if coi else None,
        "may_prescribe": actor.may("order.prescribe", place) and card.state == "ordered",
        "may_assign": actor.may("order.change", place) and card.state == "prescribed" and not coi,
        "may_register": bool(coi) and actor.may("patient.register", place),
        "may_change": actor.may("order.change", place) and card.state != "ended",
        "may_end": actor.may("patient.withdraw", place) and card.state != "ended",
        "may_scan": known is not None and may_at(actor, "identifier.read", known),
        "may_print": known is not None and may_at(actor, "label.print", known),
        "may_infuse": known is not None and may_at(actor, "infusion.record", known),
        "ends": {"cancelled": _("cancelled"), "withdrawn": _("consent withdrawn"), "died": _("the patient died")},
    }  # fmt: skip
    return render(request, "identity/order.html", context, status=status)


def clinics(actor: Actor) -> dict[str, str]:
    """The sites at which the person may order, by their codes."""
    known = {code for code, organisation in organisations().items() if organisation.kind == "clinic"}
    return {
        code: site.name
        for code, site in sites().items()
        if site.organisation in known and actor.may("order.place", place_of(code, ""))
    }


def order_states() -> dict[str, str]:
    """States of orders in words."""
    return {"ordered": _("Waits for the prescription"), "prescribed": _("Prescribed"), "ended": _("Ended")}


def therapy_states() -> dict[str, str]:
    """States of therapies in words."""
    return {
        "enrolled": _("Waits for its slots"), "scheduled": _("Waits for the collection"),
        "collected": _("Cells collected"), "thawing": _("Thawing"), "checked": _("Checked at the bedside"),
        "infused": _("Infused"), "ended": _("Ended"),
    }  # fmt: skip


def answer_titles() -> dict[str, str]:
    """Answers of the checklist in words."""
    return {"yes": _("Yes"), "no": _("No"), "not_applicable": _("Does not apply")}
