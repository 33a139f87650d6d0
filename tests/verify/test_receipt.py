"""A receipt shows years later what was received, and when; a changed one does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onelot.intake.receipts import document_entry, receipt_of
from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import Checkpoint, SigningKey
from onelot.verify.command import run
from onelot.verify.receipt import verify_receipt
from tests.disposition.dossier.making import KEYS, LOT, ORIGINAL, record, take
from tests.site import World

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Any]:
    """A receipt as senders get it."""
    world = World(tmp_path)
    document = take(world, record())
    tree = world.ledger.tree()
    note = KEYS.ledger.sign(Checkpoint("test.example/ledger", tree.size, tree.root()).text())
    return receipt_of(world.ledger, lambda: note, document_entry(world.ledger, document))


def faults(made: dict[str, Any], original: bytes | None = ORIGINAL) -> set[str]:
    report = verify_receipt(json.dumps(made).encode(), key=KEYS.ledger.verification, original=original)
    return {fault.part for fault in report.faults}


def test_a_receipt_holds_for_its_file_alone(made: dict[str, Any]) -> None:
    assert faults(made) == set()
    assert faults(made, original=None) == set()
    assert faults(made, original=ORIGINAL + b" ") == {"original"}


@pytest.mark.parametrize(("change", "part"), [
    (lambda made: made["document"].update(name="other.json"), "document"),
    (lambda made: made["document"].update(sha256="0" * 64), "document"),
    (lambda made: made["document"].update(size=1), "document"),
    (lambda made: made.update(entry=made["entry"][:-8] + "AAAAAAA="), "entry"),
    (lambda made: made.update(proof=made["proof"].replace("index ", "index 1", 1)), "entry"),
    (lambda made: made.update(proof=made["proof"].replace("test.example/", "fake.example/", 1)), "checkpoint"),
])  # fmt: skip
def test_a_changed_receipt_is_told(
    made: dict[str, Any], change: Callable[[dict[str, Any]], None], part: str
) -> None:
    change(made)
    assert any(found.startswith(part) for found in faults(made, original=None))


def test_without_or_with_another_key_nothing_is_proved(made: dict[str, Any]) -> None:
    data = json.dumps(made).encode()
    for key in (None, SigningKey.generate("other").verification):
        assert {fault.part for fault in verify_receipt(data, key=key).faults} == {"checkpoint"}


@pytest.mark.parametrize("data", [
    b"{}", b"[]", b'{"format": "onelot-receipt/1"}', b"\xff",
    b'{"format":"onelot-receipt/1","entry":1,"proof":2,"document":3}',
    b'{"format":"onelot-receipt/1","entry":"","proof":"x","document":{}}',
])  # fmt: skip
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        verify_receipt(data)
    assert refused.value.refusals[0].code == "verify.receipt_unreadable"


def test_the_command_takes_a_receipt(
    made: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, original, key = tmp_path / "r.json", tmp_path / "o.json", tmp_path / "key"
    path.write_text(json.dumps(made, indent=2))
    original.write_bytes(ORIGINAL)
    key.write_text(str(KEYS.ledger.verification))
    assert run([str(path), "--key", str(key), "--original", str(original)]) == 0
    assert f"records/{LOT}.json" in capsys.readouterr().out
    assert run([str(path), "--key", str(key), "--original", str(key)]) == 1
