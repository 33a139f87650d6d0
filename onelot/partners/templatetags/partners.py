"""Filters of the pages of sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """What a mapping holds for a key; the key where it holds nothing."""
    return mapping.get(key, key)
