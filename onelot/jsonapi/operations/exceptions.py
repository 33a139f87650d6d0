"""Exceptions across lots, and questions to the sites. Deciding on them is for people."""

from __future__ import annotations

from typing import Literal, cast

from django.db.models import F, QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from onelot.jsonapi.cursors import next_link, rows_after
from onelot.jsonapi.operation import Operation, reads, writes
from onelot.jsonapi.operations.asking import asker, lot_of, unknown
from onelot.jsonapi.schemas import (
    AnswerIn,
    ExceptionOut,
    ExceptionPage,
    Paged,
    Question,
    QuestionPage,
    Recorded,
)
from onelot.review.desk.models import FindingCard, LotCard, Remark
from onelot.review.desk.queries import visible_lots
from onelot.review.desk.service import Desk
from onelot.review.verdict import Severity

router = Router(tags=["exceptions"])
_ORDER = (F("rank").asc(), F("lot").asc(), F("key").asc())


class ExceptionsWanted(Paged):
    """Which exceptions."""

    lot: str = Field("", max_length=120)
    site: str = Field("", max_length=64)
    state: Literal["", "open", "asked", "accepted", "false_alarm", "deviation", "by_policy"] = ""
    severity: Literal["", "critical", "major", "minor", "information"] = ""
    check: str = Field("", max_length=64)


@reads(
    router,
    ExceptionPage,
    Operation("/exceptions", scope="lots:read", summary="Exceptions of the last reviews, the worst first"),
)
def list_exceptions(request: HttpRequest, wanted: Query[ExceptionsWanted]) -> ExceptionPage:
    """Of all lots that you may see, or of those that the filter leaves."""
    lots = visible_lots(asker(request).actor)
    if wanted.site:
        lots = lots.filter(site=wanted.site)
    rows = _raised(lots)
    named = {"lot": wanted.lot, "state": wanted.state, "severity": wanted.severity, "check_id": wanted.check}
    rows = rows.filter(**{column: value for column, value in named.items() if value})
    found, after = rows_after(rows, _ORDER, name="exceptions", cursor=wanted.cursor, limit=wanted.limit)
    return ExceptionPage(items=[exception_out(card) for card in found], next=next_link(request, after))


@reads(
    router,
    ExceptionPage,
    Operation(
        "/lots/{path:lot}/exceptions", scope="lots:read", summary="The exceptions of a lot, the worst first"
    ),
)
def list_lot_exceptions(request: HttpRequest, lot: str, wanted: Query[Paged]) -> ExceptionPage:
    """What its last review raised, with what was decided."""
    rows = FindingCard.objects.filter(lot=lot_of(request, lot).lot, is_raised=True)
    found, after = rows_after(rows, _ORDER, name="exceptions", cursor=wanted.cursor, limit=wanted.limit)
    return ExceptionPage(items=[exception_out(card) for card in found], next=next_link(request, after))


@reads(
    router,
    QuestionPage,
    Operation("/questions", scope="lots:read", summary="Questions that wait for an answer"),
)
def list_questions(request: HttpRequest, wanted: Query[Paged]) -> QuestionPage:
    """To the sites whose lots you may see, the worst exception first."""
    rows = _raised(visible_lots(asker(request).actor)).filter(state="asked")
    found, after = rows_after(rows, _ORDER, name="questions", cursor=wanted.cursor, limit=wanted.limit)
    sites = dict(LotCard.objects.filter(lot__in=[card.lot for card in found]).values_list("lot", "site"))
    asked = {
        remark.finding: remark
        for remark in Remark.objects.filter(
            finding__in=[card.key for card in found], kind="question"
        ).order_by("position")
    }
    items = [_question_out(card, sites[card.lot], asked[card.key]) for card in found]
    return QuestionPage(items=items, next=next_link(request, after))


@writes(
    router,
    Recorded,
    Operation("/questions/{question}/answers", scope="questions:answer", summary="Answer a question"),
)
def answer_question(request: HttpRequest, question: str, body: AnswerIn) -> Recorded:
    """For the site that made the lot; refused with 409 where somebody acted on the exception after `seen`."""
    person = asker(request)
    card = _raised(visible_lots(person.actor)).filter(question=question).exclude(question="").first()
    if card is None:
        raise unknown("question", question)
    Desk(person.ledger, person.actor, person.clock).answer(finding=card.key, text=body.text, seen=body.seen)
    return Recorded(position=FindingCard.objects.get(key=card.key).position)


def exception_out(card: FindingCard) -> ExceptionOut:
    """An exception as the API says it."""
    same = {name: getattr(card, name) for name in ExceptionOut.model_fields if name != "check"}
    return ExceptionOut(**same, check=card.check_id)


def _raised(lots: QuerySet[LotCard]) -> QuerySet[FindingCard]:
    return FindingCard.objects.filter(is_raised=True, lot__in=lots.values("lot"))


def _question_out(card: FindingCard, site: str, asked: Remark) -> Question:
    return Question(
        question=card.question, lot=card.lot, site=site, exception=card.key, sentence=card.sentence,
        severity=cast("Severity", card.severity), text=asked.text, asked_by=asked.person, asked_at=asked.at,
        seen=card.position,
    )  # fmt: skip
