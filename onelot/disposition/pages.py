"""The pages of dispositions: lots that wait, one lot with its checklist and decision, certificates and the register."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onelot.disposition import forms, titles
from onelot.disposition.documents.content import KINDS
from onelot.disposition.documents.service import Documents
from onelot.disposition.domain.checklist import checklist, is_compliant
from onelot.disposition.domain.results import judged
from onelot.disposition.domain.rules import pending_tests
from onelot.disposition.events import DispositionItemStated
from onelot.disposition.models import Certificate, Decision
from onelot.disposition.queries import (
    LANES,
    SORTS,
    certificates_with,
    choices,
    decisions_on,
    documents_signed,
    lane_counts,
    last_decision,
    lots_to_dispose,
    next_ready,
    register,
    visible_certificate,
    visible_lot,
)
from onelot.disposition.reading import read_case
from onelot.disposition.service import Disposing
from onelot.disposition.states import CLOSED
from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.query import Query
from onelot.registry.permissions import Place
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.registry.signatures import checked_signatures
from onelot.registry.signing import Signing, credentials_of
from onelot.review.desk.models import LotCard

ROWS_A_PAGE = 50
_PASSED_ON = ("registry.not_allowed", "disposition.unknown")


@require_GET
def lots_page(request: HttpRequest) -> HttpResponse:
    """Lots that wait for a disposition, in lanes; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("disposition.open")
    wanted = forms.wanted(request)
    counts = lane_counts(person.actor, wanted)
    paginator = Paginator(lots_to_dispose(person.actor, wanted), ROWS_A_PAGE)
    paginator.__dict__["count"] = counts[wanted.lane]  # it is known already, and costs as much as the page
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "wanted": wanted, "page": page, "lots": [(lot, _state_title(lot)) for lot in page],
        "choices": choices(person.actor), "sorts": _sort_titles(),
        "lanes": [(lane, _lane_titles()[lane], counts[lane]) for lane in LANES],
        "query": _without(request, "page"), "lane_query": _without(request, "page", "lane"),
    }  # fmt: skip
    return render(request, "disposition/lots.html", context)


@require_GET
def lot_page(request: HttpRequest, lot: str) -> HttpResponse:
    """The disposition of one lot: what its record holds, what stops which decision, and what was decided."""
    return _lot(request, lot)


@require_POST
def state(request: HttpRequest, lot: str) -> HttpResponse:
    """Say of items that they are there or do not apply; a refusal shows the page again with what was entered."""
    try:
        _disposing(request).state_items(
            lot=lot,
            states=forms.stated(request),
            reason=request.POST.get("reason", ""),
            seen=forms.seen(request),
            file=forms.stated_file(request),
            others_present="all" in request.POST,
        )
    except Refused as refused:
        return _again(request, lot, refused)
    return HttpResponseRedirect(reverse("disposition:lot", args=[lot]) + "#checklist")


@require_GET
def statement_file(request: HttpRequest, lot: str, document: str) -> HttpResponse:
    """A file that was given with a statement on the lot, to be kept: its bytes as they were received."""
    person = cast("PersonRequest", request)
    found = None
    if visible_lot(person.actor, lot) is not None:
        query = Query(tags=(f"lot:{lot}",), types=(DispositionItemStated,))
        events = (entry.event for entry in person.ledger.read(query))
        found = next((one for one in events if getattr(one, "document", "") == document and document), None)
    if not isinstance(found, DispositionItemStated):
        raise refuse("disposition.unknown", "There is no such file of this lot.", where=lot[:120])
    answer = HttpResponse(person.evidence.get(document), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, found.document_name or document)
    return answer


@require_POST
def decide(request: HttpRequest, lot: str) -> HttpResponse:
    """Sign a decision on the lot as it was shown; then the lot, or the next one that is ready."""
    person = cast("PersonRequest", request)
    card = visible_lot(person.actor, lot)
    signing = Signing(person.ledger, person.evidence, person.account, request, _zone(card), person.clock)
    try:
        _disposing(request).dispose(
            lot=lot, market=request.POST.get("market", ""), given=forms.given(request), seen=forms.seen(request),
            signing=signing, credentials=credentials_of(request),
        )  # fmt: skip
    except Refused as refused:
        return _again(request, lot, refused)
    following = next_ready(person.actor, lot) if "next" in request.POST else None
    return HttpResponseRedirect(reverse("disposition:lot", args=[following.lot if following else lot]))


@require_GET
def register_page(request: HttpRequest) -> HttpResponse:
    """A register of certificates: that of the QPs (Annex 16, 1.7.3), and one for each other kind."""
    person = cast("PersonRequest", request)
    person.actor.check_may("disposition.open")
    kind = request.GET.get("kind", "")
    kind = kind if kind in titles.KINDS else "qp_certificate"
    text = request.GET.get("text", "").strip()[:120]
    page = Paginator(register(person.actor, kind, text), ROWS_A_PAGE).get_page(request.GET.get("page"))
    entries = [{"certificate": one, "state": _state_title(one)} for one in page]
    context = {
        "kind": kind, "kinds": titles.KINDS, "text": text, "page": page, "entries": entries,
        "query": _without(request, "page"),
    }  # fmt: skip
    return render(request, "disposition/register.html", context)


@require_GET
def certificate_page(request: HttpRequest, number: str) -> HttpResponse:
    """One certificate, as it was issued; its content is checked against its hash."""
    person = cast("PersonRequest", request)
    found = visible_certificate(person.actor, number)
    if found is None:
        raise refuse("disposition.unknown", "There is no such certificate.", where=number[:64])
    content = titles.worded(msgspec.json.decode(person.evidence.get(found.content)))
    holding, own = last_decision(found.lot), certificates_with(found.signature)
    signatures = checked_signatures(person.ledger, person.evidence, f"lot:{found.lot}")
    context = {
        "certificate": found, "content": content, "kind": titles.KINDS[found.kind],
        "decision": titles.STATES.get(content.get("decision", ""), ""),
        "now": _later(found, holding),
        "signatures": [one for one in signatures if one.card.signature == found.signature],
        "analysis": content.get("analysis")
        or next((one.number for one in own if one.kind == "certificate_of_analysis" and one != found), ""),
    }  # fmt: skip
    return render(request, "disposition/certificate.html", context)


def _later(found: Certificate, holding: Decision | None) -> str:
    """The decision that holds, where it came after the certificate and its own."""
    is_later = (
        holding is not None and holding.signature != found.signature and holding.position > found.position
    )
    return str(titles.STATES[holding.decision]) if holding and is_later else ""


def documents_of(person: PersonRequest, card: LotCard) -> list[dict[str, Any]]:
    """Documents that are signed for themselves: those that were, and whether the person may sign another."""
    theirs = Documents(person.ledger, person.evidence, person.actor, person.clock).kinds(card)
    signed = documents_signed(card.lot)
    return [
        {"kind": kind, "title": titles.KINDS[kind], "explained": titles.DOCUMENTS[kind], "may": kind in theirs,
         "signed": [one for one in signed if one.kind == kind]}
        for kind in KINDS
    ]  # fmt: skip


def _state_title(row: LotCard | Certificate) -> str:
    """Of a row that a query annotated with its state."""
    return str(titles.STATES[vars(row)["state"]])


def _again(request: HttpRequest, lot: str, refused: Refused) -> HttpResponse:
    if refused.refusals[0].code in _PASSED_ON:
        raise refused
    return _lot(request, lot, refusals=refused.refusals, status=409)


def _disposing(request: HttpRequest) -> Disposing:
    person = cast("PersonRequest", request)
    return Disposing(person.ledger, person.evidence, person.actor, person.clock)


def _lot(request: HttpRequest, lot: str, *, refusals: Any = (), status: int = 200) -> HttpResponse:
    person = cast("PersonRequest", request)
    card = visible_lot(person.actor, lot)
    if card is None:
        raise refuse("disposition.unknown", "There is no such lot.", where="lot", got=lot[:120])
    read = read_case(person.ledger, person.evidence, card)
    case, items = read.case, checklist(read.case)
    entered = forms.given(request) if request.POST.get("decision") in titles.DECISIONS else None
    roles = {grant.role for grant in person.actor.grants} if _may_state(person, card) else set()
    chosen = {
        name.removeprefix("item-"): str(value)
        for name, value in request.POST.items()
        if name.startswith("item-")
    }
    rows = forms.rows(items, {*roles}, {one.id: one.owes for one in case.wanted}, chosen)
    context = {
        "lot": card, "case": case, "rows": rows, "criteria": _criteria(case), "state": titles.STATES[case.state],
        "is_closed": case.state in CLOSED, "compliant": is_compliant(items),
        "compliant_count": sum(is_compliant([item]) for item in items), "pending": pending_tests(case),
        "options": forms.options(_disposing(request), case, entered), "decisions": _decisions(person, lot),
        "may_state": any(row.may_state for row in rows) and case.state not in CLOSED,
        "may_state_all": any(row.may_state and row.item.state == "missing" for row in rows),
        "seen": read.position, "refusals": refusals, "site": sites().get(card.site), "zone": _zone(card),
        "documents": documents_of(person, card),
        "entered_reason": request.POST.get("reason", "") if entered is None else "",
    }  # fmt: skip
    return render(request, "disposition/lot.html", context, status=status)


def _may_state(person: PersonRequest, card: LotCard) -> bool:
    return person.actor.may("disposition.state", Place(card.organisation, card.site, card.product))


def _criteria(case: Any) -> list[dict[str, Any]]:
    return [
        {
            "one": one, "met": titles.MET[one.met],
            "results": [
                {"one": result, "state": titles.RESULT_STATES.get(result.status, result.status)}
                for result in one.results
            ],
        }
        for one in judged(case)
    ]  # fmt: skip


def _decisions(person: PersonRequest, lot: str) -> list[dict[str, Any]]:
    return [
        {
            "one": one.decision, "title": titles.STATES[one.decision.decision],
            "signatures": [one.signature] if one.signature else [],
            "certificates": [(certificate, titles.KINDS[certificate.kind]) for certificate in one.certificates],
        }
        for one in decisions_on(person.ledger, person.evidence, lot)
    ]  # fmt: skip


def _zone(card: LotCard | None) -> str:
    site = sites().get(card.site) if card else None
    return site.time_zone if site else "UTC"


def _without(request: HttpRequest, *names: str) -> str:
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()


def _lane_titles() -> dict[str, str]:
    return {
        "ready": _("Ready to decide"), "blocked": _("Something is missing"), "conditional": _("Second step to come"),
        "review": _("At the desk"), "done": _("Decided"), "all": _("All"),
    }  # fmt: skip


def _sort_titles() -> dict[str, str]:
    titles_of = {
        "urgency": _("Most urgent first"), "waiting": _("Longest waiting first"), "lot": _("By lot"),
        "market": _("By market"), "site": _("By site"),
    }  # fmt: skip
    return {sort: titles_of[sort] for sort in SORTS}
