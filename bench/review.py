"""The review's speed: one lot warm, and archives from 1 to 20,000 lots, each beside its peers in the same run.

``python -m bench.review [--lots N ...]``. Every way runs in a process of its own, in turn, three times; the best
counts. All ways but pandera must find the same exceptions with the same evidence, or there is no figure.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from statistics import median

import duckdb

from bench.data import lots as data
from bench.data.lots import PHASES, READINGS, lot_facts, make_archive, mbr_document, people
from bench.figures import Figure, in_own_process, memory
from bench.review_peers import (
    Found,
    by_hand,
    by_loop,
    by_pandera,
    prepare,
    range_and_completeness_by_hand,
)
from onelot.cli.inputs import read_policy
from onelot.facts.archive import Archive
from onelot.facts.schema import TABLES
from onelot.recipes.compile import limit_tables
from onelot.recipes.document import load_mbr
from onelot.review.archive import Reviewers, review_archive, steps_for
from onelot.review.baseline import BASELINE_TABLES
from onelot.review.checks import catalogue
from onelot.review.engine import Reviewer
from onelot.review.run import create, create_limits, run_checks, run_steps

ROUNDS = 3
SIZES = (1, 100, 1_000, 20_000)
Way = Callable[[Path], Found | int]
CORE = {
    ("RNG-ACTION", "outside"): "outside",
    ("CMP-MISSING-ENTRY", "missing"): "missing",
    ("CMP-MISSING-PHASE", "missing"): "no phase",
    ("SEQ-ORDER", "overlap"): "overlap",
    ("HLD-CLOCK", "too_long"): "held",
    ("HLD-CLOCK", "backwards"): "held",
    ("TPV-SECOND-PERSON", "missing"): "unverified",
}
"""The five core checks (completeness is two), and what the peers call what they find here."""


def archive_of(lots: int, folder: Path) -> Path:
    """The archive of so many lots; made once and kept until facts or what makes them change."""
    made_by = Path(data.__file__).read_text() + "".join(map(str, TABLES.values()))
    root = folder / f"lots-{lots}-{sha256(made_by.encode()).hexdigest()[:12]}"
    if not root.exists():
        making = folder / f"making-{root.name}"
        shutil.rmtree(making, ignore_errors=True)
        make_archive(making, lots)
        making.rename(root)
    return root


def connect(root: Path) -> duckdb.DuckDBPyConnection:
    """Views over the archive's files; tables without files are empty."""
    archive = Archive.open(root)
    connection = duckdb.connect(":memory:", config={"threads": 2})
    for name, schema in TABLES.items():
        if files := [str(path) for path in archive.paths(name)]:
            connection.read_parquet(files).create_view(name)
        else:
            create(connection, name, schema.empty_table())
    return connection


def _hand() -> Way:
    def run(root: Path) -> Found:
        connection = connect(root)
        prepare(connection)
        return by_hand(connection)

    return run


def _hand_two() -> Way:
    def run(root: Path) -> int:
        connection = connect(root)
        prepare(connection)
        return range_and_completeness_by_hand(connection)

    return run


def _onelot() -> Way:
    """The five core checks, as the review runs them."""
    return _checks({name for name, _ in CORE})


def _two() -> Way:
    """Range and completeness, as the review runs them: what pandera is asked."""
    return _checks({"RNG-ACTION", "CMP-MISSING-ENTRY"})


def _checks(wanted: set[str]) -> Way:
    checks = [check for check in catalogue() if check.id in wanted]
    limits = limit_tables(load_mbr(mbr_document(), "bench").mbr)
    baseline = {name: schema.empty_table() for name, schema in BASELINE_TABLES.items()}

    def run(root: Path) -> Found:
        connection = connect(root)
        create_limits(connection, limits, robust_distance=6.0, history_lots=20, baseline=baseline)
        run_steps(connection, steps_for(checks))
        rows = run_checks(connection, checks)
        return sorted(
            (
                row.lot,
                CORE[row.check, row.variant],
                row.subject,
                row.observed,
                *_proof(row.position, row.position_2),
            )
            for row in rows
        )

    return run


def _proof(*positions: int) -> tuple[int, int]:
    """The earlier and the later entry that prove an exception; 0 where one is enough."""
    first, *second = sorted(filter(None, positions))
    return first, second[0] if second else 0


def _verdicts() -> Way:
    """The whole product: every check, and a verdict for each lot; of it the findings of the core checks."""
    reviewers = Reviewers([load_mbr(mbr_document(), "bench")], read_policy(None))

    def run(root: Path) -> Found:
        return sorted(
            (
                verdict.lot,
                CORE[finding.check, finding.variant],
                finding.subject,
                finding.observed,
                *_proof(*(place.position for place in finding.evidence)),
            )
            for verdict in review_archive(Archive.open(root), reviewers)
            for finding in verdict.findings
            if (finding.check, finding.variant) in CORE
        )

    return run


def _pandera() -> Way:
    import pandera.polars  # noqa: F401

    return by_pandera


WAYS = {
    "hand": _hand, "onelot": _onelot, "verdicts": _verdicts, "hand, two": _hand_two, "onelot, two": _two,
    "pandera": _pandera,
}  # fmt: skip
FIVE = ("hand", "onelot", "verdicts")
"""The ways that answer all five questions, and must find the same."""


def measure(way: str, root: Path) -> dict[str, object]:
    """Seconds, MiB at most, and a digest of what was found. Imports and reading the limits are not counted."""
    act = WAYS[way]()
    start = time.perf_counter()
    found = act(root)
    seconds = time.perf_counter() - start
    digest = sha256(json.dumps(found).encode()).hexdigest()
    count = found if isinstance(found, int) else len(found)
    return {"seconds": seconds, "peak": memory("VmHWM"), "found": count, "digest": digest}


def archives(sizes: list[int], folder: Path) -> Iterator[Figure]:
    """How the cost grows, and the goals at the largest size."""
    print(f"{'lots':>8}{'way':>12}{'s':>9}{'rows/s':>14}{'x hand':>8}{'peak MiB':>10}{'found':>10}")
    for lots in sizes:
        root = archive_of(lots, folder)
        best: dict[str, dict[str, float]] = {}
        for way in (*WAYS,) * ROUNDS:
            if way == "verdicts" and lots >= 1_000 and (lots > 1_000 or way in best):
                continue  # minutes; it grows with the lots alone, since they come in ranges
            found = in_own_process("bench.review", "--way", way, "--root", str(root))
            best[way] = min(best.get(way, found), found, key=lambda each: each["seconds"])
        if len({best[way]["digest"] for way in FIVE if way in best}) > 1:
            raise SystemExit(f"{lots} lots: the ways disagree on what they found: {best}")
        for way, one in best.items():
            rows = lots * PHASES * READINGS / one["seconds"]
            ratio = one["seconds"] / best["hand"]["seconds"]
            print(
                f"{lots:>8,}{way:>13}{one['seconds']:9.3f}{rows:14,.0f}{ratio:8.2f}{one['peak']:10,.0f}{one['found']:10,.0f}"
            )
    rows = f"{lots:,} lots x {PHASES * READINGS:,}, five checks"
    seconds = best["onelot"]["seconds"]
    yield Figure(rows, seconds / best["hand"]["seconds"], 1.2, "x hand SQL", f"{seconds:.2f} s", most=True)
    two = best["onelot, two"]["seconds"]
    yield Figure(
        "range and completeness of them",
        best["pandera"]["seconds"] / two,
        9,
        "x faster",
        f"than pandera, {two:.2f} s; hand {best['hand, two']['seconds']:.2f} s",
    )
    yield Figure(
        "the same, peak memory",
        best["onelot"]["peak"],
        1024,
        "MiB",
        f"hand {best['hand']['peak']:.0f}",
        most=True,
    )


def one_lot() -> Iterator[Figure]:
    """One lot of 1,500 parameters, warm, by every check: the best of three medians of 40."""
    empty = {name: schema.empty_table() for name, schema in TABLES.items()}
    accounts = {"account_change": people()}
    lots = [{**empty, **accounts, **lot_facts(number, number + 1)} for number in range(20)]
    reviewer = Reviewer(load_mbr(mbr_document(), "bench"), read_policy(None))
    hand = duckdb.connect(":memory:", config={"threads": 1})
    prepare(hand)

    def by_hand_on(facts: dict[str, object]) -> Found:
        for name in ("lot", "parameter_value", "phase_performed"):
            hand.register(name, facts[name])
        return by_hand(hand)

    ways: dict[str, Callable[[dict[str, object]], object]] = {
        "onelot": reviewer.review, "hand": by_hand_on, "loop": by_loop,
    }  # fmt: skip
    ms = dict.fromkeys(ways, float("inf"))
    for way, act in [*ways.items()] * ROUNDS:
        took = []
        for facts in [lots[0], *lots * 2]:
            start = time.perf_counter()
            act(facts)
            took.append((time.perf_counter() - start) * 1000)
        ms[way] = min(ms[way], median(took[1:]))
    peers = f"hand SQL, 5 checks {ms['hand']:.1f}, loop, 3 checks {ms['loop']:.1f} ms"
    yield Figure("one lot warm, every check, verdict included", ms["onelot"], 20, "ms", peers, most=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where archives are kept")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        print(json.dumps(measure(arguments.way, arguments.root)))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for figure in (*one_lot(), *archives(arguments.lots, arguments.folder)):
        print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
