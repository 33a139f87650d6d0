"""The states of a version of a document, who moves it from one to the next, and who must not be whom: tables.

21 CFR 211.186(a): prepared, dated and signed by one person, checked, dated and signed by a second; 211.100(a): reviewed
and approved by the units concerned and by the quality control unit; EU GMP 4.2, 4.3. So there are three people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["none", "prepared", "reviewed", "approved", "returned", "withdrawn", "retired"]
Act = Literal["prepare", "review", "approve", "return", "withdraw", "retire"]
Part = Literal["author", "reviewer"]

STATES: tuple[State, ...] = get_args(State)
ACTS: tuple[Act, ...] = get_args(Act)


@dataclass(frozen=True)
class Move:
    """Where an act leads, the permission it needs, and the parts that whoever acts must not have had."""

    to: State
    action: str
    apart: tuple[Part, ...] = ()
    is_own: bool = False
    """Only whoever prepared the version may do so."""


MOVES: Mapping[tuple[State, Act], Move] = {
    ("none", "prepare"): Move("prepared", "document.prepare"),
    ("returned", "prepare"): Move("prepared", "document.prepare"),
    ("withdrawn", "prepare"): Move("prepared", "document.prepare"),
    ("prepared", "review"): Move("reviewed", "document.review", apart=("author",)),
    ("prepared", "return"): Move("returned", "document.review", apart=("author",)),
    ("prepared", "withdraw"): Move("withdrawn", "document.prepare", is_own=True),
    ("reviewed", "approve"): Move("approved", "document.approve", apart=("author", "reviewer")),
    ("reviewed", "return"): Move("returned", "document.approve", apart=("author", "reviewer")),
    ("reviewed", "withdraw"): Move("withdrawn", "document.prepare", is_own=True),
    ("approved", "retire"): Move("retired", "document.approve"),
}
"""From a state, by an act; everything else is refused. What is prepared again is the same content: a version means one
content for ever, and a change is another version."""

USABLE = frozenset({"approved"})
"""Only with such a version a new review is recorded. Reviews that were recorded before it was retired stay."""

OWED: Mapping[State, Literal["reviewer", "quality_head", "author", ""]] = {
    "none": "", "prepared": "reviewer", "reviewed": "quality_head", "approved": "", "returned": "author",
    "withdrawn": "", "retired": "",
}  # fmt: skip
"""Who owes the next step; empty: nobody."""


def acts_from(state: State) -> tuple[Act, ...]:
    """What may be done with a version in this state."""
    return tuple(act for act in ACTS if (state, act) in MOVES)


def diagram() -> str:
    """The page of the states: a diagram and a table, made from the tables above."""
    lines = [
        "# States of a document", "",
        "Made from `onelot/recipes/states.py`. Each version of a master batch record or review policy has one state.",
        "",
        "```mermaid", "stateDiagram-v2",
    ]  # fmt: skip
    lines += [
        f"    {'[*]' if state == 'none' else state} --> {move.to}: {act}"
        for (state, act), move in MOVES.items()
    ]
    lines += ["```", "", "| from | act | to | permission | not by |", "|---|---|---|---|---|"]
    for (state, act), move in MOVES.items():
        apart = "anybody but its author" if move.is_own else ", ".join(f"its {part}" for part in move.apart)
        start = "nothing" if state == "none" else f"`{state}`"
        lines.append(f"| {start} | {act} | `{move.to}` | `{move.action}` | {apart or 'nobody is barred'} |")
    lines += ["", "| state | new reviews with it | owed by |", "|---|---|---|"]
    for state in STATES[1:]:
        owed = OWED[state].replace("_", " ") or "nobody"
        lines.append(f"| `{state}` | {'yes' if state in USABLE else 'no'} | {owed} |")
    return "\n".join(lines) + "\n"
