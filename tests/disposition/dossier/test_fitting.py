"""What is said of a line's width and of a row's height before printing is what Typst sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.disposition.dossier.blocks import table
from onelot.disposition.dossier.fitting import advances, fitted

MEASURE = """
#set text(font: "Libertinus Serif", size: 1000pt, kerning: false, ligatures: false, fallback: false)
#set par(leading: 0.4em)
#context [
  #let wide(c) = measure("x" + c + "x").width.pt() - measure("xx").width.pt()
  #metadata(json("characters.json").map(c => (c, wide(c)))) <widths>
  #metadata((measure([H]).height.pt(), measure([H\\ H]).height.pt())) <heights>
]
"""


def measured(folder: Path) -> tuple[dict[str, float], list[float]]:
    (folder / "characters.json").write_text(json.dumps([*advances()]))
    (folder / "measure.typ").write_text(MEASURE)
    compiler = typst.Compiler(input=folder / "measure.typ", root=folder, ignore_system_fonts=True)
    widths, heights = (
        json.loads(compiler.query(f"<{name}>", field="value", one=True)) for name in ("widths", "heights")
    )
    return dict(widths), heights


def test_the_widths_are_those_of_the_font(tmp_path: Path) -> None:
    widths, heights = measured(tmp_path)
    assert {c: round(width) for c, width in widths.items()} == advances()
    assert len(advances()) > 300
    assert (round(heights[0], 1), round(heights[1], 1)) == (658.0, 2 * 658.0 + 400.0)
    assert 7.6 * 0.658 < 5.01


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80), st.integers(8, 160))
def test_a_line_is_called_fitting_only_where_it_fits(text: str, width: int) -> None:
    shown, lines = fitted(text, width)
    assert shown.replace("\u200b", "") == fitted(text, 100_000)[0].replace("\u200b", "")
    if lines:
        longest = max(sum(advances()[c] for c in line) for line in shown.split("\n"))
        assert longest * 7.6 / 1000 <= width * 72 / 25.4 - 4
        assert lines == shown.count("\n") + 1


@pytest.mark.parametrize(("cells", "lines"), [
    (("1", "short"), 1), (("1", "two\nlines"), 2), (("1", "long " * 40), 0), (("1", "✓ a sign of another font"), 0),
    (("1", "f" * 3000), 0),
])  # fmt: skip
def test_a_row_has_a_height_where_all_its_cells_fit(cells: tuple[str, str], lines: int) -> None:
    assert table((("Entry", 14), ("What", 60)), [cells])["lines"] == [lines]
