"""B2MML of 50 MB read into events, against lxml's own iterparse over the same bytes in the same run.

``python -m bench.b2mml [MEGABYTES]``. Goal: at most twice the time of bare iterparse, in flat memory. Each figure is
the best of three, each in a process of its own; memory is what
reading took beyond the file: at most, and at its end.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from lxml import etree

from bench.figures import in_own_process, memory
from onelot.execution.events import LotOpened, MaterialUsed, ParameterRecorded, PhasePerformed
from onelot.intake.adapter import Extract
from onelot.intake.b2mml import B2mmlAdapter
from onelot.intake.b2mml.messages import SINGLES, begin
from onelot.intake.b2mml.prolog import read_prolog
from onelot.intake.b2mml.reading import Reading
from onelot.intake.b2mml.stream import Container, Stream
from onelot.kernel.events import Event
from onelot.simulation.writers.b2mml import b2mml

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
GOAL = 2.0
_EVENT = "{http://www.mesa.org/xml/B2MML}Event"


def record(megabytes: float) -> bytes:
    """A record of one lot, about as large as asked: eight parameters in ten entries, each verified by a person."""
    size = len(_written(_events(1000)))
    events = _events(int(1000 * megabytes * 1e6 / size))
    return _written(events)


def _events(count: int) -> list[Event]:
    events: list[Event] = [
        LotOpened(lot="BN26-1", coi_identifier="COI-1", product="P", mbr="M", mbr_version="1", site="LEIDEN")
    ]
    for number in range(count):
        at = START + timedelta(seconds=number)
        phase = f"drug_product/expand/feed_{number % 40:02}"
        if number % 10 == 8:
            events.append(
                PhasePerformed(
                    lot="BN26-1",
                    phase=phase,
                    started_at=at,
                    ended_at=at + timedelta(minutes=5),
                    performed_by="op.1",
                    verified_by="op.2",
                    verified_at=at,
                    verification="person",
                )
            )
        elif number % 10 == 9:
            events.append(
                MaterialUsed(
                    lot="BN26-1",
                    phase=phase,
                    material="MEDIUM",
                    material_lot="ML-1",
                    use="consumed",
                    quantity="12.50",
                    unit="mL",
                    used_at=at,
                    entered_at=at,
                    performed_by="op.1",
                )
            )
        else:
            events.append(ParameterRecorded(
                lot="BN26-1", phase=phase, parameter=f"reading_{number % 30:02}", occurrence=number // 1200 + 1,
                value=f"{90 + number % 20}.{number % 100:02}", unit="Cel", performed_at=at,
                entered_at=at + timedelta(seconds=40), performed_by="op.1", verified_by="op.2", verified_at=at,
                verification="person", device="BAL-01"))  # fmt: skip
    return events


def _written(events: list[Event]) -> bytes:
    return b2mml(events, document="BENCH", sender="CDMO", issued_at=START)


def bare(data: bytes) -> int:
    """Iterparse as its tutorial has it: every element, cleared."""
    count = 0
    for _, element in etree.iterparse(BytesIO(data)):
        count += 1
        element.clear()
    return count


def bare_entries(data: bytes) -> int:
    """Iterparse that wakes up for whole entries only and looks at nothing."""
    count = 0
    for _, element in etree.iterparse(BytesIO(data), tag=_EVENT):
        count += 1
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    return count


def facts(data: bytes) -> object:
    """What onelot does: every check, every fact; the facts are kept."""
    return B2mmlAdapter().read(data, "bench.xml")


class _Counting(list[Extract]):
    """Counts facts and keeps none."""

    def append(self, _: Extract) -> None:
        pass


def facts_dropped(data: bytes) -> object:
    """The same reading with no fact kept: what is left is the reader's own memory."""

    def begin_counting(root: etree._Element) -> tuple[Reading, Container]:
        reading, container = begin(root, "bench.xml")
        reading.extracts = _Counting()
        return reading, container

    return Stream(data, read_prolog(data, "bench.xml"), "bench.xml", SINGLES).run(begin_counting)


WAYS = {
    "lxml iterparse, every element": bare,
    "lxml iterparse, entries only": bare_entries,
    "onelot, facts": facts,
    "onelot, facts dropped": facts_dropped,
}


def _measure(way: str, path: str) -> None:
    data = Path(path).read_bytes()
    before = memory("VmRSS")
    start = time.perf_counter()
    kept = WAYS[way](data)
    seconds = time.perf_counter() - start
    held = memory("VmRSS") - before
    print(
        json.dumps({"seconds": seconds, "peak": memory("VmHWM") - before, "held": held, "kept": bool(kept)})
    )


def main() -> None:
    """Print the table."""
    sizes = [float(sys.argv[1])] if len(sys.argv) > 1 else [12.5, 50.0]
    for megabytes in sizes:
        data = record(megabytes)
        with tempfile.NamedTemporaryFile(suffix=".xml") as file:
            file.write(data)
            file.flush()
            print(
                f"\n{len(data) / 1e6:.1f} MB, {data.count(b'</Event>')} events, {data.count(b'</')} elements"
            )
            best: dict[str, dict[str, float]] = {}
            for way in list(WAYS) * 3:
                found = in_own_process("bench.b2mml", way, file.name, "measure")
                best[way] = min(best.get(way, found), found, key=lambda each: each["seconds"])
        base = best["lxml iterparse, every element"]["seconds"]
        print(f"{'way':32}{'s':>8}{'MB/s':>8}{'x bare':>8}{'peak MiB':>10}{'held MiB':>10}")
        for way, found in best.items():
            seconds = found["seconds"]
            memory = f"{found['peak']:10.0f}{found['held']:10.0f}"
            print(f"{way:32}{seconds:8.2f}{len(data) / 1e6 / seconds:8.1f}{seconds / base:8.2f}{memory}")
        ratio = best["onelot, facts"]["seconds"] / base
        print(
            f"goal: at most {GOAL:.1f} x bare iterparse: {'reached' if ratio <= GOAL else 'MISSED'} ({ratio:.2f})"
        )


if __name__ == "__main__":
    if sys.argv[-1] == "measure":
        _measure(sys.argv[1], sys.argv[2])
    else:
        main()
