"""The review of lot after lot in one process: tables and statements are made once, only rows come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from onelot.facts.schema import TABLES
from onelot.review.baseline import BASELINE_TABLES
from onelot.review.headers import Check, Step
from onelot.review.run import (
    SAME_UNITS,
    UNIT_CONVERSION,
    UNIT_PAIRS,
    Row,
    conversions,
    create,
    create_limits,
)
from onelot.review.steps import steps

_PARALLEL_FROM = 200_000
"""Rows from which more than one thread is worth its start."""


class PreparedRun:
    """An embedded DuckDB that holds limits and prepared statements. For one thread at a time."""

    def __init__(
        self,
        checks: Sequence[Check],
        limits: Mapping[str, pa.Table],
        *,
        robust_distance: float,
        history_lots: int,
        baseline: Mapping[str, pa.Table],
    ) -> None:
        self._checks = checks
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        self._rows: dict[str, int] = {}
        self._big = False
        for name, schema in TABLES.items():
            create(self._connection, name, schema.empty_table())
        create(self._connection, "unit_conversion", UNIT_CONVERSION.empty_table())
        empty = {name: schema.empty_table() for name, schema in BASELINE_TABLES.items()}
        create_limits(
            self._connection,
            limits,
            robust_distance=robust_distance,
            history_lots=history_lots,
            baseline={**empty, **baseline},
        )
        self._same = [(unit, unit) for (unit,) in self._connection.execute(SAME_UNITS).fetchall()]
        self._steps = self._prepare_steps()
        for check in checks:
            self._connection.execute(f'PREPARE "{check.id}" AS {check.sql}')  # noqa: S608

    def _prepare_steps(self) -> list[Step]:
        """Create each step's table. Steps that read no facts are final; the others are returned."""
        again = []
        changing = {"unit_conversion"}
        for step in steps():
            self._connection.execute(f'CREATE TEMP TABLE "{step.name}" AS {step.sql}')  # noqa: S608
            if step.reads or changing & set(step.steps):
                changing.add(step.name)
                again.append(step)
                self._connection.execute(
                    f'PREPARE "fill {step.name}" AS INSERT INTO "{step.name}" {step.sql}'  # noqa: S608
                )
        self._connection.execute(f"PREPARE unit_pairs AS {UNIT_PAIRS}")
        return again

    def rows(self, facts: Mapping[str, pa.Table]) -> tuple[list[Row], dict[str, str]]:
        """The rows of every check, sorted, and for each check whose statement failed, why."""
        self._big = sum(table.num_rows for table in facts.values()) >= _PARALLEL_FROM
        if self._big:
            self._connection.execute("RESET threads")
        failed: dict[str, str] = {}
        try:
            while (rows := self._attempt(facts, failed)) is None:
                pass
        finally:
            if self._big:
                self._connection.execute("SET threads = 1")
        return rows, failed

    def _attempt(self, facts: Mapping[str, pa.Table], failed: dict[str, str]) -> list[Row] | None:
        """One transaction, always rolled back, which empties all tables again; None where one more check failed.

        A failed statement ends its transaction, so the checks that remain start anew.
        """
        self._connection.begin()
        try:
            self._load(facts)
            self._fill_steps()
            found: list[Row] = []
            for check in self._checks:
                if check.id in failed or any(self._rows.get(name) == 0 for name in check.skip_when_empty):
                    continue
                try:
                    rows = self._execute(check.id, check.sql).fetchall()
                except duckdb.Error as error:
                    # Not swallowed: a check that fails is a finding of every lot in this review.
                    failed[check.id] = f"its statement failed: {str(error).splitlines()[0]}"
                    return None
                found += [Row(check.id, *values) for values in rows]
            return sorted(found)
        finally:
            self._connection.rollback()

    def _execute(self, name: str, sql: str) -> duckdb.DuckDBPyConnection:
        """A prepared statement was planned for few rows; many rows deserve their own plan."""
        return self._connection.execute(sql if self._big else f'EXECUTE "{name}"')

    def _load(self, facts: Mapping[str, pa.Table]) -> None:
        for name in TABLES:
            self._rows[name] = facts[name].num_rows
            if facts[name].num_rows:
                self._insert(name, facts[name])

    def _insert(self, name: str, arriving: pa.Table) -> None:
        self._connection.register("arriving", arriving)
        self._connection.execute(f'INSERT INTO "{name}" SELECT * FROM arriving')  # noqa: S608
        self._connection.unregister("arriving")

    def _fill_steps(self) -> None:
        converted = False
        for step in self._steps:
            if not converted and "unit_conversion" in step.steps:
                self._convert_units()
                converted = True
            self._rows[step.name] = self._fill(step)
        if not converted:
            self._convert_units()

    def _fill(self, step: Step) -> int:
        if any(self._rows.get(name) == 0 for name in step.skip_when_empty):
            return 0
        insert = f'INSERT INTO "{step.name}" {step.sql}'  # noqa: S608
        counted = self._execute(f"fill {step.name}", insert).fetchone()
        assert counted is not None
        return int(counted[0])

    def _convert_units(self) -> None:
        pairs = self._connection.execute("EXECUTE unit_pairs").fetchall()
        self._insert("unit_conversion", conversions([*self._same, *pairs]))
