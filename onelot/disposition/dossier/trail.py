"""The last parts of a dossier: signatures, audit trail, what is attached, and how to verify all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onelot.disposition.dossier.attachments import Attachment
from onelot.disposition.dossier.blocks import Block, heading, notice, paragraph, table
from onelot.disposition.dossier.content import Content, Stored
from onelot.disposition.dossier.words import in_utc, in_zone, title, told
from onelot.execution.events import ParameterRecorded
from onelot.ledger.merkle import leaf_hash
from onelot.registry.signature_events import SignatureMade, SignatureRefused


def signatures(content: Content) -> Iterator[Block]:
    """Each signature with printed name, time with zone, meaning, and the hash of what was signed (21 CFR 11.50)."""
    yield heading("Signatures")
    found = [*content.events(SignatureMade, standing=False)]
    if not found:
        yield paragraph("Nothing of this lot was signed in onelot up to this position.")
    else:
        columns = (
            ("Entry", 16),
            ("Name", 38),
            ("Meaning", 20),
            ("Signed", 44),
            ("SHA-256 of the signed content", 56),
        )
        yield table(columns, [
            (str(entry.position), f"{event.name}\n{event.person}", event.meaning,
             f"{in_zone(entry.occurred_at, event.time_zone)}\nwith {' and '.join(event.factors).replace('_', ' ')}",
             event.content)
            for entry, event in found
        ])  # fmt: skip
    failed = [*content.events(SignatureRefused, standing=False)]
    if failed:
        yield heading("Attempts to sign that failed", 2)
        yield table((("Entry", 16), ("User name", 50), ("Meaning", 30), ("Why", 38), ("When", 40)), [
            (str(entry.position), event.person, event.meaning, event.why.replace("_", " "), in_utc(entry.occurred_at))
            for entry, event in failed
        ])  # fmt: skip


def audit_trail(content: Content) -> Iterator[Block]:
    """Every entry: position, event, reason, actor, occurred, recorded, and the beginning of its leaf hash."""
    yield heading("Audit trail")
    yield paragraph(
        "Every ledger entry of this lot in order, and those on which the record rests (marked ◇). Of each leaf hash the"
        " first 16 digits are printed; the entries themselves are attached, with a proof for each. Where a thing"
        " occurred in another second than that in which it was recorded, both are printed."
    )
    if content.replaced:
        yield paragraph("Entries marked ▽ come from a document that a corrected one has replaced.")
    columns = (("Entry", 16), ("What", 83), ("By", 23), ("Recorded (UTC)", 29), ("Leaf hash", 23))
    yield table(columns, [_line(content, stored) for stored in content.entries])


def _line(content: Content, stored: Stored) -> tuple[str, str, str, str, str]:
    entry = stored.entry
    event = entry.event
    signs = ("" if stored.own else " ◇") + (" ▽" if content.is_replaced(entry) else "")
    what = _short(event) if isinstance(event, ParameterRecorded) else f"{title(event)}. {told(event)}"
    reason = f"\nReason: {entry.reason}" if entry.reason else ""
    place = f" [{entry.source.place}]" if entry.source and entry.source.place else ""
    occurred, recorded = in_utc(entry.occurred_at)[:19], in_utc(entry.recorded_at)[:19]
    later = occurred[11:] if occurred[:10] == recorded[:10] else occurred
    times = recorded if occurred == recorded else f"{recorded}\noccurred {later}"
    hashed = leaf_hash(stored.data).hex()
    return (
        f"{entry.position}{signs}", f"{what}{place}{reason}", entry.actor,
        times, hashed[:16],
    )  # fmt: skip


def _short(event: ParameterRecorded) -> str:
    again = f" ({event.occurrence})" if event.occurrence > 1 else ""
    value = event.value or ", ".join(event.values) or event.status
    return f"Parameter recorded. {event.phase}/{event.parameter}{again}: {value} {event.unit}".rstrip()


def attached(
    content: Content, attachments: Sequence[Attachment], key: str, certificate: str
) -> Iterator[Block]:
    """What is inside the file, what is not and why, and how to verify it."""
    yield heading("Attachments and verification")
    yield paragraph(
        "This file is sealed: `onelot verify FILE` tells, without network, database or account, whether any byte was"
        " altered and in which part, that each entry is in the ledger under the signed checkpoint, and who signed"
        " what."
        " The keys below must be compared with those received from the owner of the ledger by another way."
    )
    yield table(
        (("Key", 40), ("Value", 134)), [("Ledger (checkpoint)", key), ("Seal (certificate)", certificate)]
    )
    yield heading("Attached files", 2)
    yield table((("Name in this file", 62), ("What", 38), ("Bytes", 18), ("SHA-256", 56)), [
        (item.name, item.what, str(len(item.data)), item.digest) for item in attachments
    ])  # fmt: skip
    left = [original for original in content.originals if original.data is None]
    if left:
        yield notice(f"Files that the record names and that are not attached: {len(left)}.", "bad")
        yield table((("File", 52), ("Named by entry", 22), ("Why it is not here", 44), ("SHA-256", 56)), [
            (item.name, str(item.position), item.why, item.digest) for item in left
        ])  # fmt: skip
