"""Addresses of the API, and of the administrator's pages about it."""

from __future__ import annotations

from typing import Any

from django.urls import path

from onelot.jsonapi import pages
from onelot.jsonapi.api import api

app_name = "jsonapi"
urlpatterns = [
    path("", pages.systems_page, name="systems"),
    path("register/", pages.register, name="register"),
    path("webhooks/", pages.webhooks_page, name="webhooks"),
    path("webhooks/subscribe/", pages.subscribe, name="subscribe"),
    path("webhooks/<str:webhook>/", pages.webhook_page, name="webhook"),
    path("webhooks/<str:webhook>/end/", pages.end_webhook, name="end_webhook"),
    path("webhooks/<str:webhook>/deliveries/<int:delivery>/again/", pages.redeliver, name="redeliver"),
    path("<str:system>/", pages.system_page, name="system"),
    path("<str:system>/issue/", pages.issue, name="issue"),
    path("<str:system>/retire/", pages.retire, name="retire"),
    path("<str:system>/tokens/<str:token>/revoke/", pages.revoke, name="revoke"),
]


def api_urls() -> Any:
    """The API's own addresses: it asks for a token or a session itself, so nobody is sent to sign in."""
    found = api.urls
    for pattern in found[0]:
        view: Any = pattern.callback
        view.login_required = False
    return found
