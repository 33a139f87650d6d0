"""The faults of a document beside the lines in which they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onelot.kernel.refusals import Refusal

AROUND = 2
"""Lines that are shown before and after one with a fault."""
MOST = 200
"""Faults that are shown at once; there may be as many as values."""
_LONGEST = 400
_LINE = re.compile(r":(\d{1,9})(?: \(.*\))?\Z", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line of the text with what is wrong in it."""

    number: int
    text: str
    faults: tuple[Refusal, ...]
    is_after_gap: bool
    """Whether lines before it are left out."""


@dataclass(frozen=True)
class Faulty:
    """A text with its faults."""

    lines: tuple[Line, ...]
    elsewhere: tuple[Refusal, ...]
    """Faults of no line, for example that the version is taken."""
    count: int
    more: int
    """Faults that are not shown."""


def placed(text: str, refusals: Sequence[Refusal]) -> Faulty:
    """Each refusal at the line that it names."""
    texts = text.replace("\r\n", "\n").split("\n")
    found: dict[int, list[Refusal]] = {}
    elsewhere = []
    for refusal in refusals[:MOST]:
        line = line_of(refusal)
        if line is None or not 1 <= line <= len(texts):
            elsewhere.append(refusal)
        else:
            found.setdefault(line, []).append(refusal)
    lines = tuple(_around(texts, found))
    return Faulty(lines, tuple(elsewhere), len(refusals), max(0, len(refusals) - MOST))


def line_of(refusal: Refusal) -> int | None:
    """The line that a refusal names; None where it names none."""
    match = _LINE.search(refusal.where)
    return int(match[1]) if match else None


def _around(texts: list[str], found: dict[int, list[Refusal]]) -> Iterator[Line]:
    near = sorted(
        {
            number
            for line in found
            for number in range(line - AROUND, line + AROUND + 1)
            if 1 <= number <= len(texts)
        }
    )
    before = 0
    for number in near:
        shown = texts[number - 1]
        cut = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
        yield Line(number, cut, tuple(found.get(number, ())), is_after_gap=number > before + 1)
        before = number
