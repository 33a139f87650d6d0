"""The identity check: THE one service that every room calls where something is scanned.

What was expected is compared with what was read. Where it agrees, the reading is recorded. Where it does not, the
reading, the mismatch and a critical deviation are recorded in one append, and the command raises: work stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from onelot.deviations.events import DeviationOpened
from onelot.deviations.service import Deviations
from onelot.identity import events
from onelot.identity.allowed import mbr_of
from onelot.identity.commands.base import (
    TRIES,
    Commands,
    Witness,
    check_going,
    checked_text,
    is_condition,
    tags_of,
)
from onelot.identity.domain.check_character import is_typed_right
from onelot.identity.domain.symbols import Symbol, read_symbol
from onelot.identity.models import CollectionCard, ContainerCard, LabelCard, TherapyCard, TherapyLot
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.registry.permissions import Place
from onelot.registry.queries import place_of

_POINT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Claim:
    """One identifier in a symbol that says whose the thing is, and whether it is this patient's."""

    kind: str
    """coi_identifier, lot, din, container; ``text`` for one that nobody knows."""
    value: str
    expected: str
    agrees: bool
    other: str = ""
    """COI identifier of the patient whose it is, where that is somebody else."""


@dataclass(frozen=True)
class Reading:
    """A reading that agreed."""

    symbol: Symbol
    claims: tuple[Claim, ...]
    positions: range
    """Ledger positions of what was recorded."""


class Checking(Commands):
    """Reading and comparing identifiers."""

    def check_identity(
        self, *, coi_identifier: str, point: str, raw: str, carrier: events.Carrier = "scan", check: str = "",
        container: str = "", witness: Witness | None = None, device: str = "", place: Place | None = None,
        also: Sequence[Draft] = (), unless: Query | None = None, after: int = 0, may_be_stopped: bool = False,
    ) -> Reading:  # fmt: skip
        """Compare what was read with the patient, and with the container where one is expected, and record it.

        ``raw`` is what the scanner sent, or, with ``carrier="manual"``, what was typed together with the ``check``
        character beside it. ``also`` is appended with the reading where it agrees, under the condition ``unless`` and
        ``after``. ``place`` is where the caller knows it to happen, for example with a carrier. Not to be called
        inside a transaction of the caller's: the record of a mismatch must not be rolled back.

        Raises Refused: ``identity.mismatch`` after recording it; ``identity.nothing_to_compare``,
        ``identity.typed_wrong``, ``identity.second_person``, ``identity.no_lot``, ``identity.point``, those of
        ``read_symbol``, without a record."""
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "identifier.read", place=place)
        self._check_lot(card)
        _check_point(point)
        if not may_be_stopped:
            check_going(card)
        symbol = read_symbol(raw)
        if carrier == "manual":
            _check_typed(symbol, check)
        claims = self.compare(symbol, card, container)
        wrong = next((claim for claim in claims if not claim.agrees), None)
        if wrong is not None:
            raise self._record_mismatch(card, symbol, wrong, point=point, carrier=carrier, device=device)
        if witness is None and self._wants_two(card, point):
            raise refuse(
                "identity.second_person", "Here a second person must confirm what was read.", where=point,
                expected="the user name and password of a second person",
                hint="The master batch record asks for two people at this point.",
            )  # fmt: skip
        drafts = [
            *self._readings(card, claims, point=point, carrier=carrier, device=device, witness=witness),
            *also,
        ]
        if witness is None:
            positions = self.ledger.append(drafts, unless=unless, after=after)
        else:
            positions = self._append_signed(
                witness, card, "identifier.read", "reading", point, seen=after or seen, also=drafts,
                content={"read": [f"{claim.kind} {claim.value}" for claim in claims]}, place=place, unless=unless,
            )  # fmt: skip
        return Reading(symbol, claims, positions)

    def reestablish(
        self, *, coi_identifier: str, point: str, raw: str, witness: Witness, reason: str,
        carrier: events.Carrier = "scan", check: str = "", container: str = "",
    ) -> None:  # fmt: skip
        """After a mismatch two people read the right identifiers, so work goes on; the deviation stays open.

        Raises Refused as ``check_identity`` does, and ``identity.not_now`` where nothing stands still.
        """
        card = self._therapy(coi_identifier, "identifier.read")
        if not card.stopped_by:
            raise refuse(
                "identity.not_now", "Work on this therapy does not stand still.", where=coi_identifier
            )
        text = checked_text(reason, "reason")
        seen = self.ledger.size()
        symbol = read_symbol(raw)
        if carrier == "manual":
            _check_typed(symbol, check)
        claims = self.compare(symbol, card, container)
        wrong = next((claim for claim in claims if not claim.agrees), None)
        if wrong is not None:
            raise self._record_mismatch(card, symbol, wrong, point=point, carrier=carrier)
        self._append_signed(
            witness, card, "identifier.read", "reestablished", point, seen=seen, reason=text,
            acts=lambda signature: [
                events.IdentityReestablished(
                    lot=card.lot, coi_identifier=coi_identifier, point=point, performed_by=self.actor.person,
                    signature=signature,
                )
            ],
            also=self._readings(card, claims, point=point, carrier=carrier, witness=witness),
            content={
                "read": [f"{claim.kind} {claim.value}" for claim in claims], "reason": text,
                "deviation": card.stopped_by,
            },
        )  # fmt: skip

    def compare(self, symbol: Symbol, card: TherapyCard, container: str = "") -> tuple[Claim, ...]:
        """What a symbol says of whose the thing is, each compared; those that agree not first.

        Raises Refused (``identity.nothing_to_compare``) where it says nothing of it.
        """
        expected = self._container(container, card) if container else None
        found = [
            _CLAIMS[item.kind](item.value, card, expected)
            for item in symbol.identifiers
            if item.kind in _CLAIMS
        ]
        claims = [claim for claim in found if claim is not None]
        if not claims:
            raise refuse(
                "identity.nothing_to_compare", "This symbol names no patient, no lot and no container.",
                where="symbol", expected="a COI identifier, a lot, a donation number or a container",
                got=symbol.raw[:80], hint="Scan the label with the COI identifier.",
            )  # fmt: skip
        return tuple(sorted(claims, key=lambda claim: claim.agrees))

    def _readings(
        self, card: TherapyCard, claims: Sequence[Claim], *, point: str, carrier: events.Carrier, device: str = "",
        witness: Witness | None,
    ) -> list[Draft]:  # fmt: skip
        now = self.clock()
        return [
            self._draft(
                events.IdentifierRead(
                    lot=card.lot, point=point, carrier=carrier, kind=claim.kind,  # type: ignore[arg-type]
                    identifier=claim.value, read_at=now, read_by=self.actor.person, device=device[:80],
                    verified_by=witness.person if witness else "", verified_at=now if witness else None,
                ),
                tags_of(card, *((f"container:{claim.value}",) if claim.kind == "container" else ())),
            )
            for claim in claims
        ]  # fmt: skip

    def _record_mismatch(
        self,
        card: TherapyCard,
        symbol: Symbol,
        wrong: Claim,
        *,
        point: str,
        carrier: events.Carrier,
        device: str = "",
    ) -> Refused:
        """Record reading, mismatch and deviation in one append that no caller can roll back; what to raise."""
        read = events.IdentifierRead(
            lot=card.lot, point=point, carrier=carrier, read_at=self.clock(), read_by=self.actor.person,
            kind="coi_identifier" if wrong.kind == "text" else wrong.kind,  # type: ignore[arg-type]
            identifier=wrong.value[:400], device=device[:80],
        )  # fmt: skip
        service = Deviations(self.ledger, self.actor, place_of(card.site, card.product), self.clock)
        for _ in range(TRIES):
            opening = service.draft_found(
                lot=card.lot, severity="critical", title=f"Identity mismatch at {point}",
                description=(
                    f"{wrong.expected} was expected, {wrong.value[:200]} was read ({carrier})."
                    + (" It belongs to another patient of this installation." if wrong.other else "")
                ),
            )  # fmt: skip
            assert isinstance(opening.event, DeviationOpened)
            number = opening.event.deviation
            mismatch = events.IdentityMismatch(
                lot=card.lot, coi_identifier=card.coi_identifier, point=point, carrier=carrier, kind=wrong.kind,
                expected=wrong.expected, read=wrong.value[:400], raw=symbol.raw[:400], deviation=number,
                other=wrong.other, read_by=self.actor.person,
            )  # fmt: skip
            about = tags_of(card, f"deviation:{number}")
            if wrong.other:
                about = (*about, f"mixed_up:{wrong.other}")
            opened = Draft(
                event=opening.event, actor=opening.actor, occurred_at=opening.occurred_at,
                tags=tuple(dict.fromkeys((*opening.tags, f"coi:{card.coi_identifier}"))),
            )  # fmt: skip
            drafts = [self._draft(read, tags_of(card)), self._draft(mismatch, about), opened]
            taken = Query(tags=(f"deviation:{number}",), types=(DeviationOpened,))
            try:
                # Durable: inside a transaction that the refusal would roll back this fails, instead of losing the
                # record.
                with transaction.atomic(using=self.ledger.alias, durable=True):
                    self.ledger.append(drafts, unless=taken)
            except Refused as refused:
                if not is_condition(refused):
                    raise
                continue
            return _mismatch(point, wrong, number)
        return refuse("identity.busy", "The mismatch could not be recorded. Stop all the same.", where=point)

    def _wants_two(self, card: TherapyCard, point: str) -> bool:
        mbr = mbr_of(self.ledger, self.evidence, card.mbr, card.mbr_version)
        points = {item.id: item for item in mbr.identity_points} if mbr else {}
        return point in points and points[point].verification == "second_person"


def _mismatch(point: str, wrong: Claim, number: str) -> Refused:
    return refuse(
        "identity.mismatch",
        "STOP. This is not this patient's. Do not go on.",
        where=point,
        expected=wrong.expected,
        got=wrong.value[:200],
        hint=said(
            "Put it aside and tell quality assurance: deviation {number} was opened. Work stands still until "
            "two people have read the right identifiers.",
            number=number,
        ),
    )


def _check_point(point: str) -> None:
    if not _POINT.fullmatch(point):
        raise refuse(
            "identity.point",
            "This cannot be a point of the process.",
            where="point",
            expected="the id of an identity point, for example receipt",
            got=point[:80],
        )


def _check_typed(symbol: Symbol, check: str) -> None:
    """What was typed must be guarded: by the check character beside it, or by one that it holds itself."""
    text = symbol.identifiers[0].value if symbol.identifiers else ""
    chosen = settings.ONELOT_COI_FORMAT
    if not check and chosen.check != "none" and chosen.fits(text):
        chosen.check_form(text)
    elif symbol.syntax == "text" and not is_typed_right(text, check):
        raise refuse(
            "identity.typed_wrong",
            "The identifier and its check character do not fit together.",
            where="symbol",
            expected="both as they are printed on the label",
            got=said("{text} and {check}", text=text[:80], check=check[:8] or "–"),
            hint="Read the label again and type it anew. Nothing was recorded.",
        )


def _coi_claim(value: str, card: TherapyCard, expected: ContainerCard | None) -> Claim:
    del expected
    agrees = value == card.coi_identifier
    known = not agrees and TherapyCard.objects.filter(coi_identifier=value).exists()
    return Claim("coi_identifier", value, card.coi_identifier, agrees, value if known else "")


def _lot_claim(value: str, card: TherapyCard, expected: ContainerCard | None) -> Claim:
    owner = TherapyLot.objects.filter(lot=value).values_list("coi_identifier", flat=True).first() or ""
    wanted = expected.lot if expected else card.lot
    return Claim("lot", value, wanted, value == wanted, "" if owner == card.coi_identifier else owner)


def _din_claim(value: str, card: TherapyCard, expected: ContainerCard | None) -> Claim | None:
    owner = CollectionCard.objects.filter(din=value).first()
    mine = sorted(
        CollectionCard.objects.filter(coi_identifier=card.coi_identifier).values_list("din", flat=True)
    )
    if owner is None and not mine:
        return None  # the kit's own number, before the collection is recorded under it
    if expected is not None and expected.din:
        mine = [expected.din]
    other = owner.coi_identifier if owner and owner.coi_identifier != card.coi_identifier else ""
    return Claim("din", value, " or ".join(mine) or "a donation of this patient", value in mine, other)


def _container_claim(value: str, card: TherapyCard, expected: ContainerCard | None) -> Claim:
    known = ContainerCard.objects.filter(code=value).first()
    mine = known is not None and known.coi_identifier == card.coi_identifier and known.state != "void"
    agrees = mine and (expected is None or expected.code == value)
    other = known.coi_identifier if known and known.coi_identifier != card.coi_identifier else ""
    wanted = expected.code if expected else said("a container of {whose}", whose=card.coi_identifier)
    return Claim("container", value, wanted, agrees, other)


def _text_claim(value: str, card: TherapyCard, expected: ContainerCard | None) -> Claim:
    """Plain text is whatever it is known as; as nothing known it is nobody's."""
    if value == card.coi_identifier or TherapyCard.objects.filter(coi_identifier=value).exists():
        return _coi_claim(value, card, expected)
    if ContainerCard.objects.filter(code=value).exists():
        return _container_claim(value, card, expected)
    if value == card.lot or TherapyLot.objects.filter(lot=value).exists():
        return _lot_claim(value, card, expected)
    label = LabelCard.objects.filter(label=value).exclude(state="void").first()
    if label is not None and label.container:
        return _container_claim(label.container, card, expected)
    if label is not None:
        return _coi_claim(label.coi_identifier, card, expected)
    wanted = expected.code if expected else card.coi_identifier
    return Claim("text", value, wanted, agrees=False)


_CLAIMS: dict[str, Callable[[str, TherapyCard, ContainerCard | None], Claim | None]] = {
    "coi_identifier": _coi_claim, "lot": _lot_claim, "din": _din_claim, "container": _container_claim,
    "text": _text_claim,
}  # fmt: skip
