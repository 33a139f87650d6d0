"""What people decided about closed lots: the truth that a back-test measures a policy against.

A file ``decisions.json`` in the archive (or named on the command line)::

    {"format": "onelot-decisions/1",
     "lots": [{"lot": "LOT-7",
               "exceptions": [
                 {"check": "RNG-ACTION", "subject": "U/O/P/ph", "verdict": "true_exception",
                  "severity": "major", "reason": "DEV-102", "decided_by": ["qa_01", "qa_02"]},
                 {"check": "LAT-ENTRY", "subject": "U/O/P/volume", "verdict": "false_alarm",
                  "reason": "clock of the tablet"}]}]}

A lot that is listed was reviewed completely by people: what they did not list, they did not find.
A true exception that no check stands for has an empty ``check``; a false alarm always names the check
that raised it. An empty ``subject`` is every subject of the check.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.review.verdict import Finding, Severity


class DecidedException(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One exception that people judged; ``severity`` is the class they gave it."""

    subject: str
    verdict: Literal["true_exception", "false_alarm"]
    check: str = ""
    severity: Severity | None = None
    reason: str = ""
    decided_by: tuple[str, ...] = ()
    """Who judged; two people who do not know who raised it (pseudonyms)."""

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding is what people judged here."""
        return self.check in ("", finding.check) and self.subject in ("", finding.subject)


class ClosedLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot whose record people reviewed completely, with everything they judged."""

    lot: str
    exceptions: tuple[DecidedException, ...] = ()


class Decisions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The closed lots, each once."""

    format: Literal["onelot-decisions/1"]
    lots: tuple[ClosedLot, ...]


def load_decisions(data: bytes, name: str) -> dict[str, ClosedLot]:
    """Closed lots by their numbers. Raises Refused (``review.bad_decisions``), all faults at once."""
    try:
        decisions = msgspec.json.decode(data, type=Decisions)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refuse(
            "review.bad_decisions",
            "This is not a file of decisions.",
            where=name,
            expected='{"format": "onelot-decisions/1", "lots": [...]}',
            got=str(error),
        ) from error
    faults = [
        _fault(f"{name}: lot {lot}", "each lot once", f"{times} times")
        for lot, times in Counter(closed.lot for closed in decisions.lots).items()
        if times > 1
    ]
    for closed in decisions.lots:
        faults += _faults(f"{name}: lot {closed.lot}", closed)
    if faults:
        raise Refused(faults)
    return {closed.lot: closed for closed in decisions.lots}


def _faults(where: str, closed: ClosedLot) -> list[Refusal]:
    faults = []
    for decided in closed.exceptions:
        if decided.verdict == "false_alarm" and not decided.check:
            faults.append(_fault(where, "the check that raised the false alarm", "an empty check"))
        if not (decided.check or decided.subject):
            faults.append(_fault(where, "a check, a subject, or both", "neither"))
    for (check, subject), times in Counter((item.check, item.subject) for item in closed.exceptions).items():
        if times > 1:
            faults.append(_fault(where, "one decision on an exception", f"{times} on {check} {subject}"))
    return faults


def _fault(where: str, expected: str, got: str) -> Refusal:
    return Refusal(
        "review.bad_decisions", "The decisions are not sound.", where=where, expected=expected, got=got
    )
