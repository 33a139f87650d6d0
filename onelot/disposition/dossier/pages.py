"""The page from which a lot's dossier is taken, and the dossier itself."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from onelot.disposition.dossier.certificate import make_certificate
from onelot.disposition.dossier.service import Keys, file_name, make_dossier
from onelot.disposition.dossier.tasks import ask_for_dossier
from onelot.disposition.queries import visible_certificate
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.registry.permissions import Place
from onelot.registry.requests import PersonRequest
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import visible_lot


@require_GET
def page(request: HttpRequest, lot: str) -> HttpResponse:
    """What a dossier holds, and the button to take it as the ledger is now."""
    person = cast("PersonRequest", request)
    card = _lot(person, lot)
    context = {
        "lot": card, "position": person.ledger.size(), "key": person.signing_key().verification,
        "fingerprint": person.sealing_key().fingerprint(),
    }  # fmt: skip
    return render(request, "dossier/page.html", context)


@require_POST
def make(request: HttpRequest, lot: str) -> HttpResponse:
    """Have the dossier made in the background; its page tells how far it is, and then gives the file."""
    person = cast("PersonRequest", request)
    card = _lot(person, lot)
    position = _position(request.POST.get("position", "")) or person.ledger.size()
    language = request.POST.get("language", "") or get_language() or "en"
    job = ask_for_dossier(
        lot=card.lot, position=position, language=language, by=person.actor, clock=person.clock
    )
    return HttpResponseRedirect(reverse("jobs:job", args=[job.job]))


@require_GET
def file(request: HttpRequest, lot: str) -> HttpResponse:
    """The sealed PDF. It is made while the browser waits, some seconds for an ordinary lot."""
    person = cast("PersonRequest", request)
    card = _lot(person, lot)
    keys = Keys(person.signing_key(), person.sealing_key())
    data = make_dossier(
        person.ledger,
        person.evidence,
        card.lot,
        keys=keys,
        position=_position(request.GET.get("position", "")),
        language=request.GET.get("language", "") or get_language() or "en",
    )
    name = file_name(card.lot)
    return HttpResponse(
        data,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_GET
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """One certificate as a sealed PDF."""
    person = cast("PersonRequest", request)
    found = visible_certificate(person.actor, number)
    if found is None:
        raise refuse("disposition.unknown", "There is no such certificate.", where=number[:64])
    keys = Keys(person.signing_key(), person.sealing_key())
    language = request.GET.get("language", "") or get_language() or "en"
    data = make_certificate(person.ledger, person.evidence, found.lot, number, keys=keys, language=language)
    headers = {"Content-Disposition": f'attachment; filename="{number}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)


def _lot(person: PersonRequest, lot: str) -> LotCard:
    """A lot that the person may see. Raises Refused: ``desk.unknown``, ``registry.not_allowed``."""
    card = visible_lot(person.actor, lot)
    if card is None:
        raise Refused(Refusal("desk.unknown", "There is no such lot.", where=lot))
    person.actor.check_may("dossier.open", Place(card.organisation, card.site, card.product))
    return card


def _position(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "dossier.position", "The ledger does not have this position.", where="position",
            expected="a number from 1 on", got=text[:40],
        )  # fmt: skip
    return int(text)
