"""The chart of one exception: its words and values as a part of the lot's page or a page of its own, and its image."""

from __future__ import annotations

from typing import get_args

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_GET

from onelot.kernel.refusals import Refused, refuse
from onelot.registry.requests import PersonRequest
from onelot.review.desk import drawing
from onelot.review.desk.charted import chart_of
from onelot.review.desk.charts import Chart
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.requests import asked_lot

_YEAR = 365 * 24 * 3600


@require_GET
def chart(request: HttpRequest, lot: str, finding: str) -> HttpResponse:
    """The sentence and the values; the image has an address of its own, which names what it was drawn from."""
    person, card, exception = _asked(request, lot, finding)
    found = _chart(person, card, exception)
    name = drawing.name_of(lot, finding, found) if found else ""
    if found:
        drawing.keep(name, found)
    template = "desk/chart.html" if "HX-Request" in request.headers else "desk/chart_page.html"
    return render(request, template, {"chart": found, "name": name, "lot": card, "card": exception})


@require_GET
def chart_image(request: HttpRequest, lot: str, finding: str, theme: str, name: str) -> HttpResponse:
    """The drawing. Since its address names what it was drawn from, a browser need never ask for it again."""
    person, card, exception = _asked(request, lot, finding)
    for known in get_args(drawing.Theme):
        if theme == known:
            break
    else:
        raise _unknown(lot, theme)
    tag = f'"{name}-{theme}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    spec = drawing.kept(name)
    if spec is None:
        found = _chart(person, card, exception)
        if found is None or drawing.name_of(lot, finding, found) != name:
            raise _unknown(lot, name[:64])  # other lots have come since: the page names another drawing now
        spec = found.spec
    response = HttpResponse(drawing.image(name, known, spec), content_type="image/svg+xml")
    response["ETag"] = tag
    response["Cache-Control"] = f"private, max-age={_YEAR}, immutable"
    return response


def _asked(request: HttpRequest, lot: str, finding: str) -> tuple[PersonRequest, LotCard, FindingCard]:
    person, card = asked_lot(request, lot)
    exception = FindingCard.objects.filter(lot=lot, key=finding).first()
    if exception is None:
        raise _unknown(lot, finding)
    return person, card, exception


def _chart(person: PersonRequest, card: LotCard, exception: FindingCard) -> Chart | None:
    return chart_of(person.ledger, person.evidence, person.actor, card, exception)


def _unknown(lot: str, got: str) -> Refused:
    return refuse("desk.unknown", "There is no such exception of this lot.", where=lot, got=got)
