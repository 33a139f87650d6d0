"""The catalogue of checks: every ``.sql`` file beside this one is one rule of the review."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.review.headers import BUILT_IN_STEPS, Check, parse_check
from onelot.review.steps import steps


@cache
def catalogue() -> tuple[Check, ...]:
    """All checks, sorted by id.

    Raises Refused with every error of every file (``review.bad_header``, ``review.check_twice``).
    """
    found: dict[str, Check] = {}
    wrong: list[Refusal] = []
    known = {*BUILT_IN_STEPS, *(step.name for step in steps())}
    for path in sorted(Path(__file__).parent.glob("*.sql")):
        try:
            check = parse_check(path.read_text(encoding="utf-8"), path.name)
            for step in check.steps:
                if step not in known:
                    raise refuse("review.bad_header", "No such step.", where=f"{path.name}: steps", got=step)
            if check.id in found:
                raise refuse("review.check_twice", "Two files have one id.", where=path.name, got=check.id)
        except Refused as refused:
            wrong += refused.refusals
        else:
            found[check.id] = check
    if wrong:
        raise Refused(wrong)
    return tuple(found[id_] for id_ in sorted(found))
