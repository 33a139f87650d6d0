"""Simulations are repeatable, and their truth is what their files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from onelot.execution.events import ResultReported
from onelot.facts.archive import Archive
from onelot.intake.collecting import collect
from onelot.intake.tabular.mapping import load_mapping
from onelot.kernel.refusals import Refused
from onelot.simulation.defects.catalogue import late_catalogue
from onelot.simulation.generate import simulate
from onelot.simulation.network import load_network
from onelot.simulation.planting import Planter
from onelot.simulation.record import late_results
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


def test_final_results_come_after_the_record_in_every_format(twelve: tuple[Path, Truth]) -> None:
    out, truth = twelve
    mappings = [load_mapping((out / name).read_bytes(), name) for name in truth.mappings]
    late = [lot for lot in truth.lots if lot.late_results]
    assert {Path(lot.late_results).suffix for lot in late} == {".xml", ".json", ".csv", ".xlsx"}
    for lot in late:
        first, results = (
            [item.event for item in collect([(file, (out / file).read_bytes())], mappings).sourced]
            for file in (lot.files[0], lot.late_results)
        )
        assert lot.files[-1] == lot.late_results
        so_far = {
            event.test: event.reported_at
            for event in first
            if isinstance(event, ResultReported) and event.status == "negative_to_date"
        }
        final = [event for event in results if isinstance(event, ResultReported)]
        assert {type(event) for event in results} == {ResultReported}
        for event in final:
            before = so_far[event.test]
            assert before is not None
            assert event.reported_at is not None
            assert before < event.reported_at


def test_something_is_planted_in_late_results_and_only_there(tmp_path: Path) -> None:
    planter = Planter(load_network(EXAMPLES / "network"), 1, 0.4)
    late = [(record, one) for record, planted in planter.lots(120) for _, one in planted if one.late]
    assert late
    for record, one in late:
        assert late_results(record.events)
        assert one.defect in {defect.name for defect in late_catalogue()}


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
