"""Whatever the bytes are: facts, or Refused. Never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.intake.b2mml import B2mmlAdapter
from onelot.kernel.refusals import Refused
from tests.fuzzing import fuzz, needs_atheris

HERE = Path(__file__).parent
SEEDS = [path.read_bytes() for path in sorted(HERE.glob("*/*.xml"))]
PIECES = [
    b"<", b">", b"</Event>", b"<Event>", b"<Value>", b"</Value>", b"&amp;", b"&#0;", b"<!DOCTYPE a>", b"]]>",
    b"<![CDATA[x]]>", b"<?pi x?>", b"<!-- c -->", b"\xff\xfe", b"\0", b"<BatchProductionRecord>",
    b"<UserAttribute/>", b"<Value/>",
    b"<AlarmData/>", b"<EventType>Alarm</EventType>", b" xml:lang='de'", b"<ID/>", b"<x:y xmlns:x='urn:x' z='1'/>",
    b"<LotID/>", b"<Results/>", b"<TagSpecification/>", b"<OrderedData><DataValue/></OrderedData>", b"<Key>k</Key>",
]  # fmt: skip

mutation = st.tuples(
    st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES) | st.binary(max_size=4) | st.just(b"")
)


def _mutated(seed: bytes, mutations: list[tuple[float, int, bytes]]) -> bytes:
    for where, length, piece in mutations:
        at = int(where * len(seed))
        seed = seed[:at] + piece + seed[at + length :]
    return seed


def _facts_or_refused(data: bytes) -> None:
    try:
        found = B2mmlAdapter().read(data, "fuzz.xml")
    except Refused as refusal:
        refused = refusal.refusals
    else:
        refused = ()
        assert found.document
    assert all(refusal.code.startswith("intake.") and refusal.where for refusal in refused)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.lists(mutation, min_size=1, max_size=3))
def test_a_mutated_file_is_read_or_refused(seed: bytes, mutations: list[tuple[float, int, bytes]]) -> None:
    _facts_or_refused(_mutated(seed, mutations))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SEEDS), st.floats(0, 1), st.sampled_from(PIECES))
def test_a_piece_between_two_elements_is_read_or_refused(seed: bytes, where: float, piece: bytes) -> None:
    at = seed.find(b"<", int(where * len(seed)))
    _facts_or_refused(seed[:at] + piece + seed[at:])


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        B2mmlAdapter().read(b"<" + data, "fuzz.xml")


@pytest.mark.slow
@needs_atheris
def test_coverage_guided_fuzzing_finds_nothing(tmp_path: Path) -> None:
    target = "tests.intake.b2mml.test_fuzz:_facts_or_refused"
    fuzz(tmp_path, target, SEEDS, words=PIECES, runs=1_000_000, longest=8000)
