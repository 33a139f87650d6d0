"""The site's addresses and the peer's: a page of one query and a small template behind the same middleware."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from onelot.registry.models import Site
from onelot.web.urls import urlpatterns as of_the_site

PEER = "bench/one-query/"


TEXT = "<!doctype html><html lang=en><title>{{ site.name }}</title><p>{{ site.name }}, {{ site.time_zone }}</p></html>"


@lru_cache
def _template() -> Any:
    return engines["django"].from_string(TEXT)


def one_query(request: HttpRequest) -> HttpResponse:
    """The first site, by its name."""
    return HttpResponse(_template().render({"site": Site.objects.order_by("code").first()}, request))


urlpatterns = [path(PEER, one_query), *of_the_site]
