"""Lots: the list, one, what is said and recorded about it, and its verdict."""

from __future__ import annotations

import json
from typing import Any, Literal

from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags, quote_etag
from ninja import Query, Router
from pydantic import Field

from onelot.jsonapi.cursors import entries_after, next_link, position_of, rows_after
from onelot.jsonapi.operation import Operation, as_response, reads, writes
from onelot.jsonapi.operations.asking import asker, entry_out, lot_of, unknown, visible_entries
from onelot.jsonapi.schemas import (
    CommentIn,
    EntryPage,
    Lot,
    LotPage,
    Paged,
    Recorded,
    Remark,
    RemarkPage,
)
from onelot.kernel.canonical import digest
from onelot.ledger.query import Query as LedgerQuery
from onelot.review.desk import models
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import SORTS, Wanted, queue
from onelot.review.desk.service import Desk

router = Router(tags=["lots"])
_SORTS = {**SORTS, "position": (F("position").asc(), F("lot").asc())}


class LotsWanted(Paged):
    """Which lots, and in what order; `position`: those that changed last come last."""

    lane: Literal["exceptions", "clean", "decided", "disposition", "unread", "closed", "all"] = "all"
    sort: Literal["urgency", "lot", "waiting", "severity", "site", "position"] = "lot"
    site: str = Field("", max_length=64)
    product: str = Field("", max_length=64)
    text: str = Field("", max_length=120, description="Part of the lot's number or of the COI identifier")


@reads(router, LotPage, Operation("/lots", scope="lots:read", summary="Lots that you may see"))
def list_lots(request: HttpRequest, wanted: Query[LotsWanted]) -> LotPage:
    """Filtered as the queue of the desk."""
    rows = queue(asker(request).actor, Wanted(wanted.lane, "lot", wanted.site, wanted.product, wanted.text))
    order = _SORTS[wanted.sort]
    found, after = rows_after(
        rows, order, name=f"lots {wanted.sort}", cursor=wanted.cursor, limit=wanted.limit
    )
    return LotPage(items=[lot_out(card) for card in found], next=next_link(request, after))


@reads(
    router,
    RemarkPage,
    Operation("/lots/{path:lot}/remarks", scope="lots:read", summary="What was said about a lot"),
)
def list_remarks(request: HttpRequest, lot: str, wanted: Query[Paged]) -> RemarkPage:
    """Comments, questions, answers and decisions in the order in which they were recorded."""
    rows = models.Remark.objects.filter(lot=lot_of(request, lot).lot)
    order = (F("position").asc(),)
    found, after = rows_after(rows, order, name="remarks", cursor=wanted.cursor, limit=wanted.limit)
    items = [
        Remark(
            position=row.position, exception=row.finding, kind=row.kind, person=row.person, at=row.at, text=row.text,
            detail=row.detail,
        )
        for row in found
    ]  # fmt: skip
    return RemarkPage(items=items, next=next_link(request, after))


@writes(
    router,
    Recorded,
    Operation("/lots/{path:lot}/comments", scope="comments:write", summary="Comment on a lot"),
)
def add_comment(request: HttpRequest, lot: str, body: CommentIn) -> Recorded:
    """A remark on the lot, or on one of its exceptions. It decides nothing."""
    person = asker(request)
    card = lot_of(request, lot)
    Desk(person.ledger, person.actor, person.clock).comment(
        lot=card.lot, text=body.text, finding=body.exception
    )
    return Recorded(position=LotCard.objects.get(lot=card.lot).position)


@reads(
    router,
    EntryPage,
    Operation("/lots/{path:lot}/entries", scope="lots:read", summary="The entries about a lot"),
)
def list_lot_entries(request: HttpRequest, lot: str, wanted: Query[Paged]) -> EntryPage:
    """The lot's whole life in the ledger's order; who made the entry, when it happened and when it was recorded."""
    person = asker(request)
    card = lot_of(request, lot)
    start = position_of(wanted.cursor, name="lot entries")
    entries = person.ledger.read(LedgerQuery(tags=(f"lot:{card.lot}",)), after=start)
    found, after = entries_after(
        visible_entries(person.actor, entries, card.lot), wanted.limit, name="lot entries"
    )
    return EntryPage(items=[entry_out(entry) for entry in found], next=next_link(request, after))


@reads(
    router,
    dict[str, Any],
    Operation("/lots/{path:lot}/verdict", scope="lots:read", summary="What the last review said"),
)
def get_verdict(request: HttpRequest, lot: str) -> dict[str, Any]:
    """The verdict on this lot, with its inputs by name and digest. Not found before the first review."""
    card = lot_of(request, lot)
    if not card.verdict:
        raise unknown("verdict", lot)
    verdict: dict[str, Any] = json.loads(asker(request).evidence.get(card.verdict))
    verdict["lots"] = [found for found in verdict["lots"] if found["lot"] == card.lot]
    return verdict


@reads(router, Lot, Operation("/lots/{path:lot}", scope="lots:read", summary="One lot", others={304: None}))
def get_lot(request: HttpRequest, lot: str) -> HttpResponse:
    """With an ETag: ask again with `If-None-Match`, and the answer is 304 while nothing has changed."""
    response = as_response(lot_out(lot_of(request, lot)))
    etag = quote_etag(digest(response.content)[:32])
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in [one.removeprefix("W/") for one in known]:
        response = HttpResponseNotModified()
    response["ETag"] = etag
    return response


def lot_out(card: LotCard) -> Lot:
    """A lot as the API says it."""
    same = {name: getattr(card, name) for name in Lot.model_fields if name != "review_signed"}
    return Lot(**same, review_signed=bool(card.review) and card.signed_review == card.review)
