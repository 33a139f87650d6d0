"""Work that tests ask for. Each leaves one event in the ledger, however often it was begun."""

from __future__ import annotations

import time
from datetime import timedelta

from onelot.execution.events import CommentRecorded
from onelot.jobs.kinds import Kind, Outcome, Periodic, Place, Work
from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query

MODULE = "tests.jobs.kinds"
BEGUN: list[str] = []
"""Names of work as it was begun, in this process."""


def leave(work: Work) -> Outcome:
    """A step at a time, slowly where asked to; appending twice is refused by the condition, and harmless."""
    name, pause = str(work.arguments["name"]), float(str(work.arguments.get("pause", "0")))
    BEGUN.append(name)
    for step in range(4):
        work.tell(step / 4, f"step {step} of 4")
        time.sleep(pause)
    tag = f"work:{name}"
    event = CommentRecorded(lot="L1", subject=name, text="done")
    draft = Draft(event=event, actor="system:test", occurred_at=work.place.clock(), tags=(tag,))
    try:
        work.place.ledger.append([draft], unless=Query(tags=(tag,)))
    except Refused as refused:
        if refused.refusals[0].code != "ledger.condition_failed":
            raise
    return Outcome(f"left {name}", work.place.evidence.put(name.encode()), f"{name}.txt")


def fail(work: Work) -> Outcome:
    """Raises what it is told to."""
    BEGUN.append("fail")
    if work.arguments["how"] == "refused":
        raise refuse("test.no", "This cannot be done.", where="here")
    if work.arguments["how"] == "passing":
        raise refuse("ledger.condition_failed", "Somebody was faster.")
    raise ValueError("broken")


def tick(_place: Place) -> None:
    BEGUN.append("tick")


KINDS = (
    Kind("test.leave", "Leave a mark", leave, permission="ledger.verify"),
    Kind("test.fail", "Fail", fail, attempts=3),
)
PERIODIC = (Periodic("tick", timedelta(minutes=1), tick),)
