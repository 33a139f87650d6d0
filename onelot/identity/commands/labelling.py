"""Labels: printed, applied, scrapped, retained and counted; a second copy takes a reason and a second person."""

from __future__ import annotations

from typing import Any

from onelot.identity import events
from onelot.identity.allowed import mbr_of
from onelot.identity.commands.base import (
    Commands,
    Witness,
    check_going,
    checked_text,
    is_condition,
    tags_of,
    therapy_number,
    told,
)
from onelot.identity.domain.labels import TEMPLATE, LabelContent, check_content
from onelot.identity.models import LabelCard, TherapyCard
from onelot.identity.states import LABEL_MOVES, LabelAct
from onelot.kernel.canonical import canonical
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import either, said, word
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query

MAX_COPIES = 40
_LABEL_EVENTS: tuple[type[Event], ...] = (
    events.LabelPrinted, events.LabelReprinted, events.LabelApplied, events.LabelScrapped, events.LabelRetained,
    events.IdentityCorrected,
)  # fmt: skip


class Labelling(Commands):
    """The commands on labels."""

    def print_labels(
        self, *, coi_identifier: str, content: LabelContent, copies: int = 1, mbr_label: str = "",
        container: str = "", shows_patient: bool = False,
    ) -> tuple[str, ...]:  # fmt: skip
        """Record copies of a label that are printed now; their numbers. The second person comes where it is applied.

        A container's label is printed once; after that it is a reprint. Raises Refused: ``identity.reprint``,
        ``identity.label_unknown`` for a label that the master batch record does not have, ``identity.count``.
        """
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "label.print")
        self._check_lot(card)
        check_going(card)
        if card.state == "ended":
            raise refuse(
                "identity.not_now", "This therapy has ended.", where=coi_identifier, got=word(card.state)
            )
        _check_own(content, card, container)
        self._check_mbr_label(card, mbr_label)
        if container:
            self._container(container, card)
        if not 1 <= copies <= MAX_COPIES:
            raise refuse("identity.count", "So many copies cannot be printed at once.", where="copies",
                         expected=said("1 to {count}", count=MAX_COPIES), got=str(copies))  # fmt: skip
        standing = LabelCard.objects.filter(
            coi_identifier=coi_identifier,
            kind=content.kind,
            container=container,
            state__in=("printed", "applied"),
        )
        if container and standing.exists():
            raise refuse(
                "identity.reprint", "A label for this container was printed already.", where=container,
                expected="a reprint, with a reason and a second person", got=standing[0].label,
                hint="Reprint it below, or scrap the copy that is not used.",
            )  # fmt: skip
        numbers = self._new_labels(card, copies)
        drafts = [
            self._printed(card, number, content, mbr_label, container, shows_patient=shows_patient)
            for number in numbers
        ]
        self._append_labels(drafts, card, numbers, seen)
        return numbers

    def reprint_label(self, *, label: str, content: LabelContent, reason: str, witness: Witness) -> str:
        """Print a copy anew, for a reason that a second person signs; the new copy's number. The old one is scrapped.

        Raises Refused: ``identity.unknown``, ``identity.not_now``.
        """
        seen = self.ledger.size()
        card, therapy = self._label(label, "reprint")
        check_going(therapy)
        text = checked_text(reason, "reason")
        _check_own(content, therapy, card.container)
        number = self._new_labels(therapy, 1)[0]
        printed = self._printed(
            therapy, number, content, card.mbr_label, card.container, shows_patient=card.shows_patient,
            replaces=label,
        )  # fmt: skip
        coi, lot = therapy.coi_identifier, therapy.lot
        scrapped = self._draft(
            events.LabelScrapped(label=label, coi_identifier=coi, lot=lot),
            tags_of(therapy, f"label:{label}"),
            text,
        )
        self._append_signed(
            witness, therapy, "label.print", "reprint", "", seen=seen, reason=text, also=[printed, scrapped],
            acts=lambda signature: [
                events.LabelReprinted(
                    label=number, replaced=label, coi_identifier=coi, lot=lot, asked_by=self.actor.person,
                    signature=signature,
                )
            ],
            content={"label": number, "replaces": label, "reason": text, "printed": content.public()},
            unless=Query(tags=(f"label:{label}",), types=_LABEL_EVENTS),
        )  # fmt: skip
        return number

    def apply_label(self, *, label: str, container: str = "", witness: Witness | None = None) -> None:
        """A copy stands on its container, and was read there. A second person confirms it for patients' containers.

        Raises Refused: ``identity.second_person``, ``identity.container`` where it belongs to another container.
        """
        seen = self.ledger.size()
        card, therapy = self._label(label, "apply")
        check_going(therapy)
        on = container or card.container
        if card.container and on != card.container:
            raise refuse(
                "identity.container", "This label was printed for another container.", where=label,
                expected=card.container, got=on[:80], hint="Stop, and compare label and container.",
            )  # fmt: skip
        if on:
            self._container(on, therapy)
        if witness is None and card.kind in ("collection", "final"):
            raise refuse(
                "identity.second_person", "A second person confirms that this label is on the right container.",
                where=label, expected="the user name and password of a second person",
            )  # fmt: skip
        event = events.LabelApplied(
            label=label, coi_identifier=card.coi_identifier, lot=card.lot, container=on, applied_at=self.clock(),
            applied_by=self.actor.person, verified_by=witness.person if witness else "",
        )  # fmt: skip
        tags = tags_of(therapy, f"label:{label}", *((f"container:{on}",) if on else ()))
        draft = self._draft(event, tags)
        condition = Query(tags=(f"label:{label}",), types=_LABEL_EVENTS)
        if witness is None:
            self._append([draft], card.coi_identifier, seen, unless=condition)
        else:
            self._append_signed(
                witness, therapy, "label.print", "label_applied", "", seen=seen, also=[draft],
                content={"label": label, "container": on}, unless=condition,
            )  # fmt: skip

    def scrap_label(self, *, label: str, reason: str) -> None:
        """A copy was destroyed."""
        card, therapy = self._label(label, "scrap")
        event = events.LabelScrapped(label=label, coi_identifier=card.coi_identifier, lot=card.lot)
        self._on_label(card, therapy, event, checked_text(reason, "reason"))

    def retain_label(self, *, label: str) -> None:
        """A copy was put into the batch record as a specimen."""
        card, therapy = self._label(label, "retain")
        event = events.LabelRetained(label=label, coi_identifier=card.coi_identifier, lot=card.lot)
        self._on_label(card, therapy, event)

    def reconcile_labels(
        self, *, coi_identifier: str, mbr_label: str, witness: Witness
    ) -> events.LabelsReconciled:
        """Count the copies of one label of the master batch record: printed = applied + scrapped + retained.

        Raises Refused: ``identity.unaccounted`` as long as a copy is neither, ``identity.label_unknown``.
        """
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "label.print")
        self._check_lot(card)
        copies = list(LabelCard.objects.filter(lot=card.lot, mbr_label=mbr_label))
        if not mbr_label or not copies:
            raise refuse(
                "identity.label_unknown",
                "No copy of this label was printed for the lot.",
                where=mbr_label or "label",
            )
        loose = [copy.label for copy in copies if copy.state == "printed"]
        if loose:
            raise refuse(
                "identity.unaccounted", "Copies are neither applied nor scrapped nor retained.", where=mbr_label,
                expected="a fate for each copy", got=", ".join(loose)[:300],
            )  # fmt: skip
        states = [copy.state for copy in copies]
        now = self.clock()
        event = events.LabelsReconciled(
            lot=card.lot, label=mbr_label, printed=len(copies), applied=states.count("applied"),
            scrapped=states.count("scrapped") + states.count("void"), retained=states.count("retained"),
            reconciled_at=now, reconciled_by=self.actor.person, verified_by=witness.person, verified_at=now,
        )  # fmt: skip
        counts = {"label": mbr_label, "printed": event.printed, "applied": event.applied,
                  "scrapped": event.scrapped, "retained": event.retained}  # fmt: skip
        self._append_signed(
            witness, card, "label.print", "labels_reconciled", "", seen=seen, content=counts,
            also=[self._draft(event, tags_of(card))], unless=Query(tags=(f"lot:{card.lot}",), types=_LABEL_EVENTS),
        )  # fmt: skip
        return event

    def _printed(
        self, card: TherapyCard, number: str, content: LabelContent, mbr_label: str, container: str, *,
        shows_patient: bool, replaces: str = "",
    ) -> Draft:  # fmt: skip
        kept = canonical(content.public())
        event = events.LabelPrinted(
            label=number, kind=content.kind, coi_identifier=card.coi_identifier, lot=card.lot, mbr_label=mbr_label,
            container=container, template=TEMPLATE, content=self.evidence.put(kept) if self.evidence else "",
            shows_patient=shows_patient, replaces=replaces,
        )  # fmt: skip
        more = (f"label:{number}", *((f"container:{container}",) if container else ()))
        return self._draft(event, tags_of(card, *more))

    def _append_labels(
        self, drafts: list[Draft], card: TherapyCard, numbers: tuple[str, ...], seen: int
    ) -> None:
        first, *others = (Query(tags=(f"label:{number}",), types=_LABEL_EVENTS) for number in numbers)
        condition = first
        for other in others:
            condition = condition | other
        self._append(drafts, card.coi_identifier, seen, unless=condition)

    def _on_label(self, card: LabelCard, therapy: TherapyCard, event: Event, reason: str = "") -> None:
        draft = self._draft(event, tags_of(therapy, f"label:{card.label}"), reason)
        condition = Query(tags=(f"label:{card.label}",), types=_LABEL_EVENTS)
        try:
            self.ledger.append([draft], unless=condition, after=card.position)
        except Refused as refused:
            raise told(refused, card.label) if is_condition(refused) else refused from refused

    def _label(self, label: str, act: LabelAct) -> tuple[LabelCard, TherapyCard]:
        card = LabelCard.objects.filter(label=label).first()
        if card is None:
            raise refuse("identity.unknown", "There is no such label.", where="label", got=label[:80])
        therapy = self._therapy(card.coi_identifier, "label.print")
        if (card.state, act) not in LABEL_MOVES:
            raise refuse(
                "identity.not_now",
                "This cannot be done with the label as it stands.",
                where=label,
                expected=either(
                    word(state) for state in sorted({state for state, does in LABEL_MOVES if does == act})
                ),
                got=word(card.state),
            )
        return card, therapy

    def _check_mbr_label(self, card: TherapyCard, mbr_label: str) -> None:
        mbr = mbr_of(self.ledger, self.evidence, card.mbr, card.mbr_version)
        known = [item.id for item in mbr.labels] if mbr else []
        if mbr_label and mbr and mbr_label not in known:
            raise refuse(
                "identity.label_unknown", "The master batch record does not know this label.", where="label",
                expected=", ".join(known) or "no label", got=mbr_label[:80],
            )  # fmt: skip

    def _new_labels(self, card: TherapyCard, count: int) -> tuple[str, ...]:
        prefix = f"{therapy_number('L', card)}-"
        last: Any = LabelCard.objects.filter(label__startswith=prefix).order_by("-label").first()
        first = int(last.label.removeprefix(prefix)) + 1 if last else 1
        return tuple(f"{prefix}{first + place:03}" for place in range(count))


def _check_own(content: LabelContent, card: TherapyCard, container: str) -> None:
    """What is printed is this patient's, whole, and about this container."""
    check_content(content)
    wrong = [
        name
        for name, own in (("coi_identifier", card.coi_identifier), ("container", container))
        if getattr(content, name) != own
    ]
    if wrong or content.lot not in ("", card.lot):
        raise refuse(
            "identity.other_patient",
            "The label does not say what belongs to this patient.",
            where="label",
            expected=said(
                "{coi}, lot {lot}, container {container}",
                coi=card.coi_identifier,
                lot=card.lot,
                container=container or "–",
            ),
            got=said(
                "{coi}, lot {lot}, container {container}",
                coi=content.coi_identifier,
                lot=content.lot or "–",
                container=content.container or "–",
            ),
        )
