"""What a new version of a master batch record allows, and what it forbids."""

from __future__ import annotations

import pytest

from onelot.recipes.diff import diff
from onelot.recipes.document import load_mbr
from tests.recipes.test_document import GOOD


def changed(*edits: tuple[str, str]) -> list[tuple[str, str]]:
    text = GOOD
    for old, new in edits:
        assert GOOD.count(old) == 1
        text = text.replace(old, new)
    before, after = (load_mbr(document.encode(), "mbr").mbr for document in (GOOD, text))
    found = [(item.direction, item.rule) for item in diff(before, after)]
    opposite = {"allows": "forbids", "forbids": "allows", "changes": "changes"}
    assert [(opposite[direction], rule) for direction, rule in found] == [
        (item.direction, item.rule) for item in diff(after, before)
    ]
    return found


CELLS = "                - {id: cells, type: number, unit: 10*6, trended: true}\n"
CASES = [
    ("high: 7.50", "high: 7.60", "allows", "up/op/wash/ph action high"),
    ("low: 6.95", "low: 7.00", "forbids", "up/op/wash/ph alert low"),
    ("max_duration: PT2H", "max_duration: PT3H", "allows", "up/op/wash max_duration"),
    ("              max_duration: PT2H\n", "", "allows", "up/op/wash max_duration"),
    ("training: [aseptic]", "training: []", "allows", "up/op/wash training"),
    ("accepted: [clear]", "accepted: [clear, cloudy]", "allows", "up/op/wash/clear accepted"),
    ("id: weight, type: number", "id: weight, required: false, type: number", "allows", "up/op/thaw/weight required"),
    ("id: weight, type: number", "id: weight, verification: machine, type: number", "forbids",
     "up/op/thaw/weight verification"),
    ("min: PT5M, max: PT30M", "min: PT2M, max: PT30M", "allows", "clocks hold min"),
    (CELLS, f"{CELLS}                - {{id: colour, type: text}}\n", "forbids", "up/op/wash/colour"),
    ("text: [negative]", "text: [negative, no growth]", "allows", "specification markets US criteria sterility text"),
    ("{low: 100}", "{low: 90}", "allows", "specification markets US criteria dose bands 2 limits low"),
    ("title: Washed cells,", "title: Rinsed cells,", "changes", "title"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "direction", "rule"), CASES, ids=[f"{case[3]} {case[2]}" for case in CASES]
)
def test_direction_of_a_change(old: str, new: str, direction: str, rule: str) -> None:
    assert (direction, rule) in changed((old, new))


def test_nothing_differs_from_itself() -> None:
    assert changed() == []


def test_a_wider_and_a_narrower_end_are_two_differences() -> None:
    found = changed(("low: 6.80, high: 7.50", "low: 6.70, high: 7.45"))
    assert found == [("forbids", "up/op/wash/ph action high"), ("allows", "up/op/wash/ph action low")]
