"""Shared intermediate tables: built once a run, in the order of their file names, and read by many checks."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.review.headers import BUILT_IN_STEPS, Step, parse_step


@cache
def steps() -> tuple[Step, ...]:
    """All steps in running order; each reads only steps before it.

    Raises Refused with every error of every file (``review.bad_header``).
    """
    found: list[Step] = []
    wrong: list[Refusal] = []
    for path in sorted(Path(__file__).parent.glob("*.sql")):
        known = {*BUILT_IN_STEPS, *(step.name for step in found)}
        try:
            step = parse_step(path.read_text(encoding="utf-8"), path.name)
            if path.stem.partition("_")[2] != step.name:
                raise refuse(
                    "review.bad_header", "A step is named like its file.", where=path.name, got=step.name
                )
            for name in step.steps:
                if name not in known:
                    raise refuse(
                        "review.bad_header", "No such step before this one.", where=path.name, got=name
                    )
        except Refused as refused:
            wrong += refused.refusals
        else:
            found.append(step)
    if wrong:
        raise Refused(wrong)
    return tuple(found)
