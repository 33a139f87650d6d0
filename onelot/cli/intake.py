"""``onelot intake``: take files into the ledger, and see what became of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated

import typer

from onelot.cli.inputs import Mappings, read_files, read_mappings
from onelot.kernel.refusals import Refusal, told

if TYPE_CHECKING:
    from onelot.intake.service import Receipt

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Take records into the ledger; the originals are kept."
)


@app.command()
def take(
    files: Annotated[list[Path], typer.Argument(exists=True, help="Files, or folders of files.")],
    *,
    mapping: Mappings = None,
) -> None:
    """Take files in, each whole or not at all.

    The same file twice changes nothing; a file that corrects an earlier one replaces its facts and leaves a trail.
    Exit status: 0 all taken or known, 2 some refused (they are kept, with why).
    """
    from onelot.intake.service import Intake
    from onelot.settings.stores import open_evidence, open_ledger

    intake = Intake(open_ledger(), open_evidence(), read_mappings(mapping))
    refused = 0
    for name, data in read_files(files):
        receipt = intake.receive(data, name)
        print(receipt_text(receipt))
        refused += receipt.outcome == "refused"
    raise typer.Exit(2 if refused else 0)


def receipt_text(receipt: Receipt) -> str:
    """What became of a file, in words."""
    head = f"{receipt.outcome:<8} {receipt.name}  {receipt.document[:12]}"
    if receipt.outcome == "refused":
        return f"{head}\n{indent(told(receipt.refusals), '  ')}"
    if receipt.outcome == "known":
        return f"{head}  was taken before; nothing changes"
    changed = f", {receipt.changes} changes to what it corrects" if receipt.changes else ""
    lots = ", ".join(receipt.lots) or "a site's record"
    return f"{head}  {receipt.facts} facts of {lots}{changed}"


@app.command("list")
def list_documents() -> None:
    """Every file that was received or refused, in order."""
    from onelot.intake.events import DocumentReceived, DocumentRefused
    from onelot.ledger.query import Query
    from onelot.settings.stores import open_ledger

    for entry in open_ledger().read(Query(types=(DocumentReceived, DocumentRefused))):
        event = entry.event
        at = entry.recorded_at.isoformat(timespec="seconds")
        if isinstance(event, DocumentReceived):
            state = f"corrects {event.supersedes[:12]}" if event.supersedes else "taken"
            print(f"{at}  {event.document[:12]}  {state:<22}  {event.facts:>6} facts  {event.name}")
        elif isinstance(event, DocumentRefused):
            print(
                f"{at}  {event.document[:12]}  {'refused':<22}  {len(event.refusals):>6} faults {event.name}"
            )


@app.command()
def show(document: Annotated[str, typer.Argument(help="Its SHA-256, or the beginning of it.")]) -> None:
    """Why a file was refused, or what a correction changed."""
    from onelot.intake.events import DocumentRefused, DocumentSuperseded
    from onelot.kernel.refusals import refuse
    from onelot.ledger.query import Query
    from onelot.settings.stores import open_ledger

    found = False
    for entry in open_ledger().read(Query(types=(DocumentRefused, DocumentSuperseded))):
        event = entry.event
        if isinstance(event, DocumentRefused) and event.document.startswith(document):
            found = True
            print(f"{event.name} was refused:")
            print(indent(told(Refusal(**refusal) for refusal in event.refusals), "  "))
        elif isinstance(event, DocumentSuperseded) and any(
            name.startswith(document) for name in (event.document, event.by_document)
        ):
            found = True
            print(f"lot {event.lot}: {event.document[:12]} was replaced by {event.by_document[:12]}:")
            for change in event.differences:
                print(
                    f"  {change.subject} {change.field}: {change.before or 'nothing'} -> {change.after or 'nothing'}"
                )
    if not found:
        raise refuse(
            "intake.document_unknown", "Nothing is known of that file beyond its facts.", got=document,
            hint="`onelot intake list` shows what was received.",
        )  # fmt: skip
