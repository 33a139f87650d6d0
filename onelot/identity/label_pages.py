"""The label station: print as PDF or ZPL, apply, scrap, retain, reprint, and count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from onelot.identity.allowed import mbr_of
from onelot.identity.domain.labels import SHOWS_PATIENT, STATEMENTS, LabelContent, check_content
from onelot.identity.models import ContainerCard, LabelCard, TherapyCard
from onelot.identity.printing import label_pdf, label_zpl
from onelot.identity.queries import clinic_place, containers_of, labels_of
from onelot.identity.requests import (
    asked_therapy,
    identity_of,
    needed_second_person,
    number_in,
    second_person,
    zone_of,
)
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.requests import PersonRequest
from onelot.registry.vault.models import PatientCard
from onelot.registry.vault.service import Vault

KINDS = ("collection", "in_process", "final", "shipper")
FIELDS = (
    "product_name", "volume", "strength", "step", "made_at", "expires_at", "expiry_gs1", "storage", "gtin", "sscc",
)  # fmt: skip


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def labels_page(request: HttpRequest, coi: str) -> HttpResponse:
    """The copies of one therapy; a post prints, or says what became of a copy."""
    person, card = asked_therapy(request, coi, "label.print")
    refusals: Any = ()
    if request.method == "POST":
        try:
            printed = _act(request, person, card)
            return printed or HttpResponseRedirect(reverse("identity:labels", args=[coi]))
        except Refused as refused:
            if refused.refusals[0].code in ("registry.not_allowed", "identity.unknown"):
                raise
            refusals = refused.refusals
    mbr = mbr_of(person.ledger, person.evidence, card.mbr, card.mbr_version)
    copies = labels_of(coi)
    context = {
        "therapy": card, "labels": copies, "containers": containers_of(coi), "refusals": refusals,
        "entered": request.POST if refusals else {}, "zone": zone_of(card),
        "mbr_labels": {item.id: item.title or item.id for item in mbr.labels} if mbr else {},
        "counted": sorted({copy.mbr_label for copy in copies if copy.mbr_label and copy.lot == card.lot}),
        "kinds": {
            "collection": _("Collection bag"), "in_process": _("In process"), "final": _("Final container"),
            "shipper": _("Shipper"),
        },
        "states": {
            "printed": _("printed"), "applied": _("applied"), "scrapped": _("scrapped"), "retained": _("retained"),
            "void": _("void"),
        },
    }  # fmt: skip
    return render(request, "identity/labels.html", context, status=409 if refusals else 200)


def _act(request: HttpRequest, person: PersonRequest, card: TherapyCard) -> HttpResponse | None:
    identity, form, zone = identity_of(request), request.POST, zone_of(card)
    label = form.get("label", "").strip()
    known = LabelCard.objects.filter(label=label, coi_identifier=card.coi_identifier).first()
    if label and known is None:
        raise refuse("identity.unknown", "There is no such label.", where="label", got=label[:80])
    match form.get("act", ""):
        case "print":
            content = _content(request, card)
            shown = _with_patient(request, person, card, content)
            numbers = identity.print_labels(
                coi_identifier=card.coi_identifier, content=content, copies=number_in(request, "copies"),
                mbr_label=form.get("mbr_label", ""), container=content.container,
                shows_patient=bool(shown.patient),
            )  # fmt: skip
            return _file(form.get("format", "pdf"), [(number, shown) for number in numbers])
        case "reprint":
            content = _content(request, card)
            shown = _with_patient(request, person, card, content)
            number = identity.reprint_label(
                label=label, content=content, reason=form.get("reason", ""),
                witness=needed_second_person(request, zone),
            )  # fmt: skip
            return _file(form.get("format", "pdf"), [(number, shown)])
        case "apply":
            identity.apply_label(
                label=label, container=form.get("container", "").strip(), witness=second_person(request, zone)
            )
        case "scrap":
            identity.scrap_label(label=label, reason=form.get("reason", ""))
        case "retain":
            identity.retain_label(label=label)
        case "reconcile":
            identity.reconcile_labels(
                coi_identifier=card.coi_identifier, mbr_label=form.get("mbr_label", ""),
                witness=needed_second_person(request, zone),
            )  # fmt: skip
        case other:
            raise refuse("identity.form", "There is no such act.", where="act", got=other[:40])
    return None


def _content(request: HttpRequest, card: TherapyCard) -> LabelContent:
    form = request.POST
    kind: Any = form.get("kind", "")
    if kind not in KINDS:
        raise refuse("identity.form", "One of these must be chosen.", where="kind", expected=", ".join(KINDS))
    code = form.get("container", "").strip()
    held = ContainerCard.objects.filter(code=code).first() if code else None
    said: dict[str, Any] = {name: form.get(name, "").strip() for name in FIELDS}
    parties = tuple(line.strip() for line in form.get("parties", "").splitlines() if line.strip())
    return LabelContent(
        kind=kind, coi_identifier=card.coi_identifier, product=card.product, lot=card.lot, container=code,
        din=held.din if held and kind == "collection" else "", number=held.number if held else 1,
        total=held.total if held else 1, statements=STATEMENTS[kind], parties=parties[:6], **said,
    )  # fmt: skip


def _with_patient(
    request: HttpRequest, person: PersonRequest, card: TherapyCard, content: LabelContent
) -> LabelContent:
    """With initials and birth date from the vault, where the label bears them; who opens it is recorded there."""
    known = PatientCard.objects.filter(coi_identifier=card.coi_identifier, erased_at=None).exists()
    if content.kind not in SHOWS_PATIENT or request.POST.get("shows_patient") != "yes" or not known:
        return content
    check_content(content)  # before anybody's data are opened
    vault = Vault(person.ledger, person.actor, person.vault_key(), person.clock)
    patient = vault.open(
        coi_identifier=card.coi_identifier, reason=f"label {content.kind}", place=clinic_place(card)
    )
    initials = " ".join(f"{part[0]}." for part in patient.name.split())
    return replace(content, patient=(initials, patient.birth_date))


def _file(kind: str, labels: list[tuple[str, LabelContent]]) -> HttpResponse:
    """The printed labels, given out once: whoever needs them again reprints."""
    if kind == "zpl":
        answer = HttpResponse(label_zpl(labels), content_type="application/octet-stream")
    else:
        answer = HttpResponse(label_pdf(labels), content_type="application/pdf")
        kind = "pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{labels[0][0]}.{kind}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
