"""The conditions in the headers of checks and steps, asked of the few rows of one review."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import duckdb

from onelot.review.headers import Check, Step

_WORD = re.compile(r"\w+")


def planned(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> duckdb.Statement:
    """A statement whose plan is kept under a name."""
    connection.execute(f'PREPARE "{name}" AS {sql}')
    (statement,) = connection.extract_statements(f'EXECUTE "{name}"')
    return statement


class Conditions:
    """Which ``only_if`` hold. Those that name no changing table are answered once, those of checks all together."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        checks: Sequence[Check],
        steps: Sequence[Step],
        changing: Collection[str],
    ) -> None:
        self._connection = connection
        self._holds: dict[str, bool] = {}
        self._of_steps: dict[str, duckdb.Statement] = {}
        asked: dict[str, str] = {}
        for part in (*checks, *steps):
            if not part.only_if:
                self._holds[part.file] = False
            elif not {*_WORD.findall(part.only_if)} & {
                *changing
            }:  # a column of that name only costs an answer more
                self._answer([part.file], f"SELECT {part.only_if}")
            elif isinstance(part, Check):
                asked[part.file] = part.only_if
            else:
                name = f"only_if {part.file}"
                self._of_steps[part.file] = planned(connection, name, f"SELECT {part.only_if}")
        self._asked = [*asked]
        all_checks = ", ".join(f"({condition})" for condition in asked.values()) or "TRUE"
        self._of_checks = planned(connection, "only_if", f"SELECT {all_checks}")

    def ask_checks(self) -> None:
        """Answer the conditions of all checks, once all steps are filled."""
        self._answer(self._asked, self._of_checks)

    def ask_step(self, step: Step) -> None:
        """Answer the condition of a step, before it is filled."""
        if step.file in self._of_steps:
            self._answer([step.file], self._of_steps[step.file])

    def holds(self, part: Check | Step) -> bool:
        """The last answer; False for a part without a condition."""
        return self._holds[part.file]

    def _answer(self, files: Sequence[str], statement: str | duckdb.Statement) -> None:
        answers = self._connection.execute(statement).fetchone()
        assert answers is not None
        self._holds.update(zip(files, map(bool, answers), strict=False))
