"""Orders: placed by a coordinator, prescribed by a physician, given their COI identifier and lot; changed and ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from onelot.identity import events
from onelot.identity.commands.base import (
    TRIES,
    Commands,
    check_order_move,
    check_therapy_move,
    checked_code,
    checked_text,
    is_condition,
    tags_of,
    told,
)
from onelot.identity.domain.coi_formats import CoiFormat
from onelot.identity.domain.ordering import check_eligible
from onelot.identity.models import OrderCard, TherapyCard
from onelot.identity.ordering_file import ordering_rules
from onelot.identity.queries import may_at
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said, word
from onelot.ledger.query import Query
from onelot.registry.models import Site
from onelot.registry.queries import place_of
from onelot.registry.signing import Credentials, Signing

_ENDS: tuple[type[Event], ...] = (events.OrderCancelled, events.PatientWithdrawn, events.PatientDied)
_CHANGES: tuple[type[Event], ...] = (events.OrderChanged, events.OrderPrescribed, events.CoiAssigned, *_ENDS)


class Orders(Commands):
    """The commands on orders."""

    def order_therapy(
        self, *, product: str, market: str, clinic: str, answers: Sequence[events.Answer],
        collect_from: datetime | None = None, infuse_by: datetime | None = None,
    ) -> str:  # fmt: skip
        """Order a therapy at a clinic, after its eligibility checklist; the order's number.

        Raises Refused: ``registry.unknown``, ``identity.product``, ``identity.market``, ``identity.times``, and those
        of ``check_eligible``, for every question at once.
        """
        place = place_of(clinic, product)
        self.actor.check_may("order.place", place)
        if not Site.objects.filter(code=clinic).exists():
            raise refuse("registry.unknown", "There is no such site.", where="clinic", got=clinic[:80])
        loaded = ordering_rules()
        rules = loaded.rules
        if rules.products and product not in rules.products:
            raise refuse(
                "identity.product", "This product cannot be ordered.", where="product",
                expected=", ".join(rules.products), got=product[:80],
            )  # fmt: skip
        checked_code(product, "product")
        if not (len(market) == 2 and market.isascii() and market.isalpha() and market.isupper()):
            raise refuse(
                "identity.market", "This is not a market.", where="market",
                expected="two capital letters, such as DE", got=market[:20],
            )  # fmt: skip
        _check_wishes(collect_from, infuse_by)
        check_eligible(rules.checklist(product, market), answers)
        for answer in answers:
            if len(answer.note) > 200:
                checked_text(answer.note, "note", longest=200)
        for _ in range(TRIES):
            number = self._next_number()
            event = events.TherapyOrdered(
                order=number, product=product, market=market, organisation=place.organisation, clinic=clinic,
                checklist=rules.version, checklist_digest=loaded.digest, answers=tuple(answers),
                collect_from=collect_from, infuse_by=infuse_by,
            )  # fmt: skip
            taken = Query(tags=(f"order:{number}",), types=(events.TherapyOrdered,))
            try:
                self.ledger.append([self._draft(event, (f"order:{number}",))], unless=taken)
            except Refused as refused:
                if not is_condition(refused):
                    raise
                continue
            return number
        raise _busy("order")

    def change_order(
        self, *, order: str, collect_from: datetime | None, infuse_by: datetime | None, reason: str, seen: int
    ) -> None:
        """Say other wished times, on the order as it stood at ledger position ``seen``."""
        card = self._order(order, "order.change")
        check_order_move(card, "change")
        _check_wishes(collect_from, infuse_by)
        event = events.OrderChanged(order=order, collect_from=collect_from, infuse_by=infuse_by)
        self._on_order(card, event, seen, checked_text(reason, "reason"))

    def prescribe(self, *, order: str, seen: int, signing: Signing, credentials: Credentials) -> None:
        """Sign the prescription of an order as it stood at ledger position ``seen``."""
        card = self._order(order, "order.prescribe")
        check_order_move(card, "prescribe")
        try:
            signing.sign(
                credentials=credentials, meaning="approved", content=prescribed_content(card),
                tags=_order_tags(card),
                acts=lambda signature: [events.OrderPrescribed(order=order, signature=signature)],
                unless=Query(tags=(f"order:{order}",), types=_CHANGES), after=seen,
            )  # fmt: skip
        except Refused as refused:
            raise told(refused, order) from refused

    def assign_coi(self, *, order: str, coi_identifier: str = "") -> str:
        """Give a prescribed order its COI identifier, made here or, where it was issued elsewhere, as given.

        Nobody else ever gets it. Raises Refused: ``identity.coi_form``, ``identity.coi_check``,
        ``identity.coi_not_made_here``, ``identity.coi_taken``.
        """
        card = self._order(order, "order.change")
        check_order_move(card, "assign_coi")
        chosen: CoiFormat = settings.ONELOT_COI_FORMAT
        coi = coi_identifier.strip() or chosen.make(card.ordered_at.date(), int(order.rpartition("-")[2]))
        chosen.check_form(coi)
        event = events.CoiAssigned(coi_identifier=coi, order=order, format=chosen.name)
        mine = Query(tags=(f"order:{order}",), types=(events.CoiAssigned, *_ENDS))
        taken = Query(tags=(f"coi:{coi}",), types=(events.CoiAssigned,))
        draft = self._draft(event, (f"coi:{coi}", f"order:{order}"))
        try:
            self.ledger.append([draft], unless=taken | mine)
        except Refused as refused:
            if not is_condition(refused):
                raise
            if next(self.ledger.read(taken), None) is None:
                raise told(refused, order) from refused
            raise refuse(
                "identity.coi_taken", "This COI identifier belongs to a therapy already, and is never given again.",
                where="COI identifier", got=coi,
            ) from refused  # fmt: skip
        return coi

    def assign_lot(
        self, *, coi_identifier: str, lot: str, mbr: str, mbr_version: str, site: str, replaces: str = ""
    ) -> None:
        """Assign the lot that a booked slot makes. ``replaces``: the lot that failed or was lost, for a remake.

        A lot number belongs to one therapy for ever. Raises Refused: ``identity.lot_taken``, ``identity.lot``,
        ``identity.replaces``, ``registry.unknown``.
        """
        card = self._lot_card(coi_identifier, site)
        check_therapy_move(card, "assign_lot")
        if not lot.strip() or len(lot) > 60 or lot != lot.strip() or not lot.isprintable():
            raise refuse(
                "identity.lot", "This cannot be the number of a lot.", where="lot",
                expected="1 to 60 characters without outer spaces", got=lot[:80],
            )  # fmt: skip
        if replaces != card.lot:
            raise refuse(
                "identity.replaces", "A therapy has one lot at a time; a new one says which it replaces.", where=lot,
                expected=card.lot or "no lot", got=replaces or "no lot",
            )  # fmt: skip
        event = events.LotAssigned(
            coi_identifier=coi_identifier,
            lot=lot,
            mbr=mbr,
            mbr_version=mbr_version,
            site=site,
            replaces=replaces,
        )
        seen = card.position
        # Whatever is known of such a lot: a record that came in under this number belongs to somebody else.
        if next(self.ledger.read(Query(tags=(f"lot:{lot}",))), None) is not None:
            raise _lot_taken(lot)
        tags = (f"coi:{coi_identifier}", f"lot:{lot}", f"order:{card.order}")
        condition = Query(tags=(f"coi:{coi_identifier}",), types=(events.LotAssigned, *_ENDS))
        taken = Query(tags=(f"lot:{lot}",), types=(events.LotAssigned,))
        try:
            self.ledger.append([self._draft(event, tags)], unless=condition | taken, after=seen)
        except Refused as refused:
            if is_condition(refused) and next(self.ledger.read(taken), None) is not None:
                raise _lot_taken(lot) from refused
            raise told(refused, coi_identifier) from refused

    def cancel_order(self, *, order: str, reason: str, seen: int) -> None:
        """An order is not carried out; with it ends its therapy."""
        card = self._order(order, "order.change")
        check_order_move(card, "end")
        self._on_order(card, events.OrderCancelled(order=order), seen, checked_text(reason, "reason"))

    def withdraw_patient(self, *, order: str, reason: str, seen: int) -> None:
        """Consent ended: nothing more is collected, made or infused; what is recorded stays, as the law asks."""
        card = self._order(order, "patient.withdraw")
        check_order_move(card, "end")
        event = events.PatientWithdrawn(order=order, coi_identifier=card.coi_identifier, lot=_lot_of(card))
        self._on_order(card, event, seen, checked_text(reason, "reason"))

    def record_death(self, *, order: str, died_at: datetime | None, seen: int, reason: str = "") -> None:
        """The patient died. Raises Refused (``identity.times``) for a time to come."""
        card = self._order(order, "patient.withdraw")
        check_order_move(card, "end")
        if died_at is not None and died_at > self.clock():
            raise refuse("identity.times", "This time is still to come.", where="time of death")
        event = events.PatientDied(
            order=order, coi_identifier=card.coi_identifier, lot=_lot_of(card), died_at=died_at
        )
        self._on_order(card, event, seen, reason.strip()[:4000])

    def _on_order(self, card: OrderCard, event: Event, seen: int, reason: str) -> None:
        """Append unless the order was changed after ``seen``."""
        condition = Query(tags=(f"order:{card.order}",), types=_CHANGES)
        try:
            self.ledger.append([self._draft(event, _order_tags(card), reason)], unless=condition, after=seen)
        except Refused as refused:
            raise told(refused, card.order) from refused

    def _lot_card(self, coi: str, site: str) -> TherapyCard:
        """The therapy, for somebody who may book at its clinic or at the plant that is to make it."""
        card = TherapyCard.objects.filter(coi_identifier=coi).first()
        place = place_of(site, card.product) if card else None
        if card is None or not (
            may_at(self.actor, "journey.open", card) or (place and self.actor.may("journey.open", place))
        ):
            raise refuse(
                "identity.unknown", "There is no such therapy.", where="COI identifier", got=coi[:80]
            )
        if not may_at(self.actor, "schedule.book", card):
            self.actor.check_may("schedule.book", place)
        if not Site.objects.filter(code=site).exists():
            raise refuse("registry.unknown", "There is no such site.", where="site", got=site[:80])
        return card

    def _next_number(self) -> str:
        prefix = f"ORD-{self.clock().year}-"
        last = OrderCard.objects.filter(order__startswith=prefix).order_by("-order").first()
        return f"{prefix}{int(last.order.removeprefix(prefix)) + 1 if last else 1:06}"


def prescribed_content(card: OrderCard) -> dict[str, object]:
    """Exactly what a physician signs."""
    return {
        "order": card.order, "product": card.product, "market": card.market, "clinic": card.clinic,
        "checklist": card.checklist, "answers": card.answers,
        "collect_from": card.collect_from.isoformat() if card.collect_from else "",
        "infuse_by": card.infuse_by.isoformat() if card.infuse_by else "",
    }  # fmt: skip


def _order_tags(card: OrderCard) -> tuple[str, ...]:
    therapy = TherapyCard.objects.filter(order=card.order).first()
    return tags_of(therapy) if therapy else (f"order:{card.order}",)


def _lot_of(card: OrderCard) -> str:
    return TherapyCard.objects.filter(order=card.order).values_list("lot", flat=True).first() or ""


def _check_wishes(collect_from: datetime | None, infuse_by: datetime | None) -> None:
    if collect_from and infuse_by and infuse_by <= collect_from:
        raise refuse(
            "identity.times",
            "The infusion cannot be wished before the apheresis.",
            where="wished times",
            expected="an infusion after the apheresis",
            got=said("{one} and {other}", one=f"{collect_from:%Y-%m-%d}", other=f"{infuse_by:%Y-%m-%d}"),
        )


def _lot_taken(lot: str) -> Refused:
    return refuse(
        "identity.lot_taken",
        "This number belongs to a lot already, and is never given again.",
        where="lot",
        got=lot,
    )


def _busy(what: str) -> Refused:
    return refuse(
        "identity.busy",
        said("Others took every number for this {what} at the same time.", what=word(what)),
        where=what,
        hint="Try again.",
    )
