"""Systems and their tokens: the commands of an administrator, and who a token is."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q, QuerySet

from onelot.jsonapi.events import SystemGrant, SystemRegistered, SystemRetired, TokenIssued, TokenRevoked
from onelot.jsonapi.models import System, Token, TokenSecret
from onelot.jsonapi.scopes import SCOPES
from onelot.kernel.canonical import digest
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said, word
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.events import Role
from onelot.registry.models import Organisation, Site
from onelot.registry.permissions import ROLES, Actor, Granted, Place

PREFIX = "onelot_"
"""Begins every token, so that a scanner finds one that lies where it should not."""
LONGEST = timedelta(days=366)
_SECRET = re.compile(r"onelot_[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"[A-Z][A-Z0-9-]{1,62}[A-Z0-9]")


@dataclass(frozen=True)
class Systems:
    """The commands of one administrator. Each raises Refused: ``registry.not_allowed``, and its own."""

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock

    def register(
        self, *, code: str, name: str, organisation: str, grants: Sequence[SystemGrant], scopes: Sequence[str],
        reason: str,
    ) -> None:  # fmt: skip
        """Let a system act, or change what it may.

        A system of an organisation that is no sponsor acts within its organisation only. Raises Refused:
        ``jsonapi.system_code``, ``jsonapi.name_missing``, ``registry.unknown``, ``jsonapi.system_organisation``,
        ``jsonapi.roles_missing``, ``jsonapi.scope_unknown``, ``jsonapi.too_wide``, ``ledger.reason_missing``.
        """
        self.actor.check_may("tokens.manage", Place(organisation))
        if not _CODE.fullmatch(code):
            raise refuse(
                "jsonapi.system_code", "This cannot be the code of a system.", where="code", got=code[:80],
                expected="3 to 64 capital letters, digits and hyphens, a letter first",
            )  # fmt: skip
        owner = Organisation.objects.filter(code=organisation).first()
        if owner is None:
            raise refuse(
                "registry.unknown", "There is no such organisation.", where="organisation", got=organisation
            )
        known = System.objects.filter(code=code).first()
        if known is not None and known.organisation != organisation:
            raise refuse(
                "jsonapi.system_organisation", "This code belongs to a system of another organisation.", where=code,
                expected=known.organisation, got=organisation, hint="Give the new system a code of its own.",
            )  # fmt: skip
        _check_rights(owner, grants, scopes)
        event = SystemRegistered(
            system=code, name=_named(name, "name"), organisation=organisation, grants=tuple(grants),
            scopes=tuple(sorted(set(scopes))),
        )  # fmt: skip
        self._append(event, code, reason)

    def retire(self, *, code: str, reason: str) -> None:
        """End a system with all its tokens. Raises Refused (``jsonapi.unknown``, ``ledger.reason_missing``)."""
        self._append(SystemRetired(system=self.one(code).code), code, reason)

    def issue(self, *, code: str, label: str, valid_until: datetime) -> str:
        """A new token of a system. It is returned here once, and kept as its hash only.

        Raises Refused: ``jsonapi.unknown``, ``jsonapi.retired``, ``jsonapi.name_missing``, ``jsonapi.validity``.
        """
        seen, now = self.ledger.size(), self.clock()
        system = self.one(code)
        if not system.is_active:
            raise refuse("jsonapi.retired", "This system was retired, so it gets no token.", where=code)
        if not now < valid_until <= now + LONGEST:
            raise refuse(
                "jsonapi.validity", "A token must end within a year from now.", where="valid until",
                expected=said("a time until {latest}", latest=f"{now + LONGEST:%Y-%m-%d}"), got=valid_until.isoformat(),
            )  # fmt: skip
        token, secret = new_id(), PREFIX + secrets.token_urlsafe(32)
        event = TokenIssued(token=token, system=code, label=_named(label, "label"), valid_until=valid_until)
        with transaction.atomic():
            retired = Query(tags=(f"system:{code}",), types=(SystemRetired,))
            self._append(event, code, unless=retired, after=seen, about=(f"token:{token}",))
            TokenSecret.objects.create(token=token, digest=digest(secret.encode()))
        return secret

    def revoke(self, *, token: str, reason: str) -> None:
        """End a token at once. Raises Refused: ``jsonapi.unknown``, ``jsonapi.revoked``, ``ledger.reason_missing``."""
        card = Token.objects.filter(token=token).first()
        if card is None:
            raise _unknown("token", token)
        self.one(card.system)
        if card.revoked_at is not None:
            raise refuse("jsonapi.revoked", "This token was revoked before.", where=card.label)
        event = TokenRevoked(token=token, system=card.system)
        self._append(event, card.system, reason, about=(f"token:{token}",))

    def all(self) -> QuerySet[System]:
        """The systems that the administrator may manage."""
        self.actor.check_may("tokens.manage")
        found = Q(pk__in=[])
        for grant in self.actor.scopes("tokens.manage"):
            if grant.site or grant.product:
                continue
            if not grant.organisation:
                return System.objects.all()
            found |= Q(organisation=grant.organisation)
        return System.objects.filter(found)

    def one(self, code: str) -> System:
        """One of them. Raises Refused (``jsonapi.unknown``)."""
        system = self.all().filter(code=code).first()
        if system is None:
            raise _unknown("system", code)
        return system

    def _append(
        self, event: Event, code: str, reason: str = "", *, unless: Query | None = None, after: int = 0,
        about: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        draft = Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=(f"system:{code}", *about),
            reason=reason.strip(),
        )  # fmt: skip
        self.ledger.append([draft], unless=unless, after=after)


def system_of(secret: str, now: datetime) -> tuple[System, Token] | None:
    """Whose token this is; None where it is none, has ended, or its system has."""
    if not _SECRET.fullmatch(secret):
        return None
    kept = TokenSecret.objects.filter(digest=digest(secret.encode())).first()
    token = kept and Token.objects.filter(token=kept.token, revoked_at=None, valid_until__gt=now).first()
    system = token and System.objects.filter(code=token.system, is_active=True).first()
    if not kept or not token or not system:
        return None
    minute = now.replace(second=0, microsecond=0)
    if kept.used_at != minute:
        TokenSecret.objects.filter(token=kept.token).update(used_at=minute)
    return system, token


def actor_of(system: System) -> Actor:
    """A system as permissions know it."""
    grants = tuple(
        Granted(cast("Role", grant["role"]), grant["organisation"], grant["site"], grant["product"])
        for grant in system.grants
    )
    return Actor(system.code, system.name, system.organisation, grants, kind="system")


def _check_rights(owner: Organisation, grants: Sequence[SystemGrant], scopes: Sequence[str]) -> None:
    if not grants or any(grant.role not in ROLES for grant in grants):
        raise refuse(
            "jsonapi.roles_missing", "A system acts in at least one role.", where="roles", expected=", ".join(ROLES),
            got=", ".join(grant.role for grant in grants),
        )  # fmt: skip
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise refuse(
            "jsonapi.scope_unknown", "A system's tokens open at least one part of the API.", where="scopes",
            expected=", ".join(SCOPES), got=", ".join(scopes)[:200],
        )  # fmt: skip
    for grant in grants:
        site = Site.objects.filter(code=grant.site).first() if grant.site else None
        if (grant.site and site is None) or (
            grant.organisation and not Organisation.objects.filter(code=grant.organisation).exists()
        ):
            raise refuse(
                "registry.unknown", "There is no such site or organisation.", where="roles",
                got=f"{grant.organisation} {grant.site}".strip(),
            )  # fmt: skip
        where = grant.organisation or (site.organisation if site else "")
        if owner.kind != "sponsor" and where != owner.code:
            raise refuse(
                "jsonapi.too_wide", "A system of this organisation may act within the organisation only.",
                where="roles", expected=owner.code, got=where or "every organisation",
            )  # fmt: skip


def _named(name: str, what: str) -> str:
    found = " ".join(name.split())
    if not found or len(found) > 200:
        raise refuse(
            "jsonapi.name_missing",
            said("A {what} is needed, of at most 200 characters.", what=word(what)),
            where=what,
            got=name[:80],
        )
    return found


def _unknown(what: str, key: str) -> Refused:
    return refuse("jsonapi.unknown", said("There is no such {what}.", what=word(what)), where=what, got=key)
