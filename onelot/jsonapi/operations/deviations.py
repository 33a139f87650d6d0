"""Deviations: read and raised here; what they mean for a lot is said by people."""

from __future__ import annotations

from typing import Literal

from django.db.models import F
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from onelot.deviations.models import Deviation
from onelot.deviations.service import Deviations
from onelot.jsonapi.cursors import next_link, rows_after
from onelot.jsonapi.operation import Operation, reads, writes
from onelot.jsonapi.operations.asking import asker, lot_of, place_of_lot, unknown
from onelot.jsonapi.schemas import DeviationIn, DeviationOut, DeviationPage, Paged
from onelot.review.desk.models import FindingCard
from onelot.review.desk.queries import visible_lots

router = Router(tags=["deviations"])


class DeviationsWanted(Paged):
    """Which deviations."""

    lot: str = Field("", max_length=120)
    state: Literal["", "open", "assessed", "closed"] = ""
    severity: Literal["", "critical", "major", "minor"] = ""


@reads(
    router,
    DeviationPage,
    Operation("/deviations", scope="lots:read", summary="Deviations of lots that you may see"),
)
def list_deviations(request: HttpRequest, wanted: Query[DeviationsWanted]) -> DeviationPage:
    """In order of their numbers."""
    rows = Deviation.objects.filter(lot__in=visible_lots(asker(request).actor).values("lot"))
    named = {"lot": wanted.lot, "state": wanted.state, "severity": wanted.severity}
    rows = rows.filter(**{column: value for column, value in named.items() if value})
    order = (F("number").asc(),)
    found, after = rows_after(rows, order, name="deviations", cursor=wanted.cursor, limit=wanted.limit)
    return DeviationPage(items=[deviation_out(card) for card in found], next=next_link(request, after))


@reads(router, DeviationOut, Operation("/deviations/{number}", scope="lots:read", summary="One deviation"))
def get_deviation(request: HttpRequest, number: str) -> DeviationOut:
    """As it stands."""
    return deviation_out(_visible(request, number))


@writes(router, DeviationOut, Operation("/deviations", scope="deviations:write", summary="Raise a deviation"))
def raise_deviation(request: HttpRequest, body: DeviationIn) -> DeviationOut:
    """It gets a number of its own, and stops the lot's disposition until somebody has said what it means."""
    person = asker(request)
    lot = lot_of(request, body.lot)
    if body.exception and not FindingCard.objects.filter(key=body.exception, lot=lot.lot).exists():
        raise unknown("exception", body.exception)
    number = Deviations(person.ledger, person.actor, place_of_lot(lot), person.clock).open(
        lot=lot.lot, severity=body.severity, title=body.title, description=body.description,
        finding=body.exception,
    )  # fmt: skip
    return deviation_out(Deviation.objects.get(number=number))


def deviation_out(card: Deviation) -> DeviationOut:
    """A deviation as the API says it."""
    same = {name: getattr(card, name) for name in DeviationOut.model_fields if name != "exception"}
    return DeviationOut(**same, exception=card.finding)


def _visible(request: HttpRequest, number: str) -> Deviation:
    lots = visible_lots(asker(request).actor)
    card = Deviation.objects.filter(number=number, lot__in=lots.values("lot")).first()
    if card is None:
        raise unknown("deviation", number)
    return card
