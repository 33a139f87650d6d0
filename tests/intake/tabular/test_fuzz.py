"""Whatever the bytes are: facts, or Refused. Never anything else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.intake.tabular import read_table
from onelot.intake.tabular.mapping import load_mapping
from onelot.kernel.refusals import Refusal, Refused
from tests.fuzzing import fuzz, needs_atheris
from tests.intake.tabular.making import EXAMPLES, HERE, load, made
from tests.intake.tabular.workbooks import MAPPING, packed, parts

ALL = [
    made(MAPPING), load(HERE / "bad" / "mapping.yaml"), load(HERE / "real" / "transport_tag.yaml"),
    *(load(path) for path in sorted(EXAMPLES.glob("*.yaml"))),
]  # fmt: skip
OUTLINE = (
    b"Device: Q-tag CLm\r\nConf:\r\n Serial: A1, X: 2\r\nData:\r\n"
    b"\tyyyy-MM-dd hh:mm\tT\r\n\t2022-11-08 04:49\t4.4\t\r\n"
)
SEEDS = [*(path.read_bytes() for path in sorted((HERE / "bad").glob("*.csv"))), OUTLINE]
PARTS = parts()
PIECES = [
    b";", b",", b'"', b"\r", b"\n", b"\t", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"[Werte]", b"'", b"=", b"n. z.",
    b"37,0", b"1.234", b"25.10.2026 02:30", b"01.01.0001 00:00 +14:00", b"31.12.9999 23:59 -14:00",
    b"L1;", b": ", b"  ", b"\xc3",
]  # fmt: skip
XML = [
    b"<", b">", b"</c>", b'<c r="B2">', b'<c t="s">', b"<v>1</v>", b"<f>1</f>", b'<mergeCell ref="A1:B2"/>',
    b'<row r="9">', b'<row r="-1">', b'r="ZZZ1"', b"&amp;", b"&#0;", b"<!DOCTYPE a>", b"\0", b't="d"', b't="b"',
    b"1e400", b"-1", b'id=""',
    b'Target="../x"', b'Target="/"', b's="99"', b'numFmtId="999999999999999999999"', b"<is/>", b"</is>", b'ref=""',
]  # fmt: skip


def mutations(pieces: list[bytes]) -> st.SearchStrategy[list[tuple[float, int, bytes]]]:
    one = st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(pieces) | st.binary(max_size=4))
    return st.lists(one, min_size=1, max_size=3)


def _mutated(seed: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, length, piece in changes:
        at = int(where * len(seed))
        seed = seed[:at] + piece + seed[at + length :]
    return seed


def _facts_or_refused(data: bytes) -> None:
    refusals: Sequence[Refusal] = ()
    try:
        found = read_table(data, "A1_fuzz.txt", ALL)
    except Refused as refused:
        refusals = refused.refusals
    else:
        assert found.extracts
        assert found.document
    assert len(refusals) <= 100
    assert all(item.code.startswith("intake.table.") and item.where for item in refusals)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), mutations(PIECES))
def test_a_mutated_text_is_read_or_refused(seed: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    _facts_or_refused(_mutated(seed, changes))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PARTS)), mutations(XML))
def test_a_workbook_with_a_mutated_part_is_read_or_refused(
    part: str, changes: list[tuple[float, int, bytes]]
) -> None:
    content = PARTS[part]
    assert isinstance(content, str)
    _facts_or_refused(packed({**PARTS, part: _mutated(content.encode(), changes)}))


@settings(max_examples=200, deadline=None)
@given(mutations([b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\xff\xff\xff\xff", b"\0\0"]))
def test_a_mutated_archive_is_read_or_refused(changes: list[tuple[float, int, bytes]]) -> None:
    _facts_or_refused(b"PK\x03\x04" + _mutated(packed(PARTS), changes)[4:])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_table(data, "fuzz", ALL)


@settings(max_examples=200, deadline=None)
@given(
    mutations(
        [b":", b"{", b"}", b"[", b"]", b"field", b"/(/", b"%", b"execution.", b"null", b"- ", b"\n", b"  "]
    )
)
def test_a_mutated_mapping_is_read_or_refused(changes: list[tuple[float, int, bytes]]) -> None:
    data = _mutated((HERE / "bad" / "mapping.yaml").read_bytes(), changes)
    refusals: Sequence[Refusal] = ()
    try:
        read_table((HERE / "bad" / "good.csv").read_bytes(), "good.csv", [load_mapping(data, "m.yaml")])
    except Refused as refused:
        refusals = refused.refusals
    assert all(item.where for item in refusals)


def either_table(data: bytes) -> None:
    """One input for the coverage-guided fuzzer: a text, or a sheet of a workbook."""
    _facts_or_refused(data[1:])
    if data[:1] < b"\x80":
        _facts_or_refused(packed({**PARTS, "xl/worksheets/sheet1.xml": data[1:]}))


@pytest.mark.slow
@needs_atheris
def test_coverage_guided_fuzzing_finds_nothing(tmp_path: Path) -> None:
    sheet = PARTS["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, str)
    seeds = [*(b"\xff" + seed for seed in SEEDS), b"\0" + sheet.encode()]
    target = "tests.intake.tabular.test_fuzz:either_table"
    fuzz(tmp_path, target, seeds, words=[*PIECES, *XML], runs=200_000, longest=4000)


def test_the_seeds_are_good() -> None:
    assert read_table(packed(PARTS), "t.xlsx", ALL).lots == ("L1",)
    assert read_table(OUTLINE, "A1_t.txt", ALL).lots == ("A1",)
