"""Sentences that pages can say in another language: English text that remembers how it was made.

Rooms below the pages know no language but English. What they say is text as ever: it is compared, recorded, printed and
sent as English. A sentence with parts is made by ``said``, so that a page can say it in the language of its reader
(``onelot.registry.wording``); a sentence without parts needs nothing, the literal is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Self

PART = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_NUMBERS = frozenset({"low", "count", "minutes", "seconds", "size", "position"})
"""Parts that are numbers, wherever a text is recognised by its template."""


class Said(str):
    """English text with the template and the parts that it was made from."""

    __slots__ = ("parts", "plural", "template")

    template: str
    plural: str
    """The template for any other number than one; empty where the number makes no difference."""
    parts: dict[str, object]

    def __new__(cls, text: str, template: str, plural: str, parts: dict[str, object]) -> Self:
        """Use ``said``, ``counted``, ``joined`` or ``word``."""
        made = super().__new__(cls, text)
        made.template, made.plural, made.parts = template, plural, parts
        return made

    def __getnewargs__(self) -> Any:
        """For pickling, which takes a sentence between processes."""
        return (str(self), self.template, self.plural, self.parts)


def said(template: str, /, **parts: object) -> Said:
    """``said("At most {count} characters.", count=5)``: the template is a literal, so that it can be collected.

    A part that is itself ``Said`` is translated; any other one is shown as it is (numbers as the language writes them,
    so a measured value is a part as the recorded text).
    """
    return Said(template.format(**parts), template, "", parts)


def counted(one: str, many: str, /, count: int, **parts: object) -> Said:
    """A sentence whose form depends on ``count``, which is one of its parts."""
    made = {"count": count, **parts}
    return Said((one if count == 1 else many).format(**made), one, many, made)


def joined(separator: str, texts: Iterable[str]) -> Said:
    """Sentences, words or values one after the other."""
    parts: dict[str, object] = {f"part_{number}": text for number, text in enumerate(texts)}
    return said(separator.join(f"{{{name}}}" for name in parts), **parts)


def either(texts: Iterable[str]) -> Said:
    """Any one of these: ``a or b or c``; those that are ``Said`` are translated. Of none of them the text is empty."""
    found = [*texts]
    made = joined("", found[:1])
    for text in found[1:]:
        made = said("{one} or {other}", one=made, other=text)
    return made


def word(text: str) -> Said:
    """A word out of a list that is collected elsewhere, or a sentence of a record: translated where known."""
    return Said(text, text.replace("{", "{{").replace("}", "}}"), "", {})


def recognised(text: str, templates: Iterable[str]) -> Said | None:
    """The sentence as it was made: by the first of the templates that fits it; None where none does."""
    for template in templates:
        if found := _pattern(template).fullmatch(text):
            again = said(template, **found.groupdict())
            return again if again == text else None
    return None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    made, seen = "", set[str]()
    for number, piece in enumerate(PART.split(template)):
        if not number % 2:
            made += re.escape(piece.replace("{{", "{").replace("}}", "}"))
        elif piece in seen:
            made += f"(?P={piece})"
        else:
            seen.add(piece)
            made += f"(?P<{piece}>{r'[-+]?[0-9.]+(?:e[-+]?[0-9]+)?' if piece in _NUMBERS else '.+?'})"
    return re.compile(made, re.DOTALL)
