"""From files to facts to a back-test, by the commands alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from onelot.facts.archive import Archive
from onelot.facts.schema import LOT_TABLES

ROOT = Path(__file__).parents[2]


def onelot(*arguments: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": ""}
    return subprocess.run(
        [sys.executable, "-m", "onelot", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, check=False, env=environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("network")
    done = onelot("simulate", "--lots", "6", "--seed", "3", "--history", "40", "--out", out, home=out)
    assert done.returncode == 0, done.stderr
    return out


def test_take_list_write_facts_and_back_test(simulated: Path, tmp_path: Path) -> None:
    mappings = [part for path in (simulated / "mappings").iterdir() for part in ("--mapping", str(path))]
    assert onelot("ledger", "init", home=tmp_path).returncode == 0
    folders = (simulated / "sites", simulated / "records")
    taken = onelot("intake", "take", *folders, *mappings, home=tmp_path)
    assert taken.returncode == 0, taken.stdout + taken.stderr
    again = onelot("intake", "take", *folders, *mappings, home=tmp_path)
    assert again.stdout.count("nothing changes") == len(taken.stdout.splitlines())
    assert len(onelot("intake", "list", home=tmp_path).stdout.splitlines()) == len(taken.stdout.splitlines())

    archive = tmp_path / "archive"
    assert "6 lots" in onelot("facts", "write", archive, home=tmp_path).stdout
    assert onelot("facts", "check", archive, home=tmp_path).returncode == 0
    mbrs = [part for path in (simulated / "mbr").iterdir() for part in ("--mbr", str(path))]
    policy = ROOT / "onelot" / "review" / "default_policy.yaml"
    stricter = tmp_path / "stricter.yaml"
    stricter.write_text(
        policy.read_text()
        .replace('version: "1"', 'version: "2"')
        .replace("checks: all", "checks: [RNG-TYPE]")
    )
    done = onelot(
        "backtest",
        "--policy",
        stricter,
        "--old-policy",
        policy,
        *mbrs,
        "--archive",
        archive,
        "--json",
        home=tmp_path,
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["summary"]["lots"] == 6


def test_a_baseline_is_fitted_from_closed_lots(simulated: Path, tmp_path: Path) -> None:
    out = tmp_path / "baseline.json"
    done = onelot(
        "baseline", "--archive", simulated / "history", "--mbr", simulated / "mbr" / "cart-cryo.yaml", "--out", out,
        home=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["format"] == "onelot-baseline/1"


def test_a_tampered_archive_is_refused(simulated: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    onelot("facts", "write", archive, simulated / "sites" / "PLANT-SOUTH.json", home=tmp_path)
    file = next(path for path in archive.rglob("*.parquet") if path.name != "manifest.parquet")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    done = onelot("facts", "check", archive, home=tmp_path)
    assert done.returncode == 2
    assert file.name in done.stderr


def test_files_of_another_engine_are_sealed(simulated: Path, tmp_path: Path) -> None:
    """DuckDB writes each table as one file, and numbers repeats as docs/reference/facts.md says."""
    archive, made = tmp_path / "archive", tmp_path / "made"
    record = min(path for path in (simulated / "records").rglob("*") if path.suffix in (".json", ".xml"))
    site = simulated / "sites" / "PLANT-SOUTH.json"
    written = onelot("facts", "write", archive, site, record, home=tmp_path)
    assert written.returncode == 0, written.stderr
    for folder in (path for path in archive.iterdir() if path.is_dir()):
        (made / folder.name).mkdir(parents=True)
        rows = f"read_parquet('{folder}/*.parquet')"
        numbered = {"parameter_value": "parameter", "phase_performed": "phase"}.get(folder.name)
        nth = f"REPLACE (ROW_NUMBER() OVER (PARTITION BY lot, {numbered} ORDER BY position) AS nth)"
        order = "lot, position" if folder.name in LOT_TABLES else "position"
        selected = f"SELECT * {nth if numbered else ''} FROM {rows} ORDER BY {order}"
        duckdb.sql(selected).write_parquet(str(made / folder.name / "all.parquet"))
    sealed = onelot("facts", "seal", made, home=tmp_path)
    assert sealed.returncode == 0, sealed.stderr
    assert onelot("facts", "check", made, home=tmp_path).returncode == 0
    assert Archive.open(made).facts() == Archive.open(archive).facts()


def test_benchmark_scores_what_review_prints(simulated: Path, tmp_path: Path) -> None:
    findings = tmp_path / "findings.jsonl"
    findings.write_text("")
    done = onelot("benchmark", simulated / "truth.json", findings, home=tmp_path)
    planted = sum(len(lot["planted"]) for lot in json.loads((simulated / "truth.json").read_text())["lots"])
    assert planted > 0
    assert done.returncode == 1
    assert f"0 of {planted}" in done.stdout


def test_the_ledgers_lots_are_reviewed_and_the_review_is_recorded(simulated: Path, tmp_path: Path) -> None:
    truth = json.loads((simulated / "truth.json").read_text())
    mappings = [part for path in (simulated / "mappings").iterdir() for part in ("--mapping", str(path))]
    onelot("ledger", "init", home=tmp_path)
    onelot("intake", "take", simulated / "sites", simulated / "records", *mappings, home=tmp_path)
    product = truth["lots"][0]["product"]
    mbr = simulated / truth["mbrs"][product]
    refused = onelot("review", "--ledger", "--mbr", mbr, home=tmp_path)
    assert refused.returncode == 2
    assert "recipes.not_approved" in refused.stderr
    people = (
        "--prepared-by",
        "ann",
        "--reviewed-by",
        "rob",
        "--approved-by",
        "bo",
        "--reason",
        "first version",
    )
    for document in (mbr, ROOT / "onelot" / "review" / "default_policy.yaml"):
        assert onelot("mbr", "approve", document, *people, home=tmp_path).returncode == 0
    done = onelot("review", "--ledger", "--mbr", mbr, "--json", home=tmp_path)
    assert done.returncode in {0, 1}, done.stderr
    lots = {lot["lot"] for lot in json.loads(done.stdout)["lots"]}
    assert lots == {lot["lot"] for lot in truth["lots"] if lot["product"] == product}
    assert onelot("ledger", "verify", home=tmp_path).returncode == 0
