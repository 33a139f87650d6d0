"""The review of lot after lot in one process: tables and statements are made once, only rows come and go.

What costs in a review of one lot is not its rows but planning some dozens of statements. So for few rows each
statement is planned once, without the optimizer, and its plan is kept; a statement is skipped where its header says
that it can return nothing: because a table is empty, or because its condition does not hold. For many rows statements
are planned anew, by the optimizer: its plans rest on the rows that are there, so none of them is kept (decision 0041).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from onelot.facts.schema import TABLES
from onelot.review.baseline import BASELINE_TABLES
from onelot.review.conditions import Conditions, planned
from onelot.review.headers import Check, Step
from onelot.review.run import (
    SAME_UNITS,
    UNIT_CONVERSION,
    UNIT_PAIRS,
    Row,
    conversions,
    create_limits,
)
from onelot.review.steps import steps

_TYPES = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.float64(): "DOUBLE"}

_MANY_ROWS = 100_000
"""Rows from which optimizer and more than one thread are worth their start."""


class _Arriving:
    """Stands in the database for the rows of one fact table; each scan reads the table that is held then."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_schema__(self) -> object:
        return self.table.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


class EmbeddedRun:
    """An embedded DuckDB that holds limits, empty fact tables and plans. For one thread at a time."""

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
        self._connection.execute("PRAGMA disable_optimizer")
        self._rows: dict[str, int] = {}
        self._statements: dict[str, str] = {}
        self._planned: dict[str, duckdb.Statement] = {}
        self._few = True
        self._arriving: dict[str, _Arriving] = {}
        empty = {name: schema.empty_table() for name, schema in BASELINE_TABLES.items()}
        create_limits(
            self._connection,
            limits,
            robust_distance=robust_distance,
            history_lots=history_lots,
            baseline={**empty, **baseline},
        )
        self._same = [(unit, unit) for (unit,) in self._connection.execute(SAME_UNITS).fetchall()]
        self._prepare_facts()
        self._steps = self._prepare_steps()
        self._statements.update({check.id: check.sql for check in checks})
        changing = {*TABLES, "unit_conversion", *(step.name for step in self._steps)}
        self._count_fixed(changing)
        self._conditions = Conditions(self._connection, checks, self._steps, changing)

    def _count_fixed(self, changing: set[str]) -> None:
        """The rows of the tables that never change."""
        tables = self._connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
        for name in {name for (name,) in tables} - changing:
            counted = self._connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()  # noqa: S608
            assert counted is not None
            self._rows[name] = counted[0]

    def _execute(self, name: str) -> duckdb.DuckDBPyConnection:
        """Run a statement: few rows by its kept plan, made at its first use, many rows by a plan of their own."""
        if not self._few:
            return self._connection.execute(self._statements[name])
        if name not in self._planned:
            self._planned[name] = planned(self._connection, name, self._statements[name])
        return self._connection.execute(self._planned[name])

    def _prepare_facts(self) -> None:
        for name, schema in {**TABLES, "unit_conversion": UNIT_CONVERSION}.items():
            columns = ", ".join(f'"{field.name}" {_TYPES[field.type]}' for field in schema)
            self._connection.execute(f'CREATE TEMP TABLE "{name}" ({columns})')
            self._arriving[name] = _Arriving(schema.empty_table())
            self._connection.register(f"arriving_{name}", self._arriving[name])
            self._statements[name] = f'INSERT INTO "{name}" SELECT * FROM "arriving_{name}"'  # noqa: S608

    def _prepare_steps(self) -> list[Step]:
        """Create the tables of the steps needed. Steps without facts are final; the others are returned."""
        needed = {"noted_entry", *(name for check in self._checks for name in check.steps)}
        for step in reversed(steps()):
            if step.name in needed:
                needed.update(step.steps)
        again: list[Step] = []
        changing = {"unit_conversion"}
        for step in steps():
            if step.name not in needed:
                continue
            changes = step.reads or changing & set(step.steps)
            filled = "WITH NO DATA" if changes else ""
            self._connection.execute(f'CREATE TEMP TABLE "{step.name}" AS {step.sql} {filled}')
            if changes:
                changing.add(step.name)
                again.append(step)
                self._statements[step.name] = f'INSERT INTO "{step.name}" {step.sql}'
        for table, pairs in UNIT_PAIRS.items():
            self._statements[f"units of {table}"] = pairs
        return again

    def rows(self, facts: Mapping[str, pa.Table]) -> tuple[list[Row], dict[str, str]]:
        """The rows of every check, sorted, and for each check whose statement failed, why."""
        self._few = sum(table.num_rows for table in facts.values()) < _MANY_ROWS
        if not self._few:
            self._connection.execute("PRAGMA enable_optimizer; RESET threads")
        failed: dict[str, str] = {}
        try:
            while (rows := self._attempt(facts, failed)) is None:
                pass
        finally:
            for arriving in self._arriving.values():
                arriving.table = arriving.table.slice(0, 0)
            if not self._few:
                self._connection.execute("PRAGMA disable_optimizer; SET threads = 1")
        return rows, failed

    def _attempt(self, facts: Mapping[str, pa.Table], failed: dict[str, str]) -> list[Row] | None:
        """One transaction, always rolled back, which empties all tables again; None where one more check failed.

        A failed statement ends its transaction, so the checks that remain start anew.
        """
        self._connection.begin()
        try:
            for name in TABLES:
                self._insert(name, facts[name])
            self._fill_steps()
            found: list[Row] = []
            if self._few:
                self._conditions.ask_checks()
            for check in self._checks:
                if check.id in failed or self._is_quiet(check):
                    continue
                try:
                    rows = self._execute(check.id).fetchall()
                except duckdb.Error as error:
                    # Not swallowed: a check that fails is a finding of every lot in this review.
                    failed[check.id] = f"its statement failed: {str(error).splitlines()[0]}"
                    return None
                found += [Row(check.id, *values) for values in rows]
            return sorted(found)
        finally:
            self._connection.rollback()

    def _is_quiet(self, part: Check | Step) -> bool:
        """Whether its statement can return nothing in these rows. For many rows conditions are not asked."""
        if any(self._rows[name] == 0 for name in part.skip_when_empty):
            return True
        if not self._few or not (part.only_if_any or part.only_if):
            return False
        if any(self._rows[name] for name in part.only_if_any):
            return False
        return not self._conditions.holds(part)

    def _insert(self, name: str, rows: pa.Table) -> None:
        self._rows[name] = rows.num_rows
        if rows.num_rows:
            self._arriving[name].table = rows
            self._execute(name)

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
        if self._few:
            self._conditions.ask_step(step)
        if self._is_quiet(step):
            return 0
        counted = self._execute(step.name).fetchone()
        assert counted is not None
        return int(counted[0])

    def _convert_units(self) -> None:
        pairs = list(self._same)
        for table in UNIT_PAIRS:
            if self._rows[table]:
                pairs += self._execute(f"units of {table}").fetchall()
        self._insert("unit_conversion", conversions(pairs))
