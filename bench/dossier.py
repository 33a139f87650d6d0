"""A dossier of 12,000 rows, half of them batch record and half audit trail, beside Typst setting one table of as many.

``python -m bench.dossier``. Each run in a process of its own, the ledger being there already; time from the first read
to the sealed bytes, without the start of Python, and the process's peak memory. The peer is a plain tagged PDF/A-3a:
no ledger, no proofs, no attachments, no seal.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure, in_own_process, memory, number
from bench.ledger import opened

ROUNDS = 3
LOT = "DOSSIER-1"
ROWS = 12_000
_START = datetime(2026, 3, 1, 6, tzinfo=UTC)
PLAIN = """
#set page(paper: "a4", margin: 18mm, numbering: "1")
#set text(size: 7.6pt)
#let rows = json("rows.json")
#for part in rows.chunks(50) {
  table(columns: (14mm, 38mm, 31mm, 27mm, 26mm, 38mm), stroke: (x: none, y: 0.3pt),
    table.header[Entry][Parameter][Value][Limits][By][Performed], ..part.flatten())
}
"""


def fill(ledger: Any) -> None:
    """A lot with 120 phases of 50 entries, and 30,000 entries of other lots around it."""
    from bench.ledger import drafts
    from onelot.execution.events import LotOpened, ParameterRecorded
    from onelot.ledger.entry import Draft

    ledger.append(drafts(0, 30_000))
    now = datetime.now(UTC)  # as intake states it: when the file was taken
    opened_lot = LotOpened(
        lot=LOT, coi_identifier="COI-1", product="P", mbr="M", mbr_version="1", site="S", opened_at=_START
    )
    events = [
        ParameterRecorded(
            lot=LOT, phase=f"make/operation_{n // 500:02}/phase_{n // 50:03}", parameter=f"reading_{n % 50:02}",
            value=f"{n % 97}.5", unit="Cel", performed_at=_START + timedelta(seconds=20 * n), performed_by="op17",
        )
        for n in range(ROWS // 2)
    ]  # fmt: skip
    ledger.append(
        Draft(event=event, actor="system:intake", occurred_at=now, tags=(f"lot:{LOT}",))
        for event in (opened_lot, *events)
    )


def made(home: Path) -> dict[str, float]:
    """One dossier: seconds, peak MiB, seconds of CPU, pages, MiB of the file."""
    import pikepdf

    from onelot.disposition.dossier.service import Keys, make_dossier
    from onelot.ledger.evidence import EvidenceStore
    from onelot.settings.stores import open_ledger, open_sealing_key, open_signing_key

    ledger = open_ledger()
    keys = Keys(open_signing_key(create=True), open_sealing_key(create=True))
    start, worked = time.perf_counter(), time.process_time()
    data = make_dossier(ledger, EvidenceStore(home / "evidence"), LOT, keys=keys)
    seconds, peak, cpu = time.perf_counter() - start, memory("VmHWM"), time.process_time() - worked
    path = home / "dossier.pdf"
    path.write_bytes(data)
    with pikepdf.open(path) as pdf:
        return {
            "seconds": seconds,
            "peak": peak,
            "cpu": cpu,
            "pages": len(pdf.pages),
            "size": len(data) / 1024**2,
        }


def verified(home: Path) -> dict[str, float]:
    """The verdict on it."""
    from onelot.verify.dossier import verify_dossier

    data = (home / "dossier.pdf").read_bytes()
    start = time.perf_counter()
    if verify_dossier(data).faults:
        raise SystemExit("the dossier does not verify")
    return {"seconds": time.perf_counter() - start, "peak": memory("VmHWM")}


def plain(home: Path) -> dict[str, float]:
    """The peer: as many rows in tables with fixed widths."""
    import typst

    rows = [
        [str(n), f"reading_{n % 50:02}", f"{n % 97}.5 Cel", "–", "op17", "2026-03-01 06:00:00 UTC"] for n in range(ROWS)
    ]  # fmt: skip
    (home / "rows.json").write_text(json.dumps(rows))
    (home / "plain.typ").write_text(PLAIN)
    start, worked = time.perf_counter(), time.process_time()
    data = typst.compile(
        home / "plain.typ", root=home, format="pdf", pdf_standards="a-3a", ignore_system_fonts=True
    )
    assert isinstance(data, bytes)
    seconds, cpu = time.perf_counter() - start, time.process_time() - worked
    return {"seconds": seconds, "peak": memory("VmHWM"), "cpu": cpu, "size": len(data) / 1024**2}


RUNS = {"made": made, "verified": verified, "plain": plain}


def measure(home: Path) -> Iterator[Figure]:
    with opened(home) as ledger:
        fill(ledger)
    best: dict[str, dict[str, float]] = {}
    for _ in range(ROUNDS):
        for name in RUNS:
            found = in_own_process("bench.dossier", "--run", name, "--home", str(home))
            if name not in best or found["seconds"] < best[name]["seconds"]:
                best[name] = found
    ours, peer, check = best["made"], best["plain"], best["verified"]
    pages = f"{ours['pages']:.0f} pages, {ours['size']:.1f} MiB; plain Typst {number(peer['seconds'])} s"
    yield Figure("Dossier of 12,000 rows", ours["seconds"], 4.0, "s", pages, most=True)
    yield Figure(
        "Its peak memory",
        ours["peak"] / 1024,
        1.2,
        "GiB",
        f"plain Typst {peer['peak'] / 1024:.2f} GiB",
        most=True,
    )
    yield Figure(
        "The same, of plain Typst",
        ours["seconds"] / peer["seconds"],
        2.0,
        "",
        f"{peer['size']:.1f} MiB; seconds of CPU {number(ours['cpu'])} beside {number(peer['cpu'])}",
        most=True,
    )
    yield Figure("Verified", check["seconds"], None, "s", f"{check['peak']:.0f} MiB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var"))
    parser.add_argument("--run", choices=sorted(RUNS), help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        os.environ["ONELOT_HOME"] = str(arguments.home)
        print(json.dumps(RUNS[arguments.run](arguments.home)))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="bench-dossier-") as folder:
        for figure in measure(Path(folder).resolve()):
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
