"""Signing a document of a lot: read, shown, signed with its number in one append (decision D7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from onelot.custody.events import HandedOver
from onelot.disposition.documents.content import (
    ACTIONS,
    ASKS,
    MEANINGS,
    DocumentKind,
    Facts,
    body,
    stops,
)
from onelot.disposition.events import CertificateIssued
from onelot.disposition.issuing import Register, read_register, signed_by
from onelot.disposition.queries import certificates_with, last_decision, visible_lot
from onelot.disposition.reading import is_by_cdmo, read_case, standing_entries
from onelot.disposition.service import changed, is_condition, touching
from onelot.disposition.titles import STOPS
from onelot.identity.events import IdentifierRead, LabelsReconciled
from onelot.kernel.canonical import canonical
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place
from onelot.registry.signing import Credentials, Signing
from onelot.review.desk.models import LotCard

MAX_TEXT = 400
_TRIES = 5


@dataclass(frozen=True)
class Draft:
    """A document as it would be signed now."""

    kind: DocumentKind
    body: dict[str, object]
    stops: tuple[str, ...]
    position: int
    """The ledger as it was read."""


@dataclass(frozen=True)
class Documents:
    """What one person may sign of lots.

    Each raises Refused: ``registry.not_allowed``, ``disposition.unknown``.
    """

    ledger: Ledger
    evidence: EvidenceStore
    actor: Actor
    clock: Clock = system_clock

    def kinds(self, card: LotCard) -> tuple[DocumentKind, ...]:
        """The kinds that the person may sign for a lot."""
        place = Place(card.organisation, card.site, card.product)
        return tuple(kind for kind, action in ACTIONS.items() if self.actor.may(action, place))

    def draft(self, *, lot: str, kind: DocumentKind, given: Mapping[str, str]) -> Draft:
        """What there is to sign, and what stops it."""
        card = self._lot(lot, kind)
        read = read_case(self.ledger, self.evidence, card)
        facts = self._facts(card)
        texts = {name: given.get(name, "").strip() for name in ASKS[kind]}
        found = stops(kind, read.case, facts, self.actor.person)
        return Draft(kind, body(kind, read.case, facts, texts), found, read.position)

    def sign(
        self, *, lot: str, kind: DocumentKind, given: Mapping[str, str], seen: int, signing: Signing,
        credentials: Credentials,
    ) -> str:  # fmt: skip
        """Sign a document as it was shown at ``seen``; its number in its register.

        Raises Refused: ``disposition.document_stopped``, ``disposition.text``, ``disposition.changed``,
        ``registry.signature_failed``.
        """
        for name in ASKS[kind]:
            if not 0 < len(given.get(name, "").strip()) <= MAX_TEXT:
                raise refuse(
                    "disposition.text", "This is needed, and not longer than a line or two.", where=name,
                    expected=said("1 to {count} characters", count=MAX_TEXT),
                    got=said("{count} characters", count=len(given.get(name, ""))),
                )  # fmt: skip
        for _ in range(_TRIES):
            draft = self.draft(lot=lot, kind=kind, given=given)
            if seen > draft.position or any(True for _ in self.ledger.read(touching(lot), after=seen)):
                raise changed(lot)
            if draft.stops:
                raise Refused([
                    Refusal(
                        "disposition.document_stopped", str(STOPS[code]), where=lot, got=code.replace("_", " ")
                    )
                    for code in draft.stops
                ])  # fmt: skip
            register = read_register(kind, self.clock().year)
            try:
                self._signed(draft, register, lot, signing, credentials)
            except Refused as refused:
                if not is_condition(refused):
                    raise
                if credentials.code or credentials.security_key:
                    raise changed(lot) from refused  # these prove a person once only
                continue  # another lot took the number, or somebody acted on this one: the next look tells
            return register.number
        raise changed(lot)

    def _signed(
        self, draft: Draft, register: Register, lot: str, signing: Signing, credentials: Credentials
    ) -> None:
        meaning = MEANINGS[draft.kind]

        def acts(signature: str) -> list[Event]:
            signed = asdict(signed_by(signature, signing, meaning, self.clock()))
            whole = {"certificate": register.number, **draft.body, "signed": signed}
            return [
                CertificateIssued(
                    lot=lot, market=str(draft.body["destination"]), certificate=register.number, kind=draft.kind,
                    content=self.evidence.put(canonical(whole)), signature=signature,
                )
            ]  # fmt: skip

        signing.sign(
            credentials=credentials, meaning=meaning,
            content={**draft.body, "through_position": draft.position},
            tags=(f"lot:{lot}", register.tag), acts=acts, unless=touching(lot) | register.taken(),
            after=draft.position,
        )  # fmt: skip

    def _facts(self, card: LotCard) -> Facts:
        entries = standing_entries(self.ledger, card.lot, (IdentifierRead, HandedOver, LabelsReconciled))
        events: list[Any] = [entry.event for entry in entries]
        holding = last_decision(card.lot)
        with_it = certificates_with(holding.signature) if holding else []
        readings = [one for one in events if isinstance(one, IdentifierRead)]
        moves = [one for one in events if isinstance(one, HandedOver)]
        return Facts(
            readings=tuple(sorted(readings, key=lambda one: one.read_at)),
            moves=tuple(sorted(moves, key=lambda one: one.released_at)),
            labels=tuple(one for one in events if isinstance(one, LabelsReconciled)),
            expires_at=card.expires_at, infusion_at=card.infusion_at,
            decision=next((one.number for one in with_it if one.kind != "certificate_of_analysis"), ""),
            out_of_specification=tuple(holding.out_of_specification) if holding else (),
            by_cdmo=is_by_cdmo(card),
        )  # fmt: skip

    def _lot(self, lot: str, kind: DocumentKind) -> LotCard:
        card = visible_lot(self.actor, lot)
        if card is None:
            raise refuse("disposition.unknown", "There is no such lot.", where="lot", got=lot)
        self.actor.check_may(ACTIONS[kind], Place(card.organisation, card.site, card.product))
        return card
