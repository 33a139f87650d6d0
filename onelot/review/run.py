"""Run the shared steps and the checks over any DuckDB connection in which facts and limits are tables or views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import duckdb
import pyarrow as pa

from onelot.kernel.refusals import Refused
from onelot.kernel.units import conversion
from onelot.review.headers import Check, Step

COLUMNS = (
    "lot", "variant", "subject", "expected", "observed", "detail", "criticality", "position", "position_2",
)  # fmt: skip
"""What the SELECT of every check returns."""

UNIT_PAIRS = {
    "noted_entry": """
        SELECT p.unit AS source, l.unit AS target FROM noted_entry p
        JOIN limit_parameter l ON l.parameter = p.parameter WHERE p.unit <> l.unit""",
    "material_used": """
        SELECT m.unit, n.unit FROM material_used m
        JOIN limit_material_need n ON n.material = m.material WHERE m.unit <> n.unit""",
    "result": """
        SELECT r.unit, t.unit FROM result r JOIN limit_test t ON t.test = r.test WHERE r.unit <> t.unit
        UNION SELECT r.unit, c.unit FROM result r JOIN limit_criterion c ON c.test = r.test WHERE r.unit <> c.unit""",
    "series_point": """
        SELECT s.unit, l.unit FROM (SELECT DISTINCT series, unit FROM series_point) s
        JOIN limit_series l ON l.series = s.series WHERE s.unit <> l.unit""",
    "limit_yield": """
        SELECT n.unit, d.unit FROM limit_yield y JOIN limit_parameter n ON n.parameter = y.numerator
        JOIN limit_parameter d ON d.parameter = y.denominator WHERE n.unit <> d.unit""",
    "limit_material_need": """
        SELECT a.unit, b.unit FROM limit_material_need a JOIN limit_material_need b
        ON a.material = b.material WHERE a.unit <> b.unit""",
}
"""By the table that it is read from: every pair of a recorded unit and the unit its limit is written in, where they
differ."""

SAME_UNITS = """
    SELECT unit FROM limit_parameter UNION SELECT unit FROM limit_material_need UNION SELECT unit FROM limit_series
    UNION SELECT unit FROM limit_test UNION SELECT unit FROM limit_criterion
"""

UNIT_CONVERSION = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("target", pa.string(), nullable=False),
        pa.field("factor", pa.float64(), nullable=False),
        pa.field("shift", pa.float64(), nullable=False),
    ]
)


class Row(NamedTuple):
    """One row that a check returned."""

    check: str
    lot: str
    variant: str
    subject: str
    expected: str
    observed: str
    detail: str
    criticality: str
    position: int
    position_2: int


def create(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Create ``name`` as a temporary table from Arrow."""
    connection.register("arriving", table)
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM arriving')  # noqa: S608
    connection.unregister("arriving")


def create_limits(
    connection: duckdb.DuckDBPyConnection,
    limits: Mapping[str, pa.Table],
    *,
    robust_distance: float,
    history_lots: int,
    baseline: Mapping[str, pa.Table],
) -> None:
    """Create the limit tables, the one-row table ``policy``, ``choice_text`` and the baseline tables."""
    fixed = fixed_tables(
        limits, robust_distance=robust_distance, history_lots=history_lots, baseline=baseline
    )
    for name, table in fixed.items():
        create(connection, name, table)


def fixed_tables(
    limits: Mapping[str, pa.Table],
    *,
    robust_distance: float,
    history_lots: int,
    baseline: Mapping[str, pa.Table],
) -> dict[str, pa.Table]:
    """Every table that the lots do not change: limits, baseline, the one-row table ``policy``, ``choice_text``."""
    policy = pa.table({"robust_distance": [robust_distance], "history_lots": [history_lots]})
    return {**limits, **baseline, "policy": policy, "choice_text": choice_text(limits["limit_choice"])}


def choice_text(choices: pa.Table) -> pa.Table:
    """For printing: each parameter's choices, and the accepted ones, as one text in the MBR's order."""
    texts: dict[str, tuple[list[str], list[str]]] = {}
    for row in choices.to_pylist():
        every, accepted = texts.setdefault(row["parameter"], ([], []))
        every.append(row["choice"])
        if row["accepted"]:
            accepted.append(row["choice"])
    return pa.table(
        {
            "parameter": pa.array(texts, pa.string()),
            "choices": pa.array([", ".join(every) for every, _ in texts.values()], pa.string()),
            "accepted": pa.array([", ".join(accepted) for _, accepted in texts.values()], pa.string()),
        }
    )


def conversions(pairs: Iterable[tuple[str, str]]) -> pa.Table:
    """The table ``unit_conversion`` for pairs of (recorded unit, limit unit); those that do not convert are left out.

    An entry without a unit is a pure number where its limit is one (UCUM ``1``), and nothing that converts elsewhere:
    UCUM takes ``10*6`` for a number too, and a count of millions without its unit would be read as single cells.
    """
    rows: list[tuple[str, str, float, float]] = []
    for source, target in sorted(set(pairs)):
        if not source and target not in ("", "1"):
            continue
        try:
            found = conversion(source or "1", target or "1")
        except Refused:
            continue  # its absence is what the checks on units report
        rows.append((source, target, found.factor, found.offset))
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, UNIT_CONVERSION, strict=True)],
                    schema=UNIT_CONVERSION)  # fmt: skip


def create_unit_conversion(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table ``unit_conversion``; needs the step ``noted_entry``."""
    same = [(unit, unit) for (unit,) in connection.execute(SAME_UNITS).fetchall()]
    create(
        connection,
        "unit_conversion",
        conversions([*same, *connection.execute(" UNION ".join(UNIT_PAIRS.values())).fetchall()]),
    )


def run_steps(connection: duckdb.DuckDBPyConnection, steps: Sequence[Step]) -> None:
    """Build every shared table once, in order. Facts, limits, ``policy`` and baseline tables must exist.

    ``unit_conversion`` is built before the first step that reads it, or at the end.
    """
    converted = False
    for step in steps:
        if not converted and "unit_conversion" in step.steps:
            create_unit_conversion(connection)
            converted = True
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{step.name}" AS {step.sql}')
    if not converted:
        create_unit_conversion(connection)


def run_checks(connection: duckdb.DuckDBPyConnection, checks: Iterable[Check]) -> list[Row]:
    """Run checks after ``run_steps``; rows come sorted. Raises ``duckdb.Error`` where a statement fails."""
    rows = [Row(check.id, *values) for check in checks for values in connection.execute(check.sql).fetchall()]
    return sorted(rows)
