"""What the rooms say, in the language of the page: sentences are translated, values stand as they were recorded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, ngettext

from onelot.kernel.said import PART, Said, recognised

_LEAST_WORDS = 8
"""Characters of a template beside its parts: a shorter one would fit what somebody else wrote."""


def is_english() -> bool:
    """Whether the page is in the language in which everything is said and recorded."""
    return (get_language() or settings.LANGUAGE_CODE).startswith("en")


def in_words(text: str) -> str:
    """A sentence in the language of the page; what has no translation stays as it is."""
    if is_english() or not text:
        return str(text)
    if not isinstance(text, Said):
        return gettext(text)
    if not text.parts and not text.plural:
        # A word out of a list, or a sentence of a record.
        return as_recorded(str(text))[0]
    if text.plural:
        count = text.parts["count"]
        template = ngettext(text.template, text.plural, count if isinstance(count, int) else 0)
    else:
        template = gettext(text.template)
    return template.format(**{name: _part(value) for name, value in text.parts.items()})


def as_recorded(text: str) -> tuple[str, bool]:
    """A sentence that was recorded as text, in the language of the page, and whether it could be made again.

    It could where the very text is made by one of the known templates; any other one is shown as it was recorded.
    """
    if is_english() or not text:
        return str(text), True
    known = gettext(text)
    if known != text:
        return known, True
    again = _known(text, _language())
    return (in_words(again), True) if again is not None else (text, False)


def _part(value: object) -> str:
    if isinstance(value, Said):
        return in_words(value)
    if isinstance(value, float):
        return number_format(value)
    return str(value)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@lru_cache(maxsize=2048)
def _known(text: str, language: str) -> Said | None:
    return recognised(text, _templates(language))


@lru_cache(maxsize=8)
def _templates(language: str) -> tuple[str, ...]:
    """Templates of the language's catalogue that have words enough to be known again, those with the most first."""
    words = {key: len(PART.sub("", key).strip(" .,:;()")) for key in _originals(language)}
    found = [key for key, length in words.items() if length >= _LEAST_WORDS and PART.search(key)]
    return tuple(sorted(found, key=lambda key: (-words[key], key)))


def _originals(language: str) -> Iterator[str]:
    """What the catalogue of a language translates, from the file that pages read (GNU gettext's ``.mo``)."""
    for folder in settings.LOCALE_PATHS:
        path = Path(folder, language, "LC_MESSAGES", "django.mo")
        data = path.read_bytes() if path.is_file() else b""
        count, table = struct.unpack_from("<2I", data, 8) if data else (0, 0)
        for number in range(count):
            length, at = struct.unpack_from("<2I", data, table + 8 * number)
            yield data[at : at + length].decode().partition("\0")[0]
