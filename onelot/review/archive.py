"""Reviewing an archive: verdicts lot by lot, streamed in ranges of lots so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from onelot.facts.archive import Archive
from onelot.facts.schema import LOT_TABLES
from onelot.recipes.document import LoadedMbr, LoadedPolicy
from onelot.review.engine import Baseline, Reviewer
from onelot.review.headers import Check, Step
from onelot.review.steps import steps
from onelot.review.verdict import LotVerdict

ROWS_AT_ONCE = 500_000
"""Rows of facts in memory at a time, some 200 MB with what the review makes of them."""

Version = tuple[str, str]
"""Id and version of a master batch record, as the head of a lot's record names them."""


class Reviewers:
    """Reviewers for lots of several master batch records under one policy."""

    def __init__(
        self, mbrs: Iterable[LoadedMbr], policy: LoadedPolicy, baseline: Baseline | None = None
    ) -> None:
        self._reviewers = {
            (loaded.mbr.id, loaded.mbr.version): Reviewer(loaded, policy, baseline) for loaded in mbrs
        }

    def version_for(self, made_after: Version) -> Version | None:
        """The MBR to judge lots by that were made after another: the same version, or the only one there is."""
        if made_after in self._reviewers:
            return made_after
        same = [version for version in self._reviewers if version[0] == made_after[0]]
        return same[0] if len(same) == 1 else None

    def review(self, made_after: Version, facts: Mapping[str, pa.Table]) -> tuple[LotVerdict, ...] | None:
        """The verdicts of lots of one MBR; None where there is no reviewer for them.

        Where the version differs, the lots are judged as if their records named the version they are judged by:
        otherwise each would say only that it was made after another.
        """
        version = self.version_for(made_after)
        if version is None:
            return None
        judged = facts if version == made_after else {**facts, "lot": _made_after(version, facts["lot"])}
        return self._reviewers[version].review(judged).lots


def facts_by_mbr(archive: Archive, rows: int = ROWS_AT_ONCE) -> Iterator[tuple[Version, dict[str, pa.Table]]]:
    """Facts of the archive in ranges of about ``rows`` rows, apart by the master batch record of the lots.

    A lot follows the MBR that its first head names; ("", "") where it has none. Site tables are in every
    range.
    """
    for lots in archive.ranges(rows):
        facts = archive.facts(lots)
        of_mbr: dict[Version, list[str]] = {}
        for lot, version in _mbr_of_lots(facts["lot"]).items():
            of_mbr.setdefault(version, []).append(lot)
        for version, chosen in sorted(of_mbr.items()):
            yield version, facts if len(of_mbr) == 1 else _of_lots(facts, chosen)


def review_archive(archive: Archive, reviewers: Reviewers) -> Iterator[LotVerdict]:
    """The verdict of every lot whose MBR has a reviewer; other lots are left out."""
    for version, facts in facts_by_mbr(archive):
        yield from reviewers.review(version, facts) or ()


def steps_for(checks: Iterable[Check]) -> tuple[Step, ...]:
    """The shared steps that some checks need, in running order; the conversion of units needs one of them."""
    by_name = {step.name: step for step in steps()}
    needed: set[str] = set()
    waiting = ["noted_entry", *(name for check in checks for name in check.steps)]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in needed:
            needed.add(name)
            waiting += by_name[name].steps
    return tuple(step for step in steps() if step.name in needed)


def _mbr_of_lots(heads: pa.Table) -> dict[str, Version]:
    ordered = heads.sort_by([("position", "ascending"), ("completed_position", "ascending")])
    found: dict[str, Version] = {}
    for lot, *version in zip(
        *(ordered[name].to_pylist() for name in ("lot", "mbr", "mbr_version")), strict=True
    ):
        found.setdefault(lot, (version[0], version[1]))
    return found


def _made_after(version: Version, heads: pa.Table) -> pa.Table:
    same = pc.equal(heads["mbr"], version[0])
    named = pc.if_else(same, version[1], heads["mbr_version"])
    return heads.set_column(heads.column_names.index("mbr_version"), heads.schema.field("mbr_version"), named)


def _of_lots(facts: Mapping[str, pa.Table], lots: list[str]) -> dict[str, pa.Table]:
    chosen = pa.array([*lots, ""], pa.string())  # "": where the rows of site tables come from
    return {
        name: table.filter(pc.is_in(table["lot"], chosen)) if name in LOT_TABLES else table
        for name, table in facts.items()
    }
