"""Pages of no room."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from onelot.web.context import navigation


def home(request: HttpRequest) -> HttpResponse:
    """The first page that the person may open; who has none is told whom to ask."""
    pages = navigation(request)["pages"]
    return redirect(pages[0]["name"]) if pages else render(request, "web/no_pages.html")


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Show pages in another language from now on, in this browser."""
    return set_language(request)
