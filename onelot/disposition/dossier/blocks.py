"""The few kinds of blocks that a dossier is printed from, as plain JSON; all text is made printable here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from onelot.disposition.dossier.fitting import fitted
from onelot.disposition.dossier.words import printable

Block = dict[str, Any]
Row = Sequence[str]
WIDTH = 174
"""Millimetres between the margins; the widths of a table's columns add up to it."""


def heading(text: str, level: int = 1, *, new_page: bool = True) -> Block:
    """A heading, and a bookmark; one of the first level begins a page."""
    return {
        "kind": "heading",
        "level": level,
        "text": printable(text, 40),
        "new_page": level == 1 and new_page,
    }


def paragraph(text: str) -> Block:
    """Running text."""
    return {"kind": "paragraph", "text": printable(text, 60)}


def notice(text: str, tone: str = "plain") -> Block:
    """A framed statement; ``tone`` is plain, good or bad, and shows as a word and a sign, not by colour alone."""
    return {"kind": "notice", "tone": tone, "text": printable(text, 60)}


def facts(pairs: Iterable[tuple[str, str]]) -> Block:
    """Names with their values."""
    return {
        "kind": "facts",
        "rows": [[printable(name), printable(value or "–", 48)] for name, value in pairs],
    }


def table(columns: Sequence[tuple[str, int]], rows: Iterable[Row]) -> Block:
    """Rows under a head that is repeated on each page; ``columns`` are titles and widths in millimetres.

    ``lines``: of each row, 0 where it is not known before it is set.
    """
    widths = [width for _, width in columns]
    cells, lines = [], []
    for row in rows:
        made = [fitted(text, width) for text, width in zip(row, widths, strict=True)]
        counts = [count for _, count in made]
        cells.append([text for text, _ in made])
        lines.append(max(counts) if all(counts) else 0)
    return {
        "kind": "table", "widths": widths, "head": [name for name, _ in columns], "rows": cells, "lines": lines,
    }  # fmt: skip


def chart(*, caption: str, alt: str, svg: str) -> Block:
    """A drawing with what it shows in words."""
    return {"kind": "chart", "caption": printable(caption, 60), "alt": printable(alt, 60), "svg": svg}
