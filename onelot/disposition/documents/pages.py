"""The page on which a document of a lot is read and signed."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from onelot.disposition import forms, titles
from onelot.disposition.documents.content import ASKS, KINDS, MEANINGS, DocumentKind
from onelot.disposition.documents.service import Documents
from onelot.disposition.queries import visible_lot
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.registry.signing import Signing, credentials_of
from onelot.review.desk.models import LotCard

_PASSED_ON = ("registry.not_allowed", "disposition.unknown")


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, lot: str, kind: str) -> HttpResponse:
    """One document as it would be signed now; signed, it is a certificate with a number."""
    person = cast("PersonRequest", request)
    card = visible_lot(person.actor, lot)
    if card is None or kind not in KINDS:
        raise refuse("disposition.unknown", "There is no such lot.", where="lot", got=lot[:120])
    documents = Documents(person.ledger, person.evidence, person.actor, person.clock)
    if request.method == "GET":
        return _shown(request, documents, card, kind)
    given = {name: request.POST.get(name, "") for name in ASKS[kind]}
    site = sites().get(card.site)
    zone = site.time_zone if site else "UTC"
    signing = Signing(person.ledger, person.evidence, person.account, request, zone, person.clock)
    try:
        number = documents.sign(
            lot=card.lot, kind=kind, given=given, seen=forms.seen(request), signing=signing,
            credentials=credentials_of(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.refusals[0].code in _PASSED_ON:
            raise
        return _shown(request, documents, card, kind, refusals=refused.refusals, status=409)
    return HttpResponseRedirect(reverse("disposition:certificate", args=[number]))


def _shown(
    request: HttpRequest, documents: Documents, card: LotCard, kind: DocumentKind, *, refusals: Any = (),
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    given = {name: request.POST.get(name, "") for name in ASKS[kind]}
    draft = documents.draft(lot=card.lot, kind=kind, given=given)
    context = {
        "lot": card, "title": titles.KINDS[kind], "explained": titles.DOCUMENTS[kind],
        "stops": [titles.STOPS[code] for code in draft.stops],
        "content": titles.worded(draft.body), "seen": draft.position, "refusals": refusals, "meaning": MEANINGS[kind],
        "decision": titles.STATES.get(str(draft.body.get("decision", "")), ""),
        "signs": titles.SIGNS[MEANINGS[kind]],
        "fields": [{"name": name, "title": titles.ASKED[name], "text": given[name]} for name in ASKS[kind]],
    }  # fmt: skip
    return render(request, "disposition/document.html", context, status=status)
