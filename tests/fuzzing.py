"""Coverage-guided fuzzing of a reader, in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed"
)

SEED = os.environ.get("ONELOT_FUZZ_SEED", "1")
"""Chance is repeatable unless it is asked to be another."""

_PROGRAM = """
import sys
import atheris
with atheris.instrument_imports(include=["onelot.intake"]):
    from {module} import {function}
atheris.Setup(sys.argv, {function})
atheris.Fuzz()
"""


def fuzz(
    folder: Path, target: str, seeds: Iterable[bytes], *, words: Iterable[bytes] = (), runs: int, longest: int
) -> None:
    """Call ``module:function`` with ever new bytes grown from the seeds; fails with the first that it raises for."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / f"{number}").write_bytes(seed)
    dictionary = folder / "words"
    # Without any word it would not be a dictionary.
    lines = ("".join(f"\\x{byte:02x}" for byte in word) for word in (*words, b"\0"))
    dictionary.write_text("".join(f'"{line}"\n' for line in lines))
    module, _, function = target.partition(":")
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(module=module, function=function), f"-runs={runs}",
         f"-max_len={longest}", f"-seed={SEED}", "-max_total_time=300",
         f"-dict={dictionary}", f"-artifact_prefix={folder}/",
         "-rss_limit_mb=2048", str(corpus)],
        capture_output=True, text=True, timeout=900, cwd=Path(__file__).parents[1], check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
