"""Live updates: what changed since a ledger position, as server-sent events, within what the person may see.

Each answer says what is new and ends; the browser's EventSource asks again after ``RETRY`` with the last position that
it knows (Last-Event-ID). So any server carries it, no connection or thread is held, and nothing is missed in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from onelot.jobs.models import Job
from onelot.jobs.queries import OPEN
from onelot.ledger.catalogue import terms
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor
from onelot.registry.requests import PersonRequest
from onelot.review.desk.queries import Wanted, lane_counts, visible_lots

RETRY = timedelta(seconds=3)
ENTRIES_READ = 2000
"""After more entries than this a page is told that much changed, and reloads what it shows."""


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The stream's next piece: lots that changed, counts of the queue, the person's own jobs."""
    person = cast("PersonRequest", request)
    head = person.ledger.size()
    after = _position(request.headers.get("Last-Event-ID") or request.GET.get("after", ""), head)
    said = [f"retry: {RETRY // timedelta(milliseconds=1)}\n\n"]
    said += [_said(name, data, head) for name, data in _events(person, after, head)]
    answer = HttpResponse("".join(said), content_type="text/event-stream; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _events(person: PersonRequest, after: int, head: int) -> Iterator[tuple[str, dict[str, Any]]]:
    is_much = head - after > ENTRIES_READ
    lots = [] if is_much else _visible(person.actor, _changed(person.ledger, after, head))
    if lots or is_much:
        yield "lots", {"lots": lots, "all": is_much}
        if person.actor.may("desk.open"):
            yield "lanes", lane_counts(person.actor, Wanted())
    yield "jobs", {"jobs": _jobs(person)}


def _changed(ledger: Ledger, after: int, head: int) -> set[str]:
    """The lots that entries of this stretch speak of."""
    return {
        tag.removeprefix("lot:")
        for entry in ledger.read_bytes(after=after, until=head)
        for tag in terms(entry)
        if tag.startswith("lot:")
    }


def _visible(actor: Actor, lots: set[str]) -> list[str]:
    return sorted(visible_lots(actor).filter(lot__in=lots).values_list("lot", flat=True)) if lots else []


def _jobs(person: PersonRequest) -> list[dict[str, Any]]:
    """The person's own work that goes on, or ended just now."""
    since = person.clock() - 20 * RETRY
    own = Job.objects.filter(asked_by=person.actor.person)
    found = own.filter(state__in=OPEN) | own.filter(ended_at__gte=since)
    columns = ("job", "kind", "state", "fraction", "progress")
    return list(found.order_by("job").values(*columns)[:20])


def _said(name: str, data: dict[str, Any], position: int) -> str:
    """One event; its identifier is the position up to which it knows. JSON has no line breaks of its own."""
    return f"id: {position}\nevent: {name}\ndata: {json.dumps(data)}\n\n"


def _position(text: str, head: int) -> int:
    """What the browser says it knows; whatever is no position of this ledger counts as the present one."""
    return min(int(text), head) if text.isascii() and text.isdigit() and len(text) < 19 else head
