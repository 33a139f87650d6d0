"""Pages that are made from the code say what the code says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from scripts.reference_pages import pages

ROOT = Path(__file__).parents[2]


def test_every_generated_page_is_up_to_date() -> None:
    stale = [str(path) for path, text in pages().items() if (ROOT / path).read_text("utf-8") != text]
    assert not stale, "run `make docs`"
    made = {ROOT / path for path in pages()}
    assert {*(ROOT / "docs" / "checks").glob("*.md")} <= made


def schema(name: str) -> dict[str, object]:
    return json.loads((ROOT / "docs" / "reference" / f"{name}.schema.json").read_text())


@pytest.mark.parametrize("name", ["mbr", "policy", "record", "mapping"])
def test_a_published_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples/network/mappings").glob("*.yaml")), ids=lambda p: p.stem
)
def test_example_mappings_follow_the_published_schema(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text()), schema("mapping"))


@pytest.mark.parametrize("path", sorted((ROOT / "examples/network/mbr").glob("*.yaml")), ids=lambda p: p.stem)
def test_example_mbrs_follow_the_published_schema(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    document["effective_from"] = str(document["effective_from"])  # YAML makes a date of it, editors do not
    jsonschema.validate(document, schema("mbr"))
