"""From an entry of the ledger to the original it was read from, for those who may see both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onelot.intake.events import DocumentReceived
from onelot.intake.service import latest
from onelot.intake.viewing.show import view_at
from onelot.intake.viewing.window import View
from onelot.kernel.refusals import Refusal, Refused
from onelot.ledger.entry import Entry
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor
from onelot.review.desk.models import FindingCard
from onelot.review.desk.queries import visible_lots


@dataclass(frozen=True)
class Original:
    """A file that was received."""

    event: DocumentReceived
    received_at: datetime
    position: int
    is_superseded: bool


@dataclass(frozen=True)
class Shown:
    """One entry with its original at its place; why not, where it cannot be shown."""

    entry: Entry
    original: Original | None
    view: View | None
    refusals: tuple[Refusal, ...] = ()
    is_withheld: bool = False
    """The original also speaks of what this person may not see."""


def entry_of_lot(ledger: Ledger, actor: Actor, lot: str, position: int) -> Entry | None:
    """An entry that belongs to the lot, or proves one of its exceptions; None where it is not theirs to see."""
    if not 0 < position <= ledger.size():
        return None
    entry = next(ledger.read(after=position - 1, until=position), None)
    if entry is None or f"lot:{lot}" in entry.tags:
        return entry
    proofs = FindingCard.objects.filter(lot=lot).values_list("evidence", flat=True)
    if not any(position in proof for proof in proofs):
        return None
    others = [tag.partition(":")[2] for tag in entry.tags if tag.startswith("lot:")]
    return entry if not others or _all_visible(actor, others) else None


def shown(ledger: Ledger, evidence: EvidenceStore, actor: Actor, entry: Entry) -> Shown:
    """The entry's original at its place. What cannot be shown is told, never raised."""
    original = original_of(ledger, entry.source.document) if entry.source else None
    if entry.source is None or original is None:
        return Shown(entry, None, None)
    if not may_open(actor, original):
        return Shown(entry, original, None, is_withheld=True)
    try:
        data = evidence.get(entry.source.document)
        view = view_at(data, original.event.name, original.event.adapter, entry.source.place)
    except Refused as refused:
        return Shown(entry, original, None, tuple(refused.refusals))
    return Shown(entry, original, view)


def original_of(ledger: Ledger, document: str) -> Original | None:
    """What is known of a received file by its digest."""
    query = Query(tags=(f"document:{document}",), types=(DocumentReceived,))
    entry = next(ledger.read(query), None)
    if entry is None or not isinstance(entry.event, DocumentReceived):
        return None
    newest = latest(ledger, entry.event.series) if entry.event.series else None
    superseded = newest is not None and newest.document != document
    return Original(entry.event, entry.recorded_at, entry.position, superseded)


def may_open(actor: Actor, original: Original) -> bool:
    """Whether the whole file is theirs to see: every lot it speaks of, or, of a site's file, the desk."""
    lots = original.event.lots
    return _all_visible(actor, list(lots)) if lots else actor.may("desk.open")


def _all_visible(actor: Actor, lots: list[str]) -> bool:
    return visible_lots(actor).filter(lot__in=lots).count() == len(set(lots))
