"""What every template may use: the person's pages, by what they may do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from onelot.settings.configuration import configuration

PAGES = (
    ("desk.open", "desk:queue", _("Desk")),
    ("disposition.open", "disposition:lots", _("Disposition")),
    ("disposition.open", "disposition:register", _("Register")),
    ("board.open", "board:board", _("Board")),
    ("journey.open", "identity:orders", _("Orders")),
    ("identifier.read", "identity:find", _("Scan")),
    ("site.open", "partners:home", _("Your lots")),
    ("record.upload", "partners:upload", _("Hand over")),
    ("lot.open", "deviations:list", _("Deviations")),
    ("document.open", "documents:list", _("Documents")),
    ("audit.open", "audit:trail", _("Audit trail")),
    ("ledger.verify", "ledger:ledger", _("Ledger")),
    ("patient.open", "vault:patients", _("Patients")),
    ("people.open", "people:people", _("People")),
    ("people.open", "access", _("Access")),
    ("tokens.manage", "jsonapi:systems", _("Systems")),
    ("webhooks.manage", "jsonapi:webhooks", _("Webhooks")),
    ("jobs.open", "jobs:list", _("Jobs")),
)
"""Action that is needed, name of the page, its title: the site's navigation."""


def navigation(request: HttpRequest) -> dict[str, Any]:
    """``pages`` for the navigation; none before signing in."""
    actor = getattr(request, "actor", None)
    pages = [{"name": name, "title": title} for action, name, title in PAGES if actor and actor.may(action)]
    return {
        "live_position": getattr(request, "position", 0),
        "pages": pages, "actor": actor, "idle_seconds": settings.ONELOT_IDLE_SECONDS,
        "is_demonstration": configuration.demonstration,
    }  # fmt: skip
