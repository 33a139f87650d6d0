"""The reference page of each check, made from the header of its SQL file, so that page and check agree."""

from __future__ import annotations

from collections.abc import Iterator

from onelot.review.checks import catalogue
from onelot.review.headers import Check, Variant

INDEX = "index.md"
_SQL = "onelot/review/checks"
_CASES = "tests/review/cases"


def check_pages() -> dict[str, str]:
    """Name of the file to its Markdown, with the index of all checks."""
    checks = sorted(catalogue(), key=lambda check: check.id)
    pages = {f"{check.id}.md": "\n".join(_page(check)) for check in checks}
    pages[INDEX] = "\n".join(_index(checks))
    return pages


def _index(checks: list[Check]) -> Iterator[str]:
    yield "# Checks\n"
    yield f"Every check compares facts with what was allowed. There are {len(checks)}."
    yield "Each is one SQL file, one page here, and one table of good and bad records.\n"
    yield "A verdict lists every check, also those that found nothing, had nothing to check, or could not run."
    yield "A check that could not run is itself a finding, `ENG-COULD-NOT-RUN`.\n"
    yield "| check | finds | serves |\n|---|---|---|"
    for check in checks:
        yield f"| [{check.id}]({check.id}.md) | {check.title} | {check.clause} |"
    yield ""


def _page(check: Check) -> Iterator[str]:
    yield f"# {check.id}: {check.title}\n"
    yield f"Serves {check.clause}.\n"
    yield f"{check.explains}\n"
    for needs in check.needs:
        yield f"**Could not run** where {needs.why}.\n"
    yield "## What it says\n\n| variant | severity | sentence |\n|---|---|---|"
    for name, variant in check.variants.items():
        yield f"| `{name}` | {_severity(variant)} | {variant.sentence} |"
    yield "\nA review policy may set other severities.\n\n## What it reads\n"
    yield f"Facts: {_listed(check.reads)}. Limits: {_listed(check.limits)}. Shared steps: {_listed(check.steps)}.\n"
    yield f"The statement is `{_SQL}/{check.file}.sql`, its good and bad records are `{_CASES}/{check.file}.yaml`.\n"


def _severity(variant: Variant) -> str:
    """One word, or one for each criticality where they differ."""
    words = {*variant.severity.values()}
    if len(words) == 1:
        return words.pop()
    return ", ".join(f"{criticality} {severity}" for criticality, severity in variant.severity.items())


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
