"""Kept plans, conditions and skipped statements change nothing: every statement run anew finds the same."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa
import pytest
import yaml

from onelot.facts.build import fact_tables
from onelot.recipes.compile import limit_tables
from onelot.recipes.document import LoadedMbr
from onelot.review import embedded
from onelot.review.baseline import BASELINE_TABLES
from onelot.review.checks import catalogue
from onelot.review.embedded import EmbeddedRun
from onelot.review.run import Row, create, create_limits, run_checks, run_steps
from onelot.review.steps import steps
from tests.review.harness import cases, full_mbr, loaded_mbr
from tests.review.test_engine import NETWORK, PRODUCT, facts, whole

EMPTY = {name: schema.empty_table() for name, schema in BASELINE_TABLES.items()}


def _anew(mbr: LoadedMbr, tables: Mapping[str, pa.Table]) -> list[Row]:
    """Every step and every check, in a fresh database, by the optimizer."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in tables.items():
            create(connection, name, table)
        create_limits(connection, limit_tables(mbr.mbr), robust_distance=6.0, history_lots=20, baseline=EMPTY)
        run_steps(connection, steps())
        return run_checks(connection, catalogue())


def _kept(mbr: LoadedMbr) -> EmbeddedRun:
    return EmbeddedRun(
        catalogue(), limit_tables(mbr.mbr), robust_distance=6.0, history_lots=20, baseline=EMPTY
    )


def test_lot_after_lot_finds_what_each_finds_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    mbr = NETWORK.mbrs[PRODUCT]
    run = _kept(mbr)
    lots = [lot.lot for lot in whole().lots]
    for chosen in [*([lot] for lot in lots), lots, *([lot] for lot in lots[:2])]:
        tables = facts(*chosen)
        anew = _anew(mbr, tables)
        assert run.rows(tables) == (anew, {})
        monkeypatch.setattr(embedded, "_MANY_ROWS", 1)
        assert run.rows(tables) == (anew, {})
        monkeypatch.undo()


@pytest.mark.slow
@pytest.mark.parametrize("file", [check.file for check in catalogue()])
def test_the_cases_of_a_check_find_the_same_by_every_check(file: str) -> None:
    table = [*cases(file)]
    by_mbr = {yaml.safe_dump(full_mbr(case.mbr)): case.mbr for case in table}
    for text, fragment in by_mbr.items():
        mbr = loaded_mbr(text)
        run = _kept(mbr)
        for case in table:
            if case.mbr == fragment:
                tables = fact_tables(case.events)
                assert run.rows(tables) == (_anew(mbr, tables), {}), case.name
