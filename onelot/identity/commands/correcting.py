"""Corrections of identity: proposed and signed by one person, made by the signature of another.

A label or a container can be taken out of use, and a donation number be said right. Nothing ever moves from one
patient to another: what was recorded for the wrong one is void, and is registered anew."""

from __future__ import annotations

from onelot.identity import events
from onelot.identity.commands.base import Commands, checked_text, tags_of, told
from onelot.identity.domain.isbt import is_din
from onelot.identity.models import (
    CollectionCard,
    ContainerCard,
    CorrectionCard,
    LabelCard,
    TherapyCard,
)
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.query import Query
from onelot.registry.signing import Credentials, Signing

_TYPES = (events.CorrectionProposed, events.IdentityCorrected, events.CorrectionDeclined)


class Correcting(Commands):
    """The commands on corrections."""

    def propose_correction(
        self, *, coi_identifier: str, subject: events.CorrectionSubject, identifier: str, reason: str,
        signing: Signing, credentials: Credentials, after: str = "",
    ) -> str:  # fmt: skip
        """Sign what is wrong and what is right; nothing is changed yet. Its identifier.

        Raises Refused: ``identity.correction``, ``identity.din``, ``identity.din_taken``.
        """
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "identity.correct")
        text = checked_text(reason, "reason")
        self._check_subject(card, subject, identifier, after)
        pending = CorrectionCard.objects.filter(subject=subject, identifier=identifier, state="proposed")
        if pending.exists():
            raise refuse(
                "identity.correction", "A correction of this waits for its second signature already.",
                where=identifier,
            )  # fmt: skip
        correction = new_id()
        content = {
            "correction": correction, "coi_identifier": coi_identifier, "subject": subject, "identifier": identifier,
            "after": after, "reason": text,
        }  # fmt: skip
        tags = tags_of(card, f"correction:{correction}", f"corrects:{identifier}")
        try:
            signing.sign(
                credentials=credentials, meaning="performed", content=content, tags=tags, reason=text,
                acts=lambda signature: [
                    events.CorrectionProposed(
                        correction=correction, coi_identifier=coi_identifier, lot=card.lot, subject=subject,
                        identifier=identifier, after=after, signature=signature,
                    )
                ],
                unless=Query(tags=(f"corrects:{identifier}",), types=_TYPES), after=seen,
            )  # fmt: skip
        except Refused as refused:
            raise told(refused, identifier) from refused
        return correction

    def make_correction(self, *, correction: str, signing: Signing, credentials: Credentials) -> None:
        """Sign a correction that somebody else proposed; from now on it counts.

        Raises Refused: ``registry.same_person``, ``identity.not_now``.
        """
        seen = self.ledger.size()
        card, therapy = self._proposed(correction)
        if card.proposed_by == self.actor.person:
            raise refuse(
                "registry.same_person", "A correction takes two people: nobody makes the one they proposed.",
                where=card.identifier, expected="somebody else", got=card.proposed_by,
            )  # fmt: skip
        self._check_subject(therapy, card.subject, card.identifier, card.after)
        content = {
            "correction": correction, "coi_identifier": card.coi_identifier, "subject": card.subject,
            "identifier": card.identifier, "after": card.after, "reason": card.reason,
        }  # fmt: skip
        more = [f"correction:{correction}", f"corrects:{card.identifier}"]
        if card.subject == "din":
            more.append(f"din:{card.after}")
        try:
            signing.sign(
                credentials=credentials, meaning="verified", content=content, tags=tags_of(therapy, *more),
                reason=card.reason,
                acts=lambda signature: [
                    events.IdentityCorrected(
                        correction=correction, coi_identifier=card.coi_identifier, lot=card.lot,
                        subject=card.subject,  # type: ignore[arg-type]
                        identifier=card.identifier, after=card.after, proposed_by=card.proposed_by,
                        signature=signature,
                    )
                ],
                unless=Query(tags=(f"corrects:{card.identifier}",), types=_TYPES)
                | Query(tags=(f"din:{card.after or '-'}",), types=(events.CollectionRecorded,)),
                after=seen,
            )  # fmt: skip
        except Refused as refused:
            raise told(refused, card.identifier) from refused

    def decline_correction(self, *, correction: str, reason: str) -> None:
        """A proposed correction is not made."""
        seen = self.ledger.size()
        card, therapy = self._proposed(correction)
        event = events.CorrectionDeclined(
            correction=correction, coi_identifier=card.coi_identifier, lot=card.lot
        )
        tags = tags_of(therapy, f"correction:{correction}", f"corrects:{card.identifier}")
        draft = self._draft(event, tags, checked_text(reason, "reason"))
        try:
            self.ledger.append(
                [draft], unless=Query(tags=(f"correction:{correction}",), types=_TYPES), after=seen
            )
        except Refused as refused:
            raise told(refused, card.identifier) from refused

    def _proposed(self, correction: str) -> tuple[CorrectionCard, TherapyCard]:
        card = CorrectionCard.objects.filter(correction=correction).first()
        if card is None:
            raise refuse(
                "identity.unknown", "There is no such correction.", where="correction", got=correction[:64]
            )
        therapy = self._therapy(card.coi_identifier, "identity.correct")
        if card.state != "proposed":
            raise refuse(
                "identity.not_now", "This correction was decided on.", where=card.identifier, got=card.state
            )
        return card, therapy

    def _check_subject(self, card: TherapyCard, subject: str, identifier: str, after: str) -> None:
        """What is to be corrected exists, is this patient's, and can be."""
        coi = card.coi_identifier
        match subject:
            case "label":
                label = LabelCard.objects.filter(label=identifier, coi_identifier=coi).first()
                possible = label is not None and label.state in ("printed", "applied") and not after
            case "container":
                container = ContainerCard.objects.filter(code=identifier, coi_identifier=coi).first()
                possible = container is not None and container.state == "registered" and not after
            case "din":
                possible = CollectionCard.objects.filter(din=identifier, coi_identifier=coi).exists()
                if not is_din(after) or after == identifier:
                    raise refuse(
                        "identity.din", "This is not a donation identification number.", where="DIN",
                        expected="13 characters, other than before", got=after[:40],
                    )  # fmt: skip
                if CollectionCard.objects.filter(din=after).exists():
                    raise refuse(
                        "identity.din_taken",
                        "A collection was recorded under this number already, and it is never given again.",
                        where="DIN", got=after,
                    )  # fmt: skip
            case _:
                possible = False
        if not possible:
            raise refuse(
                "identity.correction", "This cannot be corrected.", where=identifier[:80] or "correction",
                expected="a label or a container of this patient that is in use, or a recorded donation number",
                got=subject[:40],
            )  # fmt: skip
