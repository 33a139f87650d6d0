"""Pages of the vault. Personal data are shown in the answer to a stated reason only, and kept by no cache."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.query import Query
from onelot.registry.requests import PersonRequest
from onelot.registry.vault.models import PatientCard
from onelot.registry.vault.service import EVERYWHERE, Patient, Vault

PATIENTS_A_PAGE = 50
ELSEWHERE = ("registry.not_allowed", "vault.unknown")
"""Refusals that are answered with a page of their own."""
SORTS = {"coi": ("coi_identifier",), "newest": ("-registered_at", "coi_identifier")}


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def patients_page(request: HttpRequest) -> HttpResponse:
    """Patients by COI identifier; a post registers one."""
    person = cast("PersonRequest", request)
    person.actor.check_may("patient.open", EVERYWHERE)
    refusals: Any = ()
    if request.method == "POST":
        coi = request.POST.get("coi_identifier", "").strip()
        try:
            _vault(person).register(coi_identifier=coi, patient=_entered(request))
            return HttpResponseRedirect(reverse("vault:patient", args=[coi]))
        except Refused as refused:
            if refused.refusals[0].code in ELSEWHERE:
                raise
            refusals = refused.refusals
    wanted = {
        "text": request.GET.get("text", "").strip()[:120],
        "state": request.GET.get("state", "") if request.GET.get("state") in ("kept", "erased") else "all",
        "sort": request.GET.get("sort", "") if request.GET.get("sort") in SORTS else "coi",
    }
    rows = PatientCard.objects.order_by(*SORTS[wanted["sort"]])
    rows = rows.filter(coi_identifier__icontains=wanted["text"]) if wanted["text"] else rows
    rows = rows if wanted["state"] == "all" else rows.filter(erased_at__isnull=wanted["state"] == "kept")
    context = {
        "page": Paginator(rows, PATIENTS_A_PAGE).get_page(request.GET.get("page")), "wanted": wanted,
        "query": urlencode(wanted), "refusals": refusals, "entered": request.POST,
        "states": {"all": _("All"), "kept": _("Kept"), "erased": _("Erased")},
        "sorts": {"coi": _("By COI identifier"), "newest": _("Registered last first")},
        "may_manage": person.actor.may("patient.manage", EVERYWHERE),
    }  # fmt: skip
    return render(request, "vault/patients.html", context, status=409 if refusals else 200)


@never_cache
@require_GET
def patient_page(request: HttpRequest, coi: str) -> HttpResponse:
    """What the ledger knows of a patient: when registered, who looked, who erased. No personal data."""
    return _patient(request, coi)


@never_cache
@sensitive_post_parameters()
@require_POST
def act(request: HttpRequest, coi: str) -> HttpResponse:
    """Look, correct or erase, each with its reason; a refusal shows the page again with the text that was entered."""
    person = cast("PersonRequest", request)
    vault, reason = _vault(person), request.POST.get("reason", "")
    try:
        match request.POST.get("act", ""):
            case "open":
                return _patient(request, coi, opened=vault.open(coi_identifier=coi, reason=reason))
            case "correct":
                vault.correct(coi_identifier=coi, patient=_entered(request), reason=reason)
            case "erase":
                if request.POST.get("confirmed") != coi:
                    raise refuse(
                        "vault.not_confirmed", "Type the COI identifier to confirm; nothing was erased.",
                        where="confirmation", expected=coi, got=request.POST.get("confirmed", "")[:130],
                    )  # fmt: skip
                vault.erase(coi_identifier=coi, reason=reason)
            case other:
                raise refuse("vault.act_unknown", "There is no such act.", where="act", got=other[:40])
    except Refused as refused:
        if refused.refusals[0].code in ELSEWHERE:
            raise
        return _patient(request, coi, refusals=refused.refusals, status=409)
    return HttpResponseRedirect(reverse("vault:patient", args=[coi]))


def _patient(
    request: HttpRequest, coi: str, *, opened: Patient | None = None, refusals: Any = (), status: int = 200
) -> HttpResponse:
    person = cast("PersonRequest", request)
    person.actor.check_may("patient.open", EVERYWHERE)
    card = PatientCard.objects.filter(coi_identifier=coi).first()
    if card is None:
        raise refuse("vault.unknown", "There is no such patient.", where="COI identifier", got=coi[:130])
    history = list(person.ledger.read(Query(tags=(f"patient:{coi}",))))[::-1]
    context = {
        "patient": card, "opened": opened, "refusals": refusals, "entered": request.POST if refusals else {},
        "history": [(entry, _titles().get(entry.event.event_name(), "")) for entry in history[:200]],
        "may_manage": person.actor.may("patient.manage", EVERYWHERE),
    }  # fmt: skip
    return render(request, "vault/patient.html", context, status=status)


def _vault(person: PersonRequest) -> Vault:
    return Vault(person.ledger, person.actor, person.vault_key(), person.clock)


def _entered(request: HttpRequest) -> Patient:
    lines = request.POST.get("hospital_numbers", "").splitlines()
    return Patient(
        " ".join(request.POST.get("name", "").split()), request.POST.get("birth_date", "").strip(),
        tuple(line.strip() for line in lines if line.strip()),
    )  # fmt: skip


def _titles() -> dict[str, str]:
    return {
        "registry.patient_registered.v1": _("registered"), "registry.patient_corrected.v1": _("corrected"),
        "registry.patient_opened.v1": _("looked at"), "registry.patient_erased.v1": _("erased"),
    }  # fmt: skip
