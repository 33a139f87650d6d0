"""Who may do what: one table. Where they may is the scope of their grants (21 CFR 11.10(d) and (g))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from onelot.kernel.refusals import refuse
from onelot.kernel.said import said
from onelot.registry.events import Role

ROLES: tuple[Role, ...] = get_args(Role)

_CLINIC: frozenset[Role] = frozenset({"coordinator", "physician", "collector", "nurse"})
_MAKERS: frozenset[Role] = frozenset({"site", "receiver"})
_HANDLERS: frozenset[Role] = frozenset({"collector", "courier", "receiver", "site", "nurse"})
"""Who has containers in the hand."""
_QUALITY: frozenset[Role] = frozenset({"reviewer", "quality_head", "qp", "validation"})

ALLOWED: Mapping[str, frozenset[Role]] = {
    "desk.open": frozenset({"reviewer", "quality_head", "qp", "validation"}),
    "lot.open": frozenset({"site", "reviewer", "quality_head", "qp", "validation"}),
    "finding.decide": frozenset({"reviewer", "quality_head"}),
    "finding.ask": frozenset({"reviewer", "quality_head"}),
    "finding.assign": frozenset({"reviewer", "quality_head"}),
    "finding.comment": frozenset({"site", "reviewer", "quality_head", "qp"}),
    "finding.answer": frozenset({"site"}),
    "deviation.raise": frozenset({"site", "reviewer", "quality_head"}),
    "deviation.assess": frozenset({"quality_head", "qp"}),
    "deviation.close": frozenset({"quality_head"}),
    "review.sign": frozenset({"reviewer", "quality_head"}),
    "disposition.open": frozenset({"reviewer", "quality_head", "qp", "validation"}),
    "disposition.state": frozenset({"reviewer", "quality_head", "qp"}),
    "lot.release": frozenset({"quality_head"}),
    "lot.certify": frozenset({"qp"}),
    "lot.supply_exceptionally": frozenset({"quality_head"}),
    "coa.sign": frozenset({"quality_head"}),
    "lot.confirm_partial": frozenset({"qp"}),
    "infusion.certify": frozenset({"quality_head", "qp"}),
    "report.sign": frozenset({"reviewer", "quality_head", "qp"}),
    "lot.reject": frozenset({"quality_head", "qp"}),
    "dossier.open": frozenset({"reviewer", "quality_head", "qp", "validation"}),
    "record.upload": frozenset({"site", "reviewer"}),
    "mapping.register": frozenset({"reviewer", "administrator"}),
    "site.open": frozenset({"site"}),
    "board.declare": frozenset({"quality_head"}),
    "board.open": frozenset({"quality_head", "qp", "validation"}),
    "audit.open": frozenset({"quality_head", "administrator", "validation"}),
    "ledger.verify": frozenset({"quality_head", "administrator", "validation"}),
    "document.open": frozenset({"author", "reviewer", "quality_head", "qp", "administrator", "validation"}),
    "document.prepare": frozenset({"author"}),
    "document.review": frozenset({"reviewer"}),
    "document.approve": frozenset({"quality_head"}),
    "people.open": frozenset({"administrator", "validation"}),
    "people.manage": frozenset({"administrator"}),
    "patient.open": frozenset({"quality_head", "qp"}),
    "patient.manage": frozenset({"quality_head"}),
    "patient.register": frozenset({"coordinator"}),
    "patient.identify": frozenset({"coordinator", "physician", "collector", "nurse"}),
    "jobs.open": frozenset({"administrator", "validation"}),
    "jobs.manage": frozenset({"administrator"}),
    "tokens.manage": frozenset({"administrator"}),
    "webhooks.manage": frozenset({"administrator"}),
    "journey.open": _CLINIC | _MAKERS | _QUALITY | {"courier", "planner"},
    "order.place": frozenset({"coordinator"}),
    "order.prescribe": frozenset({"physician"}),
    "order.change": frozenset({"coordinator"}),
    "patient.withdraw": frozenset({"coordinator", "physician", "quality_head"}),
    "collection.record": frozenset({"collector"}),
    "label.print": frozenset({"collector", "receiver", "site"}),
    "identifier.read": _HANDLERS,
    "identity.correct": frozenset({"reviewer", "quality_head"}),
    "infusion.record": frozenset({"nurse"}),
    "custody.receive": frozenset({"receiver", "site", "nurse"}),
    "schedule.book": frozenset({"coordinator", "planner"}),
}
"""By action: the roles that may do it."""

DELEGATED: frozenset[Role] = _CLINIC | {"site", "receiver", "courier"}
"""Roles that an administrator of one organisation may give its people; the others are the sponsor's own, since who has
them decides on lots or on people (21 CFR 211.22(a): the quality unit answers for what contractors make)."""

SYSTEM_MAY: frozenset[str] = frozenset({
    "desk.open", "lot.open", "finding.comment", "finding.answer", "deviation.raise", "disposition.open", "dossier.open",
    "record.upload", "site.open", "board.open", "audit.open", "ledger.verify", "document.open", "people.open",
    "webhooks.manage",
})  # fmt: skip
"""What another system may do with a token, in a role that may. Deciding and signing are for people (21 CFR 11.200)."""


@dataclass(frozen=True)
class Place:
    """Where something is: the organisation and site that made a lot, and its product. Empty: it has none."""

    organisation: str = ""
    site: str = ""
    product: str = ""


@dataclass(frozen=True)
class Granted:
    """One role of one person, and where it holds; an empty scope is everywhere."""

    role: Role
    organisation: str = ""
    site: str = ""
    product: str = ""
    valid_until: datetime | None = None

    def covers(self, place: Place) -> bool:
        """Whether the place lies within the scope."""
        return all(
            not scope or scope == there
            for scope, there in (
                (self.organisation, place.organisation),
                (self.site, place.site),
                (self.product, place.product),
            )
        )


@dataclass(frozen=True)
class Untrained:
    """A grant that counts for nothing until its person is trained again (21 CFR 11.10(i))."""

    grant: Granted
    missing: tuple[str, ...]
    """Curricula without valid training."""


@dataclass(frozen=True)
class Actor:
    """A person, or another system that acts with a token, as far as permissions go."""

    person: str
    """User name, or the system's code."""
    name: str = ""
    organisation: str = ""
    grants: tuple[Granted, ...] = ()
    kind: Literal["person", "system"] = "person"
    untrained: tuple[Untrained, ...] = ()

    @property
    def who(self) -> str:
        """As the ledger names it, for example ``person:rita.review`` or ``system:MAKER-MES``."""
        return f"{self.kind}:{self.person}"

    def scopes(self, action: str) -> tuple[Granted, ...]:
        """The grants by which the person may do ``action`` somewhere. Raises KeyError for an unknown action."""
        allowed = ALLOWED[action]
        if self.kind == "system" and action not in SYSTEM_MAY:
            return ()
        return tuple(grant for grant in self.grants if grant.role in allowed)

    def may(self, action: str, place: Place | None = None) -> bool:
        """Whether the person may do ``action`` there; without a place, whether anywhere."""
        return any(place is None or grant.covers(place) for grant in self.scopes(action))

    def check_may(self, action: str, place: Place | None = None) -> None:
        """Raises Refused (``registry.not_allowed``) where ``may`` says no."""
        if not self.may(action, place):
            for held in self.untrained:
                if held.grant.role in ALLOWED[action] and (place is None or held.grant.covers(place)):
                    raise refuse(
                        "registry.not_allowed",
                        "Your training for this is not valid.",
                        where=action,
                        expected=said("valid training in {missing}", missing=", ".join(held.missing)),
                        got=said("none, or it has lapsed"),
                        hint="Ask an administrator to record it once you are trained.",
                    )
            raise refuse(
                "registry.not_allowed",
                "You may not do this here.",
                where=action,
                expected=said(
                    "a role of {names}, with this site and product in its scope",
                    names=", ".join(sorted(ALLOWED[action])),
                ),
                got=", ".join(sorted({grant.role for grant in self.grants})) or said("no role"),
                hint="Ask an administrator for the role if it is your task.",
            )


def in_force(grants: Iterable[Granted], now: datetime) -> tuple[Granted, ...]:
    """The grants that have not ended by ``now``."""
    return tuple(grant for grant in grants if grant.valid_until is None or now < grant.valid_until)
