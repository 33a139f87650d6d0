"""``onelot ledger`` end to end: what it prints, the files it writes, its exit status, its refusals."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

APPEND = """
import sys
from datetime import UTC, datetime
from onelot.execution.events import CommentRecorded
from onelot.ledger.entry import Draft
from onelot.settings.stores import open_ledger
ledger = open_ledger()
for lot in sys.argv[1:]:
    event = CommentRecorded(lot=lot, subject="cells", text="look good")
    ledger.append([Draft(event=event, actor="person:op1", occurred_at=datetime.now(UTC), tags=("lot:" + lot,))])
"""


def runner(environment: dict[str, str]) -> Run:
    def onelot(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "onelot", "ledger", *map(str, arguments)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return onelot


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a ledger of five entries, to be copied: each command takes a second to start."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    environment = {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": ""}
    runner(environment)("init")
    append(environment, "A", "B", "A", "B", "C")
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": ""}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    return runner(environment)


@pytest.fixture
def ledger(prepared: Path, home: Path) -> str:
    """A ledger of five entries in ``home``; its verification key."""
    shutil.copytree(prepared, home)
    return (home / "keys" / "checkpoint.vkey").read_text(encoding="utf-8").strip()


def append(environment: dict[str, str], *lots: str) -> None:
    subprocess.run([sys.executable, "-c", APPEND, *lots], env=environment, check=True)


def test_where_there_is_no_ledger_it_says_how_to_make_one(run: Run, tmp_path: Path, home: Path) -> None:
    for command in (["verify"], ["export", tmp_path / "x"]):
        done = run(*command, status=2)
        assert "There is no ledger here yet." in done.stderr
        assert "onelot ledger init" in done.stderr
    assert not home.exists()


def test_init_twice_keeps_entries_and_key(run: Run, ledger: str, home: Path) -> None:
    again = run("init").stdout
    assert "The ledger holds 5 entries." in again
    assert again.strip().endswith(ledger)
    assert (home / "keys" / "checkpoint.key").stat().st_mode & 0o777 == 0o600


def test_every_command_on_either_database(database: dict[str, str], tmp_path: Path) -> None:
    environment = {**os.environ, **database}
    run = runner(environment)
    key = run("init").stdout.strip().split(" ")[-1]
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    append(environment, "A", "B")
    run("checkpoint", "--out", tmp_path / "kept")
    assert "2 entries exported" in run("export", tmp_path / "export").stdout
    run("proof", 2, "--out", tmp_path / "proofs")
    assert "unchanged" in run("verify", tmp_path / "export", "--key", key).stdout
    assert "is in the ledger" in run("verify", tmp_path / "proofs" / "2.tlog-proof", "--key", key).stdout
    append(environment, "C")
    run("proof", "--since", tmp_path / "kept", "--out", tmp_path / "proofs")
    done = run("verify", "--checkpoint", tmp_path / "kept")
    assert done.stdout.startswith("3 entries, root ")
    assert done.stdout.endswith("; unchanged\n")


def test_an_unchanged_ledger_is_verified_with_and_without_a_checkpoint(
    run: Run, ledger: str, tmp_path: Path
) -> None:
    done = run("verify")
    assert "5 entries, root " in done.stdout
    assert done.stdout.endswith("; unchanged\n")
    assert "No checkpoint from elsewhere was given" in done.stdout
    run("checkpoint", "--out", tmp_path / "kept")
    done = run("verify", "--checkpoint", tmp_path / "kept")
    assert "No checkpoint" not in done.stdout
    assert run("checkpoint").stdout == (tmp_path / "kept").read_text(encoding="utf-8")


def test_a_checkpoint_of_another_ledger_or_a_changed_one_cannot_be_used(
    run: Run, ledger: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    run("checkpoint", "--out", kept)
    kept.write_text(kept.read_text(encoding="utf-8").replace("\n5\n", "\n4\n"), encoding="utf-8")
    done = run("verify", "--checkpoint", kept, status=2)
    assert "ledger.signature_wrong" in done.stderr
    done = run("verify", "--checkpoint", tmp_path / "absent", status=2)
    assert "ledger.file_unreadable" in done.stderr
    done = run("verify", "--key", "nonsense+00000000+AAAA", status=2)
    assert "ledger.key_unreadable" in done.stderr


def test_an_export_is_verified_elsewhere_with_the_key_alone(run: Run, ledger: str, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    assert "5 entries exported" in run("export", folder).stdout
    away = tmp_path / "away"
    shutil.move(folder, away)
    elsewhere = {"PATH": os.environ["PATH"], "ONELOT_HOME": str(tmp_path / "nothing")}
    command = [sys.executable, "-m", "onelot", "ledger", "verify", str(away), "--key", ledger]
    done = subprocess.run(command, env=elsewhere, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 entries, root " in done.stdout
    assert not (tmp_path / "nothing").exists()
    done = run("verify", away, status=2)
    assert "--key VKEY" in done.stderr
    bundle = away / "tile" / "entries" / "000.p" / "5"
    bundle.write_bytes(bundle.read_bytes().replace(b"look good", b"look gone", 1))
    done = run("verify", away, "--key", ledger, status=1)
    assert "entry 1: its bytes and its stored hash disagree" in done.stdout
    assert "faults: " in done.stdout


def test_entries_of_one_lot_are_proved_offline(run: Run, ledger: str, tmp_path: Path) -> None:
    out = tmp_path / "proofs"
    assert "Entries proved" in run("proof", "--tag", "lot:B", "--out", out).stdout
    assert sorted(path.name for path in out.iterdir()) == [
        "2.json",
        "2.tlog-proof",
        "4.json",
        "4.tlog-proof",
    ]
    for position in (2, 4):
        done = run("verify", out / f"{position}.tlog-proof", "--key", ledger)
        assert "is in the ledger onelot.local/ledger, as signed over 5 entries." in done.stdout
    (out / "2.json").write_bytes((out / "4.json").read_bytes())
    done = run("verify", out / "2.tlog-proof", "--key", ledger, status=2)
    assert "ledger.proof_wrong" in done.stderr


def test_a_later_ledger_is_proved_to_begin_with_an_earlier_one(
    run: Run, ledger: str, environment: dict[str, str], tmp_path: Path
) -> None:
    kept, out = tmp_path / "kept", tmp_path / "proof"
    run("checkpoint", "--out", kept)
    append(environment, "D", "E", "F")
    run("proof", "--since", kept, "--out", out)
    done = run("verify", out / "consistency.txt", "--key", ledger, "--checkpoint", kept)
    assert "The ledger of 8 entries begins with the 5 entries signed earlier." in done.stdout
    done = run("verify", out / "consistency.txt", "--key", ledger, status=2)
    assert "--checkpoint FILE" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["1", "--tag", "lot:A"]])
def test_what_to_prove_must_be_said_once(run: Run, ledger: str, arguments: list[str]) -> None:
    assert "ledger.proof_of_what" in run("proof", *arguments, status=2).stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["0"], "ledger.leaf_not_in_tree"),
        (["6"], "ledger.leaf_not_in_tree"),
        (["--tag", "lot:Z"], "ledger.nothing_to_prove"),
        (["--tag", "Z"], "ledger.tag_wrong"),
    ],
)
def test_what_is_not_there_cannot_be_proved(
    run: Run, ledger: str, arguments: list[str], expected: str, tmp_path: Path
) -> None:
    assert expected in run("proof", *arguments, "--out", tmp_path / "proofs", status=2).stderr
    assert not list(tmp_path.glob("proofs/*"))


def test_forced_changes_end_with_status_1_and_name_the_entry(run: Run, ledger: str, home: Path) -> None:
    with sqlite3.connect(home / "onelot.sqlite3") as connection:
        connection.execute("DROP TRIGGER ledger_entry_update")
        connection.execute(
            "UPDATE ledger_entry SET entry = CAST(replace(entry, 'good', 'gone') AS BLOB) WHERE position = 3"
        )
    connection.close()
    done = run("verify", status=1)
    assert "entry 3: " in done.stdout
    assert "the trigger ledger_entry_update is gone" in done.stdout


def test_entries_cut_off_are_found_against_a_checkpoint_kept_elsewhere(
    run: Run, ledger: str, home: Path, tmp_path: Path
) -> None:
    run("checkpoint", "--out", tmp_path / "kept")
    with sqlite3.connect(home / "onelot.sqlite3") as connection:
        for table, condition in (("entry", "position > 3"), ("checkpoint", "size > 3")):
            (text,) = connection.execute(
                f"SELECT sql FROM sqlite_master WHERE name = 'ledger_{table}_delete'"
            ).fetchone()
            connection.execute(f"DROP TRIGGER ledger_{table}_delete")
            connection.execute(f"DELETE FROM ledger_{table} WHERE {condition}")
            connection.execute(text)
    connection.close()
    assert run("verify").stdout.endswith("unchanged\n")  # a cut end shows only from outside
    done = run("verify", "--checkpoint", tmp_path / "kept", status=1)
    assert "entry 4: entries are missing at the end" in done.stdout


def test_a_lost_key_is_told(run: Run, ledger: str, home: Path) -> None:
    (home / "keys" / "checkpoint.key").unlink()
    done = run("checkpoint", status=2)
    assert "ledger.key_missing" in done.stderr
    assert run("verify", "--key", ledger).stdout.endswith("unchanged\n")
    assert run("verify", "--key", home / "keys" / "checkpoint.vkey").returncode == 0


def test_read_models_are_made_again(run: Run, ledger: str) -> None:
    assert "The read models were made again from" in run("rebuild").stdout
