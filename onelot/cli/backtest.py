"""``onelot backtest``: a whole archive under a new policy or MBR."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from onelot.review.archive import Reviewers
    from onelot.review.backtest import Change, LotComparison, Summary
    from onelot.review.decisions import ClosedLot
    from onelot.review.qualification import Figures
    from onelot.review.statistics import Rate

app = typer.Typer(add_completion=False)


@app.command()
def backtest(
    *,
    policy: Annotated[
        Path,
        typer.Option("--policy", exists=True, dir_okay=False, help="The review policy to try."),
    ],
    mbr: Annotated[
        list[Path],
        typer.Option(
            "--mbr", exists=True, dir_okay=False, help="Master batch record to try; repeat for more."
        ),
    ],
    archive: Annotated[
        Path,
        typer.Option(
            "--archive", exists=True, file_okay=False, help="Folder written by 'onelot facts write'."
        ),
    ],
    old_policy: Annotated[
        Path | None,
        typer.Option(
            "--old-policy", exists=True, dir_okay=False, help="What to compare with; else --policy."
        ),
    ] = None,
    old_mbr: Annotated[
        list[Path] | None,
        typer.Option("--old-mbr", exists=True, dir_okay=False, help="What to compare with; else --mbr."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            exists=True,
            dir_okay=False,
            help="What people decided about closed lots; else decisions.json in the archive.",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON document a line: each lot that changes, then the summary."),
    ] = False,
) -> None:
    """Re-review an archive: which lots and exceptions change, and how well people's findings are found.

    Nothing is appended or changed. Exit status: 0 no lot changes, 1 some do or could not be reviewed,
    2 input that cannot be read.
    """
    from onelot.facts.archive import Archive
    from onelot.review.backtest import Backtest

    opened = Archive.open(archive)
    opened.verify()
    old = _reviewers(old_mbr or mbr, old_policy or policy) if old_policy or old_mbr else None
    test = Backtest(old=old, new=_reviewers(mbr, policy), decisions=_decisions(archive, decisions))
    for compared in test.run(opened):
        if compared.differs:
            _print_json("lot", compared) if as_json else _print_lot(compared)
    summary = test.summary()
    _print_json("summary", summary) if as_json else _print_summary(summary, compared=old is not None)
    raise typer.Exit(0 if summary.same else 1)


def _reviewers(mbrs: list[Path], policy: Path) -> Reviewers:
    from onelot.recipes.document import load_mbr, load_policy
    from onelot.review.archive import Reviewers

    return Reviewers(
        [load_mbr(path.read_bytes(), str(path)) for path in mbrs],
        load_policy(policy.read_bytes(), str(policy)),
    )


def _decisions(archive: Path, given: Path | None) -> dict[str, ClosedLot]:
    from onelot.review.decisions import load_decisions

    path = given or archive / "decisions.json"
    return load_decisions(path.read_bytes(), str(path)) if path.exists() else {}


def _print_json(kind: str, document: LotComparison | Summary) -> None:
    import msgspec

    print(msgspec.json.encode({kind: document}, order="sorted").decode())


def _print_lot(compared: LotComparison) -> None:
    if compared.not_reviewed:
        print(f"{compared.lot}: not reviewed: {compared.not_reviewed}")
        return
    before, after = ("held" if held else "not held" for held in (compared.held_before, compared.held_after))
    print(f"{compared.lot}: {before}" if before == after else f"{compared.lot}: {before}, now {after}")
    for change in compared.changes:
        print(f"  {_change(change)}")


def _change(change: Change) -> str:
    of = f"{change.check} {change.variant}, {change.subject}"
    if change.before is None:
        assert change.after is not None
        return f"appears   {of}: {change.after.severity}; {change.after.sentence}"
    if change.after is None:
        return f"vanishes  {of}: {change.before.severity}; {change.before.sentence}"
    told = []
    for name, one, other in (
        ("severity", change.before.severity, change.after.severity),
        ("accepted because", change.before.accepted_because or "-", change.after.accepted_because or "-"),
        ("expected", change.before.expected, change.after.expected),
    ):
        if one != other:
            told.append(f"{name} {one}, now {other}")
    return f"changes   {of}: {'; '.join(told)}"


def _print_summary(summary: Summary, *, compared: bool) -> None:
    print(
        f"{summary.lots} lots reviewed, {summary.lots_not_reviewed} not reviewed; "
        f"{summary.lots_of_another_version} were made after another version of their master batch record"
    )
    if compared:
        print(
            f"{summary.lots_changed} lots change: {summary.newly_held} newly held, "
            f"{summary.no_longer_held} no longer held; held {summary.held_before}, now {summary.held_after}; "
            f"exceptions {summary.findings_before}, now {summary.findings_after}"
        )
        _print_checks(summary)
    else:
        print(f"held {summary.held_after}; exceptions {summary.findings_after}")
    if not summary.decided_lots:
        print("no human decisions are known for these lots: sensitivity and specificity cannot be told")
        return
    print(f"\nagainst what people decided on {summary.decided_lots} closed lots (95 % exact intervals)")
    if summary.decided_lots_absent:
        print(f"decided but not reviewed here: {', '.join(summary.decided_lots_absent)}")
    if compared:
        _print_figures("before", summary.before)
    _print_figures("after" if compared else "", summary.after)


def _print_checks(summary: Summary) -> None:
    rows = [
        (check, *map(str, (c.ran_before, c.ran_after, c.appears, c.vanishes, c.changes)))
        for check, c in sorted(summary.checks.items())
        if c.appears or c.vanishes or c.changes or c.ran_before != c.ran_after
    ]
    if rows:
        _print_table(("check", "ran in lots", "now", "appear", "vanish", "change"), rows)


def _print_figures(title: str, figures: tuple[Figures, ...]) -> None:
    rows = [
        (
            "all lots" if item.by == "all" else item.name or "(found by reading)",
            _rate(item.sensitivity),
            f"{item.sensitivity.at_least:.1%}" if item.sensitivity.trials else "",
            _rate(item.specificity),
            _rate(item.precision),
            str(item.undecided),
        )
        for item in figures
    ]
    _print_table((title, "sensitivity", "proved", "specificity", "precision", "undecided"), rows)


def _rate(rate: Rate) -> str:
    if rate.value is None:
        return "unknown"
    return f"{rate.hits}/{rate.trials} {rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def _print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    print()
    for row in (head, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
