"""The same steps and checks on Apache Spark, for archives of many millions of lots (decision D4).

Each statement is the one that DuckDB runs, translated by sqlglot. Needs the extra ``onelot[spark]`` and Java 17
or 21. The facts are the Parquet files of an archive, read where they lie; nothing is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from onelot.facts.archive import Archive
from onelot.facts.schema import TABLES
from onelot.kernel.refusals import refuse
from onelot.review.archive import steps_for
from onelot.review.baseline import BASELINE_TABLES
from onelot.review.headers import Check
from onelot.review.run import COLUMNS, SAME_UNITS, UNIT_CONVERSION, UNIT_PAIRS, Row, conversions, fixed_tables

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SPARK_TYPES = {
    pa.string(): "STRING",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
}


def open_session() -> SparkSession:
    """A session on this machine's cores, on the loopback interface. On a cluster, pass its own session instead.

    Raises Refused (``review.spark_missing``, ``review.java_missing``).
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise refuse(
            "review.spark_missing",
            "Apache Spark's Python package is not installed.",
            expected="onelot[spark]",
            hint="Install the locked extra (requirements/spark.txt), or run the review on DuckDB.",
        ) from error
    _require_java()
    builder = (
        SparkSession.builder.master("local[*]")
        .appName("onelot")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1)))
    )
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    if shutil.which(java) is None:
        raise refuse(
            "review.java_missing",
            "Apache Spark needs Java, and there is none.",
            where="JAVA_HOME" if home else "PATH",
            expected="Java 17 or 21",
            got=java,
            hint="Install Debian's default-jre-headless, or set JAVA_HOME.",
        )


@cache
def translated(sql: str) -> str:
    """One statement in Spark's dialect. Raises Refused (``review.spark_missing``)."""
    try:
        import sqlglot
    except ImportError as error:
        raise refuse(
            "review.spark_missing",
            "The package that translates SQL for Spark is not installed.",
            expected="onelot[spark]",
            hint="Install the locked extra (requirements/spark.txt).",
        ) from error
    (statement,) = sqlglot.transpile(
        sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    return str(statement)


def check_archive(
    session: SparkSession,
    archive: Archive,
    checks: Iterable[Check],
    limits: Mapping[str, pa.Table],
    *,
    robust_distance: float,
    history_lots: int,
    baseline: Mapping[str, pa.Table] | None = None,
) -> DataFrame:
    """The rows of all checks over a whole archive of one MBR's lots: column ``check``, then ``COLUMNS``.

    Lazy like every DataFrame of Spark: write it to Parquet, or see ``rows``. Tables and steps become temporary
    views of the session; steps are computed once and kept until the session ends or ``catalog.clearCache``.
    """
    chosen = tuple(checks)
    for name, schema in TABLES.items():
        _facts(session, archive, name, schema)
    empty = {name: schema.empty_table() for name, schema in BASELINE_TABLES.items()}
    fixed = fixed_tables(
        limits,
        robust_distance=robust_distance,
        history_lots=history_lots,
        baseline={**empty, **(baseline or {})},
    )
    for name, table in fixed.items():
        _create(session, name, table)
    _run_steps(session, chosen)
    found: DataFrame | None = None
    for check in chosen:
        selected = ", ".join(f"CAST({name} AS {_type_of(name)}) AS {name}" for name in COLUMNS)
        rows = session.sql(f"SELECT '{check.id}' AS check, {selected} FROM ({translated(check.sql)})")  # noqa: S608
        found = rows if found is None else found.unionAll(rows)
    assert found is not None, "no checks were given"
    return found


def rows(found: DataFrame) -> list[Row]:
    """Collect the rows of ``check_archive``, sorted as ``onelot.review.run.run_checks`` sorts them."""
    return sorted(Row(*row) for row in found.collect())


def _type_of(column: str) -> str:
    return "BIGINT" if column.startswith("position") else "STRING"


def _run_steps(session: SparkSession, checks: tuple[Check, ...]) -> None:
    """Build each step once, in order; ``unit_conversion`` before the first that reads it, or at the end."""
    converted = False
    for step in steps_for(checks):
        if not converted and "unit_conversion" in step.steps:
            _create_unit_conversion(session)
            converted = True
        session.sql(translated(step.sql)).cache().createOrReplaceTempView(step.name)
    if not converted:
        _create_unit_conversion(session)


def _create_unit_conversion(session: SparkSession) -> None:
    same = [(row[0], row[0]) for row in session.sql(translated(SAME_UNITS)).collect()]
    pairs = [
        (row[0], row[1]) for row in session.sql(translated(" UNION ".join(UNIT_PAIRS.values()))).collect()
    ]
    _create(session, "unit_conversion", conversions([*same, *pairs]).cast(UNIT_CONVERSION))


def _facts(session: SparkSession, archive: Archive, name: str, schema: pa.Schema) -> None:
    paths = [str(path) for path in archive.paths(name)]
    if paths:
        session.read.schema(_columns(schema)).parquet(*paths).createOrReplaceTempView(name)
    else:
        _create(session, name, schema.empty_table())


def _create(session: SparkSession, name: str, table: pa.Table) -> None:
    """A small table from Arrow as a temporary view."""
    values: list[tuple[Any, ...]] = [tuple(row.values()) for row in table.to_pylist()]
    session.createDataFrame(values, _columns(table.schema)).createOrReplaceTempView(name)


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"`{field.name}` {_SPARK_TYPES[field.type]}" for field in schema)
