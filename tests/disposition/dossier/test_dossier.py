"""A dossier is complete, the same each time, and what it says it is."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.disposition.dossier.content import collect
from onelot.disposition.dossier.service import blocks
from onelot.execution.events import CommentRecorded, ParameterRecorded, SeriesPoint, SeriesRecorded
from onelot.kernel.refusals import Refused
from onelot.verify import names
from onelot.verify.dossier import read_attachments, verify_dossier
from tests.disposition.dossier.making import (
    KEYS,
    LOT,
    ORIGINAL,
    PHASE,
    certify,
    dossier,
    made_lot,
    record,
    take,
)
from tests.site import NOW, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def told(world: World, lot: str = LOT) -> str:
    """All that is printed, as one text."""
    return json.dumps(
        blocks(collect(world.ledger, world.evidence, lot, world.ledger.size())), ensure_ascii=False
    )


def sealed_by_us(data: bytes) -> list[str]:
    report = verify_dossier(data, key=KEYS.ledger.verification, certificates=KEYS.seal.der())
    return [f"{fault.part}: {fault.what}" for fault in report.faults]


def test_the_same_position_gives_the_same_bytes_whatever_came_later(world: World) -> None:
    made_lot(world)
    position = world.ledger.size()
    before = dossier(world)
    certify(world)
    assert dossier(world, position=position) == before
    assert dossier(world) != before
    assert sealed_by_us(before) == []


def test_a_dossier_is_a_tagged_pdf_a_3_with_bookmarks_and_page_labels(world: World) -> None:
    made_lot(world)
    certify(world)
    with pikepdf.open(io.BytesIO(dossier(world))) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata.pdfa_status, LOT in metadata["dc:title"]) == ("3A", True)
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "en"
        assert "/StructTreeRoot" in pdf.Root
        with pdf.open_outline() as outline:
            titles = [item.title for item in outline.root]
        assert [pdf.pages[n].label for n in range(2)] == ["1", "2"]
        relations = {str(spec.AFRelationship) for spec in pdf.Root.AF}
    assert titles == [
        "Contents", "Decision", "Certificates", "Certificate of analysis", "Review by exception",
        "Chain of identity and custody", "Batch record", "Signatures", "Audit trail", "Attachments and verification",
    ]  # fmt: skip
    assert relations == {"/Data", "/Source", "/Supplement"}


def test_the_dossier_in_german_is_german_and_the_same_each_time(world: World) -> None:
    made_lot(world)
    certify(world)
    position = world.ledger.size()
    german = [dossier(world, position=position, language="de") for _ in range(2)]
    assert german[0] == german[1] != dossier(world, position=position)
    assert sealed_by_us(german[0]) == []
    assert json.loads(read_attachments(german[0])[names.INDEX])["language"] == "de"
    with pikepdf.open(io.BytesIO(german[0])) as pdf:
        assert pdf.Root.Lang == "de"
        with pdf.open_outline() as outline:
            titles = [item.title for item in outline.root]
    assert titles == [
        "Inhalt", "Entscheidung", "Zertifikate", "Analysenzertifikat", "Prüfung nach Ausnahmen",
        "Identitäts- und Verwahrungskette", "Chargenprotokoll", "Unterschriften", "Audit Trail", "Anhänge und Prüfung",
    ]  # fmt: skip


def test_what_records_say_stays_as_it_was_recorded(world: World) -> None:
    made_lot(world)
    with override("de"):
        text = told(world)
    assert "The bag was cold." in text
    assert "war value 97.5, wurde 79.5" in text
    assert "Bis zu dieser Position" in text
    assert "Parameter recorded" in text


def test_there_is_no_dossier_in_a_language_that_nobody_translated(world: World) -> None:
    made_lot(world)
    with pytest.raises(Refused) as refused:
        dossier(world, language="tlh")
    assert refused.value.refusals[0].code == "dossier.language"


def test_everything_is_attached_and_listed(world: World) -> None:
    made_lot(world)
    certify(world)
    attached = read_attachments(dossier(world))
    index = json.loads(attached[names.INDEX])
    assert {item["name"] for item in index["attachments"]} | {names.INDEX, names.MAP_FILE} == set(attached)
    assert attached[f"{names.ORIGINALS}{LOT}.json"] == ORIGINAL
    entries = attached[names.ENTRIES].splitlines()
    own = [data for entry, data in world.ledger.read_stored() if f"lot:{LOT}" in entry.tags]
    assert set(own) <= set(entries)
    assert sum(1 for entry in entries if b"SEP-1" in entry and b"calibration" in entry) == 1
    assert not [entry for entry in entries if b"SEP-2" in entry]
    assert index["not_attached"] == []


def test_who_decided_signed_and_certified_is_printed(world: World) -> None:
    made_lot(world)
    certify(world)
    text = told(world)
    for said in (
        "Quentin Qualified", "certified", "2026-03-01 09:00:00 +01:00 (Europe/Berlin)", "QP-2026-1",
        "All stages comply.",
        "it complies", "✓ meets the specification", "none reported", "negative to date", "✗ not received",
    ):  # fmt: skip
        assert said in text, said


def test_a_lot_without_decision_says_so(world: World) -> None:
    made_lot(world)
    assert "Not yet disposed" in told(world)
    report = verify_dossier(dossier(world))
    assert (report.faults, report.signatures) == ([], [])


def test_a_value_that_was_changed_is_marked_with_what_it_was(world: World) -> None:
    made_lot(world)
    assert (
        "79.5 kg\\n▲ was value 97.5, became 79.5 (op1, 2026-02-01 08:39:00 +01:00: digits swapped)"
        in told(world)
    )


def test_a_phase_of_the_mbr_that_is_not_in_the_record_is_told(world: World) -> None:
    made_lot(world)
    assert told(world).count("This phase is not in the record.") > 5


def test_a_result_after_the_review_is_not_called_judged(world: World) -> None:
    made_lot(world)
    take(world, [record()[7]], data=b"{}")
    assert "not judged: reported after the review" in told(world)


def test_what_a_corrected_document_replaced_is_in_the_audit_trail_only(world: World) -> None:
    from msgspec.structs import replace

    from onelot.intake.events import DocumentReceived
    from onelot.ledger.entry import Draft
    from tests.site import NOW

    made_lot(world)
    content = collect(world.ledger, world.evidence, LOT, world.ledger.size())
    received = next(event for _, event in content.events(DocumentReceived) if event.lots == (LOT,))
    second = replace(received, document=world.evidence.put(b"[]"), supersedes=received.document)
    world.ledger.append([Draft(event=second, actor="system:intake", occurred_at=NOW, tags=(f"lot:{LOT}",))])
    text = told(world)
    assert "The bag was cold." in text
    assert text.count("▽") > 10
    assert "Remarks in the record" not in text


def test_a_lot_whose_files_are_gone_says_which(world: World) -> None:
    world.lot("L1", "critical")
    data = dossier(world, "L1")
    index = json.loads(read_attachments(data)[names.INDEX])
    assert {item["sha256"] for item in index["not_attached"]} == {"0" * 64, "c" * 64}
    report = verify_dossier(data)
    assert report.faults == []
    assert sum("not attached" in warning for warning in report.warnings) == 2
    assert "Nobody decided on this exception" in told(world, "L1")


def test_a_file_that_speaks_of_other_lots_stays_at_home(world: World) -> None:
    from onelot.intake.events import DocumentReceived

    world.lot("L1")
    document = world.evidence.put(b"two lots")
    world.append("L1", DocumentReceived(document=document, name="both.csv", size=8, adapter="csv", adapter_version="1",
                                        lots=("L1", "L2"), facts=0))  # fmt: skip
    data = dossier(world, "L1")
    assert b"two lots" not in read_attachments(data).values()
    assert any("other lots" in warning for warning in verify_dossier(data).warnings)


@pytest.mark.parametrize(("lot", "position", "code"), [
    ("L404", None, "dossier.unknown_lot"), (LOT, 10**9, "dossier.position"), (LOT, 0, "dossier.position"),
    (LOT, 1, "dossier.unknown_lot"),
])  # fmt: skip
def test_what_there_is_no_dossier_of(world: World, lot: str, position: int | None, code: str) -> None:
    made_lot(world)
    with pytest.raises(Refused) as refused:
        dossier(world, lot, position)
    assert refused.value.refusals[0].code == code


ODD = (
    "#panic(1) $x$ *b* _i_ `r` @l <l> \\ // /* [x] \"q\" ${jndi}", "a" * 3000, "عمر", "שלום", "😀👩‍👩‍👧", "中文字",
    "x\u202etxt.exe", "\ufeff\u200b\u2028\u2029\x07\x1b[31m", "e\u0301" * 300, "\n" * 50, "\ud7ff\ue000\U0010ffff", " ",
)  # fmt: skip


def test_odd_text_is_printed_as_data(world: World) -> None:
    made_lot(world)
    odd = [CommentRecorded(lot=LOT, subject="s", text=text, written_by=text[:200]) for text in ODD]
    entries = [
        ParameterRecorded(lot=LOT, phase=text[:99] or "p", parameter=text[:99], value=text) for text in ODD
    ]
    take(world, [*odd, *entries], data=b"odd")
    data = dossier(world)
    assert sealed_by_us(data) == []
    assert "[U+202E]" in told(world)


def test_a_series_is_drawn_as_the_desk_draws_it_whatever_it_is_called(world: World) -> None:
    made_lot(world)
    values = enumerate(("5", "9.5", "1e400"))
    points = tuple(SeriesPoint(NOW + timedelta(minutes=minute), value) for minute, value in values)
    odd = [SeriesRecorded(lot=LOT, series=text[:99], unit=text[:9], points=points, device="") for text in ODD]
    take(world, odd, data=b"series")
    assert sealed_by_us(dossier(world)) == []
    text = told(world)
    assert "inbound.temperature (Cel)" in text
    assert "UTC" in text


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=400))
def test_any_text_is_printed(world: World, text: str) -> None:
    lot = "ANY"
    take(world, [CommentRecorded(lot=lot, subject=text[:50], text=text)], lot, data=text.encode())
    assert sealed_by_us(dossier(world, lot)) == []


def run(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: qpdf, poppler-utils)")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("program", ["qpdf", "pdfsig", "pdfdetach", "pdftotext"])
def test_independent_tools_agree(world: World, tmp_path: Path, program: str) -> None:
    made_lot(world)
    certify(world)
    path = tmp_path / "dossier.pdf"
    path.write_bytes(dossier(world))
    if program == "qpdf":
        assert "No syntax or stream encoding errors found" in run("qpdf", "--check", str(path))
    elif program == "pdfsig":
        said = run("pdfsig", "-nocert", str(path))
        assert "ETSI.CAdES.detached" in said
        assert "Total document signed" in said
        assert "Signature is Valid" in said
    elif program == "pdfdetach":
        said = run("pdfdetach", "-list", str(path))
        assert names.ENTRIES in said
        assert names.MAP_FILE in said
    else:
        said = run("pdftotext", "-layout", str(path), "-")
        pages = said.split("\f")[:-1]
        assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1))
        assert all(f"Lot {LOT}" in page and f"COI COI-{LOT}" in page for page in pages)
        assert said.count("Leaf hash") >= 1


@pytest.mark.slow
def test_twelve_thousand_rows(world: World) -> None:
    made_lot(world)
    many = [
        ParameterRecorded(lot=LOT, phase=PHASE, parameter=f"p{n % 40}", occurrence=n // 40 + 1, value=f"{n}.5")
        for n in range(6_000)
    ]  # fmt: skip
    take(world, many, data=b"many")
    data = dossier(world)
    assert sealed_by_us(data) == []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) > 200
