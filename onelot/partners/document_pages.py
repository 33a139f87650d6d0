"""Pages of documents: what became of each, its receipt, and the mappings by which tables are read."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from onelot.intake.events import DocumentSuperseded
from onelot.intake.mappings import register, registered
from onelot.intake.receipts import receipt_of
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.said import word
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.proof import Inclusion
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.partners.asking import OUTCOMES, outcome_titles, paged, query_without, wanted_of
from onelot.partners.models import SentDocument
from onelot.partners.queries import documents as found_documents
from onelot.partners.queries import visible_documents, zone_of
from onelot.registry.permissions import Place
from onelot.registry.queries import organisations
from onelot.registry.requests import PersonRequest

_MAX_MAPPING = 1024 * 1024
_CHANGES_SHOWN = 500


@require_GET
def documents(request: HttpRequest) -> HttpResponse:
    """Every document that the person may see, newest first; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("record.upload")
    wanted = wanted_of(request)
    context = {
        "wanted": wanted, "page": paged(request, found_documents(person.actor, wanted)),
        "outcomes": [(outcome, outcome_titles()[outcome]) for outcome in OUTCOMES], "zone": zone_of(person.actor),
        "query": query_without(request, "page"),
    }  # fmt: skip
    return render(request, "partners/documents.html", context)


@require_GET
def document(request: HttpRequest, position: int) -> HttpResponse:
    """What became of one document: lots, faults, what it changed, and its receipt."""
    person = cast("PersonRequest", request)
    found = _visible(person, position)
    before = (
        visible_documents(person.actor).filter(document=found.supersedes).first()
        if found.supersedes
        else None
    )
    after = (
        visible_documents(person.actor).filter(document=found.superseded_by).first()
        if found.superseded_by
        else None
    )
    changes = [*_changes(person.ledger, found)] if found.changes else []
    context = {
        "document": found, "refusals": [_as_recorded(refusal) for refusal in found.refusals], "before": before,
        "after": after, "changes": changes[:_CHANGES_SHOWN], "more": max(0, len(changes) - _CHANGES_SHOWN),
        "zone": zone_of(person.actor),
    }  # fmt: skip
    return render(request, "partners/document.html", context)


def _as_recorded(refusal: Mapping[str, str]) -> Refusal:
    """A fault as it was recorded; what onelot said of it can be said again in another language."""
    said = {name: word(text) for name, text in refusal.items() if name not in ("code", "got")}
    return Refusal(code=refusal["code"], got=refusal.get("got", ""), **said)


@require_GET
def receipt(request: HttpRequest, position: int) -> HttpResponse:
    """The receipt to be read and printed."""
    person = cast("PersonRequest", request)
    found = _visible(person, position)
    made = receipt_of(person.ledger, person.checkpoint, position)
    proof = Inclusion.parse(made["proof"])
    checkpoint = parse_checkpoint(split_note(proof.note)[0])
    entry = person.ledger.catalogue.read(base64.b64decode(made["entry"]))
    context = {
        "document": found, "entry": entry, "proof": proof.text(), "checkpoint": checkpoint,
        "root": base64.b64encode(checkpoint.root).decode(), "zone": zone_of(person.actor),
    }  # fmt: skip
    return render(request, "partners/receipt.html", context)


@require_GET
def receipt_file(request: HttpRequest, position: int) -> HttpResponse:
    """The receipt as a file that either side verifies offline, years later."""
    person = cast("PersonRequest", request)
    _visible(person, position)
    made = receipt_of(person.ledger, person.checkpoint, position)
    answer = HttpResponse(json.dumps(made, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{position}.json"'
    return answer


@require_http_methods(["GET", "POST"])
def mappings(request: HttpRequest) -> HttpResponse:
    """By which mappings tables are read; who may registers another."""
    person = cast("PersonRequest", request)
    if not person.actor.may("mapping.register"):
        person.actor.check_may("record.upload")
    if request.method == "POST":
        person.actor.check_may("mapping.register")
        try:
            _registered(person)
        except Refused as refused:
            return _mappings_page(person, refused.refusals)
        return HttpResponseRedirect(reverse("partners:mappings"))
    return _mappings_page(person)


def _registered(person: PersonRequest) -> None:
    file = person.FILES.get("file")
    organisation = person.POST.get("organisation", "")
    if file is None or (file.size or 0) > _MAX_MAPPING:
        raise Refused(
            Refusal("partners.no_file", "A mapping is one file of at most one megabyte.", where="file")
        )
    if organisation and organisation not in organisations():
        raise Refused(Refusal("registry.unknown", "There is no such organisation.", where="organisation"))
    register(
        person.ledger, person.evidence, person.actor, data=file.read(), name=file.name or "mapping",
        organisation=organisation, reason=person.POST.get("reason", ""), clock=person.clock,
    )  # fmt: skip


def _mappings_page(person: PersonRequest, refusals: Any = ()) -> HttpResponse:
    may_register = person.actor.may("mapping.register")
    scope = {grant.organisation for grant in person.actor.scopes("record.upload")}
    shown = [
        event
        for event in registered(person.ledger)
        if may_register or event.organisation in ("", person.actor.organisation, *scope)
    ]
    known = {
        code: organisation
        for code, organisation in organisations().items()
        if person.actor.may("mapping.register", Place(code))
    }
    context = {
        "mappings": shown[::-1], "may_register": may_register, "organisations": known, "refusals": refusals,
        "everybody": person.actor.may("mapping.register", Place()), "reason": person.POST.get("reason", ""),
        "organisation": person.POST.get("organisation", ""),
    }  # fmt: skip
    return render(person, "partners/mappings.html", context, status=422 if refusals else 200)


def _visible(person: PersonRequest, position: int) -> SentDocument:
    """A document that the person may see; else it is unknown."""
    person.actor.check_may("record.upload")
    found = visible_documents(person.actor).filter(position=position).first()
    if found is None:
        raise Refused(Refusal("desk.unknown", "There is no such document.", where=str(position)))
    return found


def _changes(ledger: Ledger, document: SentDocument) -> Any:
    """Lot and difference, for everything that a document says otherwise than the one before."""
    for lot in document.lots:
        query = Query(tags=(f"lot:{lot}",), types=(DocumentSuperseded,))
        for entry in ledger.read(query, after=document.position):
            event = entry.event
            if isinstance(event, DocumentSuperseded) and event.by_document == document.document:
                yield from ((lot, difference) for difference in event.differences)
