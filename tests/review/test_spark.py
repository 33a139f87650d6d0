"""Apache Spark returns the same rows as DuckDB, for every check, over the records of its table of cases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pytest
import yaml

from onelot.facts.archive_writer import write_archive
from onelot.facts.build import fact_tables
from onelot.kernel.events import Sourced
from onelot.kernel.refusals import Refused
from onelot.recipes.compile import limit_tables
from onelot.review import spark
from onelot.review.archive import steps_for
from onelot.review.baseline import BASELINE_TABLES
from onelot.review.checks import catalogue
from onelot.review.headers import Check
from onelot.review.run import Row, create, create_limits, run_checks, run_steps
from tests.review.harness import Case, cases, full_mbr, loaded_mbr

# The driver's sockets are closed by its garbage collector, which pytest would report as errors of whatever runs then.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

_POLICY: dict[str, Any] = {"robust_distance": 4.5, "history_lots": 5}


def _together(table: list[Case]) -> dict[str, pa.Table]:
    """The records of many cases as those of many lots; positions stay unique."""
    found: list[Sourced] = []
    for number, case in enumerate(table):
        for item in case.events:
            event: Any = item.event
            if lot := getattr(event, "lot", ""):
                event = msgspec.structs.replace(event, lot=f"C{number}-{lot}")
            found.append(
                msgspec.structs.replace(item, event=event, position=item.position + number * 10_000_000)
            )
    return fact_tables(found)


def _on_duckdb(facts: dict[str, pa.Table], limits: dict[str, pa.Table], check: Check) -> list[Row]:
    with duckdb.connect() as connection:
        for name, table in facts.items():
            create(connection, name, table)
        empty = {name: schema.empty_table() for name, schema in BASELINE_TABLES.items()}
        create_limits(connection, limits, baseline=empty, **_POLICY)
        run_steps(connection, steps_for([check]))
        return run_checks(connection, [check])


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    opened = spark.open_session()
    # Spark plans for much data; these are a few rows.
    opened.conf.set("spark.sql.shuffle.partitions", "1")
    opened.conf.set("spark.sql.adaptive.enabled", "false")
    yield opened
    opened.stop()


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("check", catalogue(), ids=lambda check: check.id)
def test_spark_and_duckdb_return_the_same_rows(session: Any, tmp_path: Path, check: Check) -> None:
    by_mbr: dict[str, list[Case]] = {}
    for case in cases(check.file):
        by_mbr.setdefault(yaml.safe_dump(full_mbr(case.mbr)), []).append(case)
    returned = 0
    for number, (mbr, table) in enumerate(by_mbr.items()):
        facts, limits = _together(table), limit_tables(loaded_mbr(mbr).mbr)
        archive = write_archive(tmp_path / str(number), facts)
        expected = _on_duckdb(facts, limits, check)
        found = spark.check_archive(session, archive, [check], limits, **_POLICY)
        assert spark.rows(found) == expected
        session.catalog.clearCache()
        returned += len(expected)
    assert returned, "the cases of this check must give rows to compare"


@pytest.mark.spark
@pytest.mark.slow
def test_many_checks_share_their_steps(session: Any, tmp_path: Path) -> None:
    table = [*cases("action_range")]
    table = [case for case in table if case.mbr == table[0].mbr]
    limits = limit_tables(loaded_mbr(yaml.safe_dump(full_mbr(table[0].mbr))).mbr)
    facts = _together(table)
    archive = write_archive(tmp_path, facts)
    chosen = [check for check in catalogue() if check.kind in ("RNG", "CMP")]
    found = spark.rows(spark.check_archive(session, archive, chosen, limits, **_POLICY))
    assert found == sorted(row for check in chosen for row in _on_duckdb(facts, limits, check))


def test_without_pyspark_the_refusal_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(Refused, match=r"onelot\[spark\]"):
        spark.open_session()


def test_without_sqlglot_the_refusal_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    spark.translated.cache_clear()
    with pytest.raises(Refused, match=r"onelot\[spark\]"):
        spark.translated("SELECT 1")


@pytest.mark.parametrize("setting", ["PATH", "JAVA_HOME"])
def test_without_java_the_refusal_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str
) -> None:
    pytest.importorskip("pyspark", reason="needs the extra onelot[spark] (make test-spark)")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv(setting, str(tmp_path))
    with pytest.raises(Refused, match=r"review\.java_missing") as refused:
        spark.open_session()
    assert refused.value.refusals[0].where == setting
