"""Defects of final results that come after the record, when the lot may have been released for shipment already."""

from __future__ import annotations

from onelot.execution.events import ResultReported
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench
from onelot.simulation.record import late_results


def _late(work: Workbench) -> ResultReported:
    found = late_results(work.record.events)
    return work.choose([event for event in found if isinstance(event, ResultReported)])


@plants("SPC-RESULT", "text", "SPC-REPEAT", late=True)
def grew_late(work: Workbench) -> str:
    """A sterility test that was negative to date at first, and grew in the end."""
    return work.change(_late(work), value="growth").test


@plants("SPC-REPEAT", "invalidated_without_reason", late=True)
def invalidated_late(work: Workbench) -> str:
    """A sterility test that was negative to date at first, and was invalidated in the end without a reason."""
    return work.change(_late(work), status="invalidated", reason="").test


@plants("SPC-REPORT", "not_reviewed", late=True)
def not_reviewed_late(work: Workbench) -> str:
    """A late final result that nobody reviewed."""
    return work.change(_late(work), reviewed_by="", reviewed_at=None).test
