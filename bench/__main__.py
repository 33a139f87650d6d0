"""Every bench, one after the other: ``python -m bench``."""

from __future__ import annotations

import subprocess
import sys

BENCHES = ("cold_start", "review", "ledger", "b2mml", "dossier", "web")

if __name__ == "__main__":
    for bench in BENCHES:
        print(f"\n# {bench}", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{bench}"], check=True)
