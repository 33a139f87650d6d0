"""What is said of a deviation (21 CFR 211.100(b), 211.192; EU GMP 8.9). Numbers are never used twice."""

from __future__ import annotations

from typing import ClassVar, Literal

from onelot.kernel.events import Event

Severity = Literal["critical", "major", "minor"]
Impact = Literal["none", "justified", "reject"]


class DeviationOpened(Event, tag="deviations.opened.v1"):
    """Somebody reported a deviation."""

    deviation: str
    """Its number, for example ``DEV-2026-00017``."""
    lot: str
    severity: Severity
    title: str
    description: str
    finding: str = ""
    """Key of the exception from which it was raised; empty: from none."""


class DeviationAssessed(Event, tag="deviations.assessed.v1"):
    """What it means for the lot. A later assessment supersedes an earlier one; the entry's reason says why.

    For a one-patient lot this cannot wait until the record is closed.
    """

    reason_required: ClassVar[bool] = True

    deviation: str
    lot: str
    impact: Impact
    severity: Severity


class DeviationClosed(Event, tag="deviations.closed.v1"):
    """Investigation and actions are done; the entry's reason is the conclusion."""

    reason_required: ClassVar[bool] = True

    deviation: str
    lot: str


EVENTS: tuple[type[Event], ...] = (DeviationOpened, DeviationAssessed, DeviationClosed)
"""What the ledger may hold of this room."""
