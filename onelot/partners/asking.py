"""What the pages of sites have in common: what was asked for, and words for what the ledger says."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from onelot.disposition.board.figures import STATES
from onelot.partners.queries import SORTS, Wanted

ROWS_A_PAGE = 50
OUTCOMES = ("taken", "refused", "replaced")


def wanted_of(request: HttpRequest) -> Wanted:
    """The filter in the address; what is not known is as if not asked."""
    asked = request.GET
    return Wanted(
        state=asked["state"] if asked.get("state") in STATES else "",
        sort=asked["sort"] if asked.get("sort") in SORTS else "newest",
        site=asked.get("site", "")[:64], product=asked.get("product", "")[:64],
        text=asked.get("text", "").strip()[:120],
        outcome=asked["outcome"] if asked.get("outcome") in OUTCOMES else "",
    )  # fmt: skip


def paged(request: HttpRequest, rows: Any, name: str = "page") -> Page[Any]:
    """The page that the address asks for, or the nearest."""
    return Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get(name))


def query_without(request: HttpRequest, *names: str) -> str:
    """The address' filter without some of it, for links."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()


def state_titles() -> dict[str, str]:
    """For whom a lot waits, in words."""
    return {
        "review": _("Waits for review"), "decision": _("With the reviewer"), "site": _("Waits for your answer"),
        "signature": _("Review to be signed"), "disposition": _("Waits for disposition"), "nobody": _("Done"),
    }  # fmt: skip


def sort_titles() -> dict[str, str]:
    """Orders of the list of lots, in words."""
    return {
        "newest": _("Newest record first"), "waiting": _("Longest waiting first"),
        "infusion": _("Next infusion first"), "lot": _("By lot"),
    }  # fmt: skip


def outcome_titles() -> dict[str, str]:
    """What became of a document, in words."""
    return {"taken": _("Taken"), "refused": _("Refused"), "replaced": _("Replaced by a correction")}
