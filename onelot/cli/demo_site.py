"""People, sites and dates for the demonstration's site, made through the same services as real ones."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from onelot.kernel.clock import Clock
    from onelot.ledger.evidence import EvidenceStore
    from onelot.ledger.store import Ledger
    from onelot.registry.events import Role
    from onelot.registry.permissions import Actor
    from onelot.registry.service import Registry
    from onelot.simulation.network import Network, Site

SPONSOR = "EXAMPLE-SPONSOR"
ACCOUNTS = "accounts.txt"
TURNAROUND_HOURS = 72
HOURS = {"demo.reviewer": "20", "demo.reviewer-two": "20", "demo.quality": "12", "demo.qp": "16"}
FULL_REVIEWS = "412 388 455 430 367 401 446 420"
"""Minutes of whole records, invented in the size that plants report."""

STAFF: tuple[tuple[str, str, Role], ...] = (
    ("demo.reviewer", "Demo Reviewer", "reviewer"),
    ("demo.reviewer-two", "Demo Reviewer Two", "reviewer"),
    ("demo.quality", "Demo Head of Quality", "quality_head"),
    ("demo.qp", "Demo Qualified Person", "qp"),
    ("demo.author", "Demo Author", "author"),
    ("demo.admin", "Demo Administrator", "administrator"),
    ("demo.validation", "Demo Validation", "validation"),
)
"""The sponsor's people, a role each; two reviewers, so that they can meet on one lot."""


class DemoAccount(NamedTuple):
    """Somebody who can sign in to the demonstration."""

    person: str
    name: str
    role: str


def register_network(ledger: Ledger, network: Network, clock: Clock) -> list[DemoAccount]:
    """Make the network's organisations, sites and people known; the accounts have no password yet."""
    from onelot.registry.service import Registry

    registry = Registry(ledger, None, clock=clock)
    registry.register_organisation(code=SPONSOR, name="Example Sponsor", kind="sponsor")
    accounts = [_person(registry, person, name, role, SPONSOR) for person, name, role in STAFF]
    for site in network.sites.values():
        organisation = organisation_code(site)
        if organisation != SPONSOR:
            registry.register_organisation(code=organisation, name=site.organisation, kind="cdmo")
        registry.register_site(
            code=site.id,
            organisation=organisation,
            name=f"{site.organisation}, {site.id}",
            time_zone=site.zone,
        )
        person = f"demo.{site.id.lower()}"
        accounts.append(
            _person(
                registry,
                person,
                f"Demo Site {site.id}",
                "site",
                organisation,
                scope=organisation,
                site=site.id,
            )
        )
    return accounts


def organisation_code(site: Site) -> str:
    """The code of the organisation that a site of the example network belongs to."""
    return re.sub(r"[^A-Z0-9]+", "-", site.organisation.upper())


def set_passwords(accounts: Iterable[DemoAccount], home: Path) -> str:
    """Give every account the same new password, which is kept in the demonstration's own folder only."""
    from django.contrib.auth.hashers import make_password

    from onelot.registry.models import Account

    password = secrets.token_urlsafe(12)
    hashed = make_password(password)
    people = [*accounts]
    Account.objects.filter(person__in=[account.person for account in people]).update(password=hashed)
    lines = [f"{account.person}\t{account.role}\n" for account in people]
    (home / ACCOUNTS).write_text(f"password\t{password}\n{''.join(lines)}", encoding="utf-8")
    (home / ACCOUNTS).chmod(0o600)
    return password


def agree_terms(ledger: Ledger, clock: Clock) -> None:
    """The turnaround of reviews, people's hours, and how long reviews of whole records took."""
    from onelot.disposition.board.service import Board
    from onelot.review.desk.service import Desk

    Desk(ledger, _actor("demo.admin", clock), clock).agree_turnaround(hours=TURNAROUND_HOURS)
    board = Board(ledger, _actor("demo.quality", clock), clock)
    for person, hours in HOURS.items():
        board.declare_hours(person=person, hours=hours)
    board.declare_full_review(
        product="", minutes=FULL_REVIEWS, source="Invented for the demonstration: nobody measured this."
    )


def register_mappings(
    ledger: Ledger, evidence: EvidenceStore, network: Network, folder: Path, clock: Clock
) -> None:
    """How the tables of each manufacturer are read, from the day on which that was agreed."""
    from onelot.intake.mappings import register

    for site in network.sites.values():
        if site.mapping is not None:
            register(
                ledger, evidence, _actor("demo.admin", clock), data=(folder / site.mapping).read_bytes(),
                name=str(site.mapping), organisation=organisation_code(site), clock=clock,
                reason="Agreed with the manufacturer, and checked on records of theirs.",
            )  # fmt: skip


def plan_infusions(ledger: Ledger, lots: Iterable[str], seed: int, clock: Clock) -> None:
    """Patients wait from today on, whenever the records are from, so that the queue has something urgent."""
    from onelot.kernel.clock import system_clock
    from onelot.review.desk.service import Desk

    desk = Desk(ledger, _actor("demo.reviewer", clock), clock)
    today = system_clock().replace(hour=9, minute=0, second=0, microsecond=0)
    for lot in lots:
        days = Random(f"{seed} {lot} infusion").randint(2, 30)  # noqa: S311 - dates of a demonstration
        desk.plan_infusion(lot=lot, planned_for=today + timedelta(days=days))


def _actor(person: str, clock: Clock) -> Actor:
    from onelot.registry.models import Account
    from onelot.registry.queries import actor_of

    return actor_of(Account.objects.get(person=person), clock())


def _person(
    registry: Registry,
    person: str,
    name: str,
    role: Role,
    organisation: str,
    *,
    scope: str = "",
    site: str = "",
) -> DemoAccount:
    registry.register_person(person=person, name=name, organisation=organisation)
    registry.grant_role(person=person, role=role, organisation=scope, site=site)
    return DemoAccount(person, name, role)
