"""How well a review finds what people found: sensitivity, specificity and precision, with exact intervals.

- Sensitivity: of the true exceptions that people found, the share that the review brings to a person.
- Specificity of a check: of the closed lots in which it ran and people found no true exception of its kind,
  the share in which it brought nothing to a person. Over all checks: of the lots without any true exception,
  the share that the review would not have held.
- Precision: of the findings that people judged, the share that were true exceptions. Findings about which
  nothing was decided are counted apart.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from onelot.review.decisions import ClosedLot, DecidedException
from onelot.review.statistics import Rate
from onelot.review.verdict import Finding, LotVerdict, Severity

SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "information")

_Group = tuple[str, str]
_ALL: _Group = ("all", "")


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The three rates of all lots (``by`` is ``all``), of one check, or of one class (severity)."""

    by: str
    name: str
    """The check or the class. An empty check: exceptions that people found by reading, without a check."""
    sensitivity: Rate
    specificity: Rate
    precision: Rate
    undecided: int
    """Findings that went to a person and about which nothing was decided."""


class Qualification:
    """Adds up closed lots, one verdict after the other."""

    def __init__(self) -> None:
        self._true: Counter[_Group] = Counter()
        self._found: Counter[_Group] = Counter()
        self._without: Counter[_Group] = Counter()
        self._silent: Counter[_Group] = Counter()
        self._judged: Counter[_Group] = Counter()
        self._right: Counter[_Group] = Counter()
        self._undecided: Counter[_Group] = Counter()

    def add(self, verdict: LotVerdict, closed: ClosedLot) -> None:
        """Count one closed lot."""
        raised = [finding for finding in verdict.findings if not finding.accepted_because]
        true = [decided for decided in closed.exceptions if decided.verdict == "true_exception"]
        false = [decided for decided in closed.exceptions if decided.verdict == "false_alarm"]
        for decided in true:
            groups = _groups(decided.check, decided.severity)
            self._true.update(groups)
            if any(decided.concerns(finding) for finding in raised):
                self._found.update(groups)
        for finding in raised:
            self._add_finding(finding, true, false)
        self._add_silence(verdict, raised, true)

    def _add_finding(
        self, finding: Finding, true: list[DecidedException], false: list[DecidedException]
    ) -> None:
        groups = _groups(finding.check, finding.severity)
        right = any(decided.concerns(finding) for decided in true)
        if right or any(decided.concerns(finding) for decided in false):
            self._judged.update(groups)
            if right:
                self._right.update(groups)
        else:
            self._undecided.update(groups)

    def _add_silence(self, verdict: LotVerdict, raised: list[Finding], true: list[DecidedException]) -> None:
        if not true:
            self._count_silence(_ALL, silent=not raised)
        for severity in SEVERITIES:
            if all(decided.severity not in (None, severity) for decided in true):
                silent = all(finding.severity != severity for finding in raised)
                self._count_silence(("class", severity), silent=silent)
        for run in verdict.checks:
            if run.status == "ran" and all(decided.check not in ("", run.check) for decided in true):
                silent = all(finding.check != run.check for finding in raised)
                self._count_silence(("check", run.check), silent=silent)

    def _count_silence(self, group: _Group, *, silent: bool) -> None:
        self._without[group] += 1
        self._silent[group] += silent

    def figures(self) -> tuple[Figures, ...]:
        """All lots first, then classes, then checks; groups about which nothing is known are left out."""
        known = self._true.keys() | self._without.keys() | self._judged.keys() | self._undecided.keys()
        order = {"all": 0, "class": 1, "check": 2}
        return tuple(
            Figures(
                by=group[0],
                name=group[1],
                sensitivity=Rate.of(self._found[group], self._true[group]),
                specificity=Rate.of(self._silent[group], self._without[group]),
                precision=Rate.of(self._right[group], self._judged[group]),
                undecided=self._undecided[group],
            )
            for group in sorted(known, key=lambda group: (order[group[0]], _rank(group[1]), group[1]))
        )


def _groups(check: str, severity: Severity | None) -> list[_Group]:
    by_class: list[_Group] = [("class", severity)] if severity else []
    return [_ALL, ("check", check), *by_class]


def _rank(name: str) -> int:
    return SEVERITIES.index(name) if name in SEVERITIES else len(SEVERITIES)
