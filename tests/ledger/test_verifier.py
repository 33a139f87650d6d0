"""The verifier finds every change of stored bytes; it needs no Django and no database."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import Checkpoint
from onelot.ledger.entry import GENESIS, seal, stamp, tail
from onelot.ledger.verifier import MOST_FAULTS, Report, Verifier
from tests.ledger.making import CATALOGUE, NOON, parameter, vial
from tests.ledger.test_merkle import merkle_tree_hash

SIZE = 120


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def chained(facts: list[bytes], first: int = 1, previous: bytes = GENESIS) -> list[bytes]:
    """Entries by the definition of the format, each with the hash of the one before."""
    entries = []
    for position, fact in enumerate(facts, first):
        entries.append(seal(fact, position, previous, stamp(NOON)))
        previous = leaf(entries[-1]).hex().encode()
    return entries


FACTS = [CATALOGUE.prepare(parameter(number) if number % 3 else vial()).fact for number in range(SIZE)]
ENTRIES = chained(FACTS)
LEAVES = [leaf(entry) for entry in ENTRIES]
ROOT = merkle_tree_hash(LEAVES)
SIGNED = Checkpoint("test", SIZE, ROOT)


def verdict(
    entries: list[bytes], leaves: list[bytes], checkpoints: tuple[Checkpoint, ...] = (), run: int = 50
) -> Report:
    verifier = Verifier(checkpoints)
    for start in range(0, len(entries), run):
        verifier.feed(entries[start : start + run], leaves[start : start + run])
    return verifier.report()


def positions(report: Report) -> list[int]:
    return [fault.position for fault in report.faults]


@settings(max_examples=30, deadline=None)
@given(run=st.integers(1, SIZE), signed=st.lists(st.integers(0, SIZE), max_size=4))
def test_an_unchanged_ledger_has_no_fault_however_it_is_cut(run: int, signed: list[int]) -> None:
    checkpoints = tuple(Checkpoint("test", size, merkle_tree_hash(LEAVES[:size])) for size in signed)
    assert verdict(ENTRIES, LEAVES, checkpoints, run) == Report(SIZE, ROOT, ())


def test_an_empty_ledger_has_no_fault_and_the_root_of_nothing() -> None:
    assert verdict([], []) == Report(0, sha256(b"").digest(), ())


@settings(max_examples=400, deadline=None)
@given(data=st.data(), run=st.integers(1, SIZE))
def test_any_one_bit_of_any_entry_changed_is_found_and_named(data: st.DataObject, run: int) -> None:
    index = data.draw(st.integers(0, SIZE - 1))
    bit = data.draw(st.integers(0, len(ENTRIES[index]) * 8 - 1))
    changed = bytearray(ENTRIES[index])
    changed[bit // 8] ^= 1 << bit % 8
    report = verdict([*ENTRIES[:index], bytes(changed), *ENTRIES[index + 1 :]], LEAVES, run=run)
    assert index + 1 in positions(report)
    assert set(positions(report)) <= {index + 1, index + 2}


@settings(max_examples=100, deadline=None)
@given(index=st.integers(0, SIZE - 1), bit=st.integers(0, 255), run=st.integers(1, SIZE))
def test_any_one_bit_of_any_stored_hash_changed_is_found(index: int, bit: int, run: int) -> None:
    changed = bytearray(LEAVES[index])
    changed[bit // 8] ^= 1 << bit % 8
    report = verdict(ENTRIES, [*LEAVES[:index], bytes(changed), *LEAVES[index + 1 :]], run=run)
    assert positions(report) == [index + 1]


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, SIZE - 1), count=st.integers(1, 20), run=st.integers(1, SIZE))
def test_entries_taken_out_are_found(index: int, count: int, run: int) -> None:
    end = min(index + count, SIZE)
    report = verdict(ENTRIES[:index] + ENTRIES[end:], LEAVES[:index] + LEAVES[end:], run=run)
    if end < SIZE:
        assert index + 1 in positions(report)
        assert f"entries {index + 1} to {end} are missing" in report.faults[0].what
    else:  # the end of a chain is known only from outside
        assert report.faults == ()
    against = verdict(ENTRIES[:index] + ENTRIES[end:], LEAVES[:index] + LEAVES[end:], (SIGNED,), run)
    assert any("checkpoint was signed over 120 entries" in fault.what for fault in against.faults)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), run=st.integers(1, SIZE))
def test_entries_out_of_order_or_twice_are_found(data: st.DataObject, run: int) -> None:
    first = data.draw(st.integers(0, SIZE - 2))
    second = data.draw(st.integers(first + 1, SIZE - 1))
    order = list(range(SIZE))
    order[first], order[second] = second, first
    assert verdict([ENTRIES[i] for i in order], [LEAVES[i] for i in order], run=run).faults
    twice = [*range(second), first, *range(second, SIZE)]
    assert verdict([ENTRIES[i] for i in twice], [LEAVES[i] for i in twice], run=run).faults


@settings(max_examples=30, deadline=None)
@given(index=st.integers(0, SIZE - 2))
def test_an_entry_replaced_hash_and_all_is_found_by_the_next(index: int) -> None:
    found = tail(ENTRIES[index])
    assert found is not None
    other = seal(FACTS[index].replace(b"person:op1", b"person:op2"), index + 1, found.previous, stamp(NOON))
    entries = [*ENTRIES[:index], other, *ENTRIES[index + 1 :]]
    report = verdict(entries, [leaf(entry) for entry in entries])
    assert positions(report) == [index + 2]


@settings(max_examples=30, deadline=None)
@given(index=st.integers(0, SIZE - 1), earlier=st.integers(0, SIZE))
def test_a_history_rewritten_as_a_whole_is_found_by_a_checkpoint(index: int, earlier: int) -> None:
    facts = list(FACTS)
    facts[index] = facts[index].replace(b"person:op1", b"person:op2")
    entries = chained(facts)
    leaves = [leaf(entry) for entry in entries]
    assert verdict(entries, leaves).faults == ()
    before = Checkpoint("test", earlier, merkle_tree_hash(LEAVES[:earlier]))
    report = verdict(entries, leaves, (before, SIGNED))
    start = earlier + 1 if earlier <= index else 1
    assert [fault.what for fault in report.faults][-1].startswith(f"entries {start} to {SIZE} are not those")


def test_a_checkpoint_of_another_root_is_a_fault() -> None:
    report = verdict(ENTRIES, LEAVES, (replace(SIGNED, root=bytes(32)),))
    assert positions(report) == [0]


@pytest.mark.parametrize("extra", [b"", b"x", ENTRIES[-1]])
def test_bytes_that_are_no_entry_or_come_twice_at_the_end_are_found(extra: bytes) -> None:
    report = verdict([*ENTRIES, extra], [*LEAVES, leaf(extra)])
    assert positions(report) == [SIZE + 1]


def test_entries_without_their_hashes_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        Verifier().feed(ENTRIES[:3], LEAVES[:2])
    assert caught.value.refusals[0].code == "ledger.hashes_missing"


def test_a_ledger_wrong_throughout_is_not_listed_to_its_end() -> None:
    entries = [b"x"] * (MOST_FAULTS + 10)
    assert len(verdict(entries, [leaf(b"x")] * len(entries)).faults) == MOST_FAULTS


PURE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "sqlite3", "_sqlite3", "psycopg", "duckdb", "pyarrow"}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocked())
from hashlib import sha256
from onelot.ledger.exported import verify_export
from onelot.ledger.proof import Inclusion
from onelot.ledger.verifier import Verifier
entries = [bytes.fromhex(line) for line in sys.stdin.read().split()]
verifier = Verifier()
verifier.feed(entries, [sha256(bytes(1) + entry).digest() for entry in entries])
report = verifier.report()
print(report.size, report.root.hex(), len(report.faults))
"""


def test_it_runs_where_django_and_databases_cannot_be_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PURE],
        input="\n".join(entry.hex() for entry in ENTRIES),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == f"{SIZE} {ROOT.hex()} 0\n"
