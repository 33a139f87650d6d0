"""The score counts what was planted, found, missed, and raised for nothing."""

from __future__ import annotations

import pytest

from onelot.kernel.refusals import Refused
from onelot.simulation.scoring import ScoredFinding, score
from onelot.simulation.truth import PlantedDefect, TrueLot, Truth


def lot(name: str, *planted: PlantedDefect) -> TrueLot:
    return TrueLot(lot=name, product="P", site="S", market="US", files=(f"{name}.json",), planted=planted)


TRUTH = Truth(
    format="onelot-truth/1",
    seed=1,
    lots=(
        lot(
            "A",
            PlantedDefect(
                defect="RNG-ACTION.outside", what="", subject="up/ph", also=("RNG-ACTION", "ALR-ALERT")
            ),
        ),
        lot("B", PlantedDefect(defect="VER-MBR.no_head", what="", also=("VER-MBR",))),
        lot("C"),
        lot("D"),
    ),
    site_files=(),
    mbrs={},
)


def finding(name: str, check: str, variant: str = "outside", **more: str) -> ScoredFinding:
    return ScoredFinding(lot=name, check=check, variant=variant, **more)


def test_found_missed_and_false_alarms() -> None:
    result = score(
        TRUTH,
        [
            finding("A", "RNG-ACTION", subject="up/ph"),
            finding("A", "ALR-ALERT", subject="up/other"),
            finding("C", "RNG-ACTION", subject="up/ph"),
            finding("D", "ALR-ALERT", accepted_because="kept for trending"),
        ],
    )
    assert (result.planted, result.found) == (2, 1)
    assert [missed.lot for missed in result.missed] == ["B"]
    assert [alarm.lot for alarm in result.false_alarms] == ["C"]
    assert (result.good_lots, result.good_lots_held) == (2, 1)
    assert (result.bad_lots, result.bad_lots_held) == (2, 1)


def test_the_right_check_at_another_subject_finds_nothing() -> None:
    assert score(TRUTH, [finding("A", "RNG-ACTION", subject="up/temperature")]).found == 0


def test_the_right_check_with_another_variant_finds_nothing() -> None:
    assert score(TRUTH, [finding("A", "RNG-ACTION", "undecidable", subject="up/ph")]).found == 0


def test_a_review_that_knows_no_variants_may_leave_them_out() -> None:
    assert score(TRUTH, [finding("A", "RNG-ACTION", "", subject="up/ph")]).found == 1


def test_zero_misses_of_59_prove_95_per_cent() -> None:
    """1 - 0.05 ** (1/59): the rule behind the usual sample of 59."""
    planted = PlantedDefect(defect="RNG-ACTION.outside", what="", also=("RNG-ACTION",))
    truth = Truth(
        format="onelot-truth/1", seed=1, site_files=(), mbrs={},
        lots=tuple(lot(f"L{number}", planted) for number in range(59)),
    )  # fmt: skip
    result = score(truth, [finding(f"L{number}", "RNG-ACTION") for number in range(59)])
    assert result.sensitivity.at_least >= 0.95


def test_a_lot_of_another_simulation_is_refused() -> None:
    with pytest.raises(Refused, match=r"simulation\.lot_unknown"):
        score(TRUTH, [finding("X", "RNG-ACTION")])
