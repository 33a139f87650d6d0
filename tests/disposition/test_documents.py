"""Documents that are signed for themselves: who may, what stops them, what they say, and their sealed PDF."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelot.custody.events import HandedOver
from onelot.disposition.documents.content import KINDS, DocumentKind, gaps
from onelot.disposition.documents.service import Documents
from onelot.disposition.dossier.certificate import make_certificate
from onelot.disposition.dossier.service import make_dossier
from onelot.disposition.models import Certificate, ItemStatement
from onelot.disposition.service import MAX_FILE, StatedFile
from onelot.identity.events import IdentifierRead
from onelot.kernel.refusals import Refused
from onelot.registry.signing import Credentials
from onelot.verify.dossier import read_attachments, verify_dossier
from tests.disposition.dossier.making import KEYS
from tests.disposition.making import DisposingWorld
from tests.site import NOW, PASSWORD

pytestmark = [pytest.mark.site, pytest.mark.django_db]
GIVEN = {
    "stage": "MAKER-1, all stages up to filling",
    "agreement": "QA-2025-004",
    "post_thaw": "150 min at 20 to 25 °C",
}


@pytest.fixture
def world(tmp_path: Path) -> DisposingWorld:
    return DisposingWorld(tmp_path)


def documents(world: DisposingWorld, person: str) -> Documents:
    return Documents(world.ledger, world.evidence, world.actor(person), clock=lambda: NOW)


def sign(
    world: DisposingWorld, kind: DocumentKind, person: str, lot: str = "L1", seen: int | None = None,
    password: str = PASSWORD,
) -> str:  # fmt: skip
    return documents(world, person).sign(
        lot=lot, kind=kind, given=GIVEN, seen=world.ledger.size() if seen is None else seen,
        signing=world.signing(person), credentials=Credentials(password, person),
    )  # fmt: skip


def said(world: DisposingWorld, number: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(world.evidence.get(Certificate.objects.get(number=number).content))
    return found


def codes(raised: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in raised.value.refusals}


def handed(world: DisposingWorld, lot: str = "L1") -> None:
    world.append(
        lot,
        IdentifierRead(
            lot=lot, point="receipt", carrier="scan", kind="coi_identifier", identifier=f"COI-{lot}", read_at=NOW
        ),
        IdentifierRead(lot=lot, point="receipt", carrier="scan", kind="din", identifier="W1234", read_at=NOW),
        IdentifierRead(lot=lot, point="filling", carrier="scan", kind="lot", identifier="OTHER", read_at=NOW),
        HandedOver(lot=lot, leg="inbound", container="B1", from_party="Clinic", to_party="Courier", released_at=NOW),
    )  # fmt: skip


def test_the_head_of_quality_approves_the_certificate_of_analysis_and_the_qp_certifies_on_it(
    world: DisposingWorld,
) -> None:
    world.made("L1")
    number = sign(world, "certificate_of_analysis", "hilde.head")
    content = said(world, number)
    assert (number, content["signed"]["name"], content["signed"]["meaning"]) == (  # type: ignore[index]
        "COA-2026-00001", "Hilde Head", "approved",
    )  # fmt: skip
    assert len(content["criteria"]) > 5  # type: ignore[arg-type]
    world.dispose("L1", "released")
    assert [row.number for row in Certificate.objects.order_by("number")] == [number, "QP-2026-00001"]
    assert said(world, "QP-2026-00001")["analysis"] == number


def test_a_certificate_of_analysis_on_other_results_does_not_go_with_a_release(world: DisposingWorld) -> None:
    world.made("L1", results={"sterility": "negative_to_date"})
    number = sign(world, "certificate_of_analysis", "hilde.head")
    world.append("L1", *world.results("L1", {"sterility": "final"}, occurrence=2))
    world.reviewed("L1")
    world.signed("L1")
    world.dispose("L1", "released", reason="the final result is in")
    assert said(world, "QP-2026-00001")["analysis"] == ""
    assert {row.number for row in Certificate.objects.filter(kind="certificate_of_analysis")} == {
        number, "COA-2026-00002",
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "allowed"), [
    ("certificate_of_analysis", {"hilde.head"}), ("partial_manufacture_confirmation", {"quentin.qp"}),
    ("release_for_infusion_certificate", {"hilde.head", "quentin.qp"}),
    ("identity_custody_report", {"rita.review", "hilde.head", "quentin.qp"}),
])  # fmt: skip
def test_who_signs_which_document(world: DisposingWorld, kind: DocumentKind, allowed: set[str]) -> None:
    world.made("L1")
    handed(world)
    world.reviewed("L1")
    world.signed("L1")
    world.dispose("L1", "released")
    for person in (
        "rita.review",
        "hilde.head",
        "quentin.qp",
        "vera.valid",
        "max.maker",
        "olga.other",
        "ada.admin",
    ):
        before = world.ledger.size()
        if person in allowed:
            assert sign(world, kind, person)
            continue
        with pytest.raises(Refused) as refused:
            sign(world, kind, person)
        assert codes(refused) <= {"registry.not_allowed", "disposition.unknown"}, person
        assert world.ledger.size() == before


def stopped(world: DisposingWorld, kind: DocumentKind, person: str, lot: str = "L1") -> set[str]:
    before = world.ledger.size()
    with pytest.raises(Refused) as refused:
        sign(world, kind, person, lot)
    assert codes(refused) == {"disposition.document_stopped"}
    assert world.ledger.size() == before
    return {refusal.got for refusal in refused.value.refusals}


def test_nothing_is_let_to_the_bedside_before_a_decision_or_after_a_rejection(world: DisposingWorld) -> None:
    world.made("L1")
    assert stopped(world, "release_for_infusion_certificate", "quentin.qp") == {"not released"}
    world.dispose("L1", "shipped_under_quarantine", by="hilde.head", reason="to the site's stock")
    assert stopped(world, "release_for_infusion_certificate", "quentin.qp") == {"not released"}
    world.dispose("L1", "rejected", reason="broken")
    assert stopped(world, "release_for_infusion_certificate", "quentin.qp") == {"not released"}


def test_a_release_for_infusion_says_whose_it_is_and_by_what_it_was_released(world: DisposingWorld) -> None:
    world.made("L1")
    handed(world)
    world.reviewed("L1")
    world.signed("L1")
    world.dispose("L1", "released")
    content = said(world, sign(world, "release_for_infusion_certificate", "quentin.qp"))
    assert (content["coi_identifier"], content["decision"], content["decided_by"]) == (
        "COI-L1", "released", "QP-2026-00001",
    )  # fmt: skip
    assert (content["donation_identification_numbers"], content["dose"]) == (["W1234"], ["180"])
    assert content["out_of_specification"] == []


def test_a_stage_is_confirmed_for_markets_with_a_qp_only(world: DisposingWorld) -> None:
    world.made("L1")
    world.made("L2", market="US")
    content = said(world, sign(world, "partial_manufacture_confirmation", "quentin.qp"))
    assert (content["stage"], content["agreement"]) == (GIVEN["stage"], GIVEN["agreement"])
    assert "GMP" in str(content["statement"])
    assert stopped(world, "partial_manufacture_confirmation", "quentin.qp", "L2") == {"market"}


@pytest.mark.parametrize("agreement", ["", "  ", "x" * 401])
def test_a_confirmation_names_its_agreement(world: DisposingWorld, agreement: str) -> None:
    world.made("L1")
    with pytest.raises(Refused) as refused:
        documents(world, "quentin.qp").sign(
            lot="L1", kind="partial_manufacture_confirmation", given={**GIVEN, "agreement": agreement},
            seen=world.ledger.size(), signing=world.signing("quentin.qp"),
            credentials=Credentials(PASSWORD, "quentin.qp"),
        )  # fmt: skip
    assert codes(refused) == {"disposition.text"}


def test_the_report_tells_every_mismatch_and_gap(world: DisposingWorld) -> None:
    world.made("L1")
    assert stopped(world, "identity_custody_report", "rita.review") == {"nothing recorded"}
    handed(world)
    content = said(world, sign(world, "identity_custody_report", "rita.review"))
    assert content["mismatches"] == 1
    assert content["gaps"] == ["B1: Courier has not received it."]


def test_what_changed_since_it_was_shown_and_a_wrong_password_sign_nothing(world: DisposingWorld) -> None:
    world.made("L1")
    seen = world.ledger.size()
    world.append("L1", *world.results("L1", {"viability": "final"}, occurrence=2))
    with pytest.raises(Refused) as refused:
        sign(world, "certificate_of_analysis", "hilde.head", seen=seen)
    assert codes(refused) == {"disposition.changed"}
    assert stopped(world, "certificate_of_analysis", "hilde.head") == {"review behind"}
    world.made("L2")
    with pytest.raises(Refused) as refused:
        sign(world, "certificate_of_analysis", "hilde.head", "L2", password="wrong")
    assert codes(refused) == {"registry.signature_failed"}
    assert not Certificate.objects.exists()


@given(st.lists(st.sampled_from("ABC"), min_size=2, max_size=6), st.integers(-1, 5))
def test_custody_has_a_gap_exactly_where_one_is_made(parties: list[str], broken: int) -> None:
    moves = [
        HandedOver(
            lot="L", leg="x", container="B", from_party="Nobody" if number == broken and number else giver,
            to_party=taker,
            released_at=NOW + timedelta(hours=2 * number), received_at=NOW + timedelta(hours=2 * number + 1),
        )
        for number, (giver, taker) in enumerate(pairwise(parties))
    ]  # fmt: skip
    assert bool(gaps(moves)) == (0 < broken < len(moves))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_certificate_is_a_sealed_pdf_that_verifies_and_stays_the_same(
    world: DisposingWorld, tmp_path: Path, language: str
) -> None:
    world.made("L1")
    number = sign(world, "certificate_of_analysis", "hilde.head")

    def made() -> bytes:
        return make_certificate(world.ledger, world.evidence, "L1", number, keys=KEYS, language=language)

    data = made()
    world.dispose("L1", "released")
    assert made() == data
    report = verify_dossier(data, key=KEYS.ledger.verification, certificates=KEYS.seal.der())
    assert report.faults == []
    assert [said(world, number)] == [
        json.loads(value) for name, value in read_attachments(data).items()
        if name.endswith(f"{Certificate.objects.get(number=number).content}.json")
    ]  # fmt: skip
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert (str(pdf.Root.Lang), len(pdf.pages) < 6) == (language, True)
        with pdf.open_metadata() as metadata:
            assert (metadata.pdfa_status, metadata["dc:title"]) == ("3A", number)
    if shutil.which("pdfsig"):
        path = tmp_path / "certificate.pdf"
        path.write_bytes(data)
        done = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=True)
        assert "Signature is Valid" in done.stdout


def test_a_file_shows_what_is_stated_and_goes_into_the_dossier(world: DisposingWorld) -> None:
    world.made("L1", state=False)
    scan = StatedFile("C:\\scans\\order \u202e7.pdf", b"%PDF order")
    world.disposing("rita.review").state_items(
        lot="L1", states={"order": "present"}, reason="see the scan", seen=world.ledger.size(), file=scan
    )
    row = ItemStatement.objects.get(item="order")
    assert (row.document_name, world.evidence.get(row.document)) == ("order 7.pdf", scan.data)
    data = make_dossier(world.ledger, world.evidence, "L1", keys=KEYS)
    assert read_attachments(data)["originals/order 7.pdf"] == scan.data
    assert verify_dossier(data).faults == []


@pytest.mark.parametrize(("name", "data"), [
    ("a.pdf", b""), ("", b"x"), ("folder/", b"x"), ("\u200b", b"x"), ("a.pdf", bytes(MAX_FILE + 1)),
])  # fmt: skip
def test_a_file_that_cannot_be_kept_states_nothing(world: DisposingWorld, name: str, data: bytes) -> None:
    world.made("L1", state=False)
    before = world.ledger.size()
    with pytest.raises(Refused) as refused:
        world.disposing("rita.review").state_items(
            lot="L1", states={"order": "present"}, reason="x", seen=before, file=StatedFile(name, data)
        )
    assert codes(refused) == {"disposition.file"}
    assert world.ledger.size() == before


def test_the_kinds_have_registers_of_their_own(world: DisposingWorld) -> None:
    world.made("L1")
    handed(world)
    world.reviewed("L1")
    world.signed("L1")
    world.dispose("L1", "released")
    people = {"certificate_of_analysis": "hilde.head"}
    numbers = [sign(world, kind, people.get(kind, "quentin.qp")) for kind in KINDS]
    assert numbers == ["COA-2026-00002", "PMC-2026-00001", "RFI-2026-00001", "ICR-2026-00001"]
