"""The ledger: its size and checkpoint, proofs, and the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AwareDatetime, Field

from onelot.intake.receipts import receipt_of
from onelot.jsonapi.cursors import entries_after, next_link, position_of
from onelot.jsonapi.operation import Operation, reads
from onelot.jsonapi.operations.asking import asker, entry_out, lots_in, unknown
from onelot.jsonapi.schemas import KEPT, Asked, EntryPage, LedgerOut, Paged, ReceiptOut
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.entry import Entry
from onelot.ledger.proof import Consistency
from onelot.ledger.query import Query as LedgerQuery
from onelot.registry.permissions import Actor, Place
from onelot.review.desk.queries import visible_lots

router = Router(tags=["ledger"])
_TEXT = "text/plain"
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


class EntriesWanted(Paged):
    """Which entries. Without a filter: all, in the ledger's order."""

    type: str = Field(
        "", max_length=100, pattern=KEPT, description="Versioned name, for example review.finding_decided.v1"
    )
    tag: str = Field(
        "", max_length=220, pattern=r"^([a-z][a-z_]*:[^\x00\n]+)?$", description="For example lot:L-0001"
    )
    actor: str = Field("", max_length=120, pattern=KEPT, description="For example person:rita.review")
    since: AwareDatetime | None = Field(None, ge=_FIRST, lt=_LAST, description="Recorded after this instant")
    until: AwareDatetime | None = Field(
        None, ge=_FIRST, lt=_LAST, description="Recorded at or before this instant"
    )


@reads(router, LedgerOut, Operation("/ledger", scope="ledger:read", summary="Size and checkpoint"))
def get_ledger(request: HttpRequest) -> LedgerOut:
    """A checkpoint signs what the ledger is: whoever keeps one finds out later that entries before it were changed."""
    person = asker(request)
    _check_reader(person.actor)
    note = person.checkpoint()
    return LedgerOut(size=parse_checkpoint(split_note(note)[0]).size, checkpoint=note)


@reads(
    router,
    None,
    Operation("/ledger/checkpoint", scope="ledger:read", summary="The checkpoint alone", media=_TEXT),
)
def get_checkpoint(request: HttpRequest) -> HttpResponse:
    """A signed note (C2SP tlog-checkpoint)."""
    person = asker(request)
    _check_reader(person.actor)
    return _text(person.checkpoint())


class SinceWanted(Asked):
    """From which checkpoint on."""

    old: int = Field(ge=1, lt=2**62, description="Size of the checkpoint that you hold")


@reads(
    router,
    None,
    Operation(
        "/ledger/consistency",
        scope="ledger:read",
        summary="That the ledger still begins with what it was",
        media=_TEXT,
    ),
)
def get_consistency(request: HttpRequest, wanted: Query[SinceWanted]) -> HttpResponse:
    """A proof in the form of the C2SP tlog-witness protocol; `onelot ledger verify` checks it."""
    person = asker(request)
    _check_reader(person.actor)
    note = person.checkpoint()
    size = parse_checkpoint(split_note(note)[0]).size
    if wanted.old > size:
        raise refuse(
            "jsonapi.checkpoint_ahead", "The ledger has not that many entries.", where="old",
            expected=said("at most {size}", size=size), got=str(wanted.old),
            hint="If you hold a signed checkpoint of this size, entries were cut off: keep it.",
        )  # fmt: skip
    hashes = tuple(person.ledger.tree(size).consistency(wanted.old))
    return _text(Consistency(wanted.old, hashes, note).text())


@reads(router, EntryPage, Operation("/entries", scope="ledger:read", summary="Search the audit trail"))
def list_entries(request: HttpRequest, wanted: Query[EntriesWanted]) -> EntryPage:
    """For those who may see the audit trail of all (21 CFR 11.10(e), EU GMP Annex 11, 9)."""
    person = asker(request)
    person.actor.check_may("audit.open", Place())
    ledger, start = person.ledger, position_of(wanted.cursor, name="entries")
    kind = ledger.catalogue.event_type(wanted.type)
    if wanted.type and kind is None:
        raise unknown("type of event", wanted.type)
    query = LedgerQuery(
        tags=(wanted.tag,) if wanted.tag else (), types=(kind,) if kind else (), actor=wanted.actor
    )
    after = max(start, ledger.position_at(wanted.since) if wanted.since else 0)
    until = ledger.position_at(wanted.until) if wanted.until else None
    entries = ledger.read(query, after=after, until=until)
    found, cursor = entries_after(entries, wanted.limit, name="entries")
    return EntryPage(items=[entry_out(entry) for entry in found], next=next_link(request, cursor))


@reads(
    router,
    ReceiptOut,
    Operation("/entries/{int:position}/proof", scope="lots:read", summary="That an entry is in the ledger"),
)
def get_proof(request: HttpRequest, position: int) -> ReceiptOut:
    """The entry's bytes and its inclusion proof under a signed checkpoint, to be verified offline."""
    person = asker(request)
    if not 0 < position < 1 << 62:
        raise unknown("entry", str(position))
    entry = next(person.ledger.read(after=position - 1, until=position), None)
    if entry is None or not _may_see(person.actor, entry):
        raise unknown("entry", str(position))
    return ReceiptOut(**receipt_of(person.ledger, person.checkpoint, position))


def _may_see(actor: Actor, entry: Entry) -> bool:
    if actor.may("audit.open", Place()):
        return True
    lots = lots_in(entry)
    return bool(lots) and visible_lots(actor).filter(lot__in=lots).count() == len(lots)


def _check_reader(actor: Actor) -> None:
    """Size and root tell nothing of any lot: whoever may see a lot may hold the ledger to them."""
    if not actor.may("lot.open"):
        actor.check_may("ledger.verify")


def _text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
