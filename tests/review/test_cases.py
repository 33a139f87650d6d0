"""Every check against its table of good and bad records (``cases/``)."""

from __future__ import annotations

import pytest

from onelot.review.checks import catalogue
from onelot.review.findings import REPEATED
from tests.review.harness import CASES, Case, cases, fits


@pytest.mark.parametrize("case", [*cases()], ids=lambda case: f"{case.file}: {case.name}")
def test_check_finds_exactly_what_the_case_expects(case: Case) -> None:
    lots = {lot.lot: lot for lot in case.verdict().lots}
    found = [f for lot in lots.values() for f in lot.findings if f.check == case.check]
    left = list(found)
    for expected in case.findings:
        match = next((finding for finding in left if fits(finding, expected)), None)
        assert match is not None, f"no finding fits {expected}; found {left}"
        left.remove(match)
    assert not left
    runs = {run.check: run for run in lots["L1"].checks}
    assert runs[case.check].status == (case.status or "ran")


@pytest.mark.parametrize("check", catalogue(), ids=lambda check: check.id)
def test_every_variant_has_a_case_that_finds_it_and_every_check_one_that_finds_nothing(check: object) -> None:
    assert (CASES / f"{check.file}.yaml").exists(), "a check has a table of cases"
    table = [*cases(check.file)]
    assert {case.check for case in table} == {check.id}
    expected = {finding["variant"] for case in table for finding in case.findings} - {REPEATED}
    assert expected == set(check.variants)
    assert any(not case.findings for case in table)


def test_every_table_of_cases_belongs_to_a_check() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == {check.file for check in catalogue()}
