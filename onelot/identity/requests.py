"""What the pages of identity share: who asks for which therapy, times in the clinic's zone, and second people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from onelot.identity.models import OrderCard, TherapyCard
from onelot.identity.queries import may_at
from onelot.identity.service import Identity, Witness
from onelot.kernel.refusals import refuse
from onelot.registry.queries import sites
from onelot.registry.requests import PersonRequest
from onelot.registry.signing import Credentials, Signing


def identity_of(request: HttpRequest) -> Identity:
    """The commands of who asks."""
    person = cast("PersonRequest", request)
    return Identity(person.ledger, person.actor, person.clock, person.evidence)


def asked_order(request: HttpRequest, order: str) -> tuple[PersonRequest, OrderCard]:
    """Who asks, and the order. Raises Refused (``identity.unknown``) where it is not theirs to know."""
    person = cast("PersonRequest", request)
    person.actor.check_may("journey.open")
    card = OrderCard.objects.filter(order=order).first()
    if card is None or not may_at(person.actor, "journey.open", card):
        raise refuse("identity.unknown", "There is no such order.", where="order", got=order[:80])
    return person, card


def asked_therapy(request: HttpRequest, coi: str, action: str) -> tuple[PersonRequest, TherapyCard]:
    """Who asks, and the therapy at which they may do ``action``; else as ``asked_order``."""
    person = cast("PersonRequest", request)
    person.actor.check_may(action)
    card = TherapyCard.objects.filter(coi_identifier=coi).first()
    if (
        card is None
        or not may_at(person.actor, "journey.open", card)
        or not may_at(person.actor, action, card)
    ):
        raise refuse("identity.unknown", "There is no such therapy.", where="COI identifier", got=coi[:80])
    return person, card


def zone_of(card: OrderCard | TherapyCard) -> str:
    """The clinic's time zone, in which its pages show times."""
    site = sites().get(card.clinic)
    return site.time_zone if site else "UTC"


def entered_time(request: HttpRequest, name: str, zone: str) -> datetime | None:
    """A time that was entered in a zone; None where the field is empty. Raises Refused (``identity.form``)."""
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse(
            "identity.form", "This is not a time.", where=name.replace("_", " "),
            expected="a date and a time such as 2026-03-01T08:30", got=text[:40],
        ) from error  # fmt: skip
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def needed_time(request: HttpRequest, name: str, zone: str) -> datetime:
    """The same, where it must be given."""
    found = entered_time(request, name, zone)
    if found is None:
        raise refuse("identity.form", "A time is needed.", where=name.replace("_", " "))
    return found


def seen_in(request: HttpRequest) -> int:
    """The ledger position at which the page that was acted on was read. Raises Refused (``identity.form``)."""
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "identity.form",
            "The form is not whole.",
            where="seen",
            expected="a ledger position",
            got=text[:40],
        )
    return int(text)


def number_in(request: HttpRequest, name: str, default: int = 1) -> int:
    """A small whole number that was entered. Raises Refused (``identity.form``)."""
    text = request.POST.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise refuse(
            "identity.form", "This is not a whole number.", where=name.replace("_", " "), got=text[:40]
        )
    return int(text)


def signing_of(request: HttpRequest, zone: str) -> Signing:
    """Who asks, as a signer."""
    person = cast("PersonRequest", request)
    return Signing(person.ledger, person.evidence, person.account, request, zone, person.clock)


def second_person(request: HttpRequest, zone: str) -> Witness | None:
    """The second person who entered user name and password at this screen; None where nobody did."""
    form = request.POST
    name = form.get("second_user_name", "").strip()
    if not name:
        return None
    credentials = Credentials(form.get("second_password", ""), name, form.get("second_code", "").strip())
    return Witness(signing_of(request, zone).witnessed_by(name), credentials)


def needed_second_person(request: HttpRequest, zone: str) -> Witness:
    """The same, where there must be one. Raises Refused (``identity.second_person``)."""
    found = second_person(request, zone)
    if found is None:
        raise refuse(
            "identity.second_person", "A second person must confirm this.", where="signature",
            expected="the user name and password of a second person",
        )  # fmt: skip
    return found
