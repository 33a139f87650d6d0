"""The evidence store keeps bytes under their hash, whole or not at all."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.kernel.refusals import Refused
from onelot.ledger.evidence import EvidenceStore


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000))
def test_what_is_put_can_be_got(tmp_path: Path, data: bytes) -> None:
    store = EvidenceStore(tmp_path)
    name = store.put(data)
    assert name == sha256(data).hexdigest()
    assert store.get(name) == data
    assert name in store


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "deep" / "evidence")
    name = store.put(b"record")
    (path,) = _files(tmp_path)
    before = path.stat()
    assert store.put(b"record") == name
    assert _files(tmp_path) == [path]
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_mode & 0o777 == 0o444


def test_a_changed_file_is_refused_on_reading_and_on_keeping_again(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    name = store.put(b"record")
    (path,) = _files(tmp_path)
    path.chmod(0o644)
    path.write_bytes(b"recorE")
    for act in (lambda: store.get(name), lambda: store.put(b"record")):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.refusals[0].code == "ledger.evidence_damaged"


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63 + "\n"])
def test_what_was_not_kept_is_missing(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as caught:
        EvidenceStore(tmp_path).get(name)
    assert caught.value.refusals[0].code == "ledger.evidence_missing"


def test_file_and_folders_are_flushed_before_the_name_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    fsync = os.fsync

    def watch(handle: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watch)
    root = tmp_path / "evidence"
    name = EvidenceStore(root).put(b"record")
    assert str(root / name[:2]) in flushed[0]
    assert set(flushed[1:]) == {str(root / name[:2]), str(root), str(tmp_path)}


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Refused) as caught:
        EvidenceStore(tmp_path).put(b"record")
    assert caught.value.refusals[0].code == "ledger.evidence_not_kept"
    assert _files(tmp_path) == []
