"""The house rules find what they are there to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import house_rules


def test_a_long_function_and_a_long_file_are_named(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("def f():\n" + "    x = 1\n" * 90 + "y = 2\n" * 450)
    faults = "\n".join(house_rules.size_faults([long]))
    assert "long.py:1 f: 91 lines" in faults
    assert "long.py: 541 lines" in faults


@pytest.mark.parametrize(
    "line", ["see https:" + "//pypi.org/simple", "--index-" + "url=x", "path = '/" + "root/secret'"]
)
def test_an_address_or_a_machine_path_is_named(line: str, tmp_path: Path) -> None:
    text = tmp_path / "text.md"
    text.write_text(f"fine\n{line}\n")
    assert house_rules.text_faults([text])[0].startswith(f"{text}:2:")


def test_plain_text_has_no_fault(tmp_path: Path) -> None:
    text = tmp_path / "text.md"
    text.write_text("A plain line with https://example.org/ in it.\n")
    assert house_rules.text_faults([text]) == []
