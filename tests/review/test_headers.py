"""A check file with a fault in its header is refused, with every fault at once."""

from __future__ import annotations

import pytest

from onelot.kernel.refusals import Refused
from onelot.review.headers import parse_check, parse_step

GOOD = """/*---
id = "RNG-EXAMPLE"
title = "An example"
kind = "RNG"
clause = "21 CFR 211.192"
explains = "Looks at entries."
reads = ["parameter_value"]
limits = ["limit_parameter"]

[variants.outside]
sentence = "{title} is {observed}."
severity = "major"
---*/
SELECT lot FROM parameter_value
"""


def test_the_example_is_good() -> None:
    assert parse_check(GOOD, "example.sql").file == "example"


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("/*---", "/*", "header"),
        ('title = "An example"', "title = An example", "header"),
        ('title = "An example"\n', "", "title"),
        ('"RNG-EXAMPLE"', '"ALR-EXAMPLE"', "id"),
        ('"RNG-EXAMPLE"', '"example"', "id"),
        ('kind = "RNG"', 'kind = "XXX"', "kind"),
        ('"parameter_value"]', '"values"]', "reads"),
        ('"limit_parameter"]', '"limits"]', "limits"),
        ("limits =", 'skip_when_empty = ["result"]\nlimits =', "skip_when_empty"),
        ("limits =", 'only_if_any = ["result"]\nlimits =', "only_if_any"),
        ("limits =", 'applies_if = ["result"]\nlimits =', "applies_if"),
        ("{observed}", "{found}", "variants.outside.sentence"),
        ('severity = "major"', 'severity = "grave"', "variants.outside.severity"),
        ('severity = "major"', 'severity = {CQA = "major"}', "variants.outside.severity"),
        ("SELECT lot", "DELETE", "sql"),
        ("FROM parameter_value\n", "FROM parameter_value; DROP TABLE lot\n", "sql"),
    ],
)
def test_a_fault_in_a_header_is_refused_with_its_place(before: str, after: str, place: str) -> None:
    assert before in GOOD
    with pytest.raises(Refused) as refused:
        parse_check(GOOD.replace(before, after, 1), "example.sql")
    faults = refused.value.refusals
    assert {fault.code for fault in faults} == {"review.bad_header"}
    assert faults[0].where.startswith(f"example.sql: {place}")


def test_every_fault_is_told_at_once() -> None:
    text = GOOD.replace('"parameter_value"]', '"values"]').replace('"limit_parameter"]', '"limits"]')
    with pytest.raises(Refused) as refused:
        parse_check(text, "example.sql")
    assert [fault.where for fault in refused.value.refusals] == ["example.sql: reads", "example.sql: limits"]


def test_a_step_needs_a_name_and_a_reason() -> None:
    with pytest.raises(Refused) as refused:
        parse_step("/*---\nreads = []\n---*/\nSELECT 1", "step.sql")
    assert [fault.where for fault in refused.value.refusals] == ["step.sql: name", "step.sql: why"]
