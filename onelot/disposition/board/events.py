"""What people state so that the board can compare: hours, and how long a full review takes."""

from __future__ import annotations

from onelot.kernel.events import Event


class ReviewHoursDeclared(Event, tag="board.review_hours_declared.v1"):
    """How many hours a week somebody has for reviews and dispositions; a later one supersedes it."""

    person: str
    hours_per_week: str
    """Decimal, 0 to 60."""


class FullReviewMeasured(Event, tag="board.full_review_measured.v1"):
    """How long people took to review whole records, lot by lot; the last one of a product counts."""

    product: str
    """Empty: products without a measurement of their own."""
    minutes: tuple[str, ...]
    """One decimal a lot."""
    source: str
    """Where that was measured: protocol, time sheet, study."""


EVENTS: tuple[type[Event], ...] = (ReviewHoursDeclared, FullReviewMeasured)
"""What the ledger may hold of the board."""
