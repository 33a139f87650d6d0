"""Score a review against the truth: which planted defects were found, and which alarms were false."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from onelot.kernel.refusals import refuse
from onelot.review.statistics import Rate
from onelot.simulation.truth import PlantedDefect, TrueLot, Truth


class ScoredFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One exception as a review reports it; other fields of its record are passed over."""

    lot: str
    check: str
    variant: str = ""
    subject: str = ""
    sentence: str = ""
    accepted_because: str = ""


@dataclass(frozen=True)
class Missed:
    """A planted defect that no finding names."""

    lot: str
    planted: PlantedDefect


@dataclass
class Score:
    """What a review found of what was planted; exact binomial intervals at 95 %."""

    planted: int = 0
    found: int = 0
    kinds: set[str] = field(default_factory=set)
    missed: list[Missed] = field(default_factory=list)
    false_alarms: list[ScoredFinding] = field(default_factory=list)
    """Findings that no planted defect explains and that a person would have to look at."""
    good_lots: int = 0
    good_lots_held: int = 0
    bad_lots: int = 0
    bad_lots_held: int = 0

    @property
    def sensitivity(self) -> Rate:
        """Share of planted defects that were found."""
        return Rate.of(self.found, self.planted)

    @property
    def specificity(self) -> Rate:
        """Share of good lots that passed without a person."""
        return Rate.of(self.good_lots - self.good_lots_held, self.good_lots)


def score(truth: Truth, findings: Iterable[ScoredFinding], reviewed: Iterable[str] | None = None) -> Score:
    """Compare findings with the truth.

    A planted defect is found if a finding of its lot has its check and variant and names its subject. A finding that
    the review accepts by itself is never a false alarm. ``reviewed``: the lots that were reviewed; a lot of
    the truth that is not among them counts as missed. Raises Refused (``simulation.lot_unknown``).
    """
    by_lot: dict[str, list[ScoredFinding]] = {}
    for finding in findings:
        by_lot.setdefault(finding.lot, []).append(finding)
    known = {lot.lot for lot in truth.lots}
    unknown = sorted((by_lot.keys() | set(reviewed or ())) - known)
    if unknown:
        raise refuse(
            "simulation.lot_unknown", "The review names a lot that the simulation does not have.",
            expected=f"lots of the simulation with seed {truth.seed}", got=", ".join(unknown[:5]),
        )  # fmt: skip
    result = Score()
    for lot in truth.lots:
        _add(result, lot, by_lot)
    return result


def _add(result: Score, lot: TrueLot, by_lot: Mapping[str, list[ScoredFinding]]) -> None:
    found = by_lot.get(lot.lot, [])
    open_findings = [finding for finding in found if not finding.accepted_because]
    explained = {check for planted in lot.planted for check in planted.also}
    for planted in lot.planted:
        result.planted += 1
        result.kinds.add(planted.defect)
        if any(_names(finding, planted) for finding in found):
            result.found += 1
        else:
            result.missed.append(Missed(lot.lot, planted))
    result.false_alarms += [finding for finding in open_findings if finding.check not in explained]
    if lot.planted:
        result.bad_lots += 1
        result.bad_lots_held += bool(open_findings)
    else:
        result.good_lots += 1
        result.good_lots_held += bool(open_findings)


def _names(finding: ScoredFinding, planted: PlantedDefect) -> bool:
    return (
        finding.check == planted.check
        and finding.variant in {planted.variant, ""}
        and planted.subject in f"{finding.subject} {finding.sentence}"
    )
