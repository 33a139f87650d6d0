"""The registry's commands: organisations, sites, people and what they may do. The only writer of its events."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said, word
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.events import (
    AccessChanged,
    OrganisationKind,
    OrganisationRegistered,
    PersonRegistered,
    Role,
    RoleGranted,
    RoleRevoked,
    SiteRegistered,
)
from onelot.registry.models import Account, Grant, Organisation, Site
from onelot.registry.permissions import DELEGATED, Actor, Place
from onelot.registry.queries import visible_accounts

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_USER_NAME = re.compile(r"[a-z][a-z0-9.-]{1,62}[a-z0-9]")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
_LONGEST_ADDRESS = 254
_LONGEST_REASON = 2000
EVERYWHERE = Place()
SETUP = "system:setup"
"""Who states the first facts of an installation, when there is nobody yet."""


class Registry:
    """Commands of one person, or of the set-up of an installation where ``actor`` is None.

    An administrator of one organisation knows and changes that one, and gives its people no role beyond it.

    Every command raises Refused: ``registry.not_allowed``, and its own below.
    """

    def __init__(self, ledger: Ledger, actor: Actor | None, *, clock: Clock = system_clock) -> None:
        self._ledger = ledger
        self._actor = actor
        self._clock = clock

    def register_organisation(
        self, *, code: str, name: str, kind: OrganisationKind, reason: str = ""
    ) -> None:
        """Make an organisation known, or rename it, for which a person gives a reason; its kind stays.

        Raises Refused (``registry.code``, ``registry.name_missing``, ``registry.kind``, ``registry.reason_missing``).
        """
        self._check_may(EVERYWHERE)
        _check_code(code, "organisation")
        known = Organisation.objects.filter(code=code).first()
        if known is not None and known.kind != kind:
            raise refuse(
                "registry.kind", "The kind of an organisation stays.", where=code, expected=known.kind, got=kind,
                hint="Register another organisation with a code of its own.",
            )  # fmt: skip
        event = OrganisationRegistered(organisation=code, name=_named(name), kind=kind)
        self._append(event, f"organisation:{code}", self._reason(reason, is_change=known is not None))

    def register_site(
        self, *, code: str, organisation: str, name: str, time_zone: str, reason: str = ""
    ) -> None:  # fmt: skip
        """Make a site known, or change its name or zone, for which a person gives a reason.

        Raises Refused (``registry.code``, ``registry.name_missing``, ``registry.unknown``, ``registry.time_zone``,
        ``registry.reason_missing``).
        """
        self._check_may(Place(organisation))
        _check_code(code, "site")
        _check_known(Organisation, organisation, "organisation")
        known = Site.objects.filter(code=code).first()
        if known is not None and known.organisation != organisation:
            raise refuse(
                "registry.code", "This code belongs to a site of another organisation.", where=code,
                expected=known.organisation, got=organisation, hint="Give the new site a code of its own.",
            )  # fmt: skip
        try:
            ZoneInfo(time_zone)
        except (ValueError, OSError, KeyError) as error:
            raise refuse(
                "registry.time_zone", "There is no such time zone.", where=code,
                expected="an IANA name such as Europe/Amsterdam", got=time_zone,
            ) from error  # fmt: skip
        event = SiteRegistered(site=code, organisation=organisation, name=_named(name), time_zone=time_zone)
        self._append(event, f"site:{code}", self._reason(reason, is_change=known is not None))

    def register_person(self, *, person: str, name: str, organisation: str, email: str = "") -> None:
        """Give a new person a user name, and let them sign in once they have set a password.

        Raises Refused (``registry.user_name``, ``registry.user_name_taken``, ``registry.unknown``).
        """
        self._check_may(Place(organisation))
        if not _USER_NAME.fullmatch(person):
            raise refuse(
                "registry.user_name", "This cannot be a user name.", where="user name",
                expected="3 to 64 small letters, digits, dots and hyphens, a letter first", got=person,
            )  # fmt: skip
        _check_known(Organisation, organisation, "organisation")
        tag = f"person:{person}"
        events = (
            PersonRegistered(person=person, name=_named(name), organisation=organisation, email=email),
            AccessChanged(person=person, change="enabled"),
        )
        drafts = [self._draft(event, tag, "new person") for event in events]
        try:
            self._ledger.append(drafts, unless=Query(tags=(tag,), types=(PersonRegistered,)))
        except Refused as refused:
            if refused.refusals[0].code != "ledger.condition_failed":
                raise
            raise refuse(
                "registry.user_name_taken", "This user name belongs to somebody, and is never given again.",
                where="user name", got=person, hint="Choose another one, for example with a second initial.",
            ) from refused  # fmt: skip

    def change_person(self, *, person: str, name: str, email: str, reason: str) -> None:
        """Change how a person is called and where mails reach them; the user name and the organisation stay.

        Raises Refused (``registry.unknown``, ``registry.own_access``, ``registry.name_missing``, ``registry.email``,
        ``registry.reason_missing``).
        """
        account = self._account(person)
        self._refuse_self(person, "Nobody changes their own name or address.")
        address = email.strip()
        if address and (len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address)):
            raise refuse(
                "registry.email", "This is not an e-mail address.", where="email", got=address[:80],
                expected="for example name@example.org",
            )  # fmt: skip
        event = PersonRegistered(
            person=person, name=_named(name), organisation=account.organisation, email=address
        )
        self._append(event, f"person:{person}", _why(reason))

    def change_access(self, *, person: str, enabled: bool, reason: str) -> None:
        """Let a person sign in, or stop them at once; their sessions end with it.

        Raises Refused (``registry.unknown``, ``registry.own_access``, ``ledger.reason_missing``).
        """
        self._account(person)
        self._refuse_self(person, "Nobody enables or disables themselves.")
        event = AccessChanged(person=person, change="enabled" if enabled else "disabled")
        self._append(event, f"person:{person}", reason)

    def grant_role(
        self, *, person: str, role: Role, organisation: str = "", site: str = "", product: str = "",
        valid_until: datetime | None = None,
    ) -> str:  # fmt: skip
        """Let a person act in a role, everywhere or within a scope; the identifier of the grant.

        Raises Refused (``registry.unknown``, ``registry.own_access``).
        """
        self._account(person)
        self._refuse_self(person, "Nobody grants a role to themselves.")
        self._check_may(EVERYWHERE if role not in DELEGATED else _scope(organisation, site, product))
        if organisation:
            _check_known(Organisation, organisation, "organisation")
        if site:
            _check_known(Site, site, "site")
        grant = new_id()
        event = RoleGranted(
            grant=grant, person=person, role=role, organisation=organisation, site=site, product=product,
            valid_until=valid_until,
        )  # fmt: skip
        self._append(event, f"person:{person}")
        return grant

    def revoke_role(self, *, grant: str, reason: str) -> None:
        """End a grant at once. Raises Refused (``registry.unknown``, ``ledger.reason_missing``)."""
        held = Grant.objects.filter(grant=grant).first()
        if held is None:
            raise _unknown("grant", grant)
        self._account(held.person)
        self._check_may(_scope(held.organisation, held.site, held.product))
        self._append(RoleRevoked(grant=grant, person=held.person), f"person:{held.person}", reason)

    def _reason(self, reason: str, *, is_change: bool) -> str:
        """Why; a person who changes what is known says it. The set-up of an installation may be run again."""
        return _why(reason) if is_change and self._actor is not None else reason.strip()[:_LONGEST_REASON]

    def _append(self, event: Event, tag: str, reason: str = "") -> None:
        self._ledger.append([self._draft(event, tag, reason)])

    def _draft(self, event: Event, tag: str, reason: str) -> Draft:
        who = SETUP if self._actor is None else self._actor.who
        return Draft(event=event, actor=who, occurred_at=self._clock(), tags=(tag,), reason=reason)

    def _check_may(self, place: Place) -> None:
        if self._actor is not None:
            self._actor.check_may("people.manage", place)

    def _account(self, person: str) -> Account:
        """Somebody whom the actor may manage; who is of another organisation is as unknown as nobody."""
        if self._actor is not None:
            self._actor.check_may("people.manage")
        rows = Account.objects.all() if self._actor is None else visible_accounts(self._actor)
        account = rows.filter(person=person).first()
        if account is None:
            raise _unknown("person", person)
        self._check_may(Place(account.organisation))
        return account

    def _refuse_self(self, person: str, what: str) -> None:
        if self._actor is not None and self._actor.person == person:
            raise refuse(
                "registry.own_access", what, where=person, hint="Ask another administrator.",
                expected="somebody else", got=person,
            )  # fmt: skip


def _scope(organisation: str, site: str, product: str) -> Place:
    """Where a grant holds; a site belongs to its organisation."""
    of_site = Site.objects.filter(code=site).values_list("organisation", flat=True).first() if site else ""
    return Place(organisation or of_site or "", site, product)


def _check_code(code: str, what: str) -> None:
    if not _CODE.fullmatch(code):
        raise refuse(
            "registry.code", said("This cannot be the code of a {what}.", what=word(what)), where=what,
            expected="1 to 64 letters, digits, dots, hyphens and underscores", got=code,
        )  # fmt: skip


def _why(reason: str) -> str:
    if not reason.strip():
        raise refuse(
            "registry.reason_missing",
            "Say why this is changed.",
            where="reason",
            hint="The ledger keeps the reason.",
        )
    return reason.strip()[:_LONGEST_REASON]


def _named(name: str) -> str:
    found = " ".join(name.split())
    if not found or len(found) > 200:
        raise refuse(
            "registry.name_missing",
            "A name is needed, of at most 200 characters.",
            where="name",
            got=name[:80],
        )
    return found


def _check_known(model: type[Organisation | Site], key: str, what: str) -> None:
    if not model.objects.filter(code=key).exists():
        raise _unknown(what, key)


def _unknown(what: str, key: str) -> Refused:
    return refuse("registry.unknown", said("There is no such {what}.", what=word(what)), where=what, got=key)
