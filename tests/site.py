"""What tests of pages and read models share: a ledger on the test database, and a small world of people and lots."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from onelot.execution.events import LotOpened
from onelot.intake.events import DocumentReceived
from onelot.kernel.ids import new_id
from onelot.ledger.catalogue import Catalogue
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.registry.access.service import OwnAccess
from onelot.registry.events import Role
from onelot.registry.models import Account
from onelot.registry.permissions import Actor
from onelot.registry.queries import actor_of
from onelot.registry.service import Registry
from onelot.registry.signing import SIGNED_BEFORE, Signing
from onelot.registry.statement import STATEMENT_VERSION
from onelot.review.desk.models import FindingCard, LotCard
from onelot.review.desk.service import Desk
from onelot.review.events import FindingRaised, LotReviewed
from onelot.review.verdict import Severity
from onelot.settings.guards import GUARDS
from onelot.settings.projectors import PROJECTORS
from onelot.settings.vocabulary import EVENTS

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PASSWORD = "correct-horse-battery"


def new_ledger() -> Ledger:
    """An empty ledger whose clock stands at ``NOW``."""
    return Ledger(Catalogue(EVENTS), projectors=PROJECTORS, guards=GUARDS, clock=lambda: NOW)


def signed_in(person: str) -> Client:
    """A browser in which somebody has signed in."""
    client = Client()
    done = client.post(reverse("sign_in"), {"username": person, "password": PASSWORD})
    assert done.status_code == 302, done.content
    return client


@dataclass
class World:
    """Two makers with a site each, people of every role, and lots as tests ask for them."""

    folder: Path
    ledger: Ledger = field(default_factory=new_ledger)

    def __post_init__(self) -> None:
        self.evidence = EvidenceStore(self.folder / "evidence")
        self.registry = Registry(self.ledger, None, clock=lambda: NOW)
        for code, name in (("ACME", "Acme Therapies"), ("MAKER", "Maker GmbH"), ("OTHER", "Other Cells Ltd")):
            self.registry.register_organisation(
                code=code, name=name, kind="sponsor" if code == "ACME" else "cdmo"
            )
        for code, organisation, zone in (
            ("MAKER-1", "MAKER", "Europe/Berlin"), ("OTHER-1", "OTHER", "America/New_York"),
        ):  # fmt: skip
            self.registry.register_site(
                code=code, organisation=organisation, name=f"Plant {code}", time_zone=zone
            )
        self.person("rita.review", "Rita Review", "reviewer")
        self.person("ralf.review", "Ralf Review", "reviewer")
        self.person("hilde.head", "Hilde Head", "quality_head")
        self.person("quentin.qp", "Quentin Qualified", "qp")
        self.person("ada.admin", "Ada Admin", "administrator")
        self.person("vera.valid", "Vera Validation", "validation")
        self.person("max.maker", "Max Maker", "site", organisation="MAKER", scope="MAKER")
        self.person("olga.other", "Olga Other", "site", organisation="OTHER", scope="OTHER")

    def person(
        self, person: str, name: str, role: Role, *, organisation: str = "ACME", scope: str = ""
    ) -> None:
        """Somebody who can sign in with ``PASSWORD``."""
        self.registry.register_person(person=person, name=name, organisation=organisation)
        self.registry.grant_role(person=person, role=role, organisation=scope)
        account = Account.objects.get(person=person)
        account.set_password(PASSWORD)
        account.save()
        OwnAccess(self.ledger, account, clock=lambda: NOW).accept_statement(STATEMENT_VERSION, self.evidence)

    def beside_the_plant(self) -> None:
        """A clinic and a carrier, and a person of each role of a patient's journey."""
        for code, name, kind in (
            ("CLINIC", "Lakeside Clinic", "clinic"),
            ("CARRY", "Carry Couriers", "carrier"),
        ):
            self.registry.register_organisation(code=code, name=name, kind=kind)
        self.registry.register_site(
            code="CLINIC-1", organisation="CLINIC", name="Lakeside apheresis", time_zone="Europe/Paris"
        )
        people: tuple[tuple[str, str, Role, str], ...] = (
            ("cora.coord", "Cora Coordinator", "coordinator", "CLINIC"),
            ("paula.physician", "Paula Physician", "physician", "CLINIC"),
            ("carl.collect", "Carl Collector", "collector", "CLINIC"),
            ("nora.nurse", "Nora Nurse", "nurse", "CLINIC"),
            ("kurt.courier", "Kurt Courier", "courier", "CARRY"),
            ("olaf.receive", "Olaf Receiver", "receiver", "OTHER"),
            ("pia.plan", "Pia Planner", "planner", ""),
            ("sven.supply", "Sven Supply", "supply_planner", ""),
        )
        for person, name, role, organisation in people:
            self.person(person, name, role, organisation=organisation or "ACME", scope=organisation)

    def actor(self, person: str) -> Actor:
        return actor_of(Account.objects.get(person=person), NOW)

    def desk(self, person: str) -> Desk:
        return Desk(self.ledger, self.actor(person), clock=lambda: NOW)

    def signing(self, person: str, *, is_first: bool = False) -> Signing:
        """Somebody who signs in a session in which the first signing was done already, or not."""
        request = HttpRequest()
        request.META["REMOTE_ADDR"] = "127.0.0.1"
        request.session = {SIGNED_BEFORE: not is_first}  # type: ignore[assignment]
        return Signing(
            self.ledger,
            self.evidence,
            Account.objects.get(person=person),
            request,
            "Europe/Berlin",
            lambda: NOW,
        )

    def lot(self, lot: str, *severities: Severity, site: str = "MAKER-1", accepted: int = 0) -> LotCard:
        """A lot with a record and a review that raised one exception of each severity."""
        opened = LotOpened(
            lot=lot, coi_identifier=f"COI-{lot}", product="CART", mbr="MBR-CART", mbr_version="1", site=site,
            intended_market="EU",
        )  # fmt: skip
        received = DocumentReceived(
            document="0" * 64,
            name=f"{lot}.json",
            size=1,
            adapter="json",
            adapter_version="1",
            lots=(lot,),
            facts=1,
        )
        self.append(lot, received, opened)
        return self.review(lot, *severities, accepted=accepted)

    def review(self, lot: str, *severities: Severity, accepted: int = 0) -> LotCard:
        """A review, again, of a lot."""
        review = new_id()
        raised = [
            FindingRaised(
                lot=lot, review=review, check="RNG-ACTION", variant="outside", severity=severity,
                subject=f"make/op/phase_{number}/ph", sentence=f"Exception {number} of {lot}.", expected="6.8 to 7.5",
                observed="9.9", clause="21 CFR 211.192", evidence=(number + 1,),
                accepted_because="below the alert limit" if number < accepted else "",
                state="accepted" if number < accepted else "open",
            )
            for number, severity in enumerate(severities)
        ]  # fmt: skip
        reviewed = LotReviewed(
            lot=lot, review=review, engine="test", mbr="MBR-CART", mbr_version="1", mbr_digest="a" * 64, policy="p",
            policy_version="1", policy_digest="b" * 64, through_position=1, checkpoint="root", verdict="c" * 64,
            held=len(raised) > accepted, findings=len(raised),
        )  # fmt: skip
        self.append(lot, reviewed, *raised)
        return LotCard.objects.get(lot=lot)

    def append(self, lot: str, *events: object) -> None:
        self.ledger.append(
            [
                Draft(event=event, actor="system:test", occurred_at=NOW, tags=(f"lot:{lot}",))  # type: ignore[arg-type]
                for event in events
            ]
        )

    def findings(self, lot: str) -> list[FindingCard]:
        return list(FindingCard.objects.filter(lot=lot, is_raised=True).order_by("subject"))
