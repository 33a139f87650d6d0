"""The last parts of a dossier: signatures, audit trail, what is attached, and how to verify all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext

from onelot.disposition.dossier.attachments import Attachment
from onelot.disposition.dossier.blocks import Block, heading, notice, paragraph, table
from onelot.disposition.dossier.content import Content, Stored
from onelot.disposition.dossier.words import in_utc, in_zone, title, told
from onelot.execution.events import ParameterRecorded
from onelot.ledger.merkle import leaf_hash
from onelot.registry.signature_events import SignatureMade, SignatureRefused


def signatures(content: Content) -> Iterator[Block]:
    """Each signature with printed name, time with zone, meaning, and the hash of what was signed (21 CFR 11.50)."""
    yield heading(gettext("Signatures"))
    found = [*content.events(SignatureMade, standing=False)]
    if not found:
        yield paragraph(gettext("Nothing of this lot was signed in onelot up to this position."))
    else:
        columns = (
            (gettext("Entry"), 16),
            (gettext("Name"), 38),
            (gettext("Meaning"), 20),
            (gettext("Signed"), 44),
            (gettext("SHA-256 of the signed content"), 56),
        )
        yield table(columns, [
            (str(entry.position), f"{event.name}\n{event.person}", event.meaning,
             f"{in_zone(entry.occurred_at, event.time_zone)}\n"
             + gettext("with %(factors)s") % {"factors": ", ".join(event.factors).replace("_", " ")},
             event.content)
            for entry, event in found
        ])  # fmt: skip
    failed = [*content.events(SignatureRefused, standing=False)]
    if failed:
        yield heading(gettext("Attempts to sign that failed"), 2)
        yield table(((gettext("Entry"), 16), (gettext("User name"), 50), (gettext("Meaning"), 30),
            (gettext("Why"), 38), (gettext("When"), 40)), [
            (str(entry.position), event.person, event.meaning, event.why.replace("_", " "), in_utc(entry.occurred_at))
            for entry, event in failed
        ])  # fmt: skip


def audit_trail(content: Content) -> Iterator[Block]:
    """Every entry: position, event, reason, actor, occurred, recorded, and the beginning of its leaf hash."""
    yield heading(gettext("Audit trail"))
    yield paragraph(gettext(
        "Every ledger entry of this lot in order, and those on which the record rests (marked ◇). Of each leaf hash the"
        " first 16 digits are printed; the entries themselves are attached, with a proof for each. Where a thing"
        " occurred in another second than that in which it was recorded, both are printed."
    ))  # fmt: skip
    if content.replaced:
        yield paragraph(gettext("Entries marked ▽ come from a document that a corrected one has replaced."))
    columns = (
        (gettext("Entry"), 16),
        (gettext("What"), 83),
        (gettext("By"), 23),
        (gettext("Recorded (UTC)"), 29),
        (gettext("Leaf hash"), 23),
    )
    yield table(columns, [_line(content, stored) for stored in content.entries])


def _line(content: Content, stored: Stored) -> tuple[str, str, str, str, str]:
    entry = stored.entry
    event = entry.event
    signs = ("" if stored.own else " ◇") + (" ▽" if content.is_replaced(entry) else "")
    what = _short(event) if isinstance(event, ParameterRecorded) else f"{title(event)}. {told(event)}"
    reason = "\n" + gettext("Reason: %(reason)s") % {"reason": entry.reason} if entry.reason else ""
    place = f" [{entry.source.place}]" if entry.source and entry.source.place else ""
    occurred, recorded = in_utc(entry.occurred_at)[:19], in_utc(entry.recorded_at)[:19]
    later = occurred[11:] if occurred[:10] == recorded[:10] else occurred
    times = (
        recorded if occurred == recorded else f"{recorded}\n" + gettext("occurred %(when)s") % {"when": later}
    )
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
    yield heading(gettext("Attachments and verification"))
    yield paragraph(gettext(
        "This file is sealed: `onelot verify FILE` tells, without network, database or account, whether any byte was"
        " altered and in which part, that each entry is in the ledger under the signed checkpoint, and who signed"
        " what."
        " The keys below must be compared with those received from the owner of the ledger by another way."
    ))  # fmt: skip
    yield table(
        ((gettext("Key"), 40), (gettext("Value"), 134)),
        [(gettext("Ledger (checkpoint)"), key), (gettext("Seal (certificate)"), certificate)],
    )
    yield heading(gettext("Attached files"), 2)
    yield table(((gettext("Name in this file"), 62), (gettext("What"), 38), (gettext("Bytes"), 18),
        (gettext("SHA-256"), 56)), [
        (item.name, item.what, str(len(item.data)), item.digest) for item in attachments
    ])  # fmt: skip
    left = [original for original in content.originals if original.data is None]
    if left:
        yield notice(
            gettext("Files that the record names and that are not attached: %(number)s.")
            % {"number": len(left)},
            "bad",
        )
        yield table(((gettext("File"), 52), (gettext("Named by entry"), 22),
            (gettext("Why it is not here"), 44), (gettext("SHA-256"), 56)), [
            (item.name, str(item.position), item.why, item.digest) for item in left
        ])  # fmt: skip
