"""The first administrator of an installation comes by a link that the command prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLLOW = """
import os, sys
from pathlib import Path
os.environ["ONELOT_SECRET_KEY"] = (Path(os.environ["ONELOT_HOME"]) / "keys" / "django.key").read_text()
from onelot.settings.stores import open_ledger
open_ledger()
from django.contrib.auth.tokens import default_token_generator
from onelot.registry.models import Account
token = sys.argv[1].rstrip("/").split("/")[-1]
print(default_token_generator.check_token(Account.objects.get(person="ada.admin"), token))
"""
BEGIN = (
    "access", "begin", "ada.admin", "--name", "Ada Admin", "--organisation", "ACME", "--organisation-name", "Acme",
    "--identity", "known to the sponsor",
)  # fmt: skip


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": ""}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_the_first_administrator_gets_a_link_that_the_server_knows(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "onelot", "ledger", "init").returncode == 0
    begun = run(tmp_path, "-m", "onelot", *BEGIN)
    assert begun.returncode == 0, begun.stderr
    first = begun.stdout.strip()
    assert first.startswith("http://127.0.0.1:8000/password/ada.admin/")
    assert run(tmp_path, "-c", FOLLOW, first).stdout.strip() == "True"
    again = run(tmp_path, "-m", "onelot", *BEGIN)
    assert (again.returncode, "registry.begun" in again.stderr) == (2, True)
    second = run(
        tmp_path, "-m", "onelot", "access", "link", "ada.admin", "--identity", "lost it"
    ).stdout.strip()
    assert run(tmp_path, "-c", FOLLOW, first).stdout.strip() == "False"
    assert run(tmp_path, "-c", FOLLOW, second).stdout.strip() == "True"
    assert run(tmp_path, "-m", "onelot", "access", "link", "nobody", "--identity", "x").returncode == 2
