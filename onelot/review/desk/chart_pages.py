"""The chart of one exception, as a part of the lot's page or as a page of its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from onelot.kernel.refusals import refuse
from onelot.review.desk.charted import chart_of
from onelot.review.desk.models import FindingCard
from onelot.review.desk.requests import asked_lot


@require_GET
def chart(request: HttpRequest, lot: str, finding: str) -> HttpResponse:
    """The specification, its sentence and its values; a script of ours draws it once it is seen."""
    person, card = asked_lot(request, lot)
    exception = FindingCard.objects.filter(lot=lot, key=finding).first()
    if exception is None:
        raise refuse("desk.unknown", "There is no such exception of this lot.", where=lot, got=finding)
    found = chart_of(person.ledger, person.evidence, person.actor, card, exception)
    name = "desk/chart.html" if "HX-Request" in request.headers else "desk/chart_page.html"
    return render(request, name, {"chart": found, "lot": card, "card": exception})
