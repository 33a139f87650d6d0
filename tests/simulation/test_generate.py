"""Simulations are repeatable, and their truth is what their files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from onelot.facts.archive import Archive
from onelot.intake.collecting import collect
from onelot.intake.tabular.mapping import load_mapping
from onelot.kernel.refusals import Refused
from onelot.simulation.generate import simulate
from onelot.simulation.truth import Truth, load_truth

EXAMPLES = Path(__file__).parents[2] / "examples"


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    out = tmp_path_factory.mktemp("twelve")
    return out, simulate(EXAMPLES, 12, 5, out, history=6)


def test_the_same_seed_gives_the_same_bytes(twelve: tuple[Path, Truth], tmp_path: Path) -> None:
    out, _ = twelve
    simulate(EXAMPLES, 12, 5, tmp_path, history=6)
    assert files(tmp_path) == files(out)


def test_a_lot_does_not_depend_on_how_many_lots_follow(twelve: tuple[Path, Truth], tmp_path: Path) -> None:
    out, truth = twelve
    fewer = simulate(EXAMPLES, 5, 5, tmp_path, history=6)
    assert [lot.files for lot in fewer.lots] == [lot.files for lot in truth.lots[:5]]
    for lot in fewer.lots:
        for file in lot.files:
            assert (tmp_path / file).read_bytes() == (out / file).read_bytes()


def test_another_seed_gives_other_records(twelve: tuple[Path, Truth], tmp_path: Path) -> None:
    out, _ = twelve
    simulate(EXAMPLES, 2, 6, tmp_path, history=0)
    one, other = files(out), files(tmp_path)
    assert not {one[name] for name in one if name.startswith("records")} & {
        other[name] for name in other if name.startswith("records")
    }


def test_every_file_is_read_and_names_the_lots_of_the_truth(twelve: tuple[Path, Truth]) -> None:
    out, truth = twelve
    mappings = [load_mapping((out / name).read_bytes(), name) for name in truth.mappings]
    names = [*truth.site_files, *(file for lot in truth.lots for file in lot.files)]
    collected = collect(((name, (out / name).read_bytes()) for name in names), mappings)
    lots = {lot for item in collected.sourced if (lot := getattr(item.event, "lot", ""))}
    assert lots == {lot.lot for lot in truth.lots}
    assert load_truth((out / "truth.json").read_bytes(), "truth.json") == truth
    assert {Path(file).suffix for lot in truth.lots for file in lot.files} <= {
        ".xml",
        ".json",
        ".csv",
        ".xlsx",
    }


def test_history_is_an_archive_of_good_lots(twelve: tuple[Path, Truth]) -> None:
    archive = Archive.open(twelve[0] / "history")
    archive.verify()
    assert len(archive.lots()) == 6


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(Refused, match=r"simulation\.folder_not_empty"):
        simulate(EXAMPLES, 1, 1, tmp_path)


def test_no_defect_is_planted_where_none_is_asked_for(tmp_path: Path) -> None:
    assert not any(lot.planted for lot in simulate(EXAMPLES, 6, 1, tmp_path, defects=0.0, history=0).lots)
