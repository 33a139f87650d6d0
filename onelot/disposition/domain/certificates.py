"""What certificates say, as plain data for canonical JSON (EU GMP Annex 16, appendix II; 21 CFR 211.22, 211.165)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from onelot.disposition.domain.case import Case, StandingResult
from onelot.disposition.domain.results import judged
from onelot.disposition.domain.rules import criteria_not_met, pending_tests
from onelot.disposition.events import DecisionCode
from onelot.disposition.states import RELEASING

CertificateKind = Literal[
    "qp_certificate", "release_certificate", "certificate_of_analysis", "exceptional_supply_statement",
    "partial_manufacture_confirmation", "release_for_infusion_certificate", "identity_custody_report",
]  # fmt: skip
PREFIXES: dict[CertificateKind, str] = {
    "qp_certificate": "QP", "release_certificate": "REL", "certificate_of_analysis": "COA",
    "exceptional_supply_statement": "EXC", "partial_manufacture_confirmation": "PMC",
    "release_for_infusion_certificate": "RFI", "identity_custody_report": "ICR",
}  # fmt: skip
"""How a number in each register begins; then the year, then a count without a gap."""


@dataclass(frozen=True)
class Signed:
    """Who signed, as it is printed (21 CFR 11.50)."""

    signature: str
    person: str
    name: str
    meaning: str
    at: str
    """RFC 3339, in UTC."""
    time_zone: str
    """In which the signer saw times."""


@dataclass(frozen=True)
class Given:
    """What the person gave with the decision."""

    decision: DecisionCode
    reason: str
    consequence_plan: str = ""
    request: str = ""
    acceptance: str = ""
    protocol: str = ""
    informed: str = ""


def kinds_for(case: Case, decision: DecisionCode) -> tuple[CertificateKind, ...]:
    """Certificates that go with a decision; a lot supplied exceptionally is not certified.

    A certificate of analysis is made with the decision only where none of the results as they are was signed before.
    """
    if case.basis is None:
        return ()
    analysis: tuple[CertificateKind, ...] = () if case.analysis else ("certificate_of_analysis",)
    if decision in RELEASING:
        return (case.basis.certificate, *analysis)
    if decision == "supplied_exceptionally":
        return ("exceptional_supply_statement", *analysis)
    return ()


def content(
    kind: CertificateKind, number: str, case: Case, given: Given, signed: Signed
) -> dict[str, object]:
    """The whole content of one certificate."""
    common = {"certificate": number, "kind": kind, **_lot(case), "signed": asdict(signed)}
    if kind == "certificate_of_analysis":
        return {**common, **_analysis(case)}
    if kind == "exceptional_supply_statement":
        return {**common, **_exceptional(case, given)}
    return {**common, **_release(case, given)}


def criteria_facts(case: Case) -> list[dict[str, object]]:
    """Every criterion with its results, as a certificate of analysis and a signed decision hold it."""
    return [
        {
            "criterion": one.criterion, "title": one.title, "method": one.method, "limit": one.limit, "met": one.met,
            "results": [_result(result) for result in one.results],
        }
        for one in judged(case)
    ]  # fmt: skip


def _lot(case: Case) -> dict[str, object]:
    head = case.head
    return {
        "lot": head.lot, "coi_identifier": head.coi_identifier, "product": head.product,
        "product_name": case.product_name, "packed": list(case.packed), "site": head.site,
        "manufacturer": head.organisation, "destination": head.market, "basis": case.basis.title if case.basis else "",
        "documents": case.documents,
    }  # fmt: skip


def _release(case: Case, given: Given) -> dict[str, object]:
    return {
        "decision": given.decision, "statement": case.basis.statement if case.basis else "", "reason": given.reason,
        "pending": list(pending_tests(case)), "consequence_plan": given.consequence_plan,
        "analysis": case.analysis,
    }  # fmt: skip


def _exceptional(case: Case, given: Given) -> dict[str, object]:
    basis = case.basis
    return {
        "decision": given.decision,
        "statement": "This lot does not conform and is not certified. It is supplied at the request of the treating "
        "physician, who accepted the risk evaluation, for the patient with this identifier only.",
        "clause": basis.exceptional.clause if basis else "",
        "notice_hours": basis.exceptional.notice_hours if basis else 0,
        "risk_evaluation": given.reason, "request": given.request, "acceptance": given.acceptance,
        "protocol": given.protocol, "out_of_specification": list(criteria_not_met(case)),
        "not_met": [one.why for one in judged(case) if one.met == "not_met"],
    }  # fmt: skip


def _analysis(case: Case) -> dict[str, object]:
    found = case.specification
    return {
        "specification": f"{found.id} version {found.version}" if found else "",
        "criteria": criteria_facts(case),
    }


def _result(result: StandingResult) -> dict[str, object]:
    return {
        "test": result.test, "sample": result.sample, "occurrence": result.occurrence, "state": result.status,
        "result": result.text, "unit": result.unit, "method": result.method, "laboratory": result.laboratory,
        "tested_at": result.tested_at.isoformat() if result.tested_at else "", "analyst": result.analyst,
        "reviewed_by": result.reviewed_by,
    }  # fmt: skip
