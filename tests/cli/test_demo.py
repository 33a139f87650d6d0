"""The main job on the example network: every planted defect is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_demo_finds_every_planted_defect(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "onelot", "demo", "--folder", str(tmp_path / "demo")],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "ONELOT_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Planted defects found" in done.stdout
    assert "(100.0%" in done.stdout
    assert "missed" not in done.stdout
    home = {**os.environ, "ONELOT_HOME": str(tmp_path / "demo" / "home"), "ONELOT_DATABASE_URL": ""}
    verified = subprocess.run(
        [sys.executable, "-m", "onelot", "ledger", "verify"], cwd=ROOT, check=False, env=home
    )
    assert verified.returncode == 0
