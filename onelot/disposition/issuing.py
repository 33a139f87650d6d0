"""Certificates and their registers: content kept as evidence, numbers without a gap (EU GMP Annex 16, 1.7.3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from onelot.disposition.domain.case import Case
from onelot.disposition.domain.certificates import (
    PREFIXES,
    CertificateKind,
    Given,
    Signed,
    content,
    criteria_facts,
    kinds_for,
)
from onelot.disposition.domain.checklist import checklist
from onelot.disposition.events import CertificateIssued, DecisionCode
from onelot.disposition.market_file import market_rules
from onelot.disposition.models import Certificate
from onelot.kernel.canonical import canonical
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.registry.signature_events import Meaning
from onelot.registry.signing import Signing


@dataclass(frozen=True)
class Register:
    """The next free number of one register of one year."""

    kind: CertificateKind
    prefix: str
    next: int

    @property
    def tag(self) -> str:
        """What every entry of this register has."""
        return f"register:{self.prefix}"

    @property
    def number(self) -> str:
        """For example ``QP-2026-00017``."""
        return f"{self.prefix}-{self.next:05}"

    def taken(self) -> Query:
        """Matches when somebody took the number meanwhile."""
        return Query(tags=(self.tag,), types=(CertificateIssued,))


def read_registers(case: Case, decision: DecisionCode, year: int) -> tuple[Register, ...]:
    """The registers in which a decision takes a number."""
    return tuple(read_register(kind, year) for kind in kinds_for(case, decision))


def read_register(kind: CertificateKind, year: int) -> Register:
    """The register of one kind and year."""
    prefix = f"{PREFIXES[kind]}-{year}"
    last = Certificate.objects.filter(number__startswith=f"{prefix}-").order_by("-position").first()
    return Register(kind, prefix, int(last.number.removeprefix(f"{prefix}-")) + 1 if last else 1)


def signed_by(signature: str, signing: Signing, meaning: Meaning, now: datetime) -> Signed:
    """Who signs, as it is printed."""
    account = signing.account
    return Signed(signature, account.person, account.name, meaning, now.isoformat(), signing.time_zone)


@dataclass(frozen=True)
class Issue:
    """What certificates of one decision are made from."""

    case: Case
    given: Given
    meaning: Meaning
    registers: tuple[Register, ...]
    evidence: EvidenceStore
    now: datetime

    def certificates(self, signature: str, signing: Signing) -> list[CertificateIssued]:
        """One event a register; the content is in the evidence store before the event names it."""
        signed = signed_by(signature, signing, self.meaning, self.now)
        return [
            CertificateIssued(
                lot=self.case.head.lot, market=self.case.head.market, certificate=register.number, kind=register.kind,
                content=self.evidence.put(
                    canonical(content(register.kind, register.number, self.case, self.given, signed))
                ),
                signature=signature,
            )
            for register in self.registers
        ]  # fmt: skip


def shown(case: Case, given: Given, seen: int) -> dict[str, object]:
    """Exactly what a decision's signature covers: the page in data (21 CFR 11.70)."""
    return {
        "lot": asdict(case.head), "state_before": case.state, "given": asdict(given), "through_position": seen,
        "market_rules": market_rules().digest, "verdict": case.review.verdict, "documents": case.documents,
        "checklist": [
            {"item": item.id, "title": item.title, "state": item.state, "detail": item.detail}
            for item in checklist(case)
        ],
        "criteria": criteria_facts(case),
        "exceptions": [
            {"finding": one.key, "severity": one.severity, "sentence": one.sentence, "state": one.state,
             "deviation": one.deviation}
            for one in case.exceptions
        ],
        "deviations": [asdict(one) for one in case.deviations],
    }  # fmt: skip
