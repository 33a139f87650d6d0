"""Every command explains itself, and a refusal ends with status 2 and its whole text."""

from __future__ import annotations

import subprocess
import sys

import pytest

from onelot import __version__
from onelot.cli.main import COMMANDS


def _onelot(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "onelot", *arguments], capture_output=True, text=True, check=False
    )


def test_help_names_every_command_with_a_line_of_explanation() -> None:
    done = _onelot("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        line = next(line for line in done.stdout.splitlines() if line.strip(" │").startswith(command))
        assert len(line.strip(" │")) > len(command) + 15, f"{command} does not say what it does"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_each_command_explains_itself(command: str) -> None:
    done = _onelot(command, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    assert len(done.stdout) > 300


def test_version_is_told() -> None:
    assert _onelot("--version").stdout == f"onelot {__version__}\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    done = _onelot("relase")
    assert done.returncode == 2
    assert "relase" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_refused_without_a_traceback() -> None:
    done = _onelot("mbr", "check", "no-such-file.yaml")
    assert done.returncode == 2
    assert "no-such-file.yaml" in done.stderr
    assert "Traceback" not in done.stderr
