"""The ledger's speed with full durability, each figure beside a peer measured in the same run.

Run as ``python -m bench.ledger``. Rates are the best of three rounds, since other work on the machine only
ever makes them worse; ratios compare a round's figure with its peer's in the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from bench.figures import Figure, in_own_process, memory, number
from onelot.execution.events import ParameterRecorded
from onelot.ledger.entry import Draft, Source
from tests.postgresql import Server, find_programs

ROUNDS = 3
BATCH = 100
PROOFS = 20_000
_START = datetime(2026, 3, 1, 6, tzinfo=UTC)
_DOCUMENT = "5b" * 32


def drafts(first: int, count: int) -> list[Draft]:
    """Readings as a plant records them: 1,500 a lot, entries of some 620 bytes."""
    return [
        Draft(
            event=ParameterRecorded(
                lot=f"L-{number // 1500:05}",
                phase=f"drug_product/operation_01/phase_{number // 30 % 50:02}",
                parameter=f"drug_product/operation_01/phase_{number // 30 % 50:02}/reading_{number % 30:02}",
                value="37.0",
                unit="Cel",
                performed_at=_START + timedelta(seconds=number),
            ),
            actor="person:op17",
            occurred_at=_START + timedelta(seconds=number),
            tags=(f"lot:L-{number // 1500:05}",),
            source=Source(_DOCUMENT, f"line {number}"),
        )
        for number in range(first, first + count)
    ]


def rate(act: Callable[[], object], seconds: float = 1.5) -> float:
    """How often a second ``act`` can be done."""
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        act()
        count += 1
    return count / passed


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


@contextmanager
def opened(home: Path, url: str = "") -> Iterator[Any]:
    """A fresh ledger of the whole vocabulary, configured as in production."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "onelot.settings.django"
    import django
    from django.core.management import call_command
    from django.db import connections

    from onelot.ledger.catalogue import Catalogue
    from onelot.ledger.store import Ledger
    from onelot.settings.configuration import Configuration
    from onelot.settings.databases import database_settings
    from onelot.settings.vocabulary import EVENTS

    django.setup()
    alias = "postgresql" if url else "sqlite"
    described = {"default": {}, alias: database_settings(Configuration(home=home, database_url=url))}
    connections.settings[alias] = connections.configure_settings(described)[alias]
    call_command("migrate", database=alias, verbosity=0)
    try:
        yield Ledger(Catalogue(EVENTS), alias=alias)
    finally:
        connections[alias].close()


def append_batches(ledger: Any, total: int, peer: Callable[[list[tuple[int, bytes, bytes]]], None]) -> Any:
    """Events a second in batches of 100, and the peer's, which stores the same bytes and nothing else."""
    found = []
    for _ in range(ROUNDS):
        count = total // ROUNDS
        first = ledger.size()
        batches = [drafts(start, BATCH) for start in range(first, first + count, BATCH)]
        ours = timed(lambda batches=batches: [ledger.append(batch) for batch in batches])
        rows = [
            (number, b"h" * 32, entry)
            for number, entry in enumerate(ledger.read_bytes(after=first), first + 1)
        ][: 200 * BATCH]
        theirs = timed(
            lambda rows=rows: [peer(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
        )
        found.append((len(batches) * BATCH / ours, len(rows) / theirs))
    return max(found)


def append_singles(ledger: Any, peers: dict[str, Callable[[], object]]) -> tuple[float, dict[str, float]]:
    """Single appends a second, and their best ratio to each peer."""
    waiting = iter(drafts(0, 60_000))
    ours, ratios = 0.0, dict.fromkeys(peers, 0.0)
    for _ in range(ROUNDS):
        mine = rate(lambda: ledger.append([next(waiting)]))
        ours = max(ours, mine)
        for name, peer in peers.items():
            ratios[name] = max(ratios[name], mine / rate(peer))
    return ours, ratios


def sqlite_peer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE entry (position INTEGER PRIMARY KEY, leaf BLOB, entry BLOB)")
    return connection


def sqlite_appends(ledger: Any, home: Path, total: int) -> Iterator[Figure]:
    """Batches and singles on SQLite, against bare INSERTs and a file that is flushed after each write."""
    connection = sqlite_peer(home / "peer.sqlite3")

    def store(rows: list[tuple[int, bytes, bytes]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entry VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")

    ours, theirs = append_batches(ledger, total, store)
    yield Figure("SQLite, batches of 100", ours, 50_000, "events/s", f"bare INSERT {number(theirs)}")
    entry = next(ledger.read_bytes())
    handle = os.open(home / "peer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write() -> None:
        os.write(handle, entry)
        os.fsync(handle)

    peers = {
        "a flushed file write": write,
        "a bare INSERT": lambda: connection.execute("INSERT INTO entry (entry) VALUES (?)", (entry,)),
    }
    ours, ratios = append_singles(ledger, peers)
    for name, goal in (("a flushed file write", 0.6), ("a bare INSERT", None)):
        yield Figure(f"SQLite, single, of {name}", ratios[name], goal, "", f"{number(ours)} events/s")
    os.close(handle)
    connection.close()


def postgresql_appends(ledger: Any, url: str, total: int) -> Iterator[Figure]:
    """The same on PostgreSQL, against bare INSERTs of one connection."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE entry (position bigserial PRIMARY KEY, leaf bytea, entry bytea)")

        def store(rows: list[tuple[int, bytes, bytes]]) -> None:
            _, leaves, entries = zip(*rows, strict=True)
            connection.execute(
                "INSERT INTO entry (leaf, entry) SELECT * FROM unnest(%b::bytea[], %b::bytea[])",
                (list(leaves), list(entries)),
            )

        ours, theirs = append_batches(ledger, total, store)
        yield Figure("PostgreSQL, batches of 100", ours, 30_000, "events/s", f"bare INSERT {number(theirs)}")
        entry = next(ledger.read_bytes())

        def insert() -> None:
            connection.execute("INSERT INTO entry (leaf, entry) VALUES (%b, %b)", (entry[:32], entry))

        ours, ratios = append_singles(ledger, {"a bare INSERT": insert})
        for name, ratio in ratios.items():
            yield Figure(f"PostgreSQL, single, of {name}", ratio, 0.6, "", f"{number(ours)} events/s")


def verification(ledger: Any, name: str, goal: float | None) -> Iterator[Figure]:
    """Every stored entry's place, link and hash, and the Merkle root; and without the root."""
    from onelot.ledger.audit import verify_stored
    from onelot.ledger.rows import pages
    from onelot.ledger.verifier import Chain, Fault

    size = ledger.size()
    read = max(size / timed(lambda: [None for _ in pages(ledger.alias)]) for _ in range(ROUNDS))
    chained, rooted = 0.0, 0.0
    for _ in range(ROUNDS):
        faults: list[Fault] = []
        chain = Chain(faults)
        start = time.perf_counter()
        for rows in pages(ledger.alias):
            _, leaves, entries = zip(*rows, strict=True)
            chain.check(entries, leaves)
        chained = max(chained, size / (time.perf_counter() - start))
        start = time.perf_counter()
        report = verify_stored((), alias=ledger.alias)
        rooted = max(rooted, size / (time.perf_counter() - start))
        if faults or report.faults or report.size != size:
            raise SystemExit(f"the ledger is damaged: {faults or report.faults}")
    peer = f"only read {number(read)}"
    yield Figure(f"{name}, verified: chain and leaves", chained, goal, "entries/s", peer)
    yield Figure(f"{name}, and the Merkle root", rooted, None, "entries/s", "")


def replay(ledger: Any) -> Iterator[Figure]:
    """Bytes into typed events with their evidence, folded to a count per lot; from memory and from disk."""
    entries = list(ledger.read_bytes(until=200_000))

    def fold() -> dict[str, int]:
        count: dict[str, int] = {}
        for sourced in ledger.catalogue.sourced(entries):
            lot = sourced.event.lot
            count[lot] = count.get(lot, 0) + 1
        return count

    def fold_plainly() -> dict[str, int]:
        count: dict[str, int] = {}
        for entry in map(json.loads, entries):
            lot = entry["fact"]["event"]["lot"]
            count[lot] = count.get(lot, 0) + 1
        return count

    if fold() != fold_plainly():
        raise SystemExit("replay and json disagree")
    ours = max(len(entries) / timed(fold) for _ in range(ROUNDS))
    theirs = max(len(entries) / timed(fold_plainly) for _ in range(ROUNDS))
    yield Figure("Decoded and folded", ours, 1_000_000, "events/s", f"json, unchecked {number(theirs)}")
    size = ledger.size()
    stored = max(size / timed(lambda: Counter(item.event.lot for item in ledger.replay())) for _ in range(2))
    yield Figure("The same, read from SQLite as well", stored, None, "events/s", "")


def proofs(ledger: Any) -> Iterator[Figure]:
    """Inclusion proofs from stored tiles, checked; the peer hashes the whole tree for one proof."""
    from onelot.ledger.merkle import levels, verify_inclusion

    start = time.perf_counter()
    tree = ledger.tree()
    root = tree.root()
    grown = time.perf_counter() - start
    yield Figure("Tiles stored after the appends", tree.size / grown, None, "entries/s", "")
    random = Random(7)
    best = float("inf")
    for _ in range(ROUNDS):
        positions = [random.randint(1, tree.size) for _ in range(PROOFS)]
        start = time.perf_counter()
        made = [tree.inclusion(position) for position in positions]
        best = min(best, (time.perf_counter() - start) / PROOFS)
    leaves = [sha256(b"\0" + entry).digest() for entry in ledger.read_bytes()]
    for position, proof in list(zip(positions, made, strict=True))[:1000]:
        verify_inclusion(leaves[position - 1], position - 1, tree.size, proof, root)
    whole = timed(lambda: levels(leaves))
    yield Figure(
        f"Inclusion proof at {tree.size:,} entries",
        best * 1e6,
        50,
        "us",
        f"whole tree {whole:.2f} s",
        most=True,
    )


def growth(home: Path, size: int) -> Iterator[Figure]:
    """Growth of a fresh process's peak from a tenth of the ledger to all of it, read and verified."""
    part, whole = (
        in_own_process("bench.ledger", "--peak", str(until), "--home", str(home))["peak"]
        for until in (size // 10, size)
    )
    peer = f"{part:.0f} and {whole:.0f} MiB"
    yield Figure("Peak memory, all of the ledger against a tenth", whole / part, 1.1, "", peer, most=True)


def peak(home: Path, until: int) -> float:
    """Peak resident MiB of this process after reading ``until`` entries and verifying their bytes."""
    from onelot.ledger.merkle import leaf_hash
    from onelot.ledger.verifier import Verifier

    with opened(home) as ledger:
        count = sum(1 for _ in ledger.read(until=until))
        verifier = Verifier()
        for entry in ledger.read_bytes(until=until):
            verifier.feed((entry,), (leaf_hash(entry),))
        report = verifier.report()
        if (count, report.size, report.faults) != (until, until, ()):
            raise SystemExit("the ledger is damaged")
    return memory("VmHWM")


def measure(entries: int, home: Path) -> Iterator[Figure]:
    with opened(home) as ledger:
        yield from sqlite_appends(ledger, home, entries)
        yield from verification(ledger, "SQLite", 500_000)
        yield from replay(ledger)
        yield from proofs(ledger)
        size = ledger.size()
    yield from growth(home, size)
    programs = find_programs()
    if programs is None:
        print("PostgreSQL is not installed: its figures are left out")
        return
    server = Server(programs)
    try:
        server.execute("CREATE DATABASE bench")
        with opened(home, server.url("bench")) as ledger:
            yield from postgresql_appends(ledger, server.url("bench"), min(entries, 150_000))
            yield from verification(ledger, "PostgreSQL", None)
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=999_900, help="entries of the SQLite ledger")
    parser.add_argument("--folder", type=Path, default=Path("var"), help="on the disk to be measured")
    parser.add_argument("--peak", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        print(json.dumps({"peak": peak(arguments.home, arguments.peak)}))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="bench-ledger-") as folder:
        for figure in measure(arguments.entries, Path(folder)):
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
