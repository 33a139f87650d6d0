"""Handing over records: read first, seen by a person, then taken, byte for byte what was read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

from django.core import signing

from onelot.intake.adapter import Extraction
from onelot.intake.events import Difference
from onelot.intake.mappings import mappings_for, registered
from onelot.intake.service import Intake, Receipt
from onelot.intake.tabular.mapping import LoadedMapping
from onelot.kernel.canonical import digest
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.partners.models import SentDocument
from onelot.partners.queries import visible_documents
from onelot.partners.reading import Understood, understood
from onelot.partners.theirs import check_theirs
from onelot.registry.permissions import Actor, Place

MAX_FILE = 64 * 1024 * 1024
"""Bytes of one file that is handed over in a browser."""
_SALT = "onelot.partners.reading"
_HOURS = 24


@dataclass(frozen=True)
class Reading:
    """What became of reading one file: understood, known already, or refused."""

    name: str
    document: str
    """SHA-256 of its bytes."""
    size: int
    token: str = ""
    """With it exactly these bytes are handed over, by the person who had them read, within 24 hours."""
    understood: Understood | None = None
    differences: tuple[tuple[str, tuple[Difference, ...]], ...] = ()
    """By lot: what it says otherwise than the document that it corrects."""
    known: SentDocument | None = None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class HandingOver:
    """The commands of one person. Each raises Refused: ``registry.not_allowed``, and its own."""

    ledger: Ledger
    evidence: EvidenceStore
    actor: Actor
    clock: Clock = system_clock

    def read(self, data: bytes, name: str) -> Reading:
        """Read a file and record nothing, unless it is refused: then it is kept, with why.

        Raises Refused (``partners.too_large``), which keeps nothing.
        """
        self.actor.check_may("record.upload")
        check_size(len(data), name)
        document = digest(data)
        known = self._known(document)
        if known is not None:
            return Reading(name, document, len(data), known=known)
        try:
            extraction = self._intake.read(data, name)
            changed = self._intake.changes(document, extraction)
        except Refused as refused:
            self._intake.refuse(data, name, refused)
            return Reading(name, document, len(data), refusals=tuple(refused.refusals[:100]))
        self.evidence.put(data)
        return Reading(
            name, document, len(data), token=self._token(document, name), understood=understood(extraction),
            differences=tuple((event.lot, event.differences) for event in changed),
        )  # fmt: skip

    def again(self, token: str) -> tuple[str, Extraction]:
        """Name and facts of a file that was read before. Raises Refused (``partners.reading_over``)."""
        document, name = self._opened(token)
        return name, self._intake.read(self.evidence.get(document), name)

    def hand_over(self, token: str) -> SentDocument:
        """Take the very bytes that were read; the document as it was recorded, or as it was known before.

        Raises Refused: ``partners.reading_over``, and why the file cannot be taken any more, after recording that.
        """
        document, name = self._opened(token)
        receipt: Receipt = self._intake.receive(self.evidence.get(document), name)
        if receipt.outcome == "refused":
            raise Refused(receipt.refusals)
        known = self._known(document)
        if known is None:
            raise refuse("desk.unknown", "There is no such document.", where=name)
        return known

    @cached_property
    def _intake(self) -> Intake:
        current: dict[str, LoadedMapping] = {}
        earlier: dict[str, LoadedMapping] = {}
        for organisation in self._organisations():
            mappings = mappings_for(self.ledger, self.evidence, organisation)
            current |= {mapping.digest: mapping for mapping in mappings.current}
            earlier |= {mapping.digest: mapping for mapping in mappings.earlier}
        return Intake(
            self.ledger, self.evidence, tuple(current.values()), self.clock,
            actor=self.actor.who, check=partial(check_theirs, self.ledger, self.actor),
            earlier_mappings=tuple(earlier.values()),
        )  # fmt: skip

    def _organisations(self) -> list[str]:
        """Those whose tables the person hands over: their own, or any for who may everywhere."""
        if self.actor.may("record.upload", Place()):
            return sorted({event.organisation for event in registered(self.ledger)})
        return sorted(
            {self.actor.organisation, *(g.organisation for g in self.actor.scopes("record.upload"))}
        )

    def _known(self, document: str) -> SentDocument | None:
        return visible_documents(self.actor).filter(document=document, outcome="taken").first()

    def _token(self, document: str, name: str) -> str:
        return signing.dumps([document, name, self.actor.person], salt=_SALT, compress=True)

    def _opened(self, token: str) -> tuple[str, str]:
        self.actor.check_may("record.upload")
        try:
            document, name, person = signing.loads(token, salt=_SALT, max_age=_HOURS * 3600)
        except signing.BadSignature:
            person = ""
        if person != self.actor.person:
            raise refuse(
                "partners.reading_over", "This reading is over, or is somebody else's.",
                expected=said("a file that you had read within the last {hours} hours", hours=_HOURS),
                hint="Choose the file again.",
            )  # fmt: skip
        return document, name


def check_size(size: int, name: str) -> None:
    """Raises Refused (``partners.too_large``)."""
    if size > MAX_FILE:
        raise refuse(
            "partners.too_large", "The file is too large to be handed over in a browser.", where=name,
            expected=said("at most {max_file} bytes", max_file=MAX_FILE), got=said("{size} bytes", size=size),
            hint="Split the record by lot, or ask your sponsor to take it in by the command line.",
        )  # fmt: skip
