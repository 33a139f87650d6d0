"""Master batch records: good ones load, bad ones say where and what, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.facts.schema import TABLES
from onelot.kernel.refusals import Refused
from onelot.recipes.compile import limit_tables
from onelot.recipes.document import load_mbr, load_policy
from onelot.recipes.limits import LIMIT_TABLES

HERE = Path(__file__).parent
GOOD = (HERE / "golden" / "washed-cells.yaml").read_text()
EXAMPLES = sorted((HERE.parents[1] / "examples" / "network" / "mbr").glob("*.yaml"))
BAD = yaml.safe_load((HERE / "bad_mbrs.yaml").read_text())


def test_the_good_one_loads() -> None:
    loaded = load_mbr(GOOD.encode(), "washed-cells.yaml")
    assert loaded.mbr.version == "7"
    assert len(loaded.digest) == 64


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_load_and_compile(path: Path) -> None:
    tables = limit_tables(load_mbr(path.read_bytes(), path.name).mbr)
    assert {name: table.schema for name, table in tables.items()} == LIMIT_TABLES
    assert not set(tables) & set(TABLES)


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_a_fault_is_refused_with_its_code_and_line(case: dict[str, str]) -> None:
    assert GOOD.count(case["old"]) == 1, "the place that the case changes is unique"
    with pytest.raises(Refused) as raised:
        load_mbr(GOOD.replace(case["old"], case["new"]).encode(), "bad.yaml")
    line = case.get("line", GOOD[: GOOD.index(case["old"])].count("\n") + 1)
    found = {(refusal.code, refusal.where.split(" ")[0]) for refusal in raised.value.refusals}
    assert (case["code"], f"bad.yaml:{line}") in found


def test_all_faults_come_at_once() -> None:
    text = GOOD.replace("unit: kg", "unit: kilos").replace("accepted: [clear]", "accepted: [milky]")
    text = text.replace("max_gap: PT45M", "max_gap: PT10M")
    with pytest.raises(Refused) as raised:
        load_mbr(text.encode(), "bad.yaml")
    assert {refusal.code for refusal in raised.value.refusals} == {
        "mbr.unit_unknown", "mbr.accepted_not_a_choice", "mbr.limits_inverted",
    }  # fmt: skip


def test_digits_and_layout_do_not_change_the_identity_but_meaning_does() -> None:
    one = load_mbr(GOOD.encode(), "a")
    same = load_mbr(f"# a comment\n{GOOD}".encode(), "b")
    other = load_mbr(GOOD.replace("high: 7.50", "high: 7.60").encode(), "c")
    assert one.digest == same.digest != other.digest


def test_limits_keep_the_digits_they_were_written_with() -> None:
    table = limit_tables(load_mbr(GOOD.encode(), "a").mbr)["limit_parameter"].to_pylist()
    ph = next(row for row in table if row["parameter"] == "up/op/wash/ph")
    assert (ph["action_low"], ph["action_high"], ph["action_text"]) == (6.8, 7.5, "6.80 to 7.50 [pH]")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_changed_is_loaded_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD) - 1))
    length = data.draw(st.integers(0, 20))
    put = data.draw(st.text(max_size=12))
    try:
        load_mbr((GOOD[:start] + put + GOOD[start + length :]).encode("utf-8", "surrogatepass"), "fuzz")
    except Refused as refused:
        if not all(refusal.code and refusal.what for refusal in refused.refusals):
            raise AssertionError(refused.refusals) from refused


def test_a_policy_that_accepts_without_justification_is_refused() -> None:
    text = (
        'format: onelot-policy/1\nid: p\nversion: "1"\ntitle: t\n'
        "auto_accept: [{check: RNG-ACTION, justification: ok}]\n"
    )
    with pytest.raises(Refused, match=r"policy\.string_too_short"):
        load_policy(text.encode(), "p.yaml")
