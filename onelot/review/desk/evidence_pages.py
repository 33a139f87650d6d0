"""From an exception or a row of the record to the original at its place, and what can be taken away as proof."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from onelot.intake.viewing.window import Grid
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said, word
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.entry import Entry
from onelot.ledger.proof import Inclusion
from onelot.ledger.publishing import last_note
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.requests import PersonRequest
from onelot.registry.signature_events import SignatureMade
from onelot.registry.wording import in_words
from onelot.review.desk.models import FindingCard
from onelot.review.desk.requests import asked_lot, zone_of
from onelot.review.desk.sources import entry_of_lot, may_open, original_of, shown
from onelot.review.desk.telling import told

AROUND_AT_MOST = 60
"""Entries of the same phase that are shown beside one."""


@require_GET
def evidence(request: HttpRequest, lot: str, position: int) -> HttpResponse:
    """One entry: what it says, the original at its place, and the phase's other entries."""
    person, card = asked_lot(request, lot)
    found = _entry(person, lot, position)
    seen = shown(person.ledger, person.evidence, person.actor, found)
    findings = [
        row for row in FindingCard.objects.filter(lot=lot, is_raised=True).order_by("rank", "key")
        if position in row.evidence
    ]  # fmt: skip
    context = {
        "lot": card, "shown": seen, "told": told(found), "zone": zone_of(card), "findings": findings,
        "is_grid": isinstance(seen.view, Grid), "around": _around(person.ledger, lot, found),
        "fields": _fields(found), "may_download": seen.original is not None and not seen.is_withheld,
    }  # fmt: skip
    return render(request, "desk/evidence.html", context)


@require_GET
def original(request: HttpRequest, lot: str, document: str) -> HttpResponse:
    """The original file, to be kept: its bytes as they were received."""
    person, _card = asked_lot(request, lot)
    found = original_of(person.ledger, document)
    is_of_lot = found is not None and (
        lot in found.event.lots or (not found.event.lots and _proves(person.ledger, lot, document))
    )
    if found is None or not is_of_lot or not may_open(person.actor, found):
        raise Refused(Refusal("desk.unknown", "There is no such original of this lot.", where=lot))
    return _file(person.evidence.get(document), found.event.name.replace("\\", "/").rpartition("/")[2])


@require_GET
def signed(request: HttpRequest, lot: str, document: str) -> HttpResponse:
    """Exactly what a signature of this lot covers."""
    person, _card = asked_lot(request, lot)
    query = Query(tags=(f"lot:{lot}",), types=(SignatureMade,))
    if not any(getattr(entry.event, "content", "") == document for entry in person.ledger.read(query)):
        raise Refused(Refusal("desk.unknown", "Nothing of this lot was signed with this content.", where=lot))
    return _file(person.evidence.get(document), f"signed-{document[:12]}.json")


@require_GET
def entry(request: HttpRequest, lot: str, position: int) -> HttpResponse:
    """The stored bytes of one entry of this lot: what its proof of inclusion is checked against."""
    person, _card = asked_lot(request, lot)
    _own_entry(person, lot, position)
    (data,) = person.ledger.read_bytes(after=position - 1, until=position)
    return _file(data, f"{position}.json")


@require_GET
def proof(request: HttpRequest, lot: str, position: int) -> HttpResponse:
    """That one entry is in the ledger, under the newest signed checkpoint, as C2SP tlog-proof."""
    person, _card = asked_lot(request, lot)
    _own_entry(person, lot, position)
    note = last_note(person.ledger) or ""
    size = parse_checkpoint(split_note(note)[0]).size if note else 0
    if size < position:
        raise refuse(
            "desk.not_signed_yet", "No signed checkpoint covers this entry yet.", where=str(position),
            expected=said("a checkpoint over at least {count} entries", count=position), got=str(size),
            hint="Checkpoints are signed by `onelot ledger checkpoint`; try again after the next one.",
        )  # fmt: skip
    hashes = tuple(person.ledger.tree(size).inclusion(position))
    return _file(Inclusion(position - 1, hashes, note).text().encode(), f"{position}.tlog-proof")


def _entry(person: PersonRequest, lot: str, position: int) -> Entry:
    found = entry_of_lot(person.ledger, person.actor, lot, position)
    if found is None:
        raise Refused(Refusal("desk.unknown", "There is no such entry of this lot.", where=lot))
    return found


def _own_entry(person: PersonRequest, lot: str, position: int) -> None:
    """An entry that speaks of other lots too, such as a receipt of several, is not given away with one of them."""
    found = _entry(person, lot, position)
    lots = {tag for tag in found.tags if tag.startswith("lot:")}
    if f"lot:{lot}" not in lots or (len(lots) > 1 and not person.actor.may("desk.open")):
        raise Refused(Refusal("desk.unknown", "There is no such entry of this lot.", where=lot))


def _proves(ledger: Ledger, lot: str, document: str) -> bool:
    """Whether an exception of the lot rests on a site's file."""
    positions = {
        position
        for proved in FindingCard.objects.filter(lot=lot).values_list("evidence", flat=True)
        for position in proved
    }  # fmt: skip
    for position in positions:
        found = next(ledger.read(after=position - 1, until=position), None)
        if found is not None and found.source is not None and found.source.document == document:
            return True
    return False


def _around(ledger: Ledger, lot: str, found: Entry) -> list[tuple[Any, bool]]:
    """The entries of the same phase in order of the record, around this one."""
    phase = getattr(found.event, "phase", "")
    if not phase:
        return []
    same = [
        item for item in ledger.read(Query(tags=(f"lot:{lot}",))) if getattr(item.event, "phase", "") == phase
    ]
    at = next((index for index, item in enumerate(same) if item.position == found.position), 0)
    first = max(0, at - AROUND_AT_MOST // 2)
    return [(told(item), item.position == found.position) for item in same[first : first + AROUND_AT_MOST]]


def _fields(found: Entry) -> list[tuple[str, str]]:
    """Every filled field of an event, as it stands in the ledger."""
    event = found.event
    pairs = [(name, getattr(event, name)) for name in type(event).__struct_fields__]
    return [
        (in_words(word(name.replace("_", " "))), _shown(value))
        for name, value in pairs
        if value not in ("", None, ())
    ]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return _("%(count)s items") % {"count": len(value)} if len(value) > 5 else "; ".join(map(str, value))
    return str(value)


def _file(data: bytes, name: str) -> HttpResponse:
    """A download, never shown by the browser as a page of this site."""
    response = HttpResponse(data, content_type="application/octet-stream")
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in name)
    response["Content-Disposition"] = f'attachment; filename="{plain or "file"}"'
    response["Cache-Control"] = "private, no-store"
    return response
