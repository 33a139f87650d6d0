"""Filters of the desk's long tables, where a page shows hundreds of times, counts and addresses.

Each does in one step what a part of a template with conditions would do in ten; that is most of such a page's time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from onelot.registry.models import Account
from onelot.review.desk.states import NONE_OPEN

register = template.Library()
_SHOWN = (
    "lot", "coi_identifier", "product", "market", "site", "waits_for", "waits_since", "infusion_at", "expires_at",
    "due_at", "worst", "critical", "major", "minor", "information", "assigned_to",
)  # fmt: skip
"""What a row of the queue shows of a lot: all that ``desk/row.html`` names."""
_SELECTED = mark_safe(" selected")
_SHAPES = {"critical": "■", "major": "▲", "minor": "●", "information": "○"}

_WORDS = {
    "critical": gettext_lazy("critical"), "major": gettext_lazy("major"), "minor": gettext_lazy("minor"),
    "information": gettext_lazy("information"),
}  # fmt: skip
_WAITS = {
    "review": gettext_lazy("the machine's review"), "decision": gettext_lazy("a decision"),
    "site": gettext_lazy("the site's answer"), "signature": gettext_lazy("a signature"),
    "disposition": gettext_lazy("disposition"), "nobody": gettext_lazy("nobody: finally decided"),
}  # fmt: skip


@register.filter
def moment(at: datetime | None, zone: str = "UTC") -> str:
    """Date, hours and minutes in a time zone, whose name stands beside."""
    return at.astimezone(_zone(zone)).strftime("%Y-%m-%d %H:%M") if at else ""


@register.filter
def instant(at: datetime | None, zone: str = "UTC") -> str:
    """The same with seconds."""
    return at.astimezone(_zone(zone)).strftime("%Y-%m-%d %H:%M:%S") if at else ""


@register.filter
def iso(at: datetime | None) -> str:
    """For machines, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


@register.filter
def until(at: datetime, now: datetime) -> SafeString | str:
    """How long it is until then; what is past is marked."""
    span = _span(at, now.replace(second=0, microsecond=0), get_language())
    if at < now:
        return format_html('<strong class="critical">■ {}</strong>', _("%(since)s ago") % {"since": span})
    return _("in %(until)s") % {"until": span}


@register.filter
def since(at: datetime, now: datetime) -> str:
    """How long it has been so."""
    return _span(at, now.replace(second=0, microsecond=0), get_language())


@register.filter
def waits(lot: Any) -> str:
    """For whom a lot waits, in words."""
    return str(_WAITS.get(lot.waits_for, _WAITS["disposition"]))


@register.filter
def counts(lot: Any) -> SafeString:
    """How many exceptions of each severity wait, each with its shape, word and colour."""
    if lot.worst == NONE_OPEN:
        return format_html('<span class="good">✓ {}</span>', _("none"))
    return format_html_join(
        " ", '<span class="severity {}">{} {} {}</span>',
        (
            (name, shape, getattr(lot, name), _WORDS[name])
            for name, shape in _SHAPES.items()
            if getattr(lot, name)
        ),
    )  # fmt: skip


@register.filter
def options(accounts: Iterable[Account], chosen: str) -> SafeString:
    """People to choose from, the chosen one marked."""
    return _options(tuple((account.person, account.name) for account in accounts), chosen)


@lru_cache(maxsize=64)
def _options(people: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """The same for each exception of a page."""
    return format_html_join(
        "", '<option value="{}"{}>{}</option>',
        ((person, _SELECTED if person == chosen else "", name) for person, name in people),
    )  # fmt: skip


@register.filter
def row(lot: Any, now: datetime) -> SafeString:
    """A lot's row in the queue."""
    shown = tuple(getattr(lot, name) for name in _SHOWN)
    return _row(shown, now.replace(second=0, microsecond=0), get_language())


@lru_cache(maxsize=4096)
def _row(shown: tuple[Any, ...], minute: datetime, _language: str | None) -> SafeString:
    """The same for everybody who is shown the same in the same minute."""
    lot = SimpleNamespace(**dict(zip(_SHOWN, shown, strict=True)))
    return render_to_string("desk/row.html", {"lot": lot, "now": minute})


@register.filter
def desk_page(lot: str) -> str:
    """The address of a lot's page at the desk."""
    return _address("desk:lot", lot)


@register.filter
def evidence_page(position: int, lot: str) -> str:
    """The address of the page that shows an entry of a lot in its source."""
    return _address("lots:evidence", lot, position)


@lru_cache(maxsize=4096)
def _address(name: str, *parts: Any) -> str:
    return reverse(name, args=parts)


@lru_cache(maxsize=4096)
def _span(at: datetime, minute: datetime, _language: str | None) -> str:
    """Between two times: the same for everybody who looks at the same lots in the same minute."""
    return timesince(at, minute) if at < minute else timeuntil(at, minute)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
