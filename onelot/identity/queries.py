"""How other rooms ask for orders, therapies and containers."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from onelot.identity.models import (
    CollectionCard,
    ContainerCard,
    InfusionCard,
    LabelCard,
    MilestoneCard,
    MismatchCard,
    OrderCard,
    ScanCard,
    TherapyCard,
    TherapyLot,
)
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import within


def order(code: str) -> OrderCard | None:
    """An order by its number."""
    return OrderCard.objects.filter(order=code).first()


def orders(actor: Actor, action: str = "journey.open") -> QuerySet[OrderCard]:
    """The orders of the clinics, and of the plants, where the person may do ``action``."""
    return OrderCard.objects.filter(_visible(actor, action))


def therapies(actor: Actor, action: str = "journey.open") -> QuerySet[TherapyCard]:
    """The therapies of the clinics, and of the plants, where the person may do ``action``."""
    return TherapyCard.objects.filter(_visible(actor, action))


def therapy(coi: str) -> TherapyCard | None:
    """A therapy by its COI identifier."""
    return TherapyCard.objects.filter(coi_identifier=coi).first()


def therapy_of_lot(lot: str) -> TherapyCard | None:
    """The therapy for which a lot is or was to be made."""
    coi = coi_of_lot(lot)
    return therapy(coi) if coi else None


def coi_of_lot(lot: str) -> str:
    """Whose lot this is; empty where it was not ordered here."""
    return TherapyLot.objects.filter(lot=lot).values_list("coi_identifier", flat=True).first() or ""


def lots_of(coi: str) -> list[TherapyLot]:
    """Every lot of a therapy, the first one first."""
    return list(TherapyLot.objects.filter(coi_identifier=coi).order_by("assigned_at", "lot"))


def container(code: str) -> ContainerCard | None:
    """A container by its code."""
    return ContainerCard.objects.filter(code=code).first()


def containers_of(coi: str) -> list[ContainerCard]:
    """Every container of a therapy, in the order in which they came to be."""
    return list(ContainerCard.objects.filter(coi_identifier=coi).order_by("registered_at", "code"))


def collections_of(coi: str) -> list[CollectionCard]:
    """Every collection of a therapy, the first one first."""
    return list(CollectionCard.objects.filter(coi_identifier=coi).order_by("started_at", "din"))


def labels_of(coi: str) -> list[LabelCard]:
    """Every printed copy of a label of a therapy, the last one first."""
    return list(LabelCard.objects.filter(coi_identifier=coi).order_by("-position"))


def scans_of(coi: str) -> QuerySet[ScanCard]:
    """Every reading, the last one first."""
    return ScanCard.objects.filter(coi_identifier=coi).order_by("-position")


def mismatches_of(coi: str) -> list[MismatchCard]:
    """Every mismatch of a therapy, and those at other therapies in which its identifiers were read."""
    found = Q(coi_identifier=coi) | Q(other=coi)
    return list(MismatchCard.objects.filter(found).order_by("-position"))


def infusions_of(coi: str) -> list[InfusionCard]:
    """Every infusion, the first one first."""
    return list(InfusionCard.objects.filter(coi_identifier=coi).order_by("started_at"))


def milestones_of(coi: str) -> list[MilestoneCard]:
    """What is and was due after the infusion."""
    return list(MilestoneCard.objects.filter(coi_identifier=coi))


def clinic_place(card: OrderCard | TherapyCard) -> Place:
    """Where the patient is treated, as far as permissions go."""
    return Place(card.organisation, card.clinic, card.product)


def maker_place(card: OrderCard | TherapyCard) -> Place | None:
    """Where it is made; None as long as no lot was assigned."""
    return Place(card.maker, card.site, card.product) if card.site else None


def may_at(actor: Actor, action: str, card: OrderCard | TherapyCard) -> bool:
    """Whether the person may do ``action`` at the therapy's clinic or plant."""
    places = (clinic_place(card), maker_place(card))
    return any(place is not None and actor.may(action, place) for place in places)


def _visible(actor: Actor, action: str) -> Q:
    at_clinic = within(actor, action, organisation="organisation", site="clinic", product="product")
    at_maker = within(actor, action, organisation="maker", site="site", product="product")
    # A scope that names neither organisation nor site is the same Q() twice.
    return at_clinic | (at_maker & ~Q(site="")) if at_clinic else at_clinic
