"""What people decide about work that failed. The work itself is no fact: what it did is said by its own events."""

from __future__ import annotations

from typing import ClassVar

from onelot.kernel.events import Event


class JobRetried(Event, tag="jobs.job_retried.v1"):
    """An administrator let work that had failed for good be tried again; the entry's reason says why."""

    reason_required: ClassVar[bool] = True

    job: str
    kind: str
    about: str = ""


class JobDiscarded(Event, tag="jobs.job_discarded.v1"):
    """An administrator decided that work which had failed for good is not to be done; the entry's reason says why."""

    reason_required: ClassVar[bool] = True

    job: str
    kind: str
    about: str = ""


EVENTS: tuple[type[Event], ...] = (JobRetried, JobDiscarded)
"""What the ledger may hold of this room."""
