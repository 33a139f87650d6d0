"""Rows of readings, put together as series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from onelot.intake.tabular.grid import Faults
from onelot.intake.tabular.mapping_checks import POINT


class SeriesRows:
    """Rows of one section that differ in nothing but the reading are one series, wherever they stand.

    A row without a time and a value says that the series is there, and has no reading.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._found: dict[tuple[tuple[str, Any], ...], tuple[dict[str, Any], list[list[Any]], str]] = {}

    def add(self, fields: dict[str, Any], place: str) -> None:
        """One row's fields, those of the reading with ``points.`` before their names."""
        key = tuple(sorted((name, value) for name, value in fields.items() if not _is_reading(name)))
        head = {name: value for name, value in fields.items() if not name.startswith(POINT)}
        points = self._found.setdefault(key, (head, [], place))[1]
        at, value = fields.get(f"{POINT}at"), fields.get(f"{POINT}value", "")
        if at is not None:
            points.append([at, value, fields.get(f"{POINT}quality", "good")])
        elif value:
            self._faults.add(
                "row", "The reading has no time.", place=place, expected="a time", got=str(value)
            )

    def whole(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each series' fields and the place of its first row."""
        for head, points, place in self._found.values():
            yield {**head, "points": points}, place


def _is_reading(name: str) -> bool:
    return name in (f"{POINT}at", f"{POINT}value", f"{POINT}quality")
