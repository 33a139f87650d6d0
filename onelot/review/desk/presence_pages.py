"""The part of a lot's page that asks again and again who else is here, and what happened meanwhile."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from onelot.review.desk.presence import meanwhile, note
from onelot.review.desk.requests import asked_lot, seen_in, zone_of


@require_POST
def present(request: HttpRequest, lot: str) -> HttpResponse:
    """Tell that the person is here; answer with what the page does not show yet."""
    person, card = asked_lot(request, lot)
    seen = seen_in(request)
    now = person.clock()
    note(lot, person.actor.person, now)
    found = meanwhile(card, person.actor.person, request.POST.get("review", ""), seen, now)
    return render(request, "desk/meanwhile.html", {"meanwhile": found, "lot": card, "zone": zone_of(card)})
