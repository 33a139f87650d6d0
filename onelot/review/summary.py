"""What a head of quality wants to know of many verdicts: how much was read, what is held, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from onelot.review.verdict import Finding, LotVerdict, Severity

SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "information")


@dataclass(frozen=True)
class Effort:
    """Minutes of a reviewer's time. Stand-ins until a site has measured its own; printed with every estimate.

    ``whole_record`` is the low end of the 4 to 8 hours that vendors quote for a paper record.
    """

    critical: int = 30
    major: int = 15
    minor: int = 5
    information: int = 1
    whole_record: int = 240

    def of(self, finding: Finding) -> int:
        """Minutes to decide one finding."""
        minutes: int = getattr(self, finding.severity)
        return minutes


@dataclass
class Tally:
    """Lots and findings of one group (a site, a check, a severity)."""

    lots: int = 0
    held: int = 0
    findings: int = 0


@dataclass
class Summary:
    """Counts over all lots given; findings that the policy accepts by itself are counted apart."""

    lots: int = 0
    data_points: int = 0
    without_finding: int = 0
    held: int = 0
    findings: int = 0
    accepted: int = 0
    minutes: int = 0
    minutes_reading_everything: int = 0
    items: int = 0
    covered: int = 0
    could_not_run: int = 0
    by_severity: Counter[str] = field(default_factory=Counter)
    by_check: dict[str, Tally] = field(default_factory=dict)
    by_site: dict[str, Tally] = field(default_factory=dict)


def summarise(lots: Iterable[LotVerdict], effort: Effort) -> Summary:
    """Add up the verdicts. Pure; one pass."""
    summary = Summary()
    for lot in lots:
        _add_lot(summary, lot, effort)
    return summary


def _add_lot(summary: Summary, lot: LotVerdict, effort: Effort) -> None:
    summary.lots += 1
    summary.data_points += lot.data_points
    summary.items += lot.coverage.items
    summary.covered += lot.coverage.covered
    summary.could_not_run += sum(run.status == "could_not_run" for run in lot.checks)
    summary.minutes_reading_everything += effort.whole_record
    for_people = [finding for finding in lot.findings if not finding.accepted_because]
    summary.accepted += len(lot.findings) - len(for_people)
    summary.findings += len(for_people)
    summary.without_finding += not lot.findings
    summary.held += lot.held
    site = summary.by_site.setdefault(lot.site, Tally())
    site.lots += 1
    site.held += lot.held
    site.findings += len(for_people)
    for check in {finding.check for finding in for_people}:
        summary.by_check.setdefault(check, Tally()).lots += 1
    for finding in for_people:
        summary.by_severity[finding.severity] += 1
        summary.by_check[finding.check].findings += 1
        summary.minutes += effort.of(finding)
