"""Puts together what is known of a lot when somebody is to decide on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import cast

import msgspec

from onelot.deviations.queries import deviations_of
from onelot.disposition.domain.case import (
    Case,
    Head,
    KnownDeviation,
    MaterialLotNow,
    RaisedException,
    Review,
    Stated,
)
from onelot.disposition.domain.certificates import criteria_facts
from onelot.disposition.domain.markets import Basis
from onelot.disposition.domain.results import standing
from onelot.disposition.market_file import market_rules
from onelot.disposition.models import Certificate, Decision, ItemStatement, MaterialStatus, Standing
from onelot.execution.events import MaterialUsed, ResultReported
from onelot.intake.events import DocumentReceived, DocumentSuperseded
from onelot.kernel.canonical import canonical
from onelot.kernel.events import Event
from onelot.kernel.said import Said, joined, said
from onelot.ledger.entry import Entry
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.recipes.document import load_mbr
from onelot.recipes.events import DocumentApproved
from onelot.recipes.model import MasterBatchRecord
from onelot.registry.models import Account
from onelot.registry.queries import organisations
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.events import LotReviewed
from onelot.review.verdict import LotVerdict, Severity, Verdict

_verdict = msgspec.json.Decoder(Verdict)


@dataclass(frozen=True)
class ReadCase:
    """What is known of a lot up to a ledger position."""

    case: Case
    position: int
    """Nothing that was read is newer than this."""
    reviewed: LotReviewed | None


def read_case(ledger: Ledger, evidence: EvidenceStore, card: LotCard) -> ReadCase:
    """Read a lot's case for its intended market. A verdict or document that is not to be had is left out of it.

    Raises Refused (``ledger.evidence_damaged``) where a kept file is not what it was.
    """
    position = ledger.size()
    rules = market_rules().rules
    basis = rules.basis_of(card.market)
    reviewed = _last_review(ledger, card)
    records = [*_records(ledger, card.lot)]
    facts = [*_standing(records, (ResultReported, MaterialUsed))]
    mbr = _approved(ledger, reviewed.mbr_digest) if reviewed else None
    policy = _approved(ledger, reviewed.policy_digest) if reviewed else None
    document = _document(evidence, mbr)
    case = Case(
        head=Head(
            card.lot, card.coi_identifier, card.product, card.site, card.organisation, card.market, card.mbr,
            card.mbr_version,
        ),
        state=state_of(card.lot, card.market),
        review=_review(card, is_behind=_is_behind(reviewed, records)),
        basis=basis,
        wanted=rules.wanted(basis, by_cdmo=is_by_cdmo(card)) if basis else (),
        verdict=_verdict_of(evidence, card),
        specification=document.specification if document else None,
        documents_approved=mbr is not None and policy is not None,
        documents=_named(mbr, policy) if mbr else "",
        product_name=document.product.name if document else "",
        packed=_packed(facts, document),
        exceptions=_exceptions(card.lot),
        deviations=tuple(
            KnownDeviation(one.number, one.severity, one.state, one.impact, one.finding)
            for one in deviations_of(card.lot)
        ),
        results=standing(
            (entry.position, entry.event) for entry in facts if isinstance(entry.event, ResultReported)
        ),
        materials=_materials(facts, reviewed.through_position if reviewed else 0, document),
        stated=_statements(card.lot, card.market),
    )  # fmt: skip
    return ReadCase(replace(case, analysis=_analysis(evidence, case)), position, reviewed)


def _analysis(evidence: EvidenceStore, case: Case) -> str:
    """Number of the last certificate of analysis that was signed for itself, where results are still what it says."""
    lot, market = case.head.lot, case.head.market
    decisions = Decision.objects.filter(lot=lot).values("signature")
    own = Certificate.objects.filter(lot=lot, market=market, kind="certificate_of_analysis")
    last = own.exclude(signature__in=decisions).order_by("-position").first()
    if last is None or last.content not in evidence:
        return ""
    said = msgspec.json.decode(evidence.get(last.content)).get("criteria")
    return last.number if canonical(said) == canonical(criteria_facts(case)) else ""


def state_of(lot: str, market: str) -> str:
    """The state of the disposition of a lot for one market."""
    found = Standing.objects.filter(lot=lot, market=market).values_list("state", flat=True).first()
    return found or "undecided"


def _named(*documents: DocumentApproved | None) -> Said:
    """The documents of the review, those that were approved."""
    named = (said("{id} version {version}", id=one.id, version=one.version) for one in documents if one)
    return said("{documents}.", documents=joined(", ", named))


def _is_behind(reviewed: LotReviewed | None, records: list[Entry]) -> bool:
    return reviewed is not None and bool(records) and records[-1].position > reviewed.through_position


def _review(card: LotCard, *, is_behind: bool) -> Review:
    is_done = bool(card.review)
    signer = Account.objects.filter(person=card.signed_by).first() if card.signed_by else None
    return Review(
        is_done=is_done, is_signed=is_done and card.signed_review == card.review, undecided=card.undecided,
        asked=card.asked, is_behind=is_behind, signed_by=card.signed_by, signed_name=signer.name if signer else "",
        signed_at=card.signed_at, verdict=card.verdict,
    )  # fmt: skip


def _last_review(ledger: Ledger, card: LotCard) -> LotReviewed | None:
    query = Query(tags=(f"lot:{card.lot}",), types=(LotReviewed,))
    found = [entry.event for entry in ledger.read(query) if isinstance(entry.event, LotReviewed)]
    return found[-1] if found else None


def _verdict_of(evidence: EvidenceStore, card: LotCard) -> LotVerdict | None:
    if not card.verdict or card.verdict not in evidence:
        return None
    lots = _decoded(evidence.get(card.verdict)).lots
    return next((lot for lot in lots if lot.lot == card.lot), None)


@lru_cache(maxsize=64)
def _decoded(data: bytes) -> Verdict:
    return _verdict.decode(data)


def _approved(ledger: Ledger, digest: str) -> DocumentApproved | None:
    query = Query(tags=(f"digest:{digest}",), types=(DocumentApproved,))
    found = [entry.event for entry in ledger.read(query) if isinstance(entry.event, DocumentApproved)]
    return found[-1] if found else None


def _document(evidence: EvidenceStore, approved: DocumentApproved | None) -> MasterBatchRecord | None:
    if approved is None or approved.document not in evidence:
        return None
    return _parsed(evidence.get(approved.document), approved.id)


@lru_cache(maxsize=64)
def _parsed(data: bytes, name: str) -> MasterBatchRecord:
    return load_mbr(data, name).mbr


def _records(ledger: Ledger, lot: str) -> Iterator[Entry]:
    """What came in about a lot, as far as a disposition looks at it."""
    wanted = (DocumentReceived, DocumentSuperseded, ResultReported, MaterialUsed)
    return ledger.read(Query(tags=(f"lot:{lot}",), types=wanted))


def standing_entries(ledger: Ledger, lot: str, types: tuple[type[Event], ...]) -> list[Entry]:
    """A lot's entries of some types without those of superseded documents."""
    query = Query(tags=(f"lot:{lot}",), types=(DocumentReceived, DocumentSuperseded, *types))
    return [*_standing([*ledger.read(query)], types)]


def _standing(records: list[Entry], types: tuple[type[Event], ...]) -> Iterator[Entry]:
    """Entries that stand: those of superseded documents are left out."""
    replaced = set()
    for entry in records:
        if isinstance(entry.event, DocumentReceived):
            replaced.add(entry.event.supersedes)
        elif isinstance(entry.event, DocumentSuperseded):
            replaced.add(entry.event.document)
    for entry in records:
        if isinstance(entry.event, types) and (entry.source is None or entry.source.document not in replaced):
            yield entry


def _materials(
    facts: list[Entry], through: int, document: MasterBatchRecord | None
) -> tuple[MaterialLotNow, ...]:
    """The patient's own cells are nobody's stock: what a warehouse releases is looked up."""
    own = (
        {one.id for one in document.materials if one.kind in ("starting_material", "product")}
        if document
        else set()
    )
    used = sorted(
        {
            (entry.event.material, entry.event.material_lot)
            for entry in facts
            if isinstance(entry.event, MaterialUsed)
            and entry.event.use in ("received", "consumed")
            and entry.event.material not in own
        }
    )
    now: dict[tuple[str, str], tuple[datetime, int, str]] = {}
    wanted = {material_lot for _, material_lot in used}
    for row in MaterialStatus.objects.filter(material_lot__in=wanted):
        key, said = (row.material, row.material_lot), (row.changed_at, row.position, row.status)
        if key in used and (key not in now or said > now[key]):
            now[key] = said
    return tuple(
        MaterialLotNow(*key, now[key][2] if key in now else "unknown", key in now and now[key][1] > through)
        for key in used
    )


def _packed(facts: list[Entry], document: MasterBatchRecord | None) -> tuple[str, ...]:
    """What the record says was produced of the product itself."""
    own = {one.id for one in document.materials if one.kind == "product"} if document else set()
    return tuple(
        f"{entry.event.quantity} {entry.event.unit} {entry.event.container}".strip()
        for entry in facts
        if isinstance(entry.event, MaterialUsed)
        and entry.event.use == "produced"
        and entry.event.material in own
    )


def _exceptions(lot: str) -> tuple[RaisedException, ...]:
    return tuple(
        RaisedException(
            key=row.key, check=row.check_id, variant=row.variant,
            severity=cast("Severity", row.severity), subject=row.subject,
            sentence=row.sentence, state=row.state, deviation=row.deviation,
        )
        for row in FindingCard.objects.filter(lot=lot, is_raised=True).order_by("rank", "subject", "key")
    )  # fmt: skip


def _statements(lot: str, market: str) -> dict[str, Stated]:
    return {
        row.item: Stated(row.item, row.state, row.reason, row.person, row.at, row.document, row.document_name)
        for row in ItemStatement.objects.filter(lot=lot, market=market)
    }


def is_by_cdmo(card: LotCard) -> bool:
    """Whether another organisation than the sponsor made the lot."""
    known = organisations().get(card.organisation)
    return known is None or known.kind != "sponsor"


def basis_of(market: str) -> Basis | None:
    """The rules of a market that this installation follows."""
    return market_rules().rules.basis_of(market)
