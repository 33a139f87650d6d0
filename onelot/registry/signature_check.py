"""Whether a signature belongs to its content, its record and its signer (21 CFR 11.70; EU GMP Annex 11, 14). Pure.

Rules, each with its fault:

1. what was signed is kept (``content_missing``), with the hash that the signature holds (``content_altered``);
2. the person whom the signature names made the entry, and made the acts that it signs: ``another_signer``;
3. signature and acts were appended as one, about the same: ``moved``;
4. the record that shows the signature is one that it was made for: ``moved``;
5. where the content can be said again as it is now, it is what was signed: ``record_changed``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from onelot.kernel.canonical import canonical, digest
from onelot.ledger.entry import Entry
from onelot.registry.signature_events import SignatureMade

Fault = Literal["content_missing", "content_altered", "another_signer", "moved", "record_changed"]


def check_signature(
    made: Entry, acts: Sequence[Entry], content: bytes | None, *, record: str = "", now: object = None
) -> tuple[Fault, ...]:
    """Every fault of a signature, none when it holds.

    ``acts`` are the entries that the signature signs, in order; ``record`` is the tag of the record that shows it;
    ``now`` is what would be signed today. Raises ValueError when ``made`` is not a signature.
    """
    event = made.event
    if not isinstance(event, SignatureMade):
        raise ValueError(f"not a signature: {event.event_name()}")
    faults: list[Fault] = []
    if content is None:
        faults.append("content_missing")
    elif digest(content) != event.content:
        faults.append("content_altered")
    signer = f"person:{event.person}"
    if made.actor != signer or any(act.actor != signer for act in acts):
        faults.append("another_signer")
    beside = [act.position for act in acts] == [*range(made.position + 1, made.position + 1 + len(acts))]
    alike = all(act.tags == made.tags for act in acts)
    if not beside or not alike or (record and record not in made.tags):
        faults.append("moved")
    if now is not None and digest(canonical(now)) != event.content:
        faults.append("record_changed")
    return tuple(faults)
