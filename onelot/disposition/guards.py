"""Holds, for every writer, that nothing changes the record of a lot after a terminal decision on it.

The record, the decisions on its exceptions and its review stand as they were decided on. What comes after is still
told: shipment, reading of identifiers at infusion, deviations and complaints, comments, another look by the machine,
and a new decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from onelot.disposition.models import Standing
from onelot.disposition.states import USABLE
from onelot.execution import events as execution
from onelot.identity.events import InfusionRecorded, LabelsReconciled, ThawStarted
from onelot.intake.events import ContentUnmapped, DocumentSuperseded
from onelot.kernel.events import Event
from onelot.kernel.refusals import refuse
from onelot.kernel.said import word
from onelot.ledger.entry import Draft
from onelot.review.desk import events as desk

CHANGES_THE_RECORD: frozenset[type[Event]] = frozenset(
    {
        *execution.EVENTS, LabelsReconciled, ContentUnmapped, DocumentSuperseded, desk.FindingDecided,
        desk.DecisionWithdrawn, desk.QuestionAsked, desk.QuestionAnswered, desk.FindingAssigned, desk.ReviewSigned,
    }
)  # fmt: skip
"""Events that a closed lot does not take."""

_LOTS_A_QUERY = 500


def refuse_changes_to_closed_lots(drafts: Sequence[Draft]) -> None:
    """Raises Refused (``disposition.closed``) where a draft changes the record of a lot that was finally decided on."""
    lots = sorted(
        {
            tag.partition(":")[2]
            for draft in drafts
            if type(draft.event) in CHANGES_THE_RECORD
            for tag in draft.tags
            if tag.startswith("lot:")
        }
    )
    for first in range(0, len(lots), _LOTS_A_QUERY):
        last: dict[str, Standing] = {}
        some = lots[first : first + _LOTS_A_QUERY]
        for standing in Standing.objects.filter(lot__in=some).order_by("position"):
            last[standing.lot] = standing
        for lot, standing in last.items():
            if standing.is_closed:
                raise refuse(
                    "disposition.closed", "The lot was finally decided on, so its record is not changed any more.",
                    where=lot, expected="a lot that is not closed", got=word(standing.state.replace("_", " ")),
                    hint="Report a deviation; to open the record again, its decision must be withdrawn.",
                )  # fmt: skip


def refuse_use_of_lots_not_released(drafts: Sequence[Draft]) -> None:
    """Raises Refused (``disposition.not_released``) where a lot is thawed or infused that no decision let go.

    Whoever writes it: nobody gives a patient a lot that is in quarantine, rejected, withdrawn or recalled.
    """
    for draft in drafts:
        event = draft.event
        if not isinstance(event, ThawStarted | InfusionRecorded):
            continue
        states = list(
            Standing.objects.filter(lot=event.lot).order_by("position").values_list("state", flat=True)
        )
        if not states or states[-1] not in USABLE:
            raise refuse(
                "disposition.not_released", "This lot may not be given: no decision has released it.", where=event.lot,
                expected="a lot that was released, or supplied exceptionally",
                got=states[-1].replace("_", " ") if states else "undecided",
                hint="Do not thaw it. Ask the sponsor's quality assurance.",
            )  # fmt: skip
