"""What may be decided of a lot for one market, from which state, and what that asks for: tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from onelot.disposition.events import DecisionCode

State = Literal["undecided"] | DecisionCode
"""A lot is in the state that the last decision on it names; ``undecided`` before the first one."""

DECISIONS: tuple[DecisionCode, ...] = get_args(DecisionCode)
STATES: tuple[str, ...] = ("undecided", *DECISIONS)

MOVES: Mapping[str, tuple[DecisionCode, ...]] = {
    "undecided": (
        "released", "released_conditionally", "shipped_under_quarantine", "supplied_exceptionally", "rejected",
        "cancelled",
    ),
    "shipped_under_quarantine": (
        "released", "released_conditionally", "supplied_exceptionally", "rejected", "cancelled", "recalled",
    ),
    "released_conditionally": ("confirmed", "late_out_of_specification", "withdrawn", "recalled"),
    "late_out_of_specification": ("supplied_exceptionally", "withdrawn", "recalled"),
    "withdrawn": (
        "released", "released_conditionally", "supplied_exceptionally", "rejected", "cancelled", "recalled",
    ),
    "released": ("withdrawn", "recalled"),
    "confirmed": ("withdrawn", "recalled"),
    "supplied_exceptionally": ("withdrawn", "recalled"),
    "rejected": ("supplied_exceptionally", "withdrawn"),
    "cancelled": ("withdrawn",),
    "recalled": (),
}  # fmt: skip
"""From each state, the decisions that may supersede it; everything else is refused."""

CLOSED = frozenset({"released", "confirmed", "supplied_exceptionally", "rejected", "recalled", "cancelled"})
"""Terminal: the record stands as it was decided on. It opens again only when the decision is withdrawn."""

RELEASING = frozenset({"released", "released_conditionally", "confirmed"})
"""The lot was found to be as it should be: every rule on content applies."""

USABLE = RELEASING | {"supplied_exceptionally"}
"""The lot may be given to its patient."""

PROTECTING = frozenset({"late_out_of_specification", "withdrawn", "recalled", "cancelled"})
"""These keep a lot from a patient, or say that there is none: no missing paper may delay them."""

FINAL = frozenset({"released", "confirmed"})
"""These want every result to be final."""


@dataclass(frozen=True)
class Duty:
    """Who may decide so, what the signature means, and what must be given with it."""

    meaning: Literal["approved", "released", "rejected"]
    """A QP's release is ``certified``, see ``meaning_of``."""
    actions: tuple[str, ...]
    """Any of these permissions; the release of a lot takes that of its market instead."""
    wants: tuple[str, ...] = ()
    """Fields of the decision that must not be empty."""


DUTIES: Mapping[DecisionCode, Duty] = {
    "released": Duty("released", ()),
    "released_conditionally": Duty("released", (), ("consequence_plan",)),
    "confirmed": Duty("released", ()),
    "late_out_of_specification": Duty("approved", ("lot.release", "lot.certify"), ("informed",)),
    "shipped_under_quarantine": Duty("approved", ("lot.release",)),
    "supplied_exceptionally": Duty("approved", ("lot.supply_exceptionally",), ("request", "acceptance")),
    "rejected": Duty("rejected", ("lot.reject",)),
    "withdrawn": Duty("approved", ("lot.release", "lot.certify")),
    "recalled": Duty("approved", ("lot.release", "lot.certify"), ("informed",)),
    "cancelled": Duty("approved", ("lot.release",)),
}


def diagram() -> str:
    """The page of the states: a diagram and a table, made from the tables above."""
    lines = [
        "# States of a disposition", "",
        "Made from `onelot/disposition/states.py`. A lot has one state for each market that it is intended for.", "",
        "```mermaid", "stateDiagram-v2", "    [*] --> undecided",
    ]  # fmt: skip
    lines += [f"    {state} --> {decision}" for state, decisions in MOVES.items() for decision in decisions]
    lines += ["```", "", "| state | terminal | may be superseded by |", "|---|---|---|"]
    for state in STATES:
        after = ", ".join(f"`{decision}`" for decision in MOVES[state]) or "nothing"
        lines.append(f"| `{state}` | {'yes' if state in CLOSED else 'no'} | {after} |")
    lines += ["", "| decision | signature means | must be given |", "|---|---|---|"]
    for decision, duty in DUTIES.items():
        meaning = (
            f"{duty.meaning}, or certified where a QP releases" if decision in RELEASING else duty.meaning
        )
        given = ", ".join(["reason", *(want.replace("_", " ") for want in duty.wants)])
        lines.append(f"| `{decision}` | {meaning} | {given} |")
    return "\n".join(lines) + "\n"
