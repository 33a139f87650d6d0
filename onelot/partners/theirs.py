"""Whether a file is one that its sender may hand over: of their own lots, at their own sites."""

from __future__ import annotations

from collections.abc import Iterator

from onelot.execution.events import LotOpened
from onelot.intake.adapter import Extraction
from onelot.intake.service import latest
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.said import said
from onelot.ledger.store import Ledger
from onelot.partners.models import SentDocument
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import place_of
from onelot.review.desk.models import LotCard

_LONGEST = {
    "lot": 120, "coi_identifier": 120, "product": 64, "site": 64, "intended_market": 8, "mbr": 64,
    "mbr_version": 64,
}  # fmt: skip
"""Characters of the fields of a lot's head that pages keep."""
_REPORTED = 20


def check_theirs(ledger: Ledger, actor: Actor, extraction: Extraction) -> None:
    """Raises Refused (``partners.not_theirs``, ``partners.head``) with every lot that is not the person's.

    A lot belongs where the file says that it is made, and where it is known to be made: the person must be allowed at
    both. An unknown lot that the file does not open is told like one of somebody else. A document that is corrected
    must have been theirs, too.
    """
    faults = [*_heads(extraction)]  # first: a database may not even be asked for such a name
    faults = faults or [*_lots(actor, extraction), *faults_of_correction(ledger, actor, extraction)]
    if faults:
        raise Refused(faults[:_REPORTED])


def _heads(extraction: Extraction) -> Iterator[Refusal]:
    for extract in extraction.extracts:
        event = extract.event
        head = isinstance(event, LotOpened)
        for field, longest in _LONGEST.items() if head else (("lot", _LONGEST["lot"]),):
            text = getattr(event, field, "")
            if len(text) > longest or not text.isprintable():
                yield Refusal(
                    "partners.head",
                    "A name in the record is none that onelot can keep.",
                    where=f"{extract.place}, {field}",
                    expected=said("at most {longest} printable characters", longest=longest),
                    got=repr(text[:80])[1:-1],
                )


def _lots(actor: Actor, extraction: Extraction) -> Iterator[Refusal]:
    stated: dict[str, list[Place]] = {}
    for extract in extraction.extracts:
        if isinstance(extract.event, LotOpened):
            place = place_of(extract.event.site, extract.event.product)
            stated.setdefault(extract.event.lot, []).append(place)
    known = _places(extraction.lots)
    for lot in extraction.lots:
        places = [*stated.get(lot, ()), *known.get(lot, ())]
        if not places or not all(actor.may("record.upload", place) for place in places):
            yield Refusal(
                "partners.not_theirs", "You may not hand over records of this lot.", where=said("lot {lot}", lot=lot),
                expected="a lot that was opened, or that the file opens, at a site for which you hand over records",
                got=", ".join(sorted({place.site for place in stated.get(lot, ())})) or "no such lot",
                hint="Look at the lot's number and site in the file; ask your sponsor if they are right.",
            )  # fmt: skip


def faults_of_correction(ledger: Ledger, actor: Actor, extraction: Extraction) -> Iterator[Refusal]:
    """A fault where the file would correct a document of somebody else."""
    before = latest(ledger, extraction.document)
    if before is None:
        return
    if before.lots:
        known = _places(before.lots)
        theirs = all(
            lot in known and all(actor.may("record.upload", place) for place in known[lot])
            for lot in before.lots
        )
    else:
        sent = SentDocument.objects.filter(document=before.document, outcome="taken").first()
        theirs = actor.may("record.upload", Place(sent.organisation if sent else ""))
    if not theirs:
        yield Refusal(
            "partners.not_theirs", "A document with this id is there, and is not yours to correct.",
            where=extraction.document[:200], expected="an id of your own, or the document that you sent before",
            hint="Give the document an id that begins with your site.",
        )  # fmt: skip


def _places(lots: tuple[str, ...]) -> dict[str, list[Place]]:
    cards = LotCard.objects.filter(lot__in=lots)
    return {card.lot: [Place(card.organisation, card.site, card.product)] for card in cards}
