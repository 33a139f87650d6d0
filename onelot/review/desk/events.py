"""What people do with exceptions: each decision has its reason, and is superseded, never edited."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from onelot.kernel.events import Event

Decision = Literal["accepted", "false_alarm", "deviation"]


class FindingDecided(Event, tag="review.finding_decided.v1"):
    """A reviewer decided on one exception; a later decision on it supersedes this one.

    The entry's reason is the justification (21 CFR 211.192: investigated, with conclusion).
    """

    reason_required: ClassVar[bool] = True

    lot: str
    finding: str
    """Key of the exception (``onelot.review.desk.keys``)."""
    decision: Decision
    justification: str = ""
    """Code of an approved justification; empty: free text only."""
    deviation: str = ""
    """Number of the deviation that was raised."""


class DecisionWithdrawn(Event, tag="review.decision_withdrawn.v1"):
    """The decision on an exception holds no more, and it is open again."""

    reason_required: ClassVar[bool] = True

    lot: str
    finding: str


class QuestionAsked(Event, tag="review.question_asked.v1"):
    """An exception was sent back to the site that made the lot; it waits for the answer."""

    lot: str
    finding: str
    question: str
    """Identifier."""
    text: str


class QuestionAnswered(Event, tag="review.question_answered.v1"):
    """The site answered."""

    lot: str
    finding: str
    question: str
    text: str


class FindingAssigned(Event, tag="review.finding_assigned.v1"):
    """Somebody is to look at an exception, or, without one, at the whole lot. Empty ``person``: nobody any more."""

    lot: str
    finding: str = ""
    person: str = ""


class CommentMade(Event, tag="review.comment_made.v1"):
    """A remark on an exception, or, without one, on the lot. It decides nothing."""

    lot: str
    text: str
    finding: str = ""


class ReviewSigned(Event, tag="review.review_signed.v1"):
    """A reviewer signed that the lot's record was reviewed: every check ran, every exception is decided.

    The signature covers exactly the verdict and the decisions that were shown (21 CFR 211.192, EU GMP 1.10).
    """

    lot: str
    review: str
    """The review whose verdict was signed."""
    signature: str
    decided: int
    """How many exceptions people decided on."""


class TurnaroundAgreed(Event, tag="review.turnaround_agreed.v1"):
    """How long after the last record of a lot its review is to be done, by contract or plan."""

    hours: int
    site: str = ""
    """Empty: every site without an agreement of its own."""
    product: str = ""


class InfusionPlanned(Event, tag="review.infusion_planned.v1"):
    """When the patient is to receive the lot; a later one supersedes an earlier one."""

    lot: str
    planned_for: datetime


EVENTS: tuple[type[Event], ...] = (
    FindingDecided,
    DecisionWithdrawn,
    QuestionAsked,
    QuestionAnswered,
    FindingAssigned,
    CommentMade,
    ReviewSigned,
    TurnaroundAgreed,
    InfusionPlanned,
)
