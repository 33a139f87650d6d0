"""A clinic, its people and therapies, for tests of identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from onelot.disposition.events import LotDisposed
from onelot.identity.events import Answer
from onelot.identity.ordering_file import ordering_rules
from onelot.identity.service import Identity, Witness
from onelot.kernel.refusals import Refused
from onelot.ledger.entry import Draft
from onelot.registry.signing import Credentials
from tests.site import NOW, PASSWORD, World

CLINIC, PRODUCT, MARKET, PLANT = "CLINIC-1", "CART", "DE", "MAKER-1"
DIN = "G123498654321"


def answers(product: str = PRODUCT, market: str = MARKET) -> tuple[Answer, ...]:
    """Every question of the checklist with the answer that makes eligible."""
    items = ordering_rules().rules.checklist(product, market)
    return tuple(Answer(item=item.id, answer=item.accepts[0]) for item in items)


@dataclass
class IdentityWorld(World):
    """The site's world with a clinic, a second of whoever takes two, and the acts of a journey in short."""

    now: datetime = NOW
    """What the clock says; tests let it go on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.beside_the_plant()
        self.person("cleo.collect", "Cleo Collector", "collector", organisation="CLINIC", scope="CLINIC")
        self.person("nils.nurse", "Nils Nurse", "nurse", organisation="CLINIC", scope="CLINIC")
        self.person("mia.maker", "Mia Maker", "site", organisation="MAKER", scope="MAKER")
        self.registry.register_organisation(code="FAR", name="Far Clinic", kind="clinic")
        self.registry.register_site(code="FAR-1", organisation="FAR", name="Far apheresis", time_zone="UTC")
        self.person("fay.far", "Fay Far", "coordinator", organisation="FAR", scope="FAR")
        self.person("finn.far", "Finn Far", "collector", organisation="FAR", scope="FAR")

    def identity(self, person: str) -> Identity:
        """The commands of a person."""
        return Identity(self.ledger, self.actor(person), lambda: self.now, self.evidence)

    def witness(self, person: str, *, beside: str, password: str = PASSWORD) -> Witness:
        """A second person at the screen of ``beside``."""
        signing = self.signing(beside).witnessed_by(person)
        return Witness(signing, Credentials(password, person))

    def ordered(self, person: str = "cora.coord", clinic: str = CLINIC) -> str:
        """An order that was just placed."""
        return self.identity(person).order_therapy(
            product=PRODUCT, market=MARKET, clinic=clinic, answers=answers()
        )

    def prescribed(self, person: str = "cora.coord") -> str:
        """An order with its prescription."""
        order = self.ordered(person)
        self.prescribe(order)
        return order

    def prescribe(self, order: str) -> None:
        """The physician signs."""
        self.identity("paula.physician").prescribe(
            order=order, seen=self.ledger.size(), signing=self.signing("paula.physician"),
            credentials=Credentials(PASSWORD),
        )  # fmt: skip

    def enrolled(self) -> str:
        """A therapy with its COI identifier."""
        return self.identity("cora.coord").assign_coi(order=self.prescribed())

    def scheduled(self, lot: str = "LOT-1") -> str:
        """A therapy with its lot."""
        coi = self.enrolled()
        self.identity("cora.coord").assign_lot(
            coi_identifier=coi, lot=lot, mbr="MBR-CART", mbr_version="1", site=PLANT
        )
        return coi

    def collected(self, lot: str = "LOT-1", din: str = DIN, bags: int = 2) -> tuple[str, tuple[str, ...]]:
        """A therapy whose cells were collected; its COI identifier and its bags."""
        coi = self.scheduled(lot)
        collector = self.identity("carl.collect")
        collector.check_identity(coi_identifier=coi, point="chairside", raw=coi)
        made = collector.record_collection(
            coi_identifier=coi, din=din, started_at=self.now - timedelta(hours=4), ended_at=self.now, site=CLINIC,
            bags=bags,
        )  # fmt: skip
        return coi, made

    def released(self, lot: str) -> None:
        """The lot may be given."""
        event = LotDisposed(lot=lot, market=MARKET, decision="released", signature="s", through_position=1)
        draft = Draft(
            event=event, actor="person:hilde.head", occurred_at=NOW, tags=(f"lot:{lot}",), reason="tests"
        )
        self.ledger.append([draft])

    def product(self, lot: str = "LOT-1", din: str = DIN) -> tuple[str, str]:
        """A released therapy with one product bag; its COI identifier and the bag."""
        coi, _ = self.collected(lot, din)
        (bag,) = self.identity("max.maker").register_containers(
            coi_identifier=coi, kind="bag", material="product"
        )
        self.released(lot)
        return coi, bag

    def thawed(self, lot: str = "LOT-1", din: str = DIN) -> tuple[str, str]:
        """A therapy whose product bag is thawed."""
        coi, bag = self.product(lot, din)
        self.identity("nora.nurse").start_thaw(
            coi_identifier=coi, container=bag, witness=self.witness("nils.nurse", beside="nora.nurse")
        )
        return coi, bag


def code_of(refused: Refused) -> str:
    """The code of the first refusal."""
    return refused.refusals[0].code
