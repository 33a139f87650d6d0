"""Measured figures, and processes of their own to measure in."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure; the goal is a lower bound, unless ``most`` says that it is an upper one."""

    what: str
    reached: float
    goal: float | None
    unit: str
    peer: str
    most: bool = False

    def line(self) -> str:
        """As a row of the printed table."""
        goal, verdict = "", ""
        if self.goal is not None:
            good = self.reached <= self.goal if self.most else self.reached >= self.goal
            goal = f"{'<=' if self.most else '>='} {number(self.goal)}"
            verdict = "reached" if good else "MISSED"
        return (
            f"{self.what:<46} {number(self.reached):>12} {self.unit:<10} {goal:<13} {verdict:<8} {self.peer}"
        )


def number(value: float) -> str:
    """With as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def in_own_process(module: str, *arguments: str) -> dict[str, Any]:
    """What ``python -m module arguments`` prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def memory(name: str) -> float:
    """MiB that Linux counts for this process: ``VmRSS`` now, ``VmHWM`` at most so far.

    Not getrusage: its peak is inherited from the parent process.
    """
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024
