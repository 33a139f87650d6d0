"""Which lots were reviewed with a version of a document. The page is here, where lots are known."""

from __future__ import annotations

from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from onelot.kernel.refusals import Refusal, Refused
from onelot.recipes.documents.queries import visible_version
from onelot.registry.requests import PersonRequest
from onelot.review.desk.models import ReviewedWith
from onelot.review.desk.queries import visible_lots
from onelot.review.desk.requests import without

LOTS_A_PAGE = 50
SORTS = {"newest": ("-position", "lot"), "oldest": ("position", "lot"), "lot": ("lot",)}


@require_GET
def reviewed_with(request: HttpRequest, digest: str) -> HttpResponse:
    """The lots that the person may see among those that were ever reviewed with this version."""
    person = cast("PersonRequest", request)
    person.actor.check_may("lot.open")
    version = visible_version(person.actor, digest)
    if version is None:
        raise Refused(Refusal("documents.unknown", _("There is no such document."), where=digest[:64]))
    lots = visible_lots(person.actor)
    text = request.GET.get("text", "").strip()[:120]
    if text:
        lots = lots.filter(lot__icontains=text)
    found = ReviewedWith.objects.filter(digest=digest, lot__in=lots.values("lot"))
    sort = request.GET.get("sort", "")
    page = Paginator(found.order_by(*SORTS.get(sort, SORTS["newest"])), LOTS_A_PAGE)
    shown = page.get_page(request.GET.get("page"))
    cards = lots.in_bulk([row.lot for row in shown])
    context = {
        "version": version, "page": shown, "text": text, "query": without(request, "page"), "sort": sort,
        "rows": [(row, cards[row.lot], cards[row.lot].review == row.review) for row in shown],
        "sorts": {"newest": _("Newest first"), "oldest": _("Oldest first"), "lot": _("By lot")},
    }  # fmt: skip
    return render(request, "desk/reviewed_with.html", context)
