"""Filters of the board: hours, shares, rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()
_DAY = 48


@register.filter
def of(mapping: Mapping[str, Any], key: str) -> Any:
    """What a mapping holds for a key; the key where it holds nothing."""
    return mapping.get(key, key)


@register.filter
def hours(value: float | None) -> str:
    """Hours, or days from two days on; a dash where nothing is known."""
    if value is None:
        return "–"
    if value >= _DAY:
        return _("%(days)s days") % {"days": number_format(value / 24, 1)}
    return _("%(hours)s h") % {"hours": number_format(value, 1)}


@register.filter
def percent(share: float) -> int:
    """A share in whole percent."""
    return round(100 * share)


@register.filter
def over(number: int, lots: int) -> str:
    """How many a lot."""
    return number_format(number / lots, 2) if lots else "–"
