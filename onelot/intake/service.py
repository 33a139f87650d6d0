"""Take files into the ledger: whole or not at all, once, with the original kept (decision D6).

Lives on the ledger, so Django is needed here, and only here, in this room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from onelot.execution.events import LotOpened, SeriesRecorded
from onelot.intake.adapter import Extract, Extraction
from onelot.intake.differences import differences
from onelot.intake.events import DocumentReceived, DocumentRefused, DocumentSuperseded
from onelot.intake.reading import read_document
from onelot.kernel.canonical import digest
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event, Sourced
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft, Source
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger

if TYPE_CHECKING:
    from onelot.intake.tabular.mapping import LoadedMapping

ACTOR = "system:intake"
SITE = "about:site"
"""Tag of facts that belong to no lot."""
_POINTS_AN_ENTRY = 1_000
"""A longer series becomes several entries, because an entry of the ledger is at most 64 KiB."""
_TRIES = 5
_MAX_FAULTS, _FAULT_TEXT, _REFUSED_BYTES = 100, 1_000, 40_000
"""Of a refused file one entry of the ledger tells so many faults, each text of so many characters, in so many bytes."""


@dataclass(frozen=True)
class Receipt:
    """What became of one file."""

    name: str
    document: str
    """SHA-256 of the file in the evidence store."""
    outcome: Literal["taken", "known", "refused"]
    lots: tuple[str, ...] = ()
    facts: int = 0
    changes: int = 0
    """Differences to the document that this one corrects."""
    refusals: tuple[Refusal, ...] = ()


class Intake:
    """Takes files into one ledger and evidence store."""

    def __init__(
        self,
        ledger: Ledger,
        evidence: EvidenceStore,
        mappings: Sequence[LoadedMapping] = (),
        clock: Clock = system_clock,
        *,
        actor: str = ACTOR,
        check: Callable[[Extraction], None] | None = None,
        earlier_mappings: Sequence[LoadedMapping] = (),
    ) -> None:
        """``actor`` states the facts. ``check`` refuses what this sender may not hand over: such a file is kept as
        one that cannot be read. ``earlier_mappings`` are for reading again what a correction replaces.
        """
        self._ledger = ledger
        self._evidence = evidence
        self._mappings = mappings
        self._clock = clock
        self._actor = actor
        self._check = check
        self._earlier = earlier_mappings

    def receive(self, data: bytes, name: str) -> Receipt:
        """Keep the file, read it, append its facts in one piece. A file that was taken before changes nothing.

        A file that cannot be read is kept with its refusals. A file whose document was received before supersedes
        that one, with a trail of what changed. Raises Refused only where the ledger or the disk refuses.
        """
        document = self._evidence.put(data)
        for _ in range(_TRIES):
            seen = self._ledger.size()
            known = self._known(document)
            if known is not None:
                return known
            try:
                extraction = self.read(data, name)
                drafts, receipt = self._taken(document, data, name, extraction)
            except Refused as refused:
                drafts, receipt = self._refused(document, data, name, refused)
                if drafts[0].event in self._refused_before(document):
                    return receipt
            unless = Query(tags=(f"document:{document}",), types=(DocumentReceived,)) | Query(
                tags=(_series(receipt_series(drafts)),), types=(DocumentReceived,)
            )
            for lot in receipt.lots if self._check is not None else ():
                unless |= Query(tags=(f"lot:{lot}",), types=(LotOpened,))  # else it may be another's by now
            try:
                self._ledger.append(drafts, unless=unless, after=seen)
            except Refused as refused:
                code = refused.refusals[0].code
                if code == "ledger.condition_failed":
                    continue
                if code.startswith("ledger."):
                    raise
                return self._not_now(document, data, name, refused)
            return receipt
        raise refuse(
            "intake.contended", "Other files of the same document keep arriving at the same time.", where=name,
            hint="Send the file again.",
        )  # fmt: skip

    def read(self, data: bytes, name: str) -> Extraction:
        """What ``receive`` would take; nothing is kept. Raises Refused for what it would refuse."""
        extraction = read_document(data, name, self._mappings)
        if self._check is not None:
            self._check(extraction)
        before = latest(self._ledger, extraction.document)
        if before is not None:
            _check_newer(before, extraction, name)
        return extraction

    def refuse(self, data: bytes, name: str, refused: Refused) -> Receipt:
        """Keep a file that cannot be taken, with why; the same again changes nothing."""
        document = self._evidence.put(data)
        drafts, receipt = self._refused(document, data, name, refused)
        if drafts[0].event not in self._refused_before(document):
            self._ledger.append(drafts)
        return receipt

    def changes(self, document: str, extraction: Extraction) -> tuple[DocumentSuperseded, ...]:
        """What the file says otherwise than the one that it would replace, lot by lot."""
        before = latest(self._ledger, extraction.document)
        if before is None or before.document == document:
            return ()
        return tuple(self._corrections(before, document, extraction))

    def _not_now(self, document: str, data: bytes, name: str, refused: Refused) -> Receipt:
        """A guard of the ledger does not take the facts, for example of a lot that was decided on: the file is kept."""
        drafts, receipt = self._refused(document, data, name, refused)
        if drafts[0].event not in self._refused_before(document):
            self._ledger.append(drafts)
        return receipt

    def _known(self, document: str) -> Receipt | None:
        query = Query(tags=(f"document:{document}",), types=(DocumentReceived,))
        for entry in self._ledger.read(query):
            event = entry.event
            if isinstance(event, DocumentReceived):
                return Receipt(event.name, document, "known", event.lots, event.facts)
        return None

    def _refused_before(self, document: str) -> Iterator[Event]:
        query = Query(tags=(f"document:{document}",), types=(DocumentRefused,))
        return (entry.event for entry in self._ledger.read(query) if entry.actor == self._actor)

    def _taken(
        self, document: str, data: bytes, name: str, extraction: Extraction
    ) -> tuple[list[Draft], Receipt]:
        series = extraction.document
        before = latest(self._ledger, series)
        events = [*_in_entries(extraction.extracts)]
        received = DocumentReceived(
            document=document, name=name, size=len(data), adapter=extraction.adapter,
            adapter_version=extraction.adapter_version, lots=extraction.lots, facts=len(events),
            mapping=extraction.mapping, series=series, supersedes=before.document if before else "",
            issued_at=extraction.issued_at,
        )  # fmt: skip
        now = self._clock()
        drafts = [
            Draft(
                event=received, actor=self._actor, occurred_at=now,
                tags=(f"document:{document}", _series(series), *(f"lot:{lot}" for lot in extraction.lots)),
            ),
            *(
                Draft(
                    event=event, actor=self._actor, occurred_at=now, tags=_about(event), source=Source(document, place)
                )
                for event, place in events
            ),
        ]  # fmt: skip
        changes = 0
        if before is not None:
            corrections = [*self._corrections(before, document, extraction)]
            changes = sum(len(event.differences) for event in corrections)
            drafts += [
                Draft(event=event, actor=self._actor, occurred_at=now, tags=_about(event))
                for event in corrections
            ]
        return drafts, Receipt(name, document, "taken", extraction.lots, len(events), changes)

    def _corrections(
        self, before: DocumentReceived, document: str, extraction: Extraction
    ) -> Iterator[DocumentSuperseded]:
        data = self._evidence.get(before.document)
        mapped = [item for item in (*self._mappings, *self._earlier) if item.digest == before.mapping]
        old = read_document(data, before.name, mapped[:1] or self._mappings)
        changed = differences((e.event for e in old.extracts), (e.event for e in extraction.extracts))
        for lot, found in changed.items():
            if lot:
                yield DocumentSuperseded(
                    lot=lot, document=before.document, by_document=document, differences=found,
                    superseded_at=extraction.issued_at or self._clock(),
                )  # fmt: skip

    def _refused(
        self, document: str, data: bytes, name: str, refused: Refused
    ) -> tuple[list[Draft], Receipt]:
        event = DocumentRefused(
            document=document, name=name, size=len(data),
            refusals=_fitting(refused.refusals),
        )  # fmt: skip
        draft = Draft(
            event=event,
            actor=self._actor,
            occurred_at=self._clock(),
            tags=(f"document:{document}", "about:refused"),
        )
        return [draft], Receipt(name, document, "refused", refusals=tuple(refused.refusals))


def current_facts(
    ledger: Ledger, lots: Sequence[str] | None = None, until: int | None = None
) -> Iterator[Sourced]:
    """Facts that stand, of the given lots (or all) and of every site: those of superseded documents are left out.

    Streams in order of position. ``until``: as the ledger was at that position.
    """
    replaced = {
        entry.event.supersedes
        for entry in ledger.read(Query(types=(DocumentReceived,)), until=until)
        if isinstance(entry.event, DocumentReceived) and entry.event.supersedes
    }
    query = Query()
    if lots is not None:
        query = Query(tags=(SITE,))
        for lot in lots:
            query |= Query(tags=(f"lot:{lot}",))
    for entry in ledger.read(query, until=until):
        if entry.source is None or entry.source.document not in replaced:
            yield entry.sourced()


def lots_of(ledger: Ledger) -> dict[str, str]:
    """Every lot of the ledger with the MBR that its newest head names (empty: none)."""
    lots: dict[str, str] = {}
    for entry in ledger.read(Query(types=(DocumentReceived,)) | Query(types=(LotOpened,))):
        event = entry.event
        if isinstance(event, DocumentReceived):
            for lot in event.lots:
                lots.setdefault(lot, "")
        elif isinstance(event, LotOpened):
            lots[event.lot] = event.mbr
    return lots


def latest(ledger: Ledger, series: str) -> DocumentReceived | None:
    """The state of a sender's document that counts."""
    found: DocumentReceived | None = None
    for entry in ledger.read(Query(tags=(_series(series),), types=(DocumentReceived,))):
        if isinstance(entry.event, DocumentReceived):
            found = entry.event
    return found


def receipt_series(drafts: Sequence[Draft]) -> str:
    """The sender's id of the document that the drafts receive; empty for a refused one."""
    event = drafts[0].event
    return event.series if isinstance(event, DocumentReceived) else ""


def _series(series: str) -> str:
    return f"series:{digest(series.encode())[:32]}"


def _about(event: Event) -> tuple[str, ...]:
    lot = getattr(event, "lot", "")
    return (f"lot:{lot}",) if lot else (SITE,)


def _in_entries(extracts: Iterable[Extract]) -> Iterator[Extract]:
    """The same facts, long series in pieces."""
    for event, place in extracts:
        if not isinstance(event, SeriesRecorded) or len(event.points) <= _POINTS_AN_ENTRY:
            yield Extract(event, place)
            continue
        for first in range(0, len(event.points), _POINTS_AN_ENTRY):
            part = event.points[first : first + _POINTS_AN_ENTRY]
            yield Extract(msgspec.structs.replace(event, points=part), place)


def _fitting(refusals: Iterable[Refusal]) -> tuple[dict[str, str], ...]:
    """As many faults, from the first on, as one entry of the ledger holds; each text cut to a readable length."""
    kept: list[dict[str, str]] = []
    size = 0
    for refusal in refusals:
        told = {field: text[:_FAULT_TEXT] for field, text in refusal.as_dict().items()}
        size += len(msgspec.json.encode(told))
        if kept and (size > _REFUSED_BYTES or len(kept) == _MAX_FAULTS):
            break
        kept.append(told)
    return tuple(kept)


def _check_newer(before: DocumentReceived, extraction: Extraction, name: str) -> None:
    """An older state must not replace a newer one only because it arrived later."""
    if before.issued_at is None or extraction.issued_at is None or extraction.issued_at > before.issued_at:
        return
    raise refuse(
        "intake.not_newer",
        "The file is no newer state of a document that was received before.",
        where=name,
        expected=said(
            "a time of issue after {issued_at}, that of {name}",
            issued_at=before.issued_at.isoformat(),
            name=before.name,
        ),
        got=extraction.issued_at.isoformat(),
        hint="If this one is right, ask the sender to issue it again.",
    )
