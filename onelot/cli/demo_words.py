"""What the people of the demonstration say, and how often they do what."""

from __future__ import annotations

from dataclasses import dataclass

QUESTIONS = (
    "Please send the log book page of that time, and say who can confirm the entry.",
    "Is this what happened, or a slip in the record? Please attach what shows it.",
    "Which corrective entry belongs to this, and when was it made?",
)
ANSWERS = (
    "The log book of the suite shows the step as it was performed. A copy is with quality assurance at the site.",
    "A slip in the record: the raw data of the equipment show the right value. Confirmed by the shift lead.",
    "The system was slow in that hour. The paper form of the time agrees with the entry.",
)
JUSTIFICATIONS = (
    "Compared with the raw data and the log book: without influence on the quality of the lot.",
    "Within what was validated for the process; the second person and the raw data confirm it.",
    "Explained by the site and seen in the audit trail. No other entry is touched.",
)
COMMENT = "The exceptions were gone through with the site by telephone."
CONSEQUENCE_PLAN = (
    "If the final sterility result is positive: stop the infusion, tell the physician at once, then recall."
)
PHYSICIAN = "Example letter EX-{lot} of the treating physician"
TOLD = "Example note EX-{lot}: told by telephone, then in writing"


@dataclass(frozen=True)
class Words:
    """Shares are between 0 and 1."""

    share_asked: float = 0.35
    share_answered: float = 0.85
    share_commented: float = 0.12
    share_deviation: float = 0.5
    share_closed: float = 0.65
    share_rejected_critical: float = 0.55
    share_supplied: float = 0.35
    share_recalled: float = 0.5
    often_false: tuple[str, ...] = ("TRD-UNUSUAL-MULTI", "TRD-UNUSUAL")
    concluded: str = (
        "Corrective action done and seen to work; the lot was decided on with this deviation known."
    )
    rejected: str = "The lot does not meet what it must; the deviation says why. It is destroyed."
    stated: str = "Seen in the file of the lot."

    @property
    def assessed(self) -> dict[str, str]:
        """By impact: why."""
        return {
            "none": "Investigated with the site: it does not touch the product.",
            "justified": "Investigated: the risk for the patient is understood and outweighed; see the report.",
            "reject": "Investigated: that the product is as it must be cannot be shown any more.",
        }


WORDS = Words()
