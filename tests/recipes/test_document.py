"""Master batch records: good ones load, bad ones say where and what, all at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from onelot.facts.schema import TABLES
from onelot.kernel.refusals import Refused
from onelot.kernel.yaml_lines import read_yaml
from onelot.recipes.compile import limit_tables
from onelot.recipes.document import load_mbr, load_policy
from onelot.recipes.limits import LIMIT_TABLES
from onelot.recipes.model import MasterBatchRecord

HERE = Path(__file__).parent
GOOD = (HERE / "golden" / "washed-cells.yaml").read_text()
EXAMPLES = sorted((HERE.parents[1] / "examples" / "network" / "mbr").glob("*.yaml"))
BAD = yaml.safe_load((HERE / "bad_mbrs.yaml").read_text())
ONLY_ALONE = {"yaml.not_well_formed", "yaml.one_document"}
"""Codes of what leaves no document in which to look for other faults."""
COMPARED = {
    ("not a number", "alert wider than action"),
    ("not a number", "action wider than plausible"),
    ("not a number", "target outside"),
    ("limits inverted", "action wider than plausible"),
    ("an unknown predecessor", "phases in a circle"),
    ("an alias", "an unknown training"),
}
"""Pairs of which the first changes what the second is a fault beside."""


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


@pytest.mark.parametrize("sign", ["[", "{a: ", "- "])
def test_what_is_nested_without_end_is_refused_and_ends_no_process(sign: str) -> None:
    with pytest.raises(Refused, match=r"yaml\.too_deep"):
        load_mbr(sign.encode() * 100_000, "deep.yaml")


def test_all_faults_come_at_once() -> None:
    text = GOOD.replace("unit: kg", "unit: kilos").replace("accepted: [clear]", "accepted: [milky]")
    text = text.replace("max_gap: PT45M", "max_gap: PT10M")
    with pytest.raises(Refused) as raised:
        load_mbr(text.encode(), "bad.yaml")
    assert {refusal.code for refusal in raised.value.refusals} == {
        "mbr.unit_unknown", "mbr.accepted_not_a_choice", "mbr.limits_inverted",
    }  # fmt: skip


def refusals_of(text: str) -> set[tuple[str, str]]:
    """Code and path in the document of every refusal; lines differ with what stands above."""
    with pytest.raises(Refused) as raised:
        load_mbr(text.encode(), "bad.yaml")
    return {(refusal.code, refusal.where.partition(" ")[2]) for refusal in raised.value.refusals}


TWO_FAULTS = [
    (one, other)
    for one, other in combinations([case for case in BAD if case["code"] not in ONLY_ALONE], 2)
    if GOOD.replace(one["old"], one["new"]).count(other["old"]) == 1
    and GOOD.replace(other["old"], other["new"]).count(one["old"]) == 1
    and (one["name"], other["name"]) not in COMPARED
]


@pytest.mark.parametrize("names", TWO_FAULTS, ids=lambda two: f"{two[0]['name']} and {two[1]['name']}")
def test_of_two_faults_none_hides_the_other_or_makes_a_third(names: tuple[dict[str, str], ...]) -> None:
    alone = [refusals_of(GOOD.replace(case["old"], case["new"])) for case in names]
    text = GOOD
    for case in names:
        text = text.replace(case["old"], case["new"])
    assert refusals_of(text) == alone[0] | alone[1]


def paths_of(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, item in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else [])
    ):
        yield (*path, key)
        yield from paths_of(item, (*path, key))


PLAIN = read_yaml(GOOD.replace("max_gap: PT45M", "max_gap: PT10M").encode(), "good").value


@pytest.mark.parametrize("put", [{"x": "y"}, "?", None], ids=["mapping", "text", "nothing"])
@pytest.mark.parametrize("path", [*paths_of(PLAIN)], ids=lambda path: "/".join(map(str, path)))
def test_a_wrong_shape_is_told_at_its_place_and_hides_no_fault_elsewhere(
    path: tuple[str | int, ...], put: object
) -> None:
    value = json.loads(json.dumps(PLAIN))
    around = value
    for step in path[:-1]:
        around = around[step]
    around[path[-1]] = put
    found = refusals_of(json.dumps(value))
    here = "/".join(str(step + 1) if isinstance(step, int) else step for step in path)
    other = ("mbr.limits_inverted", "(series/1/max_gap)")
    if path[0] != "series":
        assert other in found
    try:
        MasterBatchRecord.model_validate(value)
    except ValidationError:
        told = {where.strip("()") for _, where in found - {other}}
        assert all(f"{where}/".startswith(f"{here}/") for where in told)


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
