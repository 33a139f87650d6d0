"""Outlines as cells: lines of ``label: value``, indented below one another, as instruments print their read-outs.

Each value becomes a row of two cells, its path and itself: ``Hist/1/Min T`` and ``+18.0``. Several pairs may stand in
one line (``Min T: +18.0, TS Min T: 00:00``). A line of values between tabs below a label becomes one row for each
value, its path ending in the number of the line below that label, and of the column: ``Log/12/2``.
"""

from __future__ import annotations

import re
from collections import Counter

from onelot.intake.tabular.csv_grid import decoded
from onelot.intake.tabular.grid import Cell, Faults, GridRow, Sheet
from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.refusals import Refused

_PAIR = re.compile(r"([^:\t,]+):(?:[ \t]+(.*))?")
_NEXT = re.compile(r", (?=[^:,\t]+:(?: |,|$))")
MAX_LINES = 1_000_000
MAX_DEPTH = 50


def read_outline(data: bytes, name: str, mapping: Mapping) -> list[Sheet]:
    """The one sheet of an outline. Raises Refused (``intake.table.*``) with the line of every fault."""
    faults = Faults(name)
    rows: list[GridRow] = []
    above: list[tuple[int, str]] = []
    listed: Counter[str] = Counter()
    for number, line in enumerate(decoded(data, name, mapping.encoding).splitlines(), 1):
        if number > MAX_LINES or faults.full:
            faults.add(
                "too_large", "The file has more lines than onelot reads.", expected=f"at most {MAX_LINES}"
            )
            break
        body = line.strip(" ")
        if not body.strip():
            continue
        depth = len(line) - len(line.lstrip(" "))
        if "\t" in body:
            path = "/".join(label for _, label in above)
            listed[path] += 1
            pairs = [
                (f"{path}/{listed[path]}/{at}", text)
                for at, text in enumerate(body.removeprefix("\t").split("\t"), 1)
            ]
        else:
            above = [step for step in above if step[0] < depth]
            pairs = _pairs(body, number, depth, above, faults)
        rows += [
            GridRow(
                number,
                {1: Cell(path, f"line {number}", spread=True), 2: Cell(value, f"line {number} ({path})")},
            )
            for path, value in pairs
            if value
        ]
    if faults.found:
        raise Refused(faults.found)
    return [Sheet("", rows)]


def _pairs(
    body: str, number: int, depth: int, above: list[tuple[int, str]], faults: Faults
) -> list[tuple[str, str]]:
    """The pairs of one line; its first label is the parent of what is indented below it."""
    pairs: list[tuple[str, str]] = []
    for index, part in enumerate(_NEXT.split(body)):
        found = _PAIR.fullmatch(part)
        if found is None or len(above) >= MAX_DEPTH:
            faults.add("outline", "The line is no pair of a label and a value.", place=f"line {number}",
                       expected=f"label: value, at most {MAX_DEPTH} deep", got=repr(part[:60]))  # fmt: skip
            return []
        label = found[1].strip()
        pairs.append(("/".join([*(name for _, name in above), label]), (found[2] or "").strip()))
        if index == 0:
            parent = label
    above.append((depth, parent))
    return pairs
