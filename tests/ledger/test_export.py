"""The exported folder is a C2SP tlog-tiles log: read here by the text of the specification alone."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import Checkpoint, SigningKey, open_checkpoint
from onelot.ledger.export import export
from onelot.ledger.exported import verify_export
from onelot.ledger.publishing import notes, publish
from onelot.ledger.store import Ledger
from onelot.ledger.tiles import bundle, tile_path, unbundle
from tests.ledger.making import CATALOGUE, parameter
from tests.ledger.test_merkle import merkle_tree_hash

KEY = SigningKey.generate("example.org/ledger")


@pytest.fixture
def ledger(alias: str) -> Ledger:
    return Ledger(CATALOGUE, alias=alias)


def grow(ledger: Ledger, size: int) -> None:
    while (count := min(300, size - ledger.size())) > 0:
        ledger.append([parameter(number) for number in range(count)])


def plainly_read(folder: Path, size: int) -> tuple[list[bytes], list[bytes]]:
    """Entries, and hashes of level 0, as a reader takes them who knows the specification only."""
    entries, hashes = [], []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        name = f"{number:03}" if width == 256 else f"{number:03}.p/{width}"
        data = (folder / "tile" / "0" / name).read_bytes()
        hashes += [data[start : start + 32] for start in range(0, len(data), 32)]
        data = (folder / "tile" / "entries" / name).read_bytes()
        while data:
            length = data[0] << 8 | data[1]
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
    return entries, hashes


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_a_plain_reader_finds_entries_hashes_and_root(ledger: Ledger, tmp_path: Path, size: int) -> None:
    grow(ledger, size)
    folder = tmp_path / "export"
    assert export(ledger, publish(ledger, KEY), folder) == size
    entries, hashes = plainly_read(folder, size)
    assert entries == list(ledger.read_bytes())
    assert hashes == [sha256(b"\0" + entry).digest() for entry in entries]
    lines = (folder / "checkpoint").read_text(encoding="utf-8").split("\n")
    assert lines[:2] == ["example.org/ledger", str(size)]
    assert base64.b64decode(lines[2]) == merkle_tree_hash(hashes)
    full = size // 256
    if full:
        upper = (folder / "tile" / "1" / f"000.p/{full}").read_bytes()
        assert upper == b"".join(merkle_tree_hash(hashes[n * 256 : n * 256 + 256]) for n in range(full))
    else:
        assert not (folder / "tile" / "1").exists()
    events = json.loads((folder / "events.json").read_bytes())
    assert set(CATALOGUE.current_names) == set(events)


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (67, 1, "tile/0/067.p/1"),
        (1234067, 256, "tile/0/x001/x234/067"),
        (999000, 8, "tile/0/x999/000.p/8"),
    ],
)
def test_tiles_stand_where_the_specification_says(number: int, width: int, path: str) -> None:
    assert tile_path(0, number, width) == path


@settings(max_examples=50, deadline=None)
@given(entries=st.lists(st.binary(max_size=300), max_size=10), cut=st.integers(1, 5))
def test_a_bundle_gives_back_its_entries_and_a_cut_one_nothing(entries: list[bytes], cut: int) -> None:
    data = bundle(entries)
    assert unbundle(data) == entries
    if entries:
        assert unbundle(data[: -min(cut, 2 + len(entries[-1])) or None]) in (None, entries[:-1])


def test_an_export_is_continued_and_verified(ledger: Ledger, tmp_path: Path) -> None:
    grow(ledger, 300)
    first = publish(ledger, KEY)
    export(ledger, first, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("000") if path.is_file()}
    grow(ledger, 700)
    export(ledger, publish(ledger, KEY), tmp_path)
    assert before
    assert {path: path.stat().st_mtime_ns for path in before} == before
    now = open_checkpoint((tmp_path / "checkpoint").read_text(encoding="utf-8"), KEY.verification)
    earlier = open_checkpoint(first, KEY.verification)
    report = verify_export(tmp_path, now, (earlier,))
    assert (report.size, report.root, report.faults) == (700, now.root, ())
    assert notes(ledger)[0] == first


def test_an_export_over_another_ledgers_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    grow(ledger, 3)
    export(ledger, publish(ledger, KEY), tmp_path)
    (tmp_path / "tile" / "0" / "000.p" / "3").write_bytes(bytes(96))
    with pytest.raises(Refused) as caught:
        export(ledger, publish(ledger, KEY), tmp_path)
    assert caught.value.refusals[0].code == "ledger.export_differs"


def exported(ledger: Ledger, folder: Path) -> Checkpoint:
    grow(ledger, 600)
    note = publish(ledger, KEY)
    export(ledger, note, folder)
    return open_checkpoint(note, KEY.verification)


def test_any_bit_changed_and_any_file_gone_is_found(ledger: Ledger, tmp_path: Path) -> None:
    checkpoint = exported(ledger, tmp_path)
    paths = [path for path in sorted((tmp_path / "tile").rglob("*")) if path.is_file()]
    assert len(paths) == 7
    for path in paths:
        good = path.read_bytes()
        for place in (0, len(good) // 3, len(good) - 1):
            changed = bytearray(good)
            changed[place] ^= 1 << place % 8
            path.write_bytes(changed)
            assert verify_export(tmp_path, checkpoint).faults, (path, place)
        path.write_bytes(good[:-1])
        assert verify_export(tmp_path, checkpoint).faults, path
        path.unlink()
        assert verify_export(tmp_path, checkpoint).faults, path
        path.write_bytes(good)
    assert verify_export(tmp_path, checkpoint).faults == ()


def test_a_ledger_whose_history_changed_is_not_signed_again(ledger: Ledger) -> None:
    grow(ledger, 10)
    publish(ledger, KEY)
    other = KEY.sign(Checkpoint("example.org/ledger", 11, bytes(32)).text())
    from django.db import connections

    with connections[ledger.alias].cursor() as cursor:
        cursor.execute("INSERT INTO ledger_checkpoint (size, note) VALUES (11, %s)", (other,))
    with pytest.raises(Refused) as caught:
        publish(ledger, KEY)
    assert caught.value.refusals[0].code == "ledger.history_changed"


def test_nothing_new_is_not_signed_twice(ledger: Ledger) -> None:
    grow(ledger, 2)
    assert publish(ledger, KEY) == publish(ledger, KEY)
    assert len(notes(ledger)) == 1
