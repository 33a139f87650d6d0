"""The audit trail's page, and taking it away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from onelot.audit.events import TrailExported
from onelot.audit.exporting import as_csv, as_json_lines
from onelot.audit.search import LOOKED_AT, Found, Wanted, everything, query_of, search
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.ledger.entry import Draft
from onelot.registry.requests import PersonRequest
from onelot.review.desk.telling import told

_ABOUT_AUDIT = "about:audit"


@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """Who said what, when and why; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("audit.open")
    found, wanted = Found((), None, was_cut=False), Wanted()
    refusals: Sequence[Refusal] = ()
    try:
        wanted = _wanted(request)
        found = search(person.ledger, person.actor, wanted, _start(request))
    except Refused as refused:
        refusals = refused.refusals
    query = request.GET.copy()
    query.pop("from", None)
    context = {
        "wanted": wanted, "found": found, "lines": [(entry, told(entry)) for entry in found.entries],
        "query": query.urlencode(), "looked_at": LOOKED_AT, "refusals": refusals, "asked": request.GET,
        "kinds": person.ledger.catalogue.current_names,
    }  # fmt: skip
    return render(request, "audit/trail.html", context, status=422 if refusals else 200)


@require_POST
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What the filter finds, all of it, as a file; that it was taken is an event."""
    person = cast("PersonRequest", request)
    person.actor.check_may("audit.open")
    form = request.POST.get("form", "")
    if form not in ("csv", "jsonl"):
        raise refuse("audit.form_unknown", "There is no such form of export.", where="form", expected="csv or jsonl",
                     got=form[:40])  # fmt: skip
    wanted = _wanted(request)
    query_of(person.ledger, wanted)  # refused now, not in the middle of the file
    through = person.ledger.size()
    event = TrailExported(
        form="csv" if form == "csv" else "jsonl", through_position=through, filters=wanted.filters()
    )
    person.ledger.append(
        [Draft(event=event, actor=person.actor.who, occurred_at=person.clock(), tags=(_ABOUT_AUDIT,))]
    )
    entries = everything(person.ledger, person.actor, wanted, through)
    lines = (
        as_csv(entries, through) if form == "csv" else as_json_lines(entries, through, person.checkpoint())
    )
    answer = StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    )
    answer["Content-Disposition"] = f'attachment; filename="audit-trail-{through}.{form}"'
    return answer


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.POST if request.method == "POST" else request.GET
    return Wanted(
        person=asked.get("person", "").strip()[:120], kind=asked.get("kind", "").strip()[:120],
        about=asked.get("about", "").strip()[:220], since=_instant(asked.get("since", ""), "since"),
        until=_instant(asked.get("until", ""), "until"), text=asked.get("text", "").strip()[:200],
        order="oldest" if asked.get("order") == "oldest" else "newest",
    )  # fmt: skip


def _instant(text: str, name: str) -> datetime | None:
    """A time without an offset is UTC, as the page says."""
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise refuse(
            "audit.time", "This is not a time.", where=name, expected="for example 2026-03-01T08:00", got=text[:40]
        ) from error  # fmt: skip
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _start(request: HttpRequest) -> int:
    text = request.GET.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
