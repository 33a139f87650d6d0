"""``onelot review`` of one file as a command, from fork to exit, beside the imports it cannot do without.

``python -m bench.cold_start``. Wall time, best and median of ten runs each, in turn. Goal: at most 1.5 s. Modules are
compiled already, as pip and Python themselves leave them after the first run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.figures import Figure

RUNS = 10
LIBRARIES = "import duckdb, lxml.etree, msgspec, pyarrow.compute, pydantic, typer, yaml"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
MAPPINGS = {"csv": "cdmo_rhein_csv", "xlsx": "cdmo_maple_xlsx"}


def commands(network: Path) -> dict[str, list[str]]:
    """One review for each format that records come in, each of the first lot of its site."""
    onelot = [sys.executable, "-m", "onelot", "review"]
    found: dict[str, list[str]] = {}
    for folder in sorted((network / "records").iterdir()):
        record = min(folder.iterdir())
        kind = record.suffix.removeprefix(".")
        mbr = {"CARF": "cart-fresh", "CARC": "cart-cryo", "HSCG": "cd34"}[record.name[:4]]
        command = [*onelot, str(record), "--mbr", str(network / f"mbr/{mbr}.yaml")]
        if kind in MAPPINGS:
            command += ["--mapping", str(network / f"mappings/{MAPPINGS[kind]}.yaml")]
        found[kind] = command
    return found


def seconds(command: list[str]) -> float:
    """Wall time of one run. A review ends with 0 or 1; anything else is no figure."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=ENVIRONMENT)
    took = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode())
    return took


def measure(network: Path) -> Iterator[Figure]:
    """One figure a format; the peer is an interpreter that only imports the libraries."""
    ways = {"libraries": [sys.executable, "-c", LIBRARIES], **commands(network)}
    took: dict[str, list[float]] = {way: [] for way in ways}
    for command in ways.values():
        seconds(command)
    for _ in range(RUNS):
        for way, command in ways.items():
            took[way].append(seconds(command))
    imports = took.pop("libraries")
    for way, times in took.items():
        peer = f"median {median(times):.2f} s; importing the libraries alone {min(imports):.2f} s"
        yield Figure(f"onelot review of one .{way} file, cold", min(times), 1.5, "s", peer, most=True)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / "network"
        simulate = ["simulate", "--lots", "24", "--seed", "1", "--out", str(network)]
        subprocess.run([sys.executable, "-m", "onelot", *simulate], check=True, capture_output=True)
        for figure in measure(network):
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
