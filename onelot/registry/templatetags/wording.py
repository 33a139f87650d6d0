"""What the rooms say, in templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html

from onelot.kernel.said import Said, word
from onelot.registry.wording import as_recorded, in_words, is_english

register = template.Library()


@register.filter
def told(text: Any) -> Any:
    """``{{ refusal.what|told }}``: a sentence in the language of the page."""
    if isinstance(text, Said) and not text.parts:
        found, is_known = as_recorded(str(text))
        return found if is_known else format_html('<span lang="en">{}</span>', found)
    return in_words(text) if isinstance(text, str) else text


@register.filter
def recorded(text: str) -> str:
    """``{{ job.outcome|recorded }}``: a recorded sentence; where it cannot be made again, as it stands, marked so."""
    return told(word(text))  # type: ignore[no-any-return]


@register.filter
def named(code: str) -> str:
    """``{{ grant.role|named }}``: a word out of a list, as read models keep it; in English as it is kept."""
    return code if is_english() else in_words(word(code.replace("_", " ")))


@register.filter
def listed(codes: Iterable[str]) -> str:
    """``{{ row.roles|listed }}``: several such words."""
    return ", ".join(named(code) for code in codes)


@register.filter
def plainly(text: str) -> str:
    """``title="{{ mark.sentence|plainly }}"``: for attributes, which hold no elements."""
    return in_words(text)


@register.filter
def quoted(text: Any) -> Any:
    """``{{ refusal.got|quoted }}``: what was found stands as it is, unless it is said in words."""
    return told(text) if isinstance(text, Said) else text
