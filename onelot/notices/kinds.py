"""Which notices there are: for which event, to whom, and what they say. They name lots, never a patient or a text.

A mail goes through machines of others, so it says that something waits and where to read it, not what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onelot.audit.events import LedgerVerified
from onelot.deviations.events import DeviationOpened
from onelot.kernel.events import Event
from onelot.ledger.entry import Entry
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.access.events import (
    AccountLocked,
    AccountUnlocked,
    FactorChanged,
    PasswordLinkIssued,
    PasswordSet,
)
from onelot.registry.events import AccessChanged
from onelot.registry.models import Account
from onelot.registry.permissions import Place
from onelot.registry.queries import actor_of, people_with
from onelot.registry.signature_events import SignatureRefused
from onelot.review.desk.events import FindingAssigned, QuestionAnswered, QuestionAsked
from onelot.review.desk.models import LotCard


@dataclass(frozen=True)
class Asked:
    """For which entry somebody is looked for."""

    ledger: Ledger
    entry: Entry
    now: datetime

    @property
    def event(self) -> Any:
        """The event, of the type for which the notice is."""
        return self.entry.event


@dataclass(frozen=True)
class Notice:
    """One kind of notice."""

    name: str
    title: str | Promise
    to: Callable[[Asked], Iterable[str]]
    """User names. Asked again when the mail goes out, so that it reaches nobody who may not see it any more."""
    says: Callable[[Any], str]
    """One or two sentences about the event, in the language that is on."""
    path: Callable[[Any], str]
    """Where to read more."""
    is_mandatory: bool = False
    """Nobody can decline it (21 CFR 11.300(d))."""
    also_disabled: bool = False
    """It goes to people who may not sign in any more, too."""


def _who_may(action: str, lot: str, asked: Asked) -> set[str]:
    card = LotCard.objects.filter(lot=lot).first()
    if card is None:
        return set()
    place = Place(card.organisation, card.site, card.product)
    return _holders(action, place, asked)


def _holders(action: str, place: Place, asked: Asked) -> set[str]:
    """Who may do it there, but who did what the notice is about."""
    found = {a.person for a in people_with(action) if actor_of(a, asked.now).may(action, place)}
    return found - {asked.entry.actor.removeprefix("person:")}


def _asker(asked: Asked) -> set[str]:
    """Who asked the question that was answered."""
    event: QuestionAnswered = asked.event
    query = Query(tags=(f"lot:{event.lot}",), types=(QuestionAsked,))
    return {
        entry.actor.removeprefix("person:")
        for entry in asked.ledger.read(query, until=asked.entry.position)
        if isinstance(entry.event, QuestionAsked) and entry.event.question == event.question
    } & _who_may("finding.ask", event.lot, asked)


def _assigned(asked: Asked) -> set[str]:
    event: FindingAssigned = asked.event
    return {event.person} & _who_may("lot.open", event.lot, asked)


def _person_and_administrators(asked: Asked) -> set[str]:
    person = asked.event.person
    account = Account.objects.filter(person=person).first()
    place = Place(account.organisation if account else "")
    found = {
        a.person for a in people_with("people.manage") if actor_of(a, asked.now).may("people.manage", place)
    }
    return found | {person}


def _lot_page(event: Any) -> str:
    return reverse("desk:lot", args=[event.lot])


def _refused_or_locked(event: Any) -> str:
    if isinstance(event, AccountLocked):
        return _(
            "The account %(person)s was locked after failed attempts to sign in or to sign. If that was not the person,"
            " somebody else tried."
        ) % {"person": event.person}
    return _(
        "Somebody tried to sign as %(person)s and did not prove to be this person. If that was not the person, somebody"
        " else tried."
    ) % {"person": event.person}


def _own_access(event: Any) -> str:
    if isinstance(event, AccessChanged):
        if event.change == "enabled":
            return _("Your account was enabled: you may sign in.")
        return _("Your account was disabled: you may not sign in any more.")
    if isinstance(event, PasswordLinkIssued):
        return _(
            "An administrator made a link by which you set your password. If you did not ask for it, tell them."
        )
    if isinstance(event, PasswordSet):
        return _("Your password was set. If that was not you, tell an administrator at once.")
    if isinstance(event, AccountUnlocked):
        return _("An administrator ended the lock of your account.")
    return _(
        "A second factor of your account was changed. If that was not you, tell an administrator at once."
    )


NOTICES: Mapping[type[Event], Notice] = {
    QuestionAsked: Notice(
        "question", gettext_lazy("A question waits for an answer from your site"),
        lambda asked: _who_may("finding.answer", asked.event.lot, asked),
        lambda event: _("A reviewer asked about lot %(lot)s. The lot waits for your answer.") % {"lot": event.lot},
        _lot_page,
    ),
    QuestionAnswered: Notice(
        "answer", gettext_lazy("Your question was answered"), _asker,
        lambda event: _("The site answered your question about lot %(lot)s.") % {"lot": event.lot}, _lot_page,
    ),
    FindingAssigned: Notice(
        "assigned", gettext_lazy("A lot or an exception was assigned to you"), _assigned,
        lambda event: _("You are to look at lot %(lot)s, or at one of its exceptions.") % {"lot": event.lot},
        _lot_page,
    ),
    DeviationOpened: Notice(
        "deviation", gettext_lazy("A deviation was opened and is to be assessed"),
        lambda asked: _who_may("deviation.assess", asked.event.lot, asked),
        lambda event: _("Deviation %(deviation)s was opened for lot %(lot)s.")
        % {"deviation": event.deviation, "lot": event.lot},
        lambda event: reverse("deviations:deviation", args=[event.deviation]),
    ),
    LedgerVerified: Notice(
        "ledger", gettext_lazy("The ledger is not what was recorded"),
        lambda asked: _holders("ledger.verify", Place(), asked) | _asked_for(asked) if asked.event.faults else (),
        lambda event: _("A verification of the ledger found %(faults)s faults. Release nothing, and read what to do.")
        % {"faults": event.faults},
        lambda _event: reverse("ledger:ledger"), is_mandatory=True,
    ),
    **dict.fromkeys((AccountLocked, SignatureRefused), Notice(
        "attempts", gettext_lazy("Failed attempts to sign in or to sign"), _person_and_administrators,
        _refused_or_locked, lambda _event: reverse("account"), is_mandatory=True,
    )),
    **dict.fromkeys((PasswordLinkIssued, PasswordSet, FactorChanged, AccountUnlocked, AccessChanged), Notice(
        "access", gettext_lazy("Your access was changed"), lambda asked: (asked.event.person,), _own_access,
        lambda _event: reverse("account"), is_mandatory=True, also_disabled=True,
    )),
}  # fmt: skip
"""By event."""


def _asked_for(asked: Asked) -> set[str]:
    """Who asked for the verification is told of it, too."""
    person = asked.entry.actor.removeprefix("person:")
    return {person} if Account.objects.filter(person=person).exists() else set()


def notices() -> dict[str, Notice]:
    """Each kind once, by its name, those that can be declined first."""
    found = {notice.name: notice for notice in NOTICES.values()}
    return dict(sorted(found.items(), key=lambda item: item[1].is_mandatory))
