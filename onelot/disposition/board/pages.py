"""The board's pages: figures, the lots behind each, both as CSV, and what people declare."""

from __future__ import annotations

import csv
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onelot.disposition.board import figures
from onelot.disposition.board.models import FullReview
from onelot.disposition.board.queries import (
    PERIODS,
    Wanted,
    behind,
    board_lots,
    full_reviews,
    known_age,
    known_state,
    loads,
    rows,
)
from onelot.disposition.board.service import Board
from onelot.kernel.refusals import Refused
from onelot.registry.permissions import Place
from onelot.registry.requests import PersonRequest
from onelot.review.statistics import Rate

_LOTS_A_PAGE = 50
_CHECKS_SHOWN = 20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """All sites in figures; the filter is in the address."""
    return _board(request)


@require_POST
def declare(request: HttpRequest) -> HttpResponse:
    """Somebody's hours, or measured full reviews; a refusal shows the board again with what was entered."""
    person = cast("PersonRequest", request)
    entered = {
        name: request.POST.get(name, "") for name in ("person", "hours", "product", "minutes", "source")
    }
    commands = Board(person.ledger, person.actor, person.clock)
    try:
        if request.POST.get("what") == "hours":
            commands.declare_hours(person=entered["person"], hours=entered["hours"])
        else:
            commands.declare_full_review(
                product=entered["product"].strip()[:64], minutes=entered["minutes"], source=entered["source"]
            )
    except Refused as refused:
        if refused.refusals[0].code == "registry.not_allowed":
            raise
        return _board(request, refusals=refused.refusals, entered=entered, status=422)
    return HttpResponseRedirect(reverse("board:board") + "#declare")


@require_GET
def lots(request: HttpRequest) -> HttpResponse:
    """The lots behind a figure."""
    person, wanted = _asked(request)
    found = behind(rows(person.actor, wanted, person.clock()), wanted, person.clock())
    page = Paginator(found, _LOTS_A_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {"page": page, "wanted": wanted, "query": query.urlencode(), "titles": state_titles()}
    return render(request, "board/lots.html", context)


@require_GET
def lots_csv(request: HttpRequest) -> HttpResponse:
    """The same lots as a table file."""
    person, wanted = _asked(request)
    found = behind(rows(person.actor, wanted, person.clock()), wanted, person.clock())
    head = (
        "lot", "site", "product", "state", "last_record_utc", "hours_to_signature", "hours_to_disposition",
        "first_review", "exceptions", "minutes_of_work",
    )  # fmt: skip
    lines = [
        (
            row.lot, row.site, row.product, row.state, row.since.isoformat() if row.since else "",
            _shown(row.to_signature), _shown(row.to_disposition), row.first, len(row.checks), _shown(row.minutes),
        )
        for row in found
    ]  # fmt: skip
    return _csv("lots.csv", [head, *lines])


@require_GET
def figures_csv(request: HttpRequest) -> HttpResponse:
    """Every figure of the board as a table file."""
    person, wanted = _asked(request)
    found = _figures(person, wanted)
    lines: list[tuple[object, ...]] = [("figure", "of", "value", "lots")]
    for state, counts in found["states"].items():
        lines += [
            ("lots by state and age in days", f"{state}, {age} or more", n, n) for age, n in counts.items()
        ]
    for name in ("to_signature", "to_disposition"):
        for what in ("median", "p90"):
            lines.append((f"hours {name}", what, _shown(getattr(found[name], what)), found[name].lots))
    lines.append(("right first time", "", found["first"].hits, found["first"].trials))
    lines += [("exceptions", f"{check}, {site}", count, of) for check, site, count, of in found["exceptions"]]
    lines += [("minutes saved a lot", row.product, _shown(row.saved), row.lots) for row in found["savings"]]
    lines += [("hours a week", load.person, _shown(load.measured), "") for load in found["loads"]]
    lines += [("late or late within a week", why, len(late), len(late)) for why, _, late in found["late"]]
    return _csv("figures.csv", lines)


def _board(
    request: HttpRequest, *, refusals: Any = (), entered: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    person, wanted = _asked(request)
    everything = board_lots(person.actor, Wanted(), person.clock())
    choices = {
        column: list(
            everything.exclude(**{column: ""}).order_by(column).values_list(column, flat=True).distinct()
        )
        for column in ("site", "product")
    }
    query = request.GET.copy()
    context = {
        **_figures(person, wanted), "wanted": wanted, "choices": choices, "periods": PERIODS,
        "query": query.urlencode(), "ages": figures.AGES, "refusals": refusals, "entered": entered or {},
        "may_declare": person.actor.may("board.declare", Place()), "titles": state_titles(),
        "full": FullReview.objects.order_by("product"), "checks_shown": _CHECKS_SHOWN,
    }  # fmt: skip
    return render(request, "board/board.html", context, status=status)


def _figures(person: PersonRequest, wanted: Wanted) -> dict[str, Any]:
    now = person.clock()
    found = rows(person.actor, wanted, now)
    usual = figures.lead(row.to_disposition for row in found)
    why_late = {row.lot: figures.late(row, now, usual) for row in found}
    titles = {"due": _("Review due"), "infusion": _("Infusion"), "expiry": _("Expiry")}
    sites = sorted({row.site for row in found})
    return {
        "count": len(found), "states": figures.by_state(found, now),
        "to_disposition": usual, "to_signature": figures.lead(row.to_signature for row in found),
        "first": Rate.of(*figures.right_first_time(found)),
        "first_by_site": [
            (site, Rate.of(*figures.right_first_time([row for row in found if row.site == site]))) for site in sites
        ],
        "exceptions": figures.exceptions(found), "savings": figures.savings(found, full_reviews()),
        "loads": loads(person.actor, wanted, now),
        "late": [
            (why, title, [row for row in found if why in why_late[row.lot]]) for why, title in titles.items()
        ],
    }  # fmt: skip


def _asked(request: HttpRequest) -> tuple[PersonRequest, Wanted]:
    person = cast("PersonRequest", request)
    person.actor.check_may("board.open")
    asked = request.GET
    wanted = Wanted(
        site=asked.get("site", "")[:64], product=asked.get("product", "")[:64],
        days=next((days for days in PERIODS if str(days) == asked.get("days")), 0),
        state=known_state(asked.get("state", "")), age=known_age(asked.get("age", "")),
        check=asked.get("check", "")[:64],
        first=asked["first"] if asked.get("first") in ("clean", "exceptions") else "",
        late=asked["late"] if asked.get("late") in ("due", "infusion", "expiry") else "",
        done=asked["done"] if asked.get("done") in ("disposed", "signed", "measured") else "",
    )  # fmt: skip
    return person, wanted


def state_titles() -> dict[str, str]:
    """For whom lots wait, in words."""
    return {
        "review": _("the machine's review"), "decision": _("a decision"), "site": _("the site's answer"),
        "signature": _("a signature"), "disposition": _("disposition"), "nobody": _("nobody, closed"),
    }  # fmt: skip


def _shown(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"


def _csv(name: str, lines: list[tuple[object, ...]]) -> HttpResponse:
    """A file for spreadsheets; a text that one would take for a formula is marked as text."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    for line in lines:
        writer.writerow([f"'{text}" if str(text).startswith(_FORMULA) else text for text in line])
    return answer
