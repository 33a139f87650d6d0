"""What facts say beyond the events they come from, so that no reader has to find it out row by row.

``nth`` numbers a lot's entries of one parameter, and its runs of one phase, from 1 in the order of their positions.
``verified_after_us`` is the time from performed to verified, null where one of them is unknown. ``second_person``
is 1 where another person than the performer verified: both are named, the verification is not a machine's, and the
names differ by more than case and white space; else 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

NUMBERED = {"phase_performed": "phase", "parameter_value": "parameter"}
"""By table: the column whose repeats within a lot are numbered."""

PERFORMED = {
    "phase_performed": "ended_us",
    "parameter_value": "performed_us",
    "material_used": "used_us",
    "identifier_read": "read_us",
    "labels_reconciled": "reconciled_us",
}
"""By table: when the act was performed that is verified."""


READS = frozenset(
    {
        "lot",
        "verified_us",
        "performed_by",
        "verified_by",
        "verification",
        *NUMBERED.values(),
        *PERFORMED.values(),
    }
)
"""The columns that derived columns follow from, of any table."""

DERIVED = frozenset({"nth", "verified_after_us", "second_person"})
"""The columns that follow from others."""


class Numbering:
    """Numbers rows that come sorted by lot and position, in as many pieces as there are."""

    def __init__(self) -> None:
        self._lot = ""
        self._times: dict[str, int] = {}

    def number(self, lots: Iterable[str], subjects: Iterable[str]) -> list[int]:
        """How often each row's subject was there in its lot, this row included."""
        numbers = []
        for lot, subject in zip(lots, subjects, strict=True):
            if lot != self._lot:
                self._lot, self._times = lot, {}
            self._times[subject] = nth = self._times.get(subject, 0) + 1
            numbers.append(nth)
        return numbers


def derived(
    table: str, columns: Mapping[str, Sequence[Any]], numbering: Numbering
) -> dict[str, Sequence[Any]]:
    """The derived columns of a fact table, from its other columns."""
    found: dict[str, Sequence[Any]] = {}
    if table in NUMBERED:
        found["nth"] = numbering.number(columns["lot"], columns[NUMBERED[table]])
    if table in PERFORMED:
        found["verified_after_us"] = [
            None if performed is None or verified is None else verified - performed
            for performed, verified in zip(columns[PERFORMED[table]], columns["verified_us"], strict=True)
        ]
        names = (columns[name] for name in ("performed_by", "verified_by", "verification"))
        found["second_person"] = [*map(_second_person, *names)]
    return found


@lru_cache(maxsize=65536)
def _second_person(performed_by: str, verified_by: str, verification: str) -> int:
    people = {"".join(name.split()).casefold() for name in (performed_by, verified_by)}
    return int(verification != "machine" and len(people) == 2 and "" not in people)
