"""A full disk: the append is refused as a whole, what was acknowledged stays, and it can go on later."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from onelot.kernel.refusals import Refused
from onelot.ledger.audit import audit
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from tests.ledger.making import CATALOGUE, parameter
from tests.postgresql import Server

MEBIBYTE = 2**20


def fill(ledger: Ledger) -> tuple[int, Refused]:
    """Append until it is refused; the last acknowledged position and the refusal."""
    acknowledged = ledger.size()
    while True:
        try:
            acknowledged = ledger.append([parameter(number) for number in range(200)])[-1]
        except Refused as refused:
            return acknowledged, refused


def check_stopped(ledger: Ledger, acknowledged: int, refused: Refused) -> None:
    assert refused.refusals[0].code == "ledger.not_recorded"
    assert "disk" in refused.refusals[0].hint
    assert acknowledged > 0
    assert ledger.size() == acknowledged
    assert audit((), alias=ledger.alias).faults == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_without_room(alias: str) -> None:
    ledger = Ledger(CATALOGUE, alias=alias)
    with connections[alias].cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 400")
    acknowledged, refused = fill(ledger)
    check_stopped(ledger, acknowledged, refused)
    with connections[alias].cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 100000")
    assert ledger.append([parameter(1)])[0] == acknowledged + 1
    assert audit((), alias=alias).faults == ()


def limit_files(process: int, server: Server, limit: str) -> None:
    """How large a file the server's process may write, from now on."""
    done = subprocess.run(
        ["prlimit", f"--pid={process}", f"--fsize={limit}:unlimited"],
        user=server.user,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_without_room(alias: str, postgresql_server: Server) -> None:
    ledger = Ledger(CATALOGUE, alias=alias)
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    # The table may not grow beyond this; the log's files, of 16 MiB, may still be written.
    limit_files(backend, postgresql_server, str(17 * MEBIBYTE))
    acknowledged, refused = fill(ledger)
    check_stopped(ledger, acknowledged, refused)
    limit_files(backend, postgresql_server, "unlimited")
    assert ledger.append([parameter(1)])[0] == acknowledged + 1
    assert audit((), alias=alias).faults == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def check_evidence(store: EvidenceStore, folder: Path, kept: list[str], lost: bytes) -> None:
    with pytest.raises(Refused) as caught:
        store.put(lost)
    assert caught.value.refusals[0].code == "ledger.evidence_not_kept"
    for name in kept:
        assert store.get(name)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == len(kept)  # nothing torn stays behind


def test_evidence_on_a_full_disk(small_disk: Path) -> None:
    store = EvidenceStore(small_disk)
    kept = [store.put(bytes([number]) * 300_000) for number in range(3)]
    check_evidence(store, small_disk, kept, b"x" * 300_000)
    kept.append(store.put(b"small"))
    assert store.get(kept[-1]) == b"small"


LIMITED = """
import resource, sys
from pathlib import Path
from tests.faults.test_disk_full import check_evidence
from onelot.ledger.evidence import EvidenceStore
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
folder = Path(sys.argv[1])
store = EvidenceStore(folder)
check_evidence(store, folder, [store.put(b"kept")], b"x" * 200_000)
print("checked")
"""


def test_evidence_larger_than_may_be_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "evidence"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "onelot.settings.django"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("checked\n", 0), done.stderr
