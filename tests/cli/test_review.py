"""``onelot review`` as its users run it: one process, files in, exceptions out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.intake.test_service import record
from tests.recipes.test_document import GOOD

ROOT = Path(__file__).parents[2]


def onelot(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "onelot", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


@pytest.fixture
def mbr(tmp_path: Path) -> Path:
    """A small MBR without demands that a record of one entry could not meet."""
    path = tmp_path / "mbr.yaml"
    text = re.sub(r"(?ms)^(series|clocks|identity_points|yields):.*?(?=^\w)", "", GOOD)
    path.write_text(text)
    return path


@pytest.fixture
def lot(tmp_path: Path) -> Path:
    path = tmp_path / "l1.json"
    path.write_bytes(record("9.99"))
    return path


def test_exceptions_are_printed_with_their_evidence_and_status_1(lot: Path, mbr: Path) -> None:
    done = onelot("review", lot, "--mbr", mbr)
    assert done.returncode == 1, done.stderr
    assert "HELD for a person" in done.stdout
    assert "RNG-ACTION outside" in done.stdout
    assert f"see {lot} /events/1" in done.stdout
    assert "checks ran" in done.stdout


def test_json_is_canonical_and_the_same_every_time(lot: Path, mbr: Path) -> None:
    one, other = (onelot("review", lot, "--mbr", mbr, "--json").stdout for _ in range(2))
    assert one == other
    verdict = json.loads(one)
    assert json.dumps(verdict, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" == one
    assert {run["status"] for run in verdict["lots"][0]["checks"]} <= {
        "ran", "nothing_to_check", "could_not_run", "left_out",
    }  # fmt: skip


def test_html_is_one_page_without_anything_from_elsewhere(lot: Path, mbr: Path) -> None:
    page = onelot("review", lot, "--mbr", mbr, "--html").stdout
    assert page.startswith("<!doctype html>")
    assert not re.search(r"""src=|href=["'](?!#)|url\(|@import""", page)
    assert "outside its action limits" in page


def test_texts_of_a_record_cannot_become_markup(tmp_path: Path, mbr: Path) -> None:
    comment = {
        "@type": "execution.comment_recorded.v1", "lot": "L1", "subject": "x", "text": "<script>alert(1)</script>",
    }  # fmt: skip
    path = tmp_path / "l.json"
    path.write_bytes(record(events=[comment]))
    page = onelot("review", path, "--mbr", mbr, "--html").stdout
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_status_0_where_nobody_must_look(lot: Path, mbr: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text('format: onelot-policy/1\nid: p\nversion: "1"\ntitle: t\nchecks: [RNG-TYPE]\n')
    done = onelot("review", lot, "--mbr", mbr, "--policy", policy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No exception" in done.stdout
    assert "left out by policy" in done.stdout


def test_unreadable_input_is_status_2_with_every_fault_and_no_verdict(
    tmp_path: Path, lot: Path, mbr: Path
) -> None:
    cut = tmp_path / "cut.json"
    cut.write_bytes(record()[:-9])
    done = onelot("review", lot, cut, "--mbr", mbr)
    assert done.returncode == 2
    assert "intake.json.not_well_formed" in done.stderr
    assert not done.stdout
    assert "Traceback" not in done.stderr


def test_only_a_sites_record_is_nothing_to_review(tmp_path: Path, mbr: Path) -> None:
    site = {
        "format": "onelot-record/1", "document": "s", "sender": "s",
        "events": [{"@type": "registry.account_changed.v1", "person": "a", "change": "enabled",
                    "changed_at": "2026-01-01T00:00:00Z"}],
    }  # fmt: skip
    path = tmp_path / "site.json"
    path.write_text(json.dumps(site))
    done = onelot("review", path, "--mbr", mbr)
    assert done.returncode == 2
    assert "review.no_lot" in done.stderr


def test_no_server_and_no_set_up_is_needed(lot: Path, mbr: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    onelot("review", lot, "--mbr", mbr, cwd=tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
