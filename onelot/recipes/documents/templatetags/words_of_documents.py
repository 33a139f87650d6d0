"""Words by their code in templates of the documents."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def at(words: Mapping[str, object], code: str) -> object:
    """``{{ directions|at:direction }}``; a code without words is shown as it is."""
    return words.get(code, code)
