"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path

from onelot.jsonapi.urls import api_urls
from onelot.web.health import lives, metrics, ready
from onelot.web.live import live
from onelot.web.pages import home, language

urlpatterns = [
    path("", home, name="home"),
    path("language/", language, name="language"),
    path("", include("onelot.registry.access.urls")),
    path("account/mails/", include("onelot.notices.urls")),
    path("live/", live, name="live"),
    path("health/live", lives, name="health_live"),
    path("health/ready", ready, name="health_ready"),
    path("metrics", metrics, name="metrics"),
    path("jobs/", include("onelot.jobs.urls")),
    path("", include("onelot.registry.people.urls")),
    path("patients/", include("onelot.registry.vault.urls")),
    path("documents/", include("onelot.recipes.documents.urls")),
    path("desk/", include("onelot.review.desk.urls")),
    path(
        "disposition/", include("onelot.disposition.dossier.urls")
    ),  # first: a lot's number may hold a slash
    path("disposition/", include("onelot.disposition.urls")),
    path("systems/", include("onelot.jsonapi.urls")),
    path("api/v1/", api_urls()),
    path("", include("onelot.identity.urls")),
    path("board/", include("onelot.disposition.board.urls")),
    path("site/", include("onelot.partners.urls")),
    path("audit/", include("onelot.audit.urls")),
    path("ledger/", include("onelot.audit.ledger_urls")),
    path("lots/", include("onelot.review.desk.lot_urls")),
    path("deviations/", include("onelot.review.desk.deviation_urls")),
]
