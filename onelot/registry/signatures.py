"""Signatures of a record: as they are shown, and each with what a check of it finds."""

from __future__ import annotations

from dataclasses import dataclass

from onelot.kernel.refusals import Refused
from onelot.ledger.entry import Entry
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.models import SignatureCard
from onelot.registry.queries import signatures_of
from onelot.registry.signature_check import Fault, check_signature
from onelot.registry.signature_events import SignatureMade


@dataclass(frozen=True)
class CheckedSignature:
    """A signature and its faults; it holds when there are none."""

    card: SignatureCard
    faults: tuple[Fault, ...]

    @property
    def is_of_earlier_state(self) -> bool:
        """Whether nothing is wrong with it but that the record has moved on since: it counts no more."""
        return self.faults == ("record_changed",)

    @property
    def holds(self) -> bool:
        """Whether it belongs to its content, its record and its signer."""
        return not self.faults


def checked_signatures(
    ledger: Ledger, evidence: EvidenceStore, record: str, *, now: dict[str, object] | None = None
) -> list[CheckedSignature]:
    """The signatures of a record (its tag, ``lot:L-1``), oldest first, each checked against ledger and evidence.

    ``now`` gives, by the identifier of a signature, what would be signed today.
    """
    found = []
    for card in signatures_of(record):
        said = (now or {}).get(card.signature)
        found.append(CheckedSignature(card, _faults(ledger, evidence, card.signature, record, said)))
    return found


def _faults(
    ledger: Ledger, evidence: EvidenceStore, signature: str, record: str, now: object
) -> tuple[Fault, ...]:
    made: Entry | None = None
    acts: list[Entry] = []
    for entry in ledger.read(Query(tags=(f"signature:{signature}",))):
        if isinstance(entry.event, SignatureMade) and entry.event.signature == signature and made is None:
            made = entry
        else:
            acts.append(entry)
    if made is None or not isinstance(made.event, SignatureMade):
        return ("moved",)
    return check_signature(made, acts, _content(evidence, made.event.content), record=record, now=now)


def _content(evidence: EvidenceStore, name: str) -> bytes | None:
    """The kept bytes; those that the store itself finds damaged are altered, whatever they are now."""
    try:
        return evidence.get(name)
    except Refused as refused:
        return b"" if refused.refusals[0].code == "ledger.evidence_damaged" else None
