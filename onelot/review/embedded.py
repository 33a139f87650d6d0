"""The review of lot after lot in one process: tables and statements are made once, only rows come and go.

What costs in a review of one lot is not its rows but planning some dozens of statements. So statements are parsed once,
and for few rows they run without the optimizer, which costs more than it saves there; a statement is skipped where its
header says that an empty table makes its result empty. Plans themselves are never kept: a kept plan may rest on rows
that are gone (decision 0041).
"""

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
    """An embedded DuckDB that holds limits, empty fact tables and parsed statements. For one thread at a time."""

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
        self._statements: dict[str, duckdb.Statement] = {}
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
        for check in checks:
            self._parse(check.id, check.sql)
        self._connection.execute("PRAGMA disable_optimizer")

    def _parse(self, name: str, sql: str) -> None:
        (self._statements[name],) = self._connection.extract_statements(sql)

    def _prepare_facts(self) -> None:
        for name, schema in {**TABLES, "unit_conversion": UNIT_CONVERSION}.items():
            create(self._connection, name, schema.empty_table())
            self._arriving[name] = _Arriving(schema.empty_table())
            self._connection.register(f"arriving_{name}", self._arriving[name])
            self._parse(name, f'INSERT INTO "{name}" SELECT * FROM "arriving_{name}"')  # noqa: S608

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
            self._connection.execute(f'CREATE TEMP TABLE "{step.name}" AS {step.sql}')
            if step.reads or changing & set(step.steps):
                changing.add(step.name)
                again.append(step)
                self._parse(step.name, f'INSERT INTO "{step.name}" {step.sql}')
        self._parse("unit_pairs", UNIT_PAIRS)
        return again

    def rows(self, facts: Mapping[str, pa.Table]) -> tuple[list[Row], dict[str, str]]:
        """The rows of every check, sorted, and for each check whose statement failed, why."""
        many = sum(table.num_rows for table in facts.values()) >= _MANY_ROWS
        if many:
            self._connection.execute("PRAGMA enable_optimizer; RESET threads")
        failed: dict[str, str] = {}
        try:
            while (rows := self._attempt(facts, failed)) is None:
                pass
        finally:
            for arriving in self._arriving.values():
                arriving.table = arriving.table.slice(0, 0)
            if many:
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
            for check in self._checks:
                if check.id in failed or self._is_empty(check.skip_when_empty):
                    continue
                try:
                    rows = self._connection.execute(self._statements[check.id]).fetchall()
                except duckdb.Error as error:
                    # Not swallowed: a check that fails is a finding of every lot in this review.
                    failed[check.id] = f"its statement failed: {str(error).splitlines()[0]}"
                    return None
                found += [Row(check.id, *values) for values in rows]
            return sorted(found)
        finally:
            self._connection.rollback()

    def _is_empty(self, tables: Sequence[str]) -> bool:
        return any(self._rows[name] == 0 for name in tables)

    def _insert(self, name: str, rows: pa.Table) -> None:
        self._rows[name] = rows.num_rows
        if rows.num_rows:
            self._arriving[name].table = rows
            self._connection.execute(self._statements[name])

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
        if self._is_empty(step.skip_when_empty):
            return 0
        counted = self._connection.execute(self._statements[step.name]).fetchone()
        assert counted is not None
        return int(counted[0])

    def _convert_units(self) -> None:
        pairs = self._connection.execute(self._statements["unit_pairs"]).fetchall()
        self._insert("unit_conversion", conversions([*self._same, *pairs]))
