"""The lot page: the whole life of one lot, part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from onelot.deviations.queries import deviations_of
from onelot.intake.events import DocumentReceived
from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.publishing import notes
from onelot.ledger.query import Query
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.review.desk.documents import last_review, mbr_of
from onelot.review.desk.life import Life, equipment, in_parts, life_of, materials, record_by_phase, tested
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.requests import asked_lot, without
from onelot.review.desk.signed import signatures_of_lot
from onelot.review.desk.telling import happened_at, told
from onelot.review.events import LotReviewed
from onelot.review.verdict import Verdict

LINES_A_PAGE = 50
PHASES_A_PAGE = 8
VALUES_A_PART = 50


@require_GET
def lot_page(request: HttpRequest, lot: str) -> HttpResponse:
    """One part of a lot's life; which one is in the address."""
    person, card = asked_lot(request, lot)
    part = request.GET.get("part", "")
    part = part if part in _PARTS else "timeline"
    life = life_of(
        person.ledger.read(Query(tags=(f"lot:{lot}",))), FindingCard.objects.filter(lot=lot, is_raised=True)
    )
    site = sites().get(card.site)
    titles = {
        "timeline": _("Timeline"), "record": _("Record"), "materials": _("Materials and equipment"),
        "results": _("Results"), "reviews": _("Reviews"), "signatures": _("Signatures"), "proofs": _("Proofs"),
    }  # fmt: skip
    context = {
        "lot": card, "part": part, "parts": titles, "zone": site.time_zone if site else "UTC", "site": site,
        "deviations": deviations_of(lot), "query": without(request, "page"), "entries": len(life.entries),
        "template": f"desk/life/{part}.html", **_PARTS[part](request, person, card, life),
    }  # fmt: skip
    return render(request, "desk/life.html", context)


def _timeline(request: HttpRequest, _person: PersonRequest, _card: LotCard, life: Life) -> dict[str, Any]:
    """Everything in the order in which it happened."""
    ordered = sorted(life.entries, key=lambda entry: (happened_at(entry), entry.position))
    if request.GET.get("newest"):
        ordered.reverse()
    page = Paginator(ordered, LINES_A_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "lines": [(told(entry), life.marks.get(entry.position, ())) for entry in page]}


def _record(request: HttpRequest, person: PersonRequest, card: LotCard, life: Life) -> dict[str, Any]:
    mbr = _mbr(person, card)
    page = Paginator(in_parts(record_by_phase(life, mbr), VALUES_A_PART), PHASES_A_PAGE).get_page(
        request.GET.get("page")
    )
    return {"page": page, "has_limits": mbr is not None}


def _materials(_request: HttpRequest, _person: PersonRequest, _card: LotCard, life: Life) -> dict[str, Any]:
    return {"materials": materials(life), "equipment": equipment(life)}


def _results(_request: HttpRequest, person: PersonRequest, card: LotCard, life: Life) -> dict[str, Any]:
    mbr = _mbr(person, card)
    return {"tests": tested(life, mbr, card.market), "has_limits": mbr is not None}


def _reviews(_request: HttpRequest, person: PersonRequest, _card: LotCard, life: Life) -> dict[str, Any]:
    found = []
    for entry in reversed([*life.standing(LotReviewed)]):
        assert isinstance(entry.event, LotReviewed)
        found.append((entry, _verdict(person, entry.event)))
    return {"reviews": found}


def _verdict(person: PersonRequest, review: LotReviewed) -> Any:
    """What every check did, from the kept verdict; None where it is not kept."""
    try:
        verdict = msgspec.json.decode(person.evidence.get(review.verdict), type=Verdict)
    except (Refused, msgspec.MsgspecError):
        return None
    return next((lot for lot in verdict.lots if lot.lot == review.lot), None)


def _signatures(_request: HttpRequest, person: PersonRequest, card: LotCard, _life: Life) -> dict[str, Any]:
    return {"signatures": signatures_of_lot(person.ledger, person.evidence, card)}


def _proofs(request: HttpRequest, person: PersonRequest, _card: LotCard, life: Life) -> dict[str, Any]:
    note = (notes(person.ledger) or [""])[-1]
    size = parse_checkpoint(split_note(note)[0]).size if note else 0
    page = Paginator(life.entries, LINES_A_PAGE).get_page(request.GET.get("page"))
    return {
        "page": page, "lines": [told(entry) for entry in page], "note": note, "size": size,
        "originals": [entry for entry in life.entries if isinstance(entry.event, DocumentReceived)],
        "superseded": life.superseded,
    }  # fmt: skip


def _mbr(person: PersonRequest, card: LotCard) -> Any:
    review = last_review(person.ledger, card.lot)
    return mbr_of(person.ledger, person.evidence, review.mbr_digest) if review else None


_PARTS: dict[str, Callable[[HttpRequest, PersonRequest, LotCard, Life], dict[str, Any]]] = {
    "timeline": _timeline, "record": _record, "materials": _materials, "results": _results, "reviews": _reviews,
    "signatures": _signatures, "proofs": _proofs,
}  # fmt: skip
