"""Words for signatures in templates."""

from __future__ import annotations

from django import template

from onelot.registry.access import panel

register = template.Library()


@register.filter
def meaning_in_words(meaning: str) -> str:
    """``{{ signature.meaning|meaning_in_words }}``."""
    return panel.meaning_in_words(meaning)


@register.filter
def factors_in_words(factors: str) -> str:
    """``{{ signature.factors|factors_in_words }}``: what was given, in order."""
    return ", ".join(panel.factor_in_words(factor) for factor in factors.split(",") if factor)
