"""The peers of the review: SQL written by hand for just these lots, a loop, and pandera on polars.

They ask the same five questions of the archives of ``bench.data.lots`` and of no others: each knows that a lot
has 1,500 entries, that units never differ, that nothing is censored, that no phase is repeated and that one phase
follows the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.data.lots import PHASES, READINGS, needs_second_person, parameter_path, phase_path

Found = list[tuple[str, str, str, str, int, int]]
"""Lot, kind and subject of each exception, what was observed, and the positions that prove it; sorted."""

LOW, HIGH = 90.0, 110.0
HOUR = 3_600_000_000

STEPS = (
    """CREATE OR REPLACE TEMP TABLE bad AS
    SELECT p.lot, p.parameter, p.text, p.unit, p.verified_by, p.position,
        p.value NOT BETWEEN l.low AND l.high AS outside
    FROM parameter_value p JOIN wanted l ON l.parameter = p.parameter
    WHERE p.value NOT BETWEEN l.low AND l.high
       OR (l.second_person AND (p.second_person = 0 OR p.verified_after_us < 0))""",
    f"""CREATE OR REPLACE TEMP TABLE short AS
    SELECT lot FROM parameter_value GROUP BY lot HAVING COUNT(*) < {PHASES * READINGS}""",
    """CREATE OR REPLACE TEMP TABLE missing AS
    SELECT s.lot, l.parameter, l.phase FROM short s CROSS JOIN wanted l
    ANTI JOIN (SELECT lot, parameter FROM parameter_value WHERE lot IN (SELECT lot FROM short)) p
    ON p.lot = s.lot AND p.parameter = l.parameter""",
    """CREATE OR REPLACE TEMP TABLE run AS
    SELECT n.lot, f.phase, f.number, n.number * 64 + f.number AS run, p.started_us, p.ended_us, p.position
    FROM phase_performed p
    JOIN numbered_phase f ON f.phase = p.phase
    JOIN (SELECT lot, ROW_NUMBER() OVER () AS number FROM lot) n ON n.lot = p.lot""",
    """CREATE OR REPLACE TEMP TABLE overlap AS
    SELECT p.lot, p.phase, b.ended_us - p.started_us AS by_us, b.position, p.position AS position_2
    FROM run p JOIN run b ON b.run = p.run - 1
    WHERE p.number > 0 AND b.ended_us > p.started_us""",
    f"""CREATE OR REPLACE TEMP TABLE held AS
    SELECT p.lot, h.clock, ABS(n.started_us - p.ended_us) AS by_us, p.position, n.position AS position_2
    FROM hold h JOIN run p ON p.number = h.number JOIN run n ON n.run = p.run + 1
    WHERE n.started_us - p.ended_us NOT BETWEEN 0 AND {HOUR}""",
)
RANGE_AND_COMPLETENESS = (
    """CREATE OR REPLACE TEMP TABLE outside AS
    SELECT p.lot, p.parameter, p.text, p.unit, p.position
    FROM parameter_value p JOIN wanted l ON l.parameter = p.parameter
    WHERE p.value NOT BETWEEN l.low AND l.high""",
    *STEPS[1:3],
)
_DURATION = (
    "CAST(by_us // 60000000 AS VARCHAR) || ' min ' || CAST((by_us // 1000000) % 60 AS VARCHAR) || ' s'"
)
ALL = f"""
    SELECT lot, 'outside', parameter, text || ' ' || unit, position, 0 FROM bad WHERE outside
    UNION ALL SELECT lot, 'unverified', parameter,
        CASE verified_by WHEN '' THEN 'nobody' ELSE verified_by END, position, 0
    FROM bad WHERE NOT outside
    UNION ALL SELECT m.lot, 'missing', m.parameter, 'not in the record', r.position, 0
    FROM missing m JOIN run r ON r.lot = m.lot AND r.phase = m.phase
    UNION ALL SELECT lot, 'overlap', phase, 'ended ' || {_DURATION} || ' after the start', position, position_2
    FROM overlap
    UNION ALL SELECT lot, 'held', clock, {_DURATION}, position, position_2 FROM held
"""


def wanted() -> pa.Table:
    """What each parameter must be."""
    places = [(phase, reading) for phase in range(PHASES) for reading in range(READINGS)]
    return pa.table(
        {
            "parameter": [parameter_path(*place) for place in places],
            "phase": [phase_path(phase) for phase, _ in places],
            "low": [LOW] * len(places),
            "high": [HIGH] * len(places),
            "second_person": [needs_second_person(reading) for _, reading in places],
        }
    )


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """The limits as tables."""
    phases = [phase_path(number) for number in range(PHASES)]
    holds = range(0, PHASES - 1, 5)
    limits = {
        "wanted": wanted(),
        "numbered_phase": pa.table({"phase": phases, "number": range(PHASES)}),
        "hold": pa.table({"clock": [f"hold_{at:02}" for at in holds], "number": list(holds)}),
    }
    for name, table in limits.items():
        connection.register("arriving", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arriving")
        connection.unregister("arriving")


def by_hand(connection: duckdb.DuckDBPyConnection) -> Found:
    """Steps over shared intermediate tables, the best plan known for these questions."""
    for step in STEPS:
        connection.execute(step)
    return sorted(connection.execute(ALL).fetchall())


def range_and_completeness_by_hand(connection: duckdb.DuckDBPyConnection) -> int:
    """The part of it that pandera is asked; how many exceptions."""
    for step in RANGE_AND_COMPLETENESS:
        connection.execute(step)
    (count,) = connection.execute(
        "SELECT (SELECT COUNT(*) FROM outside) + (SELECT COUNT(*) FROM missing)"
    ).fetchall()[0]
    return int(count)


def by_loop(facts: Mapping[str, pa.Table]) -> list[tuple[str, str, str]]:
    """One lot by a loop over dictionaries: range, verification and completeness."""
    limits = {row["parameter"]: row for row in wanted().to_pylist()}
    found, seen, lot = [], set(), ""
    for row in facts["parameter_value"].select(
        ["lot", "parameter", "value", "second_person", "verified_after_us"]
    ).to_pylist():  # fmt: skip
        limit, lot = limits[row["parameter"]], row["lot"]
        seen.add(row["parameter"])
        if not limit["low"] <= row["value"] <= limit["high"]:
            found.append((lot, "outside", row["parameter"]))
        elif limit["second_person"] and (row["second_person"] == 0 or row["verified_after_us"] < 0):
            found.append((lot, "unverified", row["parameter"]))
    return sorted([*found, *((lot, "missing", parameter) for parameter in limits.keys() - seen)])


def by_pandera(archive: Path) -> int:
    """Range and completeness as pandera schemas over polars; how many failures it reports."""
    import pandera.errors
    import pandera.polars as pandera
    import polars as pl

    within = pandera.DataFrameSchema(
        {name: pandera.Column(kind) for name, kind in (("lot", str), ("parameter", str), ("value", float))},
        checks=pandera.Check(
            lambda data: data.lazyframe.select(pl.col("value").is_between(pl.col("low"), pl.col("high"))),
            name="range",
        ),
    )
    whole = pandera.DataFrameSchema({
        "lot": pandera.Column(str),
        "entries": pandera.Column(pl.UInt32, pandera.Check.eq(PHASES * READINGS)),
    })  # fmt: skip
    values = pl.read_parquet(archive / "parameter_value/*.parquet", columns=["lot", "parameter", "value"])
    limited = values.join(pl.from_arrow(wanted()).drop("second_person"), on="parameter")
    counted = values.group_by("lot").agg(pl.col("parameter").n_unique().alias("entries"))
    failures = 0
    for schema, frame in ((within, limited), (whole, counted)):
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            failures += len(errors.failure_cases)
    return failures
