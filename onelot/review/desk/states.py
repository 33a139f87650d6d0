"""For whom a lot waits, and what may be done with an exception: tables, and pure functions over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["open", "asked", "accepted", "false_alarm", "deviation", "by_policy"]
Act = Literal["decide", "withdraw", "ask", "answer"]
WaitsFor = Literal["review", "decision", "site", "signature", "disposition", "nobody"]

MOVES: dict[tuple[State, Act], tuple[State, ...]] = {
    ("open", "decide"): ("accepted", "false_alarm", "deviation"),
    ("open", "ask"): ("asked",),
    ("asked", "answer"): ("open",),
    ("asked", "decide"): ("accepted", "false_alarm", "deviation"),
    ("accepted", "withdraw"): ("open",),
    ("false_alarm", "withdraw"): ("open",),
    ("deviation", "withdraw"): ("open",),
}
"""From a state, by an act, to one of these states; everything else is refused."""

RANKS = {"critical": 0, "major": 1, "minor": 2, "information": 3}
NONE_OPEN = 4


@dataclass(frozen=True)
class Standing:
    """What is known of a lot's exceptions."""

    is_reviewed: bool
    is_signed: bool
    """Whether the last review was signed."""
    undecided: int
    asked: int
    is_closed: bool = False
    """Whether the last decision on the lot's disposition is a terminal one."""


def lane_of(waits: str, exceptions: int) -> str:
    """The lane of the desk's queue for a lot that waits for ``waits`` and has so many exceptions."""
    if waits == "signature":
        return "decided" if exceptions else "clean"
    return {"decision": "exceptions", "site": "exceptions", "review": "unread", "nobody": "closed"}.get(
        waits, waits
    )


def waits_for(standing: Standing) -> WaitsFor:
    """Who must act next on a lot."""
    if standing.is_closed:
        return "nobody"
    if not standing.is_reviewed:
        return "review"
    if standing.undecided:
        return "decision"
    if standing.asked:
        return "site"
    return "disposition" if standing.is_signed else "signature"
