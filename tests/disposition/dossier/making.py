"""A lot with something of every kind in its record, and dossiers of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from onelot.custody.events import HandedOver
from onelot.disposition.dossier.service import Keys, make_dossier
from onelot.disposition.events import CertificateIssued, LotDisposed
from onelot.execution.events import (
    CommentRecorded,
    EntryChanged,
    EquipmentUsed,
    LotOpened,
    MaterialUsed,
    ParameterRecorded,
    PhasePerformed,
    ResultReported,
    SeriesPoint,
    SeriesRecorded,
)
from onelot.identity.events import IdentifierRead, LabelsReconciled
from onelot.intake.events import DocumentReceived
from onelot.kernel.canonical import canonical
from onelot.kernel.events import Event
from onelot.ledger.checkpoint import SigningKey
from onelot.ledger.entry import Draft, Source
from onelot.recipes.approval import approve
from onelot.registry.events import EquipmentStatusRecorded
from onelot.registry.sealing import SealingKey
from onelot.registry.signature_events import SignatureMade
from onelot.review.events import LotReviewed
from onelot.review.verdict import CheckRun, Coverage, LotVerdict, Verdict
from tests.site import NOW, World

LOT = "CARC-26-1"
ORIGINAL = b'{"format": "onelot-record/1", "made": "by the plant"}'
EXAMPLE = Path("examples/network/mbr/cart-cryo.yaml")
PHASE = "collect/apheresis/collect"
AT = datetime(2026, 2, 1, 8, 30, tzinfo=timezone(timedelta(hours=1)))
KEYS = Keys(SigningKey.generate("test.example/ledger"), SealingKey.generate("Test", NOW))
"""One pair for all tests: dossiers of one position are compared with each other."""


def record(lot: str = LOT) -> list[Event]:
    """What the plant says of a lot."""
    points = tuple(SeriesPoint(at=AT + timedelta(minutes=n), value=f"{4 + n % 3}.5") for n in range(600))
    return [
        LotOpened(lot=lot, coi_identifier=f"COI-{lot}", product="CARC", mbr="MBR-CARC", mbr_version="3",
                  site="MAKER-1", organisation="MAKER", intended_market="DE", opened_at=AT),
        PhasePerformed(lot=lot, phase=PHASE, started_at=AT, ended_at=AT + timedelta(hours=1), performed_by="op1",
                       verified_by="op2", verified_at=AT, verification="person", location="Suite 1"),
        ParameterRecorded(lot=lot, phase=PHASE, parameter="weight", value="79.5", unit="kg", performed_at=AT,
                          entered_at=AT + timedelta(minutes=1), performed_by="op1"),
        EntryChanged(lot=lot, subject=f"{PHASE}/weight", field="value", before="97.5", after="79.5", changed_by="op1",
                     changed_at=AT + timedelta(minutes=9), reason="digits swapped"),
        MaterialUsed(lot=lot, phase=PHASE, material="apheresate", material_lot="W1", use="produced", quantity="184",
                     unit="mL", used_at=AT, container="W1-01", performed_by="op1"),
        EquipmentUsed(lot=lot, phase=PHASE, equipment="SEP-1", equipment_class="separator", used_from=AT,
                      used_until=AT + timedelta(hours=1)),
        SeriesRecorded(lot=lot, series="inbound.temperature", unit="Cel", points=points, device="LOG-1"),
        ResultReported(lot=lot, test="viability", status="final", value="91.5", unit="%", method="QC-021", sample="S1",
                       laboratory="QC", analyst="an1", reviewed_by="an2", reported_at=AT),
        ResultReported(lot=lot, test="sterility", status="negative_to_date", value="negative", sample="S2"),
        IdentifierRead(lot=lot, point="receipt", carrier="scan", kind="coi_identifier", identifier=f"COI-{lot}",
                       read_at=AT, read_by="op1", verified_by="op2"),
        LabelsReconciled(lot=lot, label="final_label", printed=4, applied=2, scrapped=1, retained=1, reconciled_at=AT),
        HandedOver(lot=lot, leg="inbound", container="W1-01", from_party="Clinic", to_party="Courier", released_at=AT),
        CommentRecorded(lot=lot, subject=PHASE, text="The bag was cold.", written_by="op1"),
    ]  # fmt: skip


def take(world: World, events: list[Event], lot: str = LOT, data: bytes = ORIGINAL) -> str:
    """Append a record as intake does; its document's SHA-256."""
    document = world.evidence.put(data)
    received = DocumentReceived(
        document=document, name=f"records/{lot}.json", size=len(data), adapter="json", adapter_version="1",
        lots=(lot,), facts=len(events), series=lot,
    )  # fmt: skip
    tags = (f"lot:{lot}",)
    world.ledger.append([
        Draft(event=received, actor="system:intake", occurred_at=NOW, tags=(f"document:{document}", *tags)),
        *(Draft(event=event, actor="system:intake", occurred_at=NOW, tags=tags, source=Source(document, f"/events/{n}"))
          for n, event in enumerate(events)),
    ])  # fmt: skip
    return document


def made_lot(world: World, lot: str = LOT) -> None:
    """A lot that was made, tested and reviewed, after an approved MBR."""
    approved = approve(
        world.ledger, world.evidence, EXAMPLE.read_bytes(), "cart-cryo.yaml", prepared_by="a", reviewed_by="r",
        approved_by="b",
        reason="first", clock=lambda: NOW,
    )  # fmt: skip
    status = EquipmentStatusRecorded(
        equipment="SEP-1", equipment_class="separator", kind="calibration", outcome="passed", valid_from=AT
    )
    other = EquipmentStatusRecorded(
        equipment="SEP-2", equipment_class="separator", kind="calibration", outcome="passed", valid_from=AT
    )
    world.ledger.append([
        Draft(event=event, actor="system:intake", occurred_at=NOW, tags=("about:site",)) for event in (status, other)
    ])  # fmt: skip
    take(world, record(lot), lot)
    through = world.ledger.size()
    found = LotVerdict(
        lot=lot, coi_identifier=f"COI-{lot}", product="CARC", site="MAKER-1", intended_market="DE", data_points=13,
        findings=(), checks=(CheckRun(check="SPC-RESULT", status="ran", inputs={"result": 2}, findings=0),),
        coverage=Coverage(items=1, covered=1, uncovered=()),
    )  # fmt: skip
    named: dict[str, Any] = {
        "engine": "test", "mbr": "MBR-CARC", "mbr_version": "3", "mbr_digest": approved.digest, "policy": "p",
        "policy_version": "1", "policy_digest": "b" * 64, "baseline_digest": "",
    }  # fmt: skip
    verdict = world.evidence.put(canonical(Verdict(**named, lots=(found,))))
    reviewed = LotReviewed(
        lot=lot,
        review="r1",
        **named,
        through_position=through,
        checkpoint="root",
        verdict=verdict,
        held=False,
        findings=0,
    )
    world.append(lot, reviewed)


def certify(world: World, lot: str = LOT) -> None:
    """The decision of a QP with its certificate, both signed."""
    content = world.evidence.put(canonical({"lot": lot, "decision": "released"}))
    certificate = world.evidence.put(canonical({"statement": "All stages comply.", "batch": {"lot": lot}}))
    signed = SignatureMade(
        signature="s1", person="quentin.qp", name="Quentin Qualified", meaning="certified", content=content,
        factors=("user_name", "password"), time_zone="Europe/Berlin",
    )  # fmt: skip
    disposed = LotDisposed(
        lot=lot, market="DE", decision="released", signature="s1", through_position=world.ledger.size()
    )
    issued = CertificateIssued(
        lot=lot,
        market="DE",
        certificate="QP-2026-1",
        kind="qp_certificate",
        content=certificate,
        signature="s1",
    )
    world.ledger.append([
        Draft(event=event, actor="person:quentin.qp", occurred_at=NOW, tags=(f"lot:{lot}",), reason="it complies")
        for event in (signed, disposed, issued)
    ])  # fmt: skip


def dossier(world: World, lot: str = LOT, position: int | None = None, language: str = "en") -> bytes:
    return make_dossier(world.ledger, world.evidence, lot, keys=KEYS, position=position, language=language)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
