"""What the documents show works as they say."""

from __future__ import annotations

import re
from pathlib import Path

from onelot.execution.events import ParameterRecorded, ResultReported
from onelot.intake.tabular import read_table
from onelot.intake.tabular.mapping import load_mapping
from onelot.kernel.events import Event

DOCS = Path(__file__).parents[2] / "docs"


def _events(number: int) -> list[Event]:
    """What the n-th table of the page on tables says, read by the mapping below it."""
    text = (DOCS / "intake" / "tabular.md").read_text()
    table = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)[number]
    mapping = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[number]
    found = read_table(table.encode(), "t.csv", [load_mapping(mapping.encode(), "m.yaml")])
    return [extract.event for extract in found.extracts]


def test_the_first_table_of_the_page_on_tables() -> None:
    events = _events(0)
    assert all(isinstance(event, ParameterRecorded) for event in events)
    said = [(e.parameter, e.value, e.unit, e.status) for e in events if isinstance(e, ParameterRecorded)]
    assert said == [
        ("temperature", "37.0", "Cel", "recorded"),
        ("viability", "<0.5", "%", "recorded"),
        ("clumps", "", "", "not_applicable"),
    ]


def test_the_wide_table_of_the_page_on_tables() -> None:
    said = [(e.lot, e.test, e.value, e.unit) for e in _events(1) if isinstance(e, ResultReported)]
    assert said == [
        ("L-1", "viability", "92.5", "%"),
        ("L-1", "endotoxin", "<0.5", "[EU]/mL"),
        ("L-2", "endotoxin", "0.7", "[EU]/mL"),
    ]


def test_every_code_of_a_refused_table_is_on_the_page() -> None:
    page = (DOCS / "intake" / "tabular.md").read_text()
    source = "".join(path.read_text() for path in (DOCS.parent / "onelot/intake/tabular").glob("*.py"))
    codes = {
        *re.findall(r"intake\.table\.([a-z_]+)", source),
        *re.findall(r"_?fault(?:s\.add)?\(\s*\"([a-z_]+)\"", source),
    }
    assert {"bomb", "formula", "ragged"} < codes
    assert not {code for code in codes if f"`{code}`" not in page}
