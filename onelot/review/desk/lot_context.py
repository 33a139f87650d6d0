"""What the desk's page of one lot shows: its exceptions page by page, and what this person may do with them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from onelot.deviations.queries import deviations_of
from onelot.registry.permissions import Actor
from onelot.registry.queries import people_who_may, sites
from onelot.registry.requests import PersonRequest
from onelot.review.desk.charted import CLOCKS, is_charted
from onelot.review.desk.documents import justifications_of
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.presence import Meanwhile, others
from onelot.review.desk.queries import RaisedException, exceptions_of, raised_exceptions, remarks_on_lot
from onelot.review.desk.requests import place_of_lot, without
from onelot.review.desk.signed import signatures_of_lot
from onelot.review.renewal.queries import news_of

EXCEPTIONS_A_PAGE = 50
CHARTS_OPEN = 10
_ACTS = (
    ("decide", "finding.decide"), ("ask", "finding.ask"), ("answer", "finding.answer"), ("comment", "finding.comment"),
    ("sign", "review.sign"), ("take", "finding.assign"), ("deviate", "deviation.raise"), ("desk", "desk.open"),
    ("dossier", "dossier.open"),
)  # fmt: skip


def lot_context(request: HttpRequest, person: PersonRequest, card: LotCard, finding: str) -> dict[str, Any]:
    """The context of ``desk/lot.html``; the page that holds ``finding`` is shown where one is named."""
    place, site = place_of_lot(card), sites().get(card.site)
    may = {name: person.actor.may(action, place) for name, action in _ACTS}
    waiting = request.GET.get("show") == "waiting"
    placed = exceptions_of(card.lot, waiting=waiting and not finding)
    pages = Paginator(placed, EXCEPTIONS_A_PAGE)
    asked = request.GET.get("page")
    at = next((index for index, (_, key) in enumerate(placed) if key == finding), None)
    page = pages.get_page(asked if at is None else at // EXCEPTIONS_A_PAGE + 1)
    known = justifications_of(person.ledger, person.evidence, card.lot) if may["decide"] else ()
    offered = _offered(request, person.actor)
    phases = [
        (phase, [_shown(item, known, offered) for item in items])
        for phase, items in raised_exceptions([*page.object_list])
    ]
    open_deviations = [item for item in deviations_of(card.lot) if item.state != "closed"]
    return {
        "lot": card, "phases": phases, "page": page, "query": without(request, "page", "recorded"), "may": may,
        "remarks": remarks_on_lot(card.lot), "site": site, "zone": site.time_zone if site else "UTC",
        "signatures": signatures_of_lot(person.ledger, person.evidence, card),
        "open_deviations": open_deviations, "waiting": waiting, "recorded": request.GET.get("recorded", ""),
        "news": news_of(card.lot), "charts_are_open": _few_charts(phases), "offered": offered, "now": person.clock(),
        "assignees": people_who_may("finding.decide", place, person.clock()) if may["take"] else [],
        # The page is made of what is known now, so nothing has happened meanwhile.
        "meanwhile": Meanwhile(others(card.lot, person.actor.person, person.clock()), (), 0, is_reviewed_anew=False),
    }  # fmt: skip


def _few_charts(phases: list[tuple[str, list[dict[str, Any]]]]) -> bool:
    """Whether the page is still read in one go when every chart stands open."""
    return len([item for _, items in phases for item in items if item["has_chart"]]) <= CHARTS_OPEN


def _shown(item: RaisedException, known: Any, offered: FindingCard | None) -> dict[str, Any]:
    """An exception with the justifications it may get, and the one just given to a similar exception."""
    card = item.card
    is_similar = (
        offered is not None
        and card.state == "open"
        and (card.check_id, card.variant, card.severity)
        == (offered.check_id, offered.variant, offered.severity)
    )
    fitting = [found for found in known if found.fits(card.check_id, card.severity)]
    text, code = "", ""
    if is_similar and offered is not None:
        code = offered.justification
        approved = next((found.text for found in fitting if found.code == code), "")
        text = offered.reason.removeprefix(approved).strip()
    return {
        "card": card, "remarks": item.remarks, "justifications": fitting, "offered_text": text, "offered_code": code,
        "is_similar": is_similar, "has_chart": is_charted(card), "has_low_chart": card.check_id in CLOCKS,
        "deviation_severity": "minor" if card.severity == "information" else card.severity,
    }  # fmt: skip


def _offered(request: HttpRequest, actor: Actor) -> FindingCard | None:
    """The acceptance that this person has just recorded, of an exception that is minor: offered for similar ones.

    Each of them is still decided by itself, with a reason of its own record.
    """
    recorded = request.GET.get("recorded", "")[:32]
    card = FindingCard.objects.filter(key=recorded).first() if recorded else None
    if card is None or card.severity not in ("minor", "information"):
        return None
    return card if card.decided_by == actor.person and card.state in ("accepted", "false_alarm") else None
