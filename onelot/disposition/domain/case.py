"""What is known of a lot when somebody is to decide on it: values only, read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from onelot.disposition.domain.markets import Basis, Statement
from onelot.recipes.model import Market, Specification
from onelot.review.verdict import LotVerdict, Severity

ResultState = Literal["final", "negative_to_date", "pending", "invalidated", "absent"]
SEVERE = frozenset({"critical", "major"})


@dataclass(frozen=True)
class Head:
    """Which lot, of whom, for whom."""

    lot: str
    coi_identifier: str
    product: str
    site: str
    organisation: str
    market: str
    mbr: str
    mbr_version: str


@dataclass(frozen=True)
class Review:
    """Where the review of the record stands."""

    is_done: bool
    is_signed: bool
    """Whether the last review was signed."""
    undecided: int = 0
    asked: int = 0
    is_behind: bool = False
    """Whether records of the lot came in after the machine's review."""
    signed_by: str = ""
    signed_name: str = ""
    signed_at: datetime | None = None
    verdict: str = ""
    """SHA-256 of the verdict in the evidence store."""


@dataclass(frozen=True)
class RaisedException:
    """One exception of the last review, with what people decided."""

    key: str
    check: str
    variant: str
    severity: Severity
    subject: str
    sentence: str
    state: str
    """open, asked, accepted, false_alarm, deviation, by_policy."""
    deviation: str = ""

    @property
    def is_undecided(self) -> bool:
        """Whether somebody still has to decide or to answer."""
        return self.state in ("open", "asked")


@dataclass(frozen=True)
class KnownDeviation:
    """A deviation as far as a disposition goes."""

    number: str
    severity: str
    state: str
    """open, assessed, closed."""
    impact: str = ""
    """none, justified, reject; empty until assessed."""
    finding: str = ""


@dataclass(frozen=True)
class StandingResult:
    """The result of one sample that counts: its last occurrence that was not invalidated."""

    test: str
    sample: str
    occurrence: int
    status: ResultState
    text: str
    unit: str
    method: str = ""
    laboratory: str = ""
    tested_at: datetime | None = None
    analyst: str = ""
    reviewed_by: str = ""
    position: int = 0


@dataclass(frozen=True)
class MaterialLotNow:
    """A lot of material that went into the lot, as it stands now."""

    material: str
    material_lot: str
    status: str
    """released, quarantine, rejected, blocked; ``unknown``: nobody ever said."""
    changed_since_review: bool


@dataclass(frozen=True)
class Stated:
    """The last statement on an item."""

    item: str
    state: str
    """present, not_applicable."""
    reason: str
    person: str
    at: datetime
    document: str = ""
    """SHA-256 of the file that shows it, where one was given."""
    document_name: str = ""


@dataclass(frozen=True)
class Case:
    """Everything that the rules look at."""

    head: Head
    state: str
    """State of the disposition for the lot's market."""
    review: Review
    basis: Basis | None
    """None: nothing is known of the market."""
    wanted: tuple[Statement, ...]
    verdict: LotVerdict | None
    """None: no review, or its verdict is not to be had."""
    specification: Specification | None
    """That of the approved MBR that the review used; None: it is not to be had."""
    documents_approved: bool
    """Whether the MBR and the policy of the review were approved."""
    documents: str = ""
    """Names and versions of both, for people."""
    product_name: str = ""
    packed: tuple[str, ...] = ()
    """What was produced, as recorded: quantity, unit and container."""
    exceptions: tuple[RaisedException, ...] = ()
    deviations: tuple[KnownDeviation, ...] = ()
    results: tuple[StandingResult, ...] = ()
    materials: tuple[MaterialLotNow, ...] = ()
    stated: Mapping[str, Stated] | None = None
    analysis: str = ""
    """Number of the certificate of analysis that was signed for itself on the results as they are now."""

    @property
    def market_criteria(self) -> Market | None:
        """What the intended market asks of results; None: the specification does not know the market."""
        markets = self.specification.markets if self.specification else ()
        return next((market for market in markets if market.market == self.head.market), None)
