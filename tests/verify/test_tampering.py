"""Whatever is altered in a dossier is found, and the part that it is in is named."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.disposition.dossier.sealing import seal
from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import SigningKey
from onelot.registry.sealing import SealingKey
from onelot.verify import names
from onelot.verify.command import run
from onelot.verify.dossier import verify_dossier
from onelot.verify.filemap import find_map
from onelot.verify.report import Report
from tests.disposition.dossier.making import KEYS, LOT, certify, dossier, made_lot
from tests.site import NOW, World

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    made_lot(world)
    certify(world)
    return world


@pytest.fixture
def sealed(world: World) -> bytes:
    return dossier(world)


def verified(data: bytes) -> Report:
    return verify_dossier(data, key=KEYS.ledger.verification, certificates=KEYS.seal.der())


def parts(report: Report) -> set[str]:
    return {fault.part for fault in report.faults}


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def test_an_unaltered_dossier_tells_who_signed_what(world: World, sealed: bytes) -> None:
    report = verified(sealed)
    assert (report.faults, report.warnings) == ([], [])
    (signed,) = report.signatures
    assert (signed.name, signed.meaning, signed.time, signed.time_zone) == (
        "Quentin Qualified", "certified", "2026-03-01T08:00:00Z", "Europe/Berlin",
    )  # fmt: skip
    assert json.loads(world.evidence.get(signed.content))["decision"] == "released"


def test_every_part_of_the_file_is_named_when_a_byte_of_it_is_flipped(sealed: bytes) -> None:
    file_map = find_map(sealed)
    labels = {part.label for part in file_map.parts}
    assert {
        "page 1",
        "page 2",
        f"attachment {names.ENTRIES}",
        f"attachment {names.CHECKPOINT}",
        "metadata",
    } <= labels
    for label in sorted(labels):
        part = next(part for part in file_map.parts if part.label == label)
        found = parts(verified(flipped(sealed, (part.start + part.end) // 2)))
        assert {label, "seal"} <= found, (label, found)


def test_any_flipped_bit_is_found(sealed: bytes) -> None:
    end = find_map(sealed).size

    @settings(max_examples=150, deadline=None)
    @given(st.one_of(st.integers(end, len(sealed) - 1), st.integers(0, len(sealed) - 1)), st.integers(0, 7))
    def check(at: int, bit: int) -> None:
        assert verify_dossier(flipped(sealed, at, bit)).faults

    check()


@pytest.mark.slow
def test_any_flipped_bit_of_the_seal_is_found(sealed: bytes) -> None:
    for at in range(find_map(sealed).size, len(sealed)):
        assert verify_dossier(flipped(sealed, at, at % 8)).faults, at


@pytest.mark.parametrize(("change", "part"), [
    (lambda data: data + b"\n", "seal"),
    (lambda data: data[:-2], "seal"),
    (lambda data: data[: data.rindex(b"onelot-map/1") + 200], "map"),
    (lambda data: data.replace(b"/Type/Sig/", b"/Type/Xig/"), "seal"),
    (lambda data: data.replace(b"onelot-map/1\n", b"onelot-map/2\n"), "map"),
    (lambda data: data.replace(b"00>>>\nendobj", b"01>>>\nendobj"), "seal"),
    (lambda data: re.sub(rb"/Contents<([0-9a-f]+)>", lambda m: b"/Contents<" + m[1].upper() + b">", data), "seal"),
])  # fmt: skip
def test_what_no_signature_covers_is_checked_as_well(
    sealed: bytes, change: Callable[[bytes], bytes], part: str
) -> None:
    assert change(sealed) != sealed
    assert part in parts(verified(change(sealed)))


def resealed(
    sealed: bytes, name: str, change: Callable[[bytes], bytes], key: SealingKey = KEYS.seal
) -> bytes:
    """Somebody with the seal's key changes an attachment and seals anew: only the ledger can tell."""
    printed = sealed[: find_map(sealed).size]
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        spec = pdf.attachments[name]
        start = spec.obj.EF.F.objgen[0]
        new = change(spec.get_file().read_bytes())
    at = printed.index(b"\n%d 0 obj\n" % start) + 1
    end = printed.index(b"\nendobj\n", at)
    stream = b"%d 0 obj\n<</Type/EmbeddedFile/Length %d/Params<</Size %d>>>>\nstream\n%b\nendstream" % (
        start, len(new), len(new), new,
    )  # fmt: skip
    moved = len(stream) - (end - at)
    table = printed.rindex(b"xref\n0 ")
    head = printed[:at] + stream + printed[end:table]
    rows = re.sub(
        rb"(\d{10}) 00000 n",
        lambda m: b"%010d 00000 n" % (int(m[1]) + (moved if int(m[1]) > at else 0)),
        printed[table:],
    )
    rows = re.sub(rb"startxref\n\d+", b"startxref\n%d" % (table + moved), rows)
    return seal(head + rows, key, NOW)


def first_entry_changed(data: bytes) -> bytes:
    return data.replace(b'"79.5"', b'"78.5"', 1)


@pytest.mark.parametrize(("name", "change", "part"), [
    (names.ENTRIES, first_entry_changed, "entry "),
    (names.ENTRIES, lambda data: data.split(b"\n", 1)[1], "entry "),
    (names.ENTRIES, lambda data: b"\n".join(reversed(data.splitlines())) + b"\n", "entry "),
    (names.ENTRIES, lambda data: data + b"{}\n", "line "),
    (names.ENTRIES, lambda data: data[:-1], f"attachment {names.ENTRIES}"),
    (names.PROOFS, lambda data: b"{}", f"attachment {names.PROOFS}"),
    (names.PROOFS, lambda data: b"\xff", f"attachment {names.PROOFS}"),
    (names.CHECKPOINT, lambda data: data.replace(b"\n", b"\n1", 1), "checkpoint"),
    (names.CHECKPOINT, lambda data: b"", "checkpoint"),
    (names.KEY, lambda data: str(SigningKey.generate("x").verification).encode(), "checkpoint"),
    (f"{names.ORIGINALS}{LOT}.json", lambda data: data + b" ", f"attachment {names.ORIGINALS}{LOT}.json"),
    (names.INDEX, lambda data: data.replace(b"CARC-26-1", b"CARC-26-2"), f"attachment {names.INDEX}"),
    (names.INDEX, lambda data: b"[]", f"attachment {names.INDEX}"),
])  # fmt: skip
def test_what_somebody_with_the_key_of_the_seal_altered_is_named(
    sealed: bytes, name: str, change: Callable[[bytes], bytes], part: str
) -> None:
    report = verified(resealed(sealed, name, change))
    assert "seal" not in parts(report), report.text()
    assert any(found.startswith(part) for found in parts(report)), report.text()


def test_a_signed_content_that_was_altered_breaks_its_signature(world: World, sealed: bytes) -> None:
    digest = verified(sealed).signatures[0].content
    changed = verified(
        resealed(
            sealed, f"{names.EVIDENCE}{digest}.json", lambda data: data.replace(b"released", b"rejected")
        )
    )
    assert f"attachment {names.EVIDENCE}{digest}.json" in parts(changed)
    assert any(part.startswith("signature of entry ") for part in parts(changed))


def test_the_entry_that_was_altered_is_named_by_its_position(world: World, sealed: bytes) -> None:
    (position,) = (entry.position for entry, data in world.ledger.read_stored() if b'"value":"79.5"' in data)
    report = verified(resealed(sealed, names.ENTRIES, first_entry_changed))
    assert {part for part in parts(report) if part.startswith("entry ")} <= {
        f"entry {position}",
        f"entry {position + 1}",
    }
    assert f"entry {position}" in parts(report) or f"entry {position + 1}" in parts(report)


def test_a_seal_by_somebody_else_is_told(world: World, sealed: bytes) -> None:
    stranger = SealingKey.generate("Stranger", NOW)
    again = resealed(sealed, names.KEY, lambda data: data, stranger)
    assert parts(verified(again)) == {"seal"}
    alone = verify_dossier(again)
    assert alone.faults == []
    assert "Stranger" in alone.facts["Sealed by"]
    assert len(alone.warnings) == 2


def test_another_ledgers_key_is_told(sealed: bytes) -> None:
    report = verify_dossier(sealed, key=SigningKey.generate("other").verification)
    assert "checkpoint" in parts(report)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n%%EOF", b"{}", b"\x00" * 100, b"PK\x03\x04"])
def test_what_is_no_dossier_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        verify_dossier(data)
    assert refused.value.refusals[0].code == "verify.not_a_dossier"


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_that_call_themselves_a_dossier_are_judged(data: bytes) -> None:
    assert verify_dossier(b"%PDF-1.7\n" + data + names.MAP.encode()).faults


def test_the_command_says_it_by_its_status(
    tmp_path: Path, sealed: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, key = tmp_path / "good.pdf", tmp_path / "bad.pdf", tmp_path / "key"
    good.write_bytes(sealed)
    bad.write_bytes(flipped(sealed, 5000))
    key.write_text(str(KEYS.ledger.verification))
    (tmp_path / "seal.pem").write_bytes(KEYS.seal.certificate_pem())
    assert run([str(good), "--key", str(key), "--certificate", str(tmp_path / "seal.pem")]) == 0
    assert "Quentin Qualified (quentin.qp), certified" in capsys.readouterr().out
    assert run([str(bad), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "altered"
    for wrong in (
        ["/nothing.pdf"],
        [str(key)],
        [str(good), "--key", "x+y"],
        [str(good), "--certificate", str(key)],
    ):
        assert run([*wrong, "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["verdict"] == "not checked"


def test_the_verifier_needs_nothing_of_the_site() -> None:
    code = (
        "import sys, onelot.verify.command, onelot.verify.dossier, onelot.verify.receipt;"
        "print(sorted({'django', 'msgspec', 'pydantic', 'typer', 'duckdb', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_proofs_are_those_of_the_open_format(world: World, sealed: bytes) -> None:
    """From the compact proofs a C2SP tlog-proof of each entry can be written, which other tools check."""
    from onelot.ledger.proof import Inclusion
    from onelot.verify.dossier import read_attachments

    attached = read_attachments(sealed)
    proofs = json.loads(attached[names.PROOFS])
    for entry, (index, *path) in zip(attached[names.ENTRIES].splitlines(), proofs["proofs"], strict=True):
        hashes = tuple(base64.b64decode(proofs["hashes"][number]) for number in path)
        proof = Inclusion(index, hashes, attached[names.CHECKPOINT].decode())
        Inclusion.parse(proof.text()).verify(entry, KEYS.ledger.verification)
