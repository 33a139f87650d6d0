"""``onelot review``: read records, print their exceptions. No server, no database, no set-up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onelot.cli.inputs import Mappings, read_files, read_mappings, read_policy

if TYPE_CHECKING:
    from onelot.review.baseline import Baseline
    from onelot.review.engine import Reviewer
    from onelot.review.verdict import Verdict

app = typer.Typer(add_completion=False)


@app.command()
def review(
    records: Annotated[
        list[Path] | None,
        typer.Argument(
            exists=True,
            help="Records of lots and of their sites: B2MML, onelot JSON, CSV, XLSX; or folders of them.",
        ),
    ] = None,
    *,
    mbr: Annotated[
        Path, typer.Option("--mbr", exists=True, dir_okay=False, help="The master batch record (YAML).")
    ],
    policy: Annotated[
        Path | None,
        typer.Option(
            "--policy", exists=True, dir_okay=False, help="The review policy; else onelot's default."
        ),
    ] = None,
    mapping: Mappings = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", exists=True, dir_okay=False, help="What the process usually gives."),
    ] = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Review what the ledger holds, and record the review in it.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--lot", help="Print this lot only; repeatable. All are reviewed.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The verdict as canonical JSON: same input, same bytes.")
    ] = False,
    as_html: Annotated[bool, typer.Option("--html", help="The verdict as one HTML page.")] = False,
) -> None:
    """Compare records with what was allowed and print the exceptions, with their evidence.

    Give a lot's record together with the record of its site (training, equipment, material lots): a check that
    lacks it says that it could not run. With --ledger give no records: the lots of the MBR in the ledger are reviewed,
    and the review is recorded there; MBR and policy must be approved. Exit status: 0 no exception waits for a person,
    1 some do, 2 something could not be read.
    """
    from onelot.recipes.document import load_mbr
    from onelot.review.engine import Reviewer

    if as_json and as_html:
        raise typer.BadParameter("give --json or --html, not both")
    if bool(records) == ledger:
        raise typer.BadParameter("give records, or --ledger")
    loaded = load_mbr(mbr.read_bytes(), str(mbr))
    reviewer = Reviewer(loaded, read_policy(policy), _baseline(baseline))
    verdict, names = (
        _from_ledger(reviewer, loaded.mbr.id) if ledger else _from_files(reviewer, records or [], mapping)
    )
    if only:
        verdict = _narrowed(verdict, only)
    if as_json:
        from onelot.kernel.canonical import canonical

        sys.stdout.buffer.write(canonical(verdict) + b"\n")
    else:
        from onelot.review.report import html_report, text_report

        render = html_report if as_html else text_report
        sys.stdout.write(render(verdict, names))
    if not verdict.lots:
        raise _no_lot(records)
    raise typer.Exit(1 if any(lot.held for lot in verdict.lots) else 0)


def _from_files(
    reviewer: Reviewer, records: list[Path], mapping: list[Path] | None
) -> tuple[Verdict, dict[str, str]]:
    from onelot.facts.build import fact_tables
    from onelot.intake.collecting import collect

    collected = collect(read_files(records), read_mappings(mapping))
    return reviewer.review(fact_tables(collected.sourced)), collected.names


def _from_ledger(reviewer: Reviewer, mbr: str) -> tuple[Verdict, dict[str, str]]:
    from onelot.intake.events import DocumentReceived
    from onelot.ledger.query import Query
    from onelot.review.service import review_ledger
    from onelot.settings.stores import open_evidence, open_ledger

    ledger = open_ledger()
    verdict = review_ledger(ledger, open_evidence(), reviewer, mbr)
    received = (entry.event for entry in ledger.read(Query(types=(DocumentReceived,))))
    return verdict, {event.document: event.name for event in received if isinstance(event, DocumentReceived)}


def _baseline(path: Path | None) -> Baseline | None:
    if path is None:
        return None
    from onelot.review.baseline import load_baseline

    return load_baseline(path.read_bytes(), str(path))


def _narrowed(verdict: Verdict, lots: list[str]) -> Verdict:
    import msgspec

    from onelot.kernel.refusals import refuse

    wanted = tuple(lot for lot in verdict.lots if lot.lot in lots)
    missing = sorted({*lots} - {lot.lot for lot in wanted})
    if missing:
        raise refuse(
            "review.lot_unknown", "The records say nothing about a lot that was asked for.",
            expected=", ".join(lot.lot for lot in verdict.lots[:10]), got=", ".join(missing),
        )  # fmt: skip
    return msgspec.structs.replace(verdict, lots=wanted)


def _no_lot(records: list[Path] | None) -> Exception:
    from onelot.kernel.refusals import refuse

    return refuse(
        "review.no_lot", "Nothing is stated about any lot, so there is nothing to review.",
        where=", ".join(map(str, records or ())) or "the ledger", expected="at least one record of a lot",
        hint="A site's record alone says only who was trained and which equipment was valid.",
    )  # fmt: skip
