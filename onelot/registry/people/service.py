"""The commands on training and on reviews of roles. The only writer of their events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.events import RoleGranted, RoleRevoked
from onelot.registry.models import Grant
from onelot.registry.people.events import GrantsReviewed, UserTrained
from onelot.registry.permissions import Actor, Place
from onelot.registry.queries import visible_accounts

MAX_CURRICULUM = 120


@dataclass(frozen=True)
class People:
    """The commands of one administrator. Each raises Refused: ``registry.not_allowed``, ``registry.unknown``,
    ``registry.own_access``, ``ledger.reason_missing``, and its own.
    """

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock

    def record_training(
        self, *, person: str, curriculum: str, valid_from: datetime, valid_until: datetime | None, evidence: str
    ) -> None:  # fmt: skip
        """A person is trained in a curriculum; said again, it replaces what was said before.

        Raises Refused (``people.curriculum``, ``people.validity``).
        """
        self._check(person, "Nobody records their own training.")
        name = " ".join(curriculum.split())
        if not name or len(name) > MAX_CURRICULUM:
            raise refuse(
                "people.curriculum",
                said(
                    "A curriculum is needed, of at most {max_curriculum} characters.",
                    max_curriculum=MAX_CURRICULUM,
                ),
                where="curriculum",
                got=name[:80],
            )
        if valid_until is not None and valid_until <= valid_from:
            raise refuse(
                "people.validity",
                "The training would end before it begins.",
                where="valid until",
                expected=said("later than {valid_from}", valid_from=valid_from.isoformat()),
                got=valid_until.isoformat(),
            )
        event = UserTrained(person=person, curriculum=name, valid_from=valid_from, valid_until=valid_until)
        self.ledger.append([self._draft(event, person, evidence)])

    def review_grants(
        self, *, person: str, outcome: Literal["kept", "to_change"], reason: str, seen: int
    ) -> None:
        """Say that a person's roles, as they were shown at ledger position ``seen``, were gone through.

        Raises Refused (``people.changed``) where roles were granted or revoked since.
        """
        self._check(person, "Nobody reviews their own roles.")
        grants = Grant.objects.filter(person=person).order_by("grant").values_list("grant", flat=True)
        event = GrantsReviewed(person=person, outcome=outcome, grants=tuple(grants))
        changed = Query(tags=(f"person:{person}",), types=(RoleGranted, RoleRevoked))
        try:
            self.ledger.append([self._draft(event, person, reason)], unless=changed, after=seen)
        except Refused as refused:
            if refused.refusals[0].code != "ledger.condition_failed":
                raise
            raise refuse(
                "people.changed", "The person's roles were changed meanwhile, so nothing was recorded.", where=person,
                hint="Look at them again.",
            ) from refused  # fmt: skip

    def _check(self, person: str, what: str) -> None:
        self.actor.check_may("people.manage")
        account = visible_accounts(self.actor).filter(person=person).first()
        if account is None:
            raise refuse("registry.unknown", "There is no such person.", where="person", got=person)
        self.actor.check_may("people.manage", Place(account.organisation))
        if self.actor.person == person:
            raise refuse(
                "registry.own_access", what, where=person, hint="Ask another administrator.",
                expected="somebody else", got=person,
            )  # fmt: skip

    def _draft(self, event: Event, person: str, reason: str) -> Draft:
        return Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=(f"person:{person}",), reason=reason,
        )  # fmt: skip
