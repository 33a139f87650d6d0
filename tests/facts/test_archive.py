"""Archives: what is written is what is read, whole, in one order, and any change is seen."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.facts.archive import EVERY_LOT, Archive, LotRange
from onelot.facts.archive_writer import file_name, pack, seal, write_archive
from onelot.facts.schema import LOT_TABLES, TABLES
from onelot.kernel.refusals import Refused


def _row(table: str, **values: Any) -> dict[str, Any]:
    empty: dict[pa.DataType, Any] = {pa.string(): "", pa.int64(): 0, pa.float64(): None}
    return {
        field.name: values.get(field.name, None if field.nullable else empty[field.type])
        for field in TABLES[table]
    }


def _facts(**rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
    return {
        name: pa.Table.from_pylist([_row(name, **row) for row in rows.get(name, [])], schema=schema)
        for name, schema in TABLES.items()
    }


def _lot(*lots: str) -> dict[str, pa.Table]:
    return _facts(
        lot=[{"lot": lot, "position": 1} for lot in lots],
        parameter_value=[
            {
                "lot": lot,
                "parameter": f"U/O/P/{n}",
                "text": f"{lot}:{n}",
                "value": n / 2,
                "nth": 1,
                "position": 2 + n,
            }
            for lot in lots
            for n in range(3)
        ],
    )


def _shuffled(facts: dict[str, pa.Table], seed: int) -> dict[str, pa.Table]:
    def mixed(table: pa.Table) -> pa.Table:
        order = list(range(table.num_rows))
        random.Random(seed).shuffle(order)
        return table.take(pa.array(order, pa.int64()))

    return {name: mixed(table) for name, table in facts.items()}


def _bytes(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.parquet"))}


def test_facts_come_back_as_they_were_written(tmp_path: Path) -> None:
    facts = _lot("L-1", "L-2")
    facts["training"] = _facts(training=[{"person": "p1", "curriculum": "c", "position": 9}])["training"]
    write_archive(tmp_path, facts)
    found = Archive.open(tmp_path).facts()
    assert found.keys() == TABLES.keys()
    for name, table in facts.items():
        assert found[name].schema.equals(TABLES[name])
        assert found[name].to_pylist() == table.to_pylist()


def test_tables_without_rows_have_no_file(tmp_path: Path) -> None:
    write_archive(tmp_path, _lot("L-1"))
    assert sorted(_bytes(tmp_path)) == ["lot/L-1.parquet", "manifest.parquet", "parameter_value/L-1.parquet"]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_order_of_rows_does_not_change_the_bytes(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    facts = _lot("B", "A", "lot ä")
    write_archive(one, facts)
    write_archive(two, _shuffled(facts, seed))
    assert _bytes(one) == _bytes(two)


def test_lots_written_one_by_one_give_the_same_bytes_as_together(tmp_path: Path) -> None:
    write_archive(tmp_path / "together", _lot("A", "B"))
    write_archive(tmp_path / "singly", _lot("B"))
    write_archive(tmp_path / "singly", _lot("A"))
    assert _bytes(tmp_path / "together") == _bytes(tmp_path / "singly")


def test_a_lot_written_again_is_replaced_in_every_table(tmp_path: Path) -> None:
    first = _lot("A", "B")
    first["comment"] = _facts(comment=[{"lot": "A", "subject": "s", "text": "t", "position": 7}])["comment"]
    write_archive(tmp_path, first)
    write_archive(tmp_path, _facts(lot=[{"lot": "A", "product": "new", "position": 1}]))
    found = Archive.open(tmp_path).facts()
    assert [(row["lot"], row["product"]) for row in found["lot"].to_pylist()] == [("A", "new"), ("B", "")]
    assert found["comment"].num_rows == 0
    assert found["parameter_value"]["lot"].unique().to_pylist() == ["B"]


def test_site_tables_are_replaced_where_a_run_brings_rows(tmp_path: Path) -> None:
    write_archive(
        tmp_path,
        _facts(
            training=[{"person": "old", "curriculum": "c", "position": 1}],
            account_change=[{"person": "x", "change": "disabled", "position": 2}],
        ),
    )
    write_archive(tmp_path, _facts(training=[{"person": "new", "curriculum": "c", "position": 1}]))
    found = Archive.open(tmp_path).facts()
    assert found["training"]["person"].to_pylist() == ["new"]
    assert found["account_change"]["person"].to_pylist() == ["x"]


def _site(table: str, document: str, position: int) -> dict[str, pa.Table]:
    return _facts(
        **{
            table: [{"position": position}],
            "provenance": [{"lot": "", "position": position, "document": document}],
        }
    )


def test_every_range_knows_where_site_rows_come_from(tmp_path: Path) -> None:
    write_archive(tmp_path, {**_lot("A", "B", "C"), **_only_filled(_site("training", "t", 90))})
    for opened in (Archive.open, lambda root: pack(root, 1)):
        archive = opened(tmp_path)
        ranges = [*archive.ranges(1)]
        assert len(ranges) == 3
        for lots in ranges:
            assert archive.facts(lots)["provenance"].to_pylist() == [
                {"lot": "", "position": 90, "document": "t", "place": ""}
            ]


def _only_filled(facts: dict[str, pa.Table]) -> dict[str, pa.Table]:
    return {name: table for name, table in facts.items() if table.num_rows}


def test_provenance_of_site_rows_follows_their_tables(tmp_path: Path) -> None:
    write_archive(tmp_path, _site("training", "old", 1))
    write_archive(tmp_path, _site("account_change", "accounts", 2))
    write_archive(tmp_path, _site("training", "new", 3))
    archive = Archive.open(tmp_path)
    assert archive.facts()["provenance"]["document"].to_pylist() == ["accounts", "new"]
    assert archive.last_position == 3
    assert archive.lots() == []


@given(lots=st.lists(st.text(max_size=80), unique=True, max_size=20))
def test_file_names_are_safe_and_distinct_without_regard_to_case(lots: list[str]) -> None:
    names = [file_name(lot) for lot in lots]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert "/" not in name
        assert "\0" not in name
        assert not name.startswith((".", "part-", "site."))
        assert len(name.encode()) <= 255


@pytest.mark.parametrize("lot", ["a", "A", "..", " ", "a/b", "a_b", "A" * 200, "ä", "part-0", "site"])
def test_unusual_lot_numbers_are_kept_apart(tmp_path: Path, lot: str) -> None:
    write_archive(tmp_path, _lot(lot, "A/B"))
    write_archive(tmp_path, _lot(lot))
    assert Archive.open(tmp_path).lots() == sorted([lot, "A/B"])
    assert Archive.open(tmp_path).facts()["parameter_value"].num_rows == 6


@given(count=st.integers(1, 12), rows=st.integers(1, 60), packed=st.booleans())
@settings(max_examples=15, deadline=None)
def test_ranges_cover_every_row_once(
    tmp_path_factory: pytest.TempPathFactory, count: int, rows: int, packed: bool
) -> None:
    root = tmp_path_factory.mktemp("archive")
    lots = [f"L{n}" for n in range(count)]
    archive = write_archive(root, _lot(*lots))
    if packed:
        archive = pack(root, rows)
    pieces = [archive.facts(lots) for lots in archive.ranges(rows)]
    for name in LOT_TABLES:
        assert pa.concat_tables([piece[name] for piece in pieces]) == archive.facts(EVERY_LOT)[name]
    assert all(piece["lot"].num_rows for piece in pieces)


def test_packing_changes_the_files_and_not_the_facts(tmp_path: Path) -> None:
    before = write_archive(tmp_path, _lot("A", "B", "C", "d")).facts()
    archive = pack(tmp_path, 8)
    assert Archive.open(tmp_path).facts() == before
    assert len(archive.paths("lot")) == 2
    assert not list(tmp_path.glob("*/A.parquet"))
    assert pack(tmp_path, 100).facts() == before


def test_a_lot_in_a_file_of_many_lots_is_not_rewritten(tmp_path: Path) -> None:
    write_archive(tmp_path, _lot("A", "C"))
    pack(tmp_path, 1000)
    with pytest.raises(Refused, match=r"facts\.archive_lot_packed"):
        write_archive(tmp_path, _lot("C"))
    write_archive(tmp_path, _lot("B"))
    found = Archive.open(tmp_path)
    assert found.lots() == ["A", "B", "C"]
    assert found.facts()["lot"]["lot"].to_pylist() == ["A", "B", "C"]


def test_a_lot_packed_alone_is_not_rewritten_either(tmp_path: Path) -> None:
    write_archive(tmp_path, _lot("A"))
    pack(tmp_path, 1)
    with pytest.raises(Refused, match=r"facts\.archive_lot_packed"):
        write_archive(tmp_path, _lot("A"))


def test_files_of_another_engine_are_read_after_sealing(tmp_path: Path) -> None:
    facts = _lot("A", "B", "C")
    for name in ("lot", "parameter_value"):
        (tmp_path / name).mkdir()
        nullable = pa.schema([field.with_nullable(True) for field in TABLES[name]])
        pq.write_table(facts[name].cast(nullable), tmp_path / name / "part-0.parquet", row_group_size=2)
    with pytest.raises(Refused, match=r"facts\.archive_missing"):
        Archive.open(tmp_path)
    seal(tmp_path)
    archive = Archive.open(tmp_path)
    assert archive.facts() == facts
    assert archive.facts(LotRange("B", "C"))["lot"]["lot"].to_pylist() == ["B"]


def _replaced(table: pa.Table, column: str, values: list[Any]) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array(values))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda table: table.drop_columns(["site"]), "facts.archive_unreadable"),
        (lambda table: _replaced(table, "position", ["x", "y"]), "facts.archive_unreadable"),
        (lambda table: _replaced(table, "site", ["s", None]), "facts.archive_unreadable"),
        (lambda table: table.take([1, 0]), "facts.archive_schema"),
    ],
    ids=["column missing", "another type", "null where never null", "not sorted"],
)
def test_sealing_refuses_files_that_are_not_facts(tmp_path: Path, change: Any, code: str) -> None:
    table = _lot("A", "B")["lot"]
    (tmp_path / "lot").mkdir()
    loose = table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
    pq.write_table(change(loose), tmp_path / "lot" / "part-0.parquet")
    (tmp_path / "lot" / "part-1.parquet").write_bytes(b"not Parquet")
    with pytest.raises(Refused) as refused:
        seal(tmp_path)
    assert [refusal.code for refusal in refused.value.refusals] == [code, "facts.archive_unreadable"]


@pytest.mark.parametrize(
    ("column", "values"),
    [("nth", [1, 1]), ("nth", [2, 1]), ("second_person", [1, 0]), ("verified_after_us", [0, 0])],
)
def test_sealing_computes_derived_columns_again(tmp_path: Path, column: str, values: list[Any]) -> None:
    row = {"lot": "A", "parameter": "U/O/P/1", "performed_by": "Ann", "verified_by": "ann", "performed_us": 5}
    table = _facts(parameter_value=[{**row, "nth": n, "position": n} for n in (1, 2)])["parameter_value"]
    (tmp_path / "parameter_value").mkdir()
    path = tmp_path / "parameter_value" / "part-0.parquet"
    pq.write_table(table, path)
    seal(tmp_path)
    pq.write_table(_replaced(table, column, values), path)
    with pytest.raises(Refused, match=f"Column {column} does not follow"):
        seal(tmp_path)


def test_sealing_refuses_a_lot_in_two_files_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "lot").mkdir()
    for part, lots in enumerate((["A", "B"], ["B", "C"])):
        pq.write_table(_lot(*lots)["lot"], tmp_path / "lot" / f"part-{part}.parquet")
    with pytest.raises(Refused, match=r"Rows of lot B are in two files"):
        seal(tmp_path)


@pytest.mark.parametrize("change", ["add", "remove", "shorten"])
def test_a_changed_folder_is_refused(tmp_path: Path, change: str) -> None:
    write_archive(tmp_path, _lot("A", "B"))
    file = tmp_path / "lot" / "A.parquet"
    match change:
        case "add":
            (tmp_path / "lot" / "X.parquet").write_bytes(file.read_bytes())
        case "remove":
            file.unlink()
        case "shorten":
            file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Refused, match=r"facts\.archive_changed"):
        Archive.open(tmp_path)


def test_any_changed_bit_is_found(tmp_path: Path) -> None:
    write_archive(tmp_path, _lot("A"))
    file = tmp_path / "lot" / "A.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(Refused, match=r"facts\.archive_changed"):
        Archive.open(tmp_path).verify()


def test_a_write_cut_short_is_seen_and_healed_by_writing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(tmp_path, _lot("A"))
    new = _facts(lot=[{"lot": "A", "product": "another product", "position": 1}])

    def power_cut() -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("os.sync", power_cut)
        with pytest.raises(OSError, match="power cut"):
            write_archive(tmp_path, new)
    with pytest.raises(Refused, match=r"facts\.archive_changed"):
        Archive.open(tmp_path)
    write_archive(tmp_path, new)
    assert Archive.open(tmp_path).facts()["lot"]["product"].to_pylist() == ["another product"]


@pytest.mark.parametrize("content", [b"", b"not Parquet"])
def test_an_unreadable_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.parquet").write_bytes(content)
    with pytest.raises(Refused, match=r"facts\.archive_unreadable"):
        Archive.open(tmp_path)


def test_a_manifest_of_another_format_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "manifest.parquet")
    with pytest.raises(Refused, match=r"facts\.archive_unreadable"):
        Archive.open(tmp_path)


def test_facts_with_other_columns_are_refused(tmp_path: Path) -> None:
    facts = {**_lot("A"), "training": pa.table({"person": ["p"]})}
    with pytest.raises(Refused, match=r"facts\.archive_schema"):
        write_archive(tmp_path, facts)
