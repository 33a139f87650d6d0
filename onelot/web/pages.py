"""Pages of no room."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from onelot.web.context import navigation


def home(request: HttpRequest) -> HttpResponse:
    """The first page that the person may open; who has none is told whom to ask."""
    pages = navigation(request)["pages"]
    return redirect(pages[0]["name"]) if pages else render(request, "web/no_pages.html")
