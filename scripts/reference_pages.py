"""Write the reference pages that are made from the code: checks, fact tables, schemas. ``--check`` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from onelot.disposition.states import diagram
from onelot.facts.page import facts_page
from onelot.intake.schemas import mapping_schema, record_schema
from onelot.recipes.schemas import json_schema
from onelot.recipes.states import diagram as document_diagram
from onelot.review.pages import check_pages
from onelot.settings.page import configuration_page

DOCS = Path("docs")


def pages() -> dict[Path, str]:
    """Every generated file with its text."""
    schemas = {
        "mbr": json_schema("mbr"),
        "policy": json_schema("policy"),
        "record": record_schema(),
        "mapping": mapping_schema(),
    }
    files = {DOCS / "checks" / name: text for name, text in check_pages().items()}
    files[DOCS / "reference" / "facts.md"] = facts_page()
    files[DOCS / "reference" / "disposition-states.md"] = diagram()
    files[DOCS / "reference" / "document-states.md"] = document_diagram()
    files[DOCS / "operations" / "configuration.md"] = configuration_page()
    for name, schema in schemas.items():
        files[DOCS / "reference" / f"{name}.schema.json"] = (
            json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        )
    return files


def main() -> int:
    """Write what differs, or with ``--check`` say so; 1 if something differs."""
    wanted = pages()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    stale += [path for path in (DOCS / "checks").glob("*.md") if path not in wanted]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path} is out of date: run `make docs`")
        return int(bool(stale))
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    print(f"{len(wanted)} pages, {len(stale)} made anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
