"""Pages of sites: their lots, and handing over records."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onelot.kernel.refusals import Refusal, Refused
from onelot.partners.asking import paged, query_without, sort_titles, state_titles, wanted_of
from onelot.partners.models import SentDocument
from onelot.partners.queries import (
    Wanted,
    documents,
    gaps,
    incomplete_lots,
    own_lots,
    questions,
    state_counts,
    zone_of,
)
from onelot.partners.reading import fields
from onelot.partners.service import MAX_FILE, HandingOver, Reading, check_size
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.review.desk.queries import choices
from onelot.review.desk.telling import KIND_TITLES

_SHOWN_AT_HOME = 10


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """A site's own lots by state, questions that wait for its answer, what is missing, and what it sent."""
    person = cast("PersonRequest", request)
    person.actor.check_may("site.open")
    wanted = wanted_of(request)
    missing = incomplete_lots(
        person.actor, Wanted(site=wanted.site, product=wanted.product, text=wanted.text)
    )
    counts = state_counts(person.actor, wanted)
    missing_page = paged(request, missing, "missing")
    context = {
        "wanted": wanted, "page": paged(request, own_lots(person.actor, wanted)),
        "states": [(state, title, counts[state]) for state, title in state_titles().items()],
        "titles": state_titles(), "questions": questions(person.actor), "missing": missing_page,
        "gaps": {card.lot: gaps(card.lot) for card in missing_page.object_list},
        "documents": documents(person.actor, Wanted())[:_SHOWN_AT_HOME], "known_sites": sites(),
        "choices": choices(person.actor), "sorts": sort_titles(), "zone": zone_of(person.actor),
        "query": query_without(request, "page"), "state_query": query_without(request, "page", "state"),
        "missing_query": query_without(request, "missing"),
    }  # fmt: skip
    return render(request, "partners/home.html", context)


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose files; each is read, and shown as it was understood. Nothing is recorded yet, but refusals are."""
    person = cast("PersonRequest", request)
    person.actor.check_may("record.upload")
    if request.method == "GET":
        return _upload_page(request)
    files = request.FILES.getlist("file")
    handing_over = _handing_over(person)
    readings = []
    for file in files:
        name = file.name or "file"
        try:
            check_size(file.size or 0, name)
            readings.append(handing_over.read(file.read(), name))
        except Refused as refused:
            readings.append(Reading(name, "", file.size or 0, refusals=tuple(refused.refusals)))
    if not files:
        readings.append(Reading("", "", 0, refusals=(_no_file(),)))
    if "X-One-File" in request.headers:
        context = {"readings": readings, "kinds": KIND_TITLES, "one": True}
        answer = render(request, "partners/readings.html", context)
        answer["X-Reading"] = "1"  # a sign-in page, after the session's end, has none
        return answer
    return _upload_page(request, readings, status=422 if any(r.refusals for r in readings) else 200)


@require_GET
def reading(request: HttpRequest, token: str) -> HttpResponse:
    """Every field of a file that was read, with its place, before it is handed over."""
    person = cast("PersonRequest", request)
    name, extraction = _handing_over(person).again(token)
    kinds = KIND_TITLES
    kind = request.GET.get("kind", "")
    found = list(fields(extraction, kind if kind in kinds else ""))
    context = {
        "name": name, "token": token, "page": paged(request, found), "kinds": kinds,
        "kind": kind, "present": sorted({extract.event.event_name() for extract in extraction.extracts}),
        "query": query_without(request, "page"),
    }  # fmt: skip
    return render(request, "partners/reading.html", context)


@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    """Take what was read. One file leads to its page, several to the list of documents."""
    person = cast("PersonRequest", request)
    person.actor.check_may("record.upload")
    taken: list[SentDocument] = []
    refusals: list[Refusal] = []
    for token in request.POST.getlist("token"):
        try:
            taken.append(_handing_over(person).hand_over(token))
        except Refused as refused:
            refusals += refused.refusals
    if refusals or not taken:
        return _upload_page(request, refusals=refusals or [_no_file()], taken=taken, status=409)
    if len(taken) == 1:
        return HttpResponseRedirect(reverse("partners:document", args=[taken[0].position]))
    return HttpResponseRedirect(reverse("partners:documents"))


def _upload_page(
    request: HttpRequest, readings: list[Reading] | None = None, *, refusals: object = (), taken: object = (),
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "readings": readings or [], "refusals": refusals, "taken": taken, "kinds": KIND_TITLES,
        "megabytes": MAX_FILE // 2**20, "largest": MAX_FILE,
        "several": sum(1 for item in readings or [] if item.token) > 1,
    }  # fmt: skip
    return render(request, "partners/upload.html", context, status=status)


def _handing_over(person: PersonRequest) -> HandingOver:
    return HandingOver(person.ledger, person.evidence, person.actor, person.clock)


def _no_file() -> Refusal:
    return Refusal(
        "partners.no_file", "No file was chosen.", where="files",
        expected="one or more files", hint="Choose the record's file, then send it.",
    )  # fmt: skip
