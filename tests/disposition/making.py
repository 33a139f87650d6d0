"""Lots as a disposition finds them: an approved master batch record, results, a review with its verdict, signatures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from onelot.disposition.domain.certificates import Given
from onelot.disposition.events import DecisionCode
from onelot.disposition.market_file import market_rules
from onelot.disposition.service import Disposing
from onelot.execution.events import LotOpened, MaterialUsed, ResultReported
from onelot.intake.events import DocumentReceived
from onelot.kernel.canonical import canonical
from onelot.kernel.ids import new_id
from onelot.recipes.approval import approve
from onelot.recipes.document import load_mbr, load_policy
from onelot.registry.signing import Credentials
from onelot.review.checks import catalogue
from onelot.review.desk.models import LotCard
from onelot.review.events import FindingRaised, LotReviewed
from onelot.review.verdict import CheckRun, Coverage, Evidence, Finding, LotVerdict, Severity, Verdict
from onelot.supply.events import MaterialLotStatusChanged
from tests.site import NOW, PASSWORD, World

ROOT = Path(__file__).parents[2]
MBR_FILE = ROOT / "examples/network/mbr/cart-cryo.yaml"
POLICY_FILE = ROOT / "onelot/review/default_policy.yaml"
MBR = load_mbr(MBR_FILE.read_bytes(), "cart-cryo.yaml")
POLICY = load_policy(POLICY_FILE.read_bytes(), "default_policy.yaml")
GOOD_VALUES = {
    "appearance": "cloudy suspension", "identity_car": "CAR detected", "viability": "91", "car_positive": "42",
    "cd3_purity": "96", "dose": "180", "vector_copies": "2.1", "endotoxin": "0.2", "ifn_gamma": "900",
    "killing": "40", "mycoplasma": "negative", "sterility": "no growth", "rcl": "not detected", "particles": "none",
}  # fmt: skip


def spc(variant: str, criterion: str, market: str, observed: str = "61 %") -> Finding:
    """What the check of results against the specification says of one criterion."""
    return Finding(
        check="SPC-RESULT", variant=variant, severity="critical", lot="", subject=criterion,
        sentence=f"{criterion} is {observed}.", expected="as specified", observed=observed,
        detail=f"criterion {criterion}, market {market}", criticality="CQA", clause="21 CFR 211.165(a)",
        evidence=(Evidence(position=1),),
    )  # fmt: skip


def finding(check: str, severity: Severity, variant: str = "outside") -> Finding:
    """Any other exception."""
    return Finding(
        check=check, variant=variant, severity=severity, lot="", subject="make/op/ph/x",
        sentence=f"{check} found something.", expected="6.8", observed="9.9", detail="", criticality="CPP",
        clause="21 CFR 211.192", evidence=(Evidence(position=1),),
    )  # fmt: skip


@dataclass
class DisposingWorld(World):
    """The world of tests with approved documents and lots that went through a review."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for path in (MBR_FILE, POLICY_FILE):
            approve(
                self.ledger, self.evidence, path.read_bytes(), path.name, prepared_by="anna.author",
                reviewed_by="rob.reads", approved_by="hilde.head", reason="first version", clock=lambda: NOW,
            )  # fmt: skip

    def made(
        self, lot: str, *findings: Finding, market: str = "DE", results: dict[str, str] | None = None,
        sign: bool = True, state: bool = True,
    ) -> LotCard:  # fmt: skip
        """A lot with results, a vector, a review, and, unless said otherwise, a signature and every statement.

        ``results``: state by test, where it is not final; ``absent`` leaves it out.
        """
        opened = LotOpened(
            lot=lot, coi_identifier=f"COI-{lot}", product="CARC", mbr=MBR.mbr.id, mbr_version=MBR.mbr.version,
            site="MAKER-1", intended_market=market,
        )  # fmt: skip
        self.append(lot, self.document(lot), opened, *self.results(lot, results or {}))
        self.append(
            lot,
            MaterialUsed(
                lot=lot, phase="transduce/vector/add", material="vector", material_lot="LV-7", use="consumed",
                quantity="4", unit="mL", used_at=NOW,
            ),
        )  # fmt: skip
        self.material("released")
        self.reviewed(lot, *findings)
        if sign:
            self.signed(lot)
        if state and (basis := market_rules().rules.basis_of(market)):
            self.stated(lot, *basis.wants)
        return LotCard.objects.get(lot=lot)

    def document(self, lot: str) -> DocumentReceived:
        return DocumentReceived(
            document=new_id(),
            name=f"{lot}.json",
            size=1,
            adapter="json",
            adapter_version="1",
            lots=(lot,),
            facts=1,
        )

    def results(self, lot: str, states: dict[str, str], occurrence: int = 1) -> list[ResultReported]:
        return [
            ResultReported(
                lot=lot, test=test, status=states.get(test, "final"),  # type: ignore[arg-type]
                sample="S1", occurrence=occurrence, value="" if states.get(test) == "pending" else value,
                method="QC-001", laboratory="LAB", tested_at=NOW, analyst="lab.1", reviewed_by="lab.2",
            )
            for test, value in GOOD_VALUES.items()
            if states.get(test) != "absent" and (occurrence == 1 or test in states)
        ]  # fmt: skip

    def material(self, status: str, material_lot: str = "LV-7", days: int = 0) -> None:
        event = MaterialLotStatusChanged(
            material="vector", material_lot=material_lot, status=status,  # type: ignore[arg-type]
            changed_at=NOW + timedelta(days=days),
        )  # fmt: skip
        self.append("about", event)

    def reviewed(self, lot: str, *findings: Finding, ran: bool = True) -> LotCard:
        """A review whose verdict is in the evidence store, as ``review_ledger`` records it."""
        card, review = LotCard.objects.get(lot=lot), new_id()
        own = tuple(_of(one, lot) for one in findings)
        runs = tuple(
            CheckRun(check=check.id, status="ran" if ran else "left_out", inputs={}, findings=0)
            for check in catalogue()
        )
        verdict = Verdict(
            engine="test", mbr=MBR.mbr.id, mbr_version=MBR.mbr.version, mbr_digest=MBR.digest, policy=POLICY.policy.id,
            policy_version="1", policy_digest=POLICY.digest, baseline_digest="",
            lots=(
                LotVerdict(
                    lot=lot, coi_identifier=f"COI-{lot}", product="CARC", site="MAKER-1", intended_market=card.market,
                    data_points=1, findings=own, checks=runs, coverage=Coverage(items=1, covered=1, uncovered=()),
                ),
            ),
        )  # fmt: skip
        reviewed = LotReviewed(
            lot=lot, review=review, engine="test", mbr=MBR.mbr.id, mbr_version=MBR.mbr.version, mbr_digest=MBR.digest,
            policy=POLICY.policy.id, policy_version="1", policy_digest=POLICY.digest,
            through_position=self.ledger.size(), checkpoint="root", verdict=self.evidence.put(canonical(verdict)),
            held=bool(own), findings=len(own),
        )  # fmt: skip
        raised = [
            FindingRaised(
                lot=lot, review=review, check=one.check, variant=one.variant, severity=one.severity,
                subject=one.subject, sentence=one.sentence, expected=one.expected, observed=one.observed,
                clause=one.clause, evidence=(1,),
            )
            for one in own
        ]  # fmt: skip
        self.append(lot, reviewed, *raised)
        return LotCard.objects.get(lot=lot)

    def decided(self, lot: str, decision: str = "accepted", deviation: str = "") -> None:
        """Every open exception of a lot, decided by a reviewer."""
        for row in self.findings(lot):
            if row.state == "open":
                self.desk("rita.review").decide(
                    finding=row.key, decision=decision, reason="looked into",  # type: ignore[arg-type]
                    seen=row.position, deviation=deviation,
                )  # fmt: skip

    def signed(self, lot: str, person: str = "rita.review") -> LotCard:
        self.decided(lot)
        card = LotCard.objects.get(lot=lot)
        self.desk(person).sign_review(
            lot=lot, review=card.review, seen=card.position, signing=self.signing(person),
            credentials=Credentials(PASSWORD, person),
        )  # fmt: skip
        return LotCard.objects.get(lot=lot)

    def disposing(self, person: str) -> Disposing:
        return Disposing(self.ledger, self.evidence, self.actor(person), clock=lambda: NOW)

    def stated(self, lot: str, *items: str, person: str = "quentin.qp") -> None:
        self.disposing(person).state_items(
            lot=lot, states=dict.fromkeys(items, "present"), reason="binder 4", seen=self.ledger.size()
        )

    def dispose(
        self, lot: str, decision: DecisionCode, *, by: str = "quentin.qp", seen: int | None = None,
        password: str = PASSWORD, market: str = "", **given: str,
    ) -> int:  # fmt: skip
        return self.disposing(by).dispose(
            lot=lot, market=market or LotCard.objects.get(lot=lot).market,
            given=Given(decision, **{"reason": "", **given}),
            seen=self.ledger.size() if seen is None else seen, signing=self.signing(by),
            credentials=Credentials(password, by),
        )  # fmt: skip


def _of(one: Finding, lot: str) -> Finding:
    from msgspec.structs import replace

    return replace(one, lot=lot)
