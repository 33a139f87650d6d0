"""What a dossier holds: a lot's entries up to a ledger position, those they rest on, and the files behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
from django.utils.translation import gettext

from onelot.disposition.events import CertificateIssued, DispositionItemStated
from onelot.execution.events import EquipmentUsed, LotOpened, MaterialUsed, PhasePerformed
from onelot.intake.events import DocumentReceived
from onelot.intake.service import SITE
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Entry
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.recipes.document import load_mbr
from onelot.recipes.events import DocumentApproved
from onelot.recipes.model import MasterBatchRecord
from onelot.registry.events import EquipmentStatusRecorded, TrainingRecorded
from onelot.registry.signature_events import SignatureMade
from onelot.review.events import LotReviewed
from onelot.review.verdict import LotVerdict, Verdict
from onelot.supply.events import MaterialLotStatusChanged

_KEPT = ("content", "document", "verdict", "mapping")
"""Fields of events that name a file in the evidence store by its SHA-256."""
_FILES = (DocumentReceived, DocumentApproved, DispositionItemStated)
"""What names a file that somebody gave."""
_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True)
class Stored:
    """One entry with its bytes. ``own``: of the lot itself, not of what it rests on."""

    entry: Entry
    data: bytes
    own: bool


@dataclass(frozen=True)
class Original:
    """A file that an entry names. ``data`` is None where it is not attached, and ``why`` then says why."""

    digest: str
    name: str
    position: int
    kind: str
    data: bytes | None
    why: str = ""


@dataclass(frozen=True)
class Content:
    """All of one dossier, as plain data; the same ledger position gives the same."""

    lot: str
    position: int
    recorded_at: datetime
    """When the entry at ``position`` was recorded: the time of the dossier."""
    entries: tuple[Stored, ...]
    originals: tuple[Original, ...]
    replaced: frozenset[str]
    """Documents that a later one replaced: what they say is in the audit trail only."""
    mbr: MasterBatchRecord | None
    verdict: LotVerdict | None
    """The last review's."""

    def events(self, kind: type[_E], *, standing: bool = True) -> Iterator[tuple[Entry, _E]]:
        """Entries of one type in order; ``standing``: without those of replaced documents."""
        for stored in self.entries:
            entry = stored.entry
            if isinstance(entry.event, kind) and not (standing and self.is_replaced(entry)):
                yield entry, entry.event

    def is_replaced(self, entry: Entry) -> bool:
        """Whether the entry's document was replaced by a corrected one."""
        return entry.source is not None and entry.source.document in self.replaced

    def head(self) -> LotOpened | None:
        """The newest head of the batch record."""
        return next(reversed([event for _, event in self.events(LotOpened)]), None)

    def last(self, kind: type[_E]) -> tuple[Entry, _E] | None:
        """The newest entry of a type."""
        return next(reversed([*self.events(kind, standing=False)]), None)

    def original(self, digest: str) -> Original | None:
        """The file with this digest."""
        return next((item for item in self.originals if item.digest == digest), None)


def collect(ledger: Ledger, evidence: EvidenceStore, lot: str, position: int) -> Content:
    """Everything of the lot up to ``position``. Raises Refused (``dossier.unknown_lot``, ``dossier.position``)."""
    size = ledger.size()
    if not 0 < position <= size:
        raise refuse(
            "dossier.position", "The ledger does not have this position.", where=lot,
            expected=said("1 to {size}", size=size), got=str(position),
        )  # fmt: skip
    own = [*ledger.read_stored(Query(tags=(f"lot:{lot}",)), until=position)]
    if not own:
        raise refuse(
            "dossier.unknown_lot",
            "The ledger knows nothing of this lot up to there.",
            where=lot,
            expected=said(
                "entries up to position {position} with the tag lot:{lot}", position=position, lot=lot
            ),
        )
    found = {entry.position: Stored(entry, data, own=True) for entry, data in own}
    for query in _rests_on([entry for entry, _ in own]):
        for entry, data in ledger.read_stored(query, until=position):
            if query.tags != (SITE,) or _concerns(entry.event, own):
                found.setdefault(entry.position, Stored(entry, data, own=False))
    told = {_document(stored.entry) for stored in found.values()}
    for query in (each for each in told if each is not None):
        for entry, data in ledger.read_stored(query, until=position):
            found.setdefault(entry.position, Stored(entry, data, own=False))
    entries = tuple(found[key] for key in sorted(found))
    last, _ = next(ledger.read_stored(after=position - 1, until=position))
    originals = tuple(_originals(entries, evidence, lot))
    received = (stored.entry.event for stored in entries)
    return Content(
        lot=lot, position=position, recorded_at=last.recorded_at, entries=entries, originals=originals,
        replaced=frozenset(event.supersedes for event in received if isinstance(event, DocumentReceived)) - {""},
        mbr=_mbr(entries, originals), verdict=_verdict(entries, originals),
    )  # fmt: skip


def _rests_on(own: Iterable[Entry]) -> list[Query]:
    """Approvals of the MBR and policies, and what sites say of equipment, material and people."""
    queries: dict[Query, None] = {}
    for entry in own:
        event = entry.event
        if isinstance(event, LotReviewed):
            for digest in (event.mbr_digest, event.policy_digest):
                queries[Query(tags=(f"digest:{digest}",), types=(DocumentApproved,))] = None
        elif isinstance(event, LotOpened) and event.mbr:
            queries[Query(tags=(f"mbr:{event.mbr}",), types=(DocumentApproved,))] = None
    facts = (EquipmentStatusRecorded, MaterialLotStatusChanged, TrainingRecorded)
    return [*queries, Query(tags=(SITE,), types=facts)]


def _concerns(event: Event, own: list[tuple[Entry, bytes]]) -> bool:
    """Whether a site's fact is about something that the lot used, in force at the time."""
    uses = [entry.event for entry, _ in own]
    if isinstance(event, EquipmentStatusRecorded):
        return any(
            isinstance(use, EquipmentUsed)
            and use.equipment == event.equipment
            and _overlap(event.valid_from, event.valid_until, use.used_from, use.used_until)
            for use in uses
        )
    if isinstance(event, MaterialLotStatusChanged):
        used = (event.material, event.material_lot)
        return any(isinstance(use, MaterialUsed) and (use.material, use.material_lot) == used for use in uses)
    if isinstance(event, TrainingRecorded):
        return any(
            isinstance(use, PhasePerformed)
            and event.person in (use.performed_by, use.verified_by)
            and use.started_at is not None
            and _overlap(event.valid_from, event.valid_until, use.started_at, use.ended_at)
            for use in uses
        )
    return False


def _overlap(start: datetime, end: datetime | None, begun: datetime, done: datetime | None) -> bool:
    return start <= (done or begun) and (end is None or end >= begun)


def _document(entry: Entry) -> Query | None:
    """What finds the entry that tells of an entry's document."""
    if entry.source is None:
        return None
    return Query(tags=(f"document:{entry.source.document}",), types=(DocumentReceived,))


def _originals(entries: Iterable[Stored], evidence: EvidenceStore, lot: str) -> Iterator[Original]:
    seen: set[str] = set()
    for stored in entries:
        event = stored.entry.event
        for field in _KEPT:
            digest = getattr(event, field, "")
            if not digest or digest in seen:
                continue
            seen.add(digest)
            kind = "original" if isinstance(event, _FILES) else field
            if isinstance(event, DocumentReceived) and set(event.lots) - {lot}:
                why = gettext("it speaks of other lots, too; it is kept by the owner of the ledger")
                yield Original(digest, _name(event, field), stored.entry.position, kind, None, why)
                continue
            try:
                data: bytes | None = evidence.get(digest)
                why = ""
            except Refused as refused:
                data, why = None, refused.refusals[0].what
            yield Original(digest, _name(event, field), stored.entry.position, kind, data, why)


def _name(event: Event, field: str) -> str:
    if isinstance(event, DocumentReceived) and field == "document":
        return event.name
    if isinstance(event, DocumentApproved):
        return f"{event.id} version {event.version}.yaml"
    if isinstance(event, DispositionItemStated) and event.document_name:
        return event.document_name
    if isinstance(event, SignatureMade):
        return f"signed by {event.person}, {event.meaning}.json"
    if isinstance(event, CertificateIssued):
        return f"{event.certificate}.json"
    return f"{field} of {event.event_name()}"


def _mbr(entries: Iterable[Stored], originals: Iterable[Original]) -> MasterBatchRecord | None:
    """The MBR of the last review, or else the one that the batch record names; None when it is not at hand."""
    files = {item.digest: item for item in originals}
    approved = [stored.entry.event for stored in entries if isinstance(stored.entry.event, DocumentApproved)]
    wanted: tuple[str, ...] = ()
    for stored in entries:
        event = stored.entry.event
        if isinstance(event, LotReviewed):
            wanted = (event.mbr_digest,)
        elif isinstance(event, LotOpened) and not wanted:
            wanted = (event.mbr, event.mbr_version)
    for event in reversed(approved):
        if wanted in ((event.digest,), (event.id, event.version)) and event.document in files:
            data = files[event.document].data
            if data is not None:
                return load_mbr(data, event.id).mbr
    return None


def _verdict(entries: Iterable[Stored], originals: Iterable[Original]) -> LotVerdict | None:
    reviews = [stored.entry.event for stored in entries if isinstance(stored.entry.event, LotReviewed)]
    if not reviews:
        return None
    data = next((item.data for item in originals if item.digest == reviews[-1].verdict), None)
    if data is None:
        return None
    found = msgspec.json.decode(data, type=Verdict)
    return next((lot for lot in found.lots if lot.lot == reviews[-1].lot), None)
