"""How wide text is when it is printed, so that a row's height is known before it is set.

Typst sets each cell of a row twice where it must find the row's height, and once where the height is given: a third
of the time and memory of a long dossier. A height is given only where every line surely fits its column.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from onelot.disposition.dossier.words import broken, drawn

POINTS = 7.6
"""Size of the text in tables."""
INSET = 2.0
"""Points left and right of a cell's text."""
_SLACK = 1.03
"""Kerning and ligatures change a line's width by less."""
_POINTS_A_MILLIMETRE = 72 / 25.4


@cache
def advances() -> dict[str, int]:
    """Width of each ordinary character of the dossier's font, in thousandths of the text's size."""
    text = files("onelot.disposition.dossier").joinpath("advances.csv").read_text("ascii")
    lines = (line.split(",") for line in text.splitlines()[1:])
    return {chr(int(code, 16)): int(width) for code, width in lines}


def fitted(text: str, width: int) -> tuple[str, int]:
    """The text as it is printed in a column of ``width`` millimetres, and its lines; 0 where only Typst can tell.

    Words that may be too long for the column get places where they may be broken.
    """
    shown = drawn(text)
    lines = shown.split("\n")
    known, room = advances(), (width * _POINTS_A_MILLIMETRE - 2 * INSET) * 1000 / POINTS / _SLACK
    try:
        if all(sum(map(known.__getitem__, line)) <= room for line in lines):
            return shown, len(lines)
    except KeyError:
        pass
    return broken(shown, max(6, width * 6 // 10)), 0
