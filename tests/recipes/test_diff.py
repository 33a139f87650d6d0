"""What a new version of a master batch record allows, and what it forbids."""

from __future__ import annotations

import pytest

from onelot.recipes.diff import diff
from onelot.recipes.document import load_mbr, load_policy
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


POLICY = """format: onelot-policy/1
id: P
version: "1"
title: t
checks: [RNG-ACTION, RNG-UNIT]
not_run: {CAL-VALID: done on paper}
severities:
  - {check: RNG-ACTION, severity: major, reason: by risk}
  - {check: RNG-ACTION, severity: minor, reason: second}
auto_accept:
  - {check: ALR-ALERT, severities: [information], justification: kept for trending}
always_to_a_person: [AUD-CHANGE]
justifications:
  - {code: LATE, text: The system was down., checks: [LAT-ENTRY]}
"""


@pytest.mark.parametrize(("old", "new", "direction", "rule"), [
    ("checks: [RNG-ACTION, RNG-UNIT]", "checks: [RNG-ACTION]", "allows", "checks"),
    ("checks: [RNG-ACTION, RNG-UNIT]", "checks: all", "forbids", "checks"),
    ("{CAL-VALID: done on paper}", "{}", "forbids", "not_run CAL-VALID"),
    ("severity: major", "severity: critical", "forbids", "severities RNG-ACTION severity"),
    ("severity: minor", "severity: major", "forbids", "severities RNG-ACTION (2) severity"),
    ("check: ALR-ALERT", "check: ALR-ALERT, variant: low", "changes", ""),
    ("severities: [information]", "severities: [information, minor]", "allows", "auto_accept ALR-ALERT severities"),
    ("[AUD-CHANGE]", "[AUD-CHANGE, IDM-MATCH]", "forbids", "always_to_a_person"),
    ("checks: [LAT-ENTRY]", "checks: all", "allows", "justifications LATE checks"),
    ("The system was down.", "The system was not there.", "changes", "justifications LATE text"),
    ("title: t", "title: t\nrobust_distance: \"5.5\"", "allows", "robust_distance"),
    ("title: t", "title: t\nminors_become_major: 2", "forbids", "minors_become_major"),
])  # fmt: skip
def test_what_a_policy_allows_that_it_did_not(old: str, new: str, direction: str, rule: str) -> None:
    assert POLICY.count(old) == 1
    before, after = (load_policy(t.encode(), "p").policy for t in (POLICY, POLICY.replace(old, new)))
    found = [(item.direction, item.rule) for item in diff(before, after)]
    if rule:
        assert found == [(direction, rule)]
    else:  # another item: the one is gone, the other new
        assert {*found} == {("forbids", "auto_accept ALR-ALERT"), ("allows", "auto_accept ALR-ALERT low")}
