"""What a head of quality wants to read first, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from onelot.review.summary import SEVERITIES, Effort, Summary, Tally


def print_summary(summary: Summary, effort: Effort) -> None:
    """Lots, exceptions and why, and the reviewers' time, with the assumptions behind it."""
    passed = summary.lots - summary.held
    covered = summary.covered / summary.items if summary.items else 0.0
    _pairs(
        [
            ("Lots read", f"{summary.lots}"),
            ("Data points checked", f"{summary.data_points:,}"),
            ("Record content under a rule", f"{covered:.2%}"),
            ("Lots that need nobody", f"{passed} ({_share(passed, summary.lots)})"),
            ("  of them without any exception", f"{summary.without_finding}"),
            ("Lots held for a person", f"{summary.held} ({_share(summary.held, summary.lots)})"),
            ("Exceptions for people", f"{summary.findings}; {summary.accepted} more accepted by the policy"),
            ("Checks that could not run", f"{summary.could_not_run}"),
            (
                "Review time needed",
                f"{_hours(summary.minutes)} instead of {_hours(summary.minutes_reading_everything)}",
            ),
        ]
    )
    print(
        f"  (assumed minutes: {effort.critical} for a critical exception, {effort.major} major, {effort.minor} minor, "
        f"{effort.information} information; {effort.whole_record} to read a whole record)"
    )
    _table(("Severity", "Exceptions"), [(name, str(summary.by_severity.get(name, 0))) for name in SEVERITIES])
    _table(
        ("Site", "Lots", "Held", "Exceptions"),
        [
            (name or "not named", str(tally.lots), str(tally.held), str(tally.findings))
            for name, tally in sorted(summary.by_site.items())
        ],
    )
    _table(
        ("Check", "Lots", "Exceptions"),
        [(name, str(tally.lots), str(tally.findings)) for name, tally in _most(summary.by_check)],
    )


def _most(tallies: dict[str, Tally]) -> Iterable[tuple[str, Tally]]:
    return sorted(tallies.items(), key=lambda item: (-item[1].lots, -item[1].findings, item[0]))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"


def _hours(minutes: int) -> str:
    return f"{minutes / 60:,.0f} h" if minutes >= 600 else f"{minutes / 60:,.1f} h"


def _pairs(pairs: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        print(f"{name:<{width}}  {value}")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    print()
    for row in (head, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  ".join(cells).rstrip())


def progress(text: str, done: int, of: int) -> None:
    """One line that counts up on a terminal, one line in the end elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{text:<40} {done:>5} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
    elif done == of:
        print(f"{text:<40} {of:>5}", file=sys.stderr)
