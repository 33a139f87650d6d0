"""Back-test: a whole archive under a new policy or MBR, against the old one and against what people decided.

The evidence with which a review-by-exception policy is qualified. Nothing is appended to any ledger.
Counted are findings that go to a person: one that the policy accepts by itself finds nothing for anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Literal

import msgspec

from onelot.facts.archive import Archive
from onelot.review.archive import ROWS_AT_ONCE, Reviewers, Version, facts_by_mbr
from onelot.review.decisions import ClosedLot
from onelot.review.qualification import Figures, Qualification
from onelot.review.verdict import Finding, LotVerdict


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One exception that differs between old and new; ``before`` or ``after`` is None where there is none."""

    kind: Literal["appears", "vanishes", "changes"]
    check: str
    variant: str
    subject: str
    before: Finding | None
    after: Finding | None


class LotComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One lot under both; a lot that could not be reviewed says why and has no changes."""

    lot: str
    held_before: bool = False
    held_after: bool = False
    changes: tuple[Change, ...] = ()
    not_reviewed: str = ""

    @property
    def differs(self) -> bool:
        """Whether there is anything that somebody must look at."""
        return bool(self.changes or self.not_reviewed) or self.held_before != self.held_after


class CheckChanges(msgspec.Struct, kw_only=True):
    """How one check changes: lots in which it ran, and exceptions by kind of change."""

    ran_before: int = 0
    ran_after: int = 0
    appears: int = 0
    vanishes: int = 0
    changes: int = 0


class Summary(msgspec.Struct, kw_only=True):
    """Counts over the archive. Without an old policy or MBR the figures ``*_before`` are those of the new."""

    lots: int = 0
    lots_not_reviewed: int = 0
    lots_of_another_version: int = 0
    """Lots made after another version of the MBR than the new one, judged as if they followed it."""
    lots_changed: int = 0
    held_before: int = 0
    held_after: int = 0
    newly_held: int = 0
    no_longer_held: int = 0
    findings_before: int = 0
    findings_after: int = 0
    checks: dict[str, CheckChanges] = {}
    decided_lots: int = 0
    decided_lots_absent: tuple[str, ...] = ()
    """Closed lots that the archive does not hold, or that could not be reviewed."""
    before: tuple[Figures, ...] = ()
    after: tuple[Figures, ...] = ()

    @property
    def same(self) -> bool:
        """Whether every lot was reviewed and none changes."""
        return not (self.lots_not_reviewed or self.lots_changed or self.decided_lots_absent)


class Backtest:
    """Compares two sets of reviewers over an archive; ``old`` None compares with nothing."""

    def __init__(
        self,
        *,
        old: Reviewers | None,
        new: Reviewers,
        decisions: Mapping[str, ClosedLot],
    ) -> None:
        self._old = old
        self._new = new
        self._decisions = decisions
        self._summary = Summary()
        self._before, self._after = Qualification(), Qualification()
        self._decided: set[str] = set()

    def run(self, archive: Archive, rows: int = ROWS_AT_ONCE) -> Iterator[LotComparison]:
        """Every lot of the archive, in order within each range; memory does not grow with the archive."""
        for version, facts in facts_by_mbr(archive, rows):
            after = self._new.review(version, facts)
            before = after if self._old is None else self._old.review(version, facts)
            if after is None or before is None:
                yield from self._not_reviewed(version, facts["lot"]["lot"].unique().to_pylist())
                continue
            if self._new.version_for(version) != version:
                self._summary.lots_of_another_version += len(after)
            for pair in zip(before, after, strict=True):
                yield self._compared(*pair)

    def summary(self) -> Summary:
        """What ``run`` has counted so far."""
        self._summary.decided_lots = len(self._decided)
        self._summary.decided_lots_absent = tuple(sorted(self._decisions.keys() - self._decided))
        if self._decided:
            self._summary.after = self._after.figures()
            self._summary.before = () if self._old is None else self._before.figures()
        return self._summary

    def _not_reviewed(self, version: Version, lots: list[str]) -> Iterator[LotComparison]:
        why = "the record names no master batch record"
        if version[0]:
            why = f"master batch record {version[0]} version {version[1]} was not given"
        for lot in lots:
            self._summary.lots_not_reviewed += 1
            yield LotComparison(lot=lot, not_reviewed=why)

    def _compared(self, before: LotVerdict, after: LotVerdict) -> LotComparison:
        compared = LotComparison(
            lot=after.lot,
            held_before=before.held,
            held_after=after.held,
            changes=changes(before.findings, after.findings),
        )
        self._count(before, after, compared)
        closed = self._decisions.get(after.lot)
        if closed is not None:
            self._decided.add(after.lot)
            self._before.add(before, closed)
            self._after.add(after, closed)
        return compared

    def _count(self, before: LotVerdict, after: LotVerdict, compared: LotComparison) -> None:
        counts = self._summary
        counts.lots += 1
        counts.lots_changed += compared.differs
        counts.held_before += before.held
        counts.held_after += after.held
        counts.newly_held += after.held and not before.held
        counts.no_longer_held += before.held and not after.held
        counts.findings_before += len(before.findings)
        counts.findings_after += len(after.findings)
        for run in before.checks:
            counts.checks.setdefault(run.check, CheckChanges()).ran_before += run.status == "ran"
        for run in after.checks:
            counts.checks.setdefault(run.check, CheckChanges()).ran_after += run.status == "ran"
        for (check, kind), times in Counter((one.check, one.kind) for one in compared.changes).items():
            changed = counts.checks.setdefault(check, CheckChanges())
            setattr(changed, kind, getattr(changed, kind) + times)


_Key = tuple[str, str, str, tuple[int, ...]]


def changes(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> tuple[Change, ...]:
    """How the findings of one lot differ.

    Two findings are the same exception if check, variant, subject and evidence agree. It changes if its
    severity, its acceptance or what was expected does.
    """
    old, new = _by_key(before), _by_key(after)
    found: list[Change] = []
    for key in sorted(old.keys() | new.keys()):
        for one, other in zip_longest(old.get(key, []), new.get(key, [])):
            kind: Literal["appears", "vanishes", "changes"]
            if one is None:
                kind = "appears"
            elif other is None:
                kind = "vanishes"
            elif _judged(one) != _judged(other):
                kind = "changes"
            else:
                continue
            check, variant, subject, _ = key
            found.append(
                Change(kind=kind, check=check, variant=variant, subject=subject, before=one, after=other)
            )
    return tuple(found)


def _by_key(findings: tuple[Finding, ...]) -> dict[_Key, list[Finding]]:
    found: dict[_Key, list[Finding]] = {}
    for finding in findings:
        positions = tuple(item.position for item in finding.evidence)
        found.setdefault((finding.check, finding.variant, finding.subject, positions), []).append(finding)
    return found


def _judged(finding: Finding) -> tuple[str, bool, str]:
    return finding.severity, bool(finding.accepted_because), finding.expected
