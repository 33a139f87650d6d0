"""What a review returns. Canonical JSON of a ``Verdict`` is the review's bytes: same input, same bytes."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["critical", "major", "minor", "information"]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger entry that proves a finding, and its place in the source document."""

    position: int
    document: str = ""
    place: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """An exception raised by a check (glossary: ``exception_finding``)."""

    check: str
    variant: str
    severity: Severity
    lot: str
    subject: str
    """Full path of the phase, parameter, material ... concerned."""
    sentence: str
    """What a reviewer reads."""
    expected: str
    observed: str
    detail: str
    criticality: str
    clause: str
    evidence: tuple[Evidence, ...]
    accepted_because: str = ""
    """The policy's justification, where it accepts this finding without a person."""


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    """Silence is not a pass: each check says what it did for this lot."""

    check: str
    status: Literal["ran", "nothing_to_check", "could_not_run", "left_out"]
    inputs: dict[str, int]
    """Rows it read for this lot, by table."""
    findings: int
    why: str = ""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the record at least one rule looks at."""

    items: int
    covered: int
    uncovered: tuple[str, ...]
    """Sorted names of what no rule looks at."""


class LotVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The review of one lot for its intended market."""

    lot: str
    coi_identifier: str
    product: str
    site: str
    intended_market: str
    data_points: int
    findings: tuple[Finding, ...]
    checks: tuple[CheckRun, ...]
    coverage: Coverage

    @property
    def held(self) -> bool:
        """Whether a person must look: any finding that the policy does not accept by itself."""
        return any(not finding.accepted_because for finding in self.findings)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A whole review: its inputs by name and digest, and one verdict a lot, sorted by lot."""

    engine: str
    mbr: str
    mbr_version: str
    mbr_digest: str
    policy: str
    policy_version: str
    policy_digest: str
    baseline_digest: str
    lots: tuple[LotVerdict, ...]
