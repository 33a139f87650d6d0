"""What the documents of a lot say, as plain data for canonical JSON; and what stops one from being signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from onelot.custody.events import HandedOver
from onelot.disposition.domain.case import Case
from onelot.disposition.domain.certificates import criteria_facts
from onelot.disposition.domain.results import judged
from onelot.identity.events import IdentifierRead, LabelsReconciled
from onelot.registry.signature_events import Meaning

DocumentKind = Literal[
    "certificate_of_analysis", "partial_manufacture_confirmation", "release_for_infusion_certificate",
    "identity_custody_report",
]  # fmt: skip
KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
ACTIONS: Mapping[DocumentKind, str] = {
    "certificate_of_analysis": "coa.sign", "partial_manufacture_confirmation": "lot.confirm_partial",
    "release_for_infusion_certificate": "infusion.certify", "identity_custody_report": "report.sign",
}  # fmt: skip
MEANINGS: Mapping[DocumentKind, Meaning] = {
    "certificate_of_analysis": "approved", "partial_manufacture_confirmation": "certified",
    "release_for_infusion_certificate": "released", "identity_custody_report": "reviewed",
}  # fmt: skip
ASKS: Mapping[DocumentKind, tuple[str, ...]] = {
    "certificate_of_analysis": (), "partial_manufacture_confirmation": ("stage", "agreement"),
    "release_for_infusion_certificate": ("post_thaw",), "identity_custody_report": (),
}  # fmt: skip
"""What the signer must enter."""
MAY_BE_INFUSED = frozenset({"released", "confirmed", "released_conditionally", "supplied_exceptionally"})
"""Decisions after which a lot may be infused; one that is shipped under quarantine may not."""

CONFIRMATION = (
    "The stage of manufacture named here was carried out in full compliance with the GMP requirements of the EU and"
    " with the terms of the agreement named here, which ensures compliance with the marketing or trial authorisation."
)
"""After EU GMP Annex 16, appendix I."""


@dataclass(frozen=True)
class Facts:
    """What the record says of identity, custody and time, in order."""

    readings: tuple[IdentifierRead, ...]
    moves: tuple[HandedOver, ...]
    labels: tuple[LabelsReconciled, ...]
    expires_at: datetime | None = None
    infusion_at: datetime | None = None
    decision: str = ""
    """The certificate or statement that went with the decision that holds."""
    out_of_specification: tuple[str, ...] = ()
    """Criteria that were not met, as the decision that holds knew them."""
    by_cdmo: bool = False


def stops(kind: DocumentKind, case: Case, facts: Facts, person: str) -> tuple[str, ...]:
    """Codes of everything that stops one kind of document; empty where nothing does."""
    found = {
        "certificate_of_analysis": _stops_analysis, "partial_manufacture_confirmation": _stops_partial,
        "release_for_infusion_certificate": _stops_infusion, "identity_custody_report": _stops_report,
    }[kind](case, facts, person)  # fmt: skip
    return tuple(found)


def _stops_analysis(case: Case, _facts: Facts, person: str) -> Iterator[str]:
    if not judged(case):
        yield "no_criteria"
    elif not case.results:
        yield "no_results"
    if case.review.is_done and case.review.is_behind:
        yield "review_behind"
    if any(person and person in (one.analyst, one.reviewed_by) for one in case.results):
        yield "own_results"


def _stops_partial(case: Case, facts: Facts, _person: str) -> Iterator[str]:
    if case.basis is None or case.basis.releases != "qp":
        yield "market"
    if not facts.by_cdmo:
        yield "no_cdmo"
    if not case.review.is_signed or case.review.is_behind:
        yield "review"


def _stops_infusion(case: Case, _facts: Facts, _person: str) -> Iterator[str]:
    if case.state not in MAY_BE_INFUSED:
        yield "not_released"
    if not case.head.coi_identifier:
        yield "no_identifier"


def _stops_report(_case: Case, facts: Facts, _person: str) -> Iterator[str]:
    if not facts.readings and not facts.moves:
        yield "nothing_recorded"


def body(kind: DocumentKind, case: Case, facts: Facts, given: Mapping[str, str]) -> dict[str, object]:
    """Everything a document says but its number and signature; this is what is shown and signed."""
    made = {
        "certificate_of_analysis": _analysis, "partial_manufacture_confirmation": _partial,
        "release_for_infusion_certificate": _infusion, "identity_custody_report": _report,
    }[kind](case, facts, given)  # fmt: skip
    head = case.head
    return {
        "kind": kind, "lot": head.lot, "coi_identifier": head.coi_identifier, "product": head.product,
        "product_name": case.product_name, "packed": list(case.packed), "site": head.site,
        "manufacturer": head.organisation, "destination": head.market,
        "basis": case.basis.title if case.basis else "", "documents": case.documents, **made,
    }  # fmt: skip


def _analysis(case: Case, _facts: Facts, _given: Mapping[str, str]) -> dict[str, object]:
    found = case.specification
    return {
        "specification": f"{found.id} version {found.version}" if found else "", "criteria": criteria_facts(case),
    }  # fmt: skip


def _partial(_case: Case, _facts: Facts, given: Mapping[str, str]) -> dict[str, object]:
    return {"stage": given["stage"], "agreement": given["agreement"], "statement": CONFIRMATION}


def _infusion(case: Case, facts: Facts, given: Mapping[str, str]) -> dict[str, object]:
    """Patient match data, containers, dose, expiry, time after thawing, status and what is out of specification."""
    dose = [one for one in judged(case) if any(result.test == "dose" for result in one.results)]
    dins = sorted({one.identifier for one in facts.readings if one.kind == "din"})
    not_met = facts.out_of_specification
    return {
        "decision": case.state, "decided_by": facts.decision, "donation_identification_numbers": dins,
        "containers": sorted({one.identifier for one in facts.readings if one.kind == "container"}),
        "dose": [f"{result.text} {result.unit}".strip() for one in dose for result in one.results],
        "expires_at": facts.expires_at.isoformat(" ") if facts.expires_at else "",
        "infusion_planned_at": facts.infusion_at.isoformat(" ") if facts.infusion_at else "",
        "post_thaw": given["post_thaw"],
        "out_of_specification": list(not_met),
        "statement": "This lot does not conform; it is supplied to this patient only, at the physician's request."
        if case.state == "supplied_exceptionally"
        else "This lot may be infused to the patient with this identifier only, once the identifier was matched.",
    }  # fmt: skip


def _report(case: Case, facts: Facts, _given: Mapping[str, str]) -> dict[str, object]:
    """Every link of identity with what does not match, and who held what, when and where, with what is missing."""
    expected = {"coi_identifier": case.head.coi_identifier, "lot": case.head.lot}
    readings = [
        {
            "point": one.point, "kind": one.kind, "carrier": one.carrier, "identifier": one.identifier,
            "expected": expected.get(one.kind, ""),
            "matches": expected.get(one.kind, one.identifier) == one.identifier,
            "read_at": one.read_at.isoformat(" "), "read_by": one.read_by, "verified_by": one.verified_by,
        }
        for one in facts.readings
    ]  # fmt: skip
    return {
        "readings": readings, "mismatches": sum(not one["matches"] for one in readings),
        "hand_overs": [
            {
                "leg": one.leg, "container": one.container, "from": one.from_party, "to": one.to_party,
                "released_at": one.released_at.isoformat(" "), "released_by": one.released_by,
                "received_at": one.received_at.isoformat(" ") if one.received_at else "",
                "received_by": one.received_by, "location": one.location, "condition": one.condition,
            }
            for one in facts.moves
        ],
        "gaps": gaps(facts.moves),
        "labels": [
            {"label": one.label, "printed": one.printed, "applied": one.applied, "scrapped": one.scrapped,
             "retained": one.retained, "reconciled": one.printed == one.applied + one.scrapped + one.retained}
            for one in facts.labels
        ],
    }  # fmt: skip


def gaps(moves: Iterable[HandedOver]) -> list[str]:
    """Where custody of a container has a gap or an overlap: at any time exactly one party holds it."""
    found, holders = [], dict[str, tuple[str, datetime | None]]()
    for move in sorted(moves, key=lambda one: (one.container, one.released_at)):
        holder = holders.get(move.container)
        if holder is not None:
            party, since = holder
            if since is None:
                found.append(f"{move.container}: {party} handed it on without having received it.")
            elif since > move.released_at:
                found.append(f"{move.container}: {move.from_party} handed it on before {party} received it.")
            if party != move.from_party:
                found.append(f"{move.container}: held by {party}, handed on by {move.from_party}.")
        holders[move.container] = (move.to_party, move.received_at)
    found += [
        f"{name}: {party} has not received it." for name, (party, since) in holders.items() if since is None
    ]
    return found
