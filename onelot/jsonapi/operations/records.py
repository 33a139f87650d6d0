"""Batch records: sent as files, kept as they came, answered with what became of them and a receipt."""

from __future__ import annotations

import re
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from onelot.execution.events import LotOpened
from onelot.intake.adapter import Extraction
from onelot.intake.events import DocumentRefused
from onelot.intake.mappings import mappings_for
from onelot.intake.receipts import document_entry, receipt_of
from onelot.intake.service import Intake
from onelot.jsonapi.middleware import FILE_TYPE, MAX_FILE
from onelot.jsonapi.operation import Operation, as_response, reads, sends_file
from onelot.jsonapi.operations.asking import asker, lots_in, unknown
from onelot.jsonapi.problems import problem
from onelot.jsonapi.schemas import Asked, ReceiptOut, RecordOut
from onelot.kernel.refusals import Refused, refuse
from onelot.partners.theirs import faults_of_correction
from onelot.registry.permissions import Place
from onelot.registry.queries import place_of
from onelot.registry.requests import PersonRequest
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import visible_lots

router = Router(tags=["records"])
_DIGEST = re.compile(r"[0-9a-f]{64}")


class FileNamed(Asked):
    """The file's name, for messages and the list of files."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f\x7f]+$")]


@sends_file(
    router,
    RecordOut,
    Operation("/records", scope="records:write", summary="Send a batch record", media=FILE_TYPE),
    MAX_FILE,
)
def send_record(request: HttpRequest, wanted: Query[FileNamed], data: bytes) -> HttpResponse:
    """A B2MML, BatchML or onelot JSON file, or a table for which a mapping is registered: read whole or not at all.

    201 with a receipt where it was taken, or was known. 422 with every fault and its place where it was refused: the
    file is kept then, too. A file about lots that you may not send for changes nothing.
    """
    person = asker(request)
    person.actor.check_may("record.upload")
    return _received(person, data, wanted.name)


@reads(
    router,
    ReceiptOut,
    Operation("/records/{document}/receipt", scope="lots:read", summary="The receipt of a file, again"),
)
def get_receipt(request: HttpRequest, document: str) -> ReceiptOut:
    """For those who may see every lot of the file; by its SHA-256."""
    person = asker(request)
    position = document_entry(person.ledger, document) if _DIGEST.fullmatch(document) else 0
    if not position:
        raise unknown("file", document)
    entry = next(person.ledger.read(after=position - 1, until=position))
    lots = lots_in(entry)
    seen = visible_lots(person.actor).filter(lot__in=lots).count() == len(lots)
    hidden = isinstance(entry.event, DocumentRefused) or not lots or not seen
    if hidden and not person.actor.may("audit.open", Place()):
        raise unknown("file", document)
    return ReceiptOut(**receipt_of(person.ledger, person.checkpoint, position))


def _received(person: PersonRequest, data: bytes, name: str) -> HttpResponse:
    actor = person.actor
    mappings = mappings_for(person.ledger, person.evidence, actor.organisation)
    intake = Intake(
        person.ledger, person.evidence, mappings.current, person.clock, actor=actor.who,
        check=lambda extraction: _check_theirs(person, extraction, name), earlier_mappings=mappings.earlier,
    )  # fmt: skip
    try:
        intake.read(data, name)
    except Refused as refused:
        if refused.refusals[0].code == "registry.not_allowed":
            raise
    receipt = intake.receive(data, name)
    if receipt.outcome == "refused":
        return problem(person, receipt.refusals, 422)
    position = document_entry(person.ledger, receipt.document)
    said = RecordOut(
        name=receipt.name, document=receipt.document, outcome=receipt.outcome, lots=list(receipt.lots),
        facts=receipt.facts, changes=receipt.changes,
        receipt=ReceiptOut(**receipt_of(person.ledger, person.checkpoint, position)),
    )  # fmt: skip
    return as_response(said, 201)


def _check_theirs(person: PersonRequest, extraction: Extraction, name: str) -> None:
    """Raises Refused (``registry.not_allowed``) unless the caller may send for every lot of the file.

    A lot belongs where the file says that it is made, and where it was known to be made: the caller must be allowed at
    both. What the file says of no lot is for those who may send everywhere. A document that the file corrects must have
    been theirs, too.
    """
    actor = person.actor
    places = {
        extract.event.lot: place_of(extract.event.site, extract.event.product)
        for extract in extraction.extracts
        if isinstance(extract.event, LotOpened)
    }
    known = {card.lot: card for card in LotCard.objects.filter(lot__in=extraction.lots)}
    for lot in extraction.lots:
        card = known.get(lot)
        there = [Place(card.organisation, card.site, card.product)] if card else []
        if lot in places:
            there.append(places[lot])
        if not there or not all(actor.may("record.upload", place) for place in there):
            raise _not_theirs(lot)
    if not extraction.lots and not actor.may("record.upload", Place()):
        raise _not_theirs(name)
    if next(faults_of_correction(person.ledger, actor, extraction), None) is not None:
        raise _not_theirs(name)


def _not_theirs(where: str) -> Refused:
    return refuse(
        "registry.not_allowed", "You may not send records of this lot.", where=where,
        expected="lots of the sites for which you may send",
    )  # fmt: skip
