"""The states of a deviation, as a table."""

from __future__ import annotations

from typing import Literal

State = Literal["open", "assessed", "closed"]
Act = Literal["assess", "close"]

MOVES: dict[tuple[State, Act], State] = {
    ("open", "assess"): "assessed",
    ("assessed", "assess"): "assessed",
    ("assessed", "close"): "closed",
}
"""From a state, by an act, to this state; everything else is refused."""
