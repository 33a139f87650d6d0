"""``onelot mbr``: check, show and compare master batch records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Check, show and compare master batch records."
)

_File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A master batch record (YAML).")]
_Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Master batch records.")]
_ORDER = ("allows", "forbids", "changes")
_HEADINGS = {
    "allows": "Allowed now, and not before",
    "forbids": "Allowed before, and not now",
    "changes": "Other changes",
}


@app.command()
def check(
    mbr: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Master batch records.")],
) -> None:
    """Find every fault of master batch records, with its line. Exit status 2 if there is one."""
    from onelot.kernel.refusals import Refusal, Refused
    from onelot.recipes.document import load_mbr

    faults: list[Refusal] = []
    for path in mbr:
        try:
            loaded = load_mbr(path.read_bytes(), str(path))
        except Refused as refused:
            faults += refused.refusals
        else:
            print(f"{path}: {loaded.mbr.id} version {loaded.mbr.version} is sound, {loaded.digest}")
    if faults:
        raise Refused(faults)


@app.command()
def show(mbr: _File) -> None:
    """Print what a master batch record asks for, phase by phase."""
    from onelot.recipes.document import load_mbr
    from onelot.recipes.outline import outline

    loaded = load_mbr(mbr.read_bytes(), str(mbr))
    print(f"{loaded.mbr.title}\n{loaded.mbr.id} version {loaded.mbr.version}, {loaded.digest}\n")
    for line in outline(loaded.mbr):
        print(line)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The version before.")],
    new: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The version after.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False,
) -> None:
    """Show what a new version allows that the old one did not, and the reverse.

    Exit status: 0 no rule differs, 1 some do, 2 a document cannot be read.
    """
    from onelot.recipes.diff import diff as differences
    from onelot.recipes.document import load_mbr

    found = differences(load_mbr(old.read_bytes(), str(old)).mbr, load_mbr(new.read_bytes(), str(new)).mbr)
    if as_json:
        import msgspec

        print(msgspec.json.encode(found).decode())
    else:
        for direction in _ORDER:
            group = [item for item in found if item.direction == direction]
            if group:
                print(f"{_HEADINGS[direction]} ({len(group)})")
            for item in group:
                print(f"  {item.rule}: {item.before or 'nothing'} -> {item.after or 'nothing'}")
        if not found:
            print("No rule differs.")
    raise typer.Exit(1 if found else 0)


@app.command()
def approve(
    document: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A master batch record or policy.")
    ],
    *,
    prepared_by: Annotated[str, typer.Option("--prepared-by", help="Who wrote it.")],
    reviewed_by: Annotated[str, typer.Option("--reviewed-by", help="Who checked it: somebody else.")],
    approved_by: Annotated[str, typer.Option("--approved-by", help="Who approved it: a third person.")],
    reason: Annotated[
        str, typer.Option("--reason", help="What the approval means, for example the change request.")
    ],
) -> None:
    """Record an approval that three people signed elsewhere; the document's content cannot change then.

    On the site people sign in onelot itself; see Documents there.
    """
    from onelot.recipes.approval import approve as record
    from onelot.settings.stores import open_evidence, open_ledger

    event = record(
        open_ledger(), open_evidence(), document.read_bytes(), str(document), prepared_by=prepared_by,
        reviewed_by=reviewed_by, approved_by=approved_by, reason=reason,
    )  # fmt: skip
    print(f"{event.id} version {event.version} approved by {event.approved_by}, {event.digest}")


@app.command("list")
def list_approved() -> None:
    """Every master batch record and policy that may be used for reviews now, in order of approval."""
    from onelot.settings.stores import open_ledger

    open_ledger()
    from onelot.recipes.documents.models import Version

    for found in Version.objects.filter(state="approved").order_by("approval"):
        assert found.approved_at is not None, "an approved version has a time of approval"
        at = found.approved_at.isoformat(timespec="seconds")
        print(
            f"{at}  {found.kind:<6}  {found.document_id} {found.version}  {found.digest[:12]}  by {found.approved_by}"
        )


@app.command()
def schema(
    document: Annotated[str, typer.Argument(help="mbr or policy.")] = "mbr",
) -> None:
    """Print the JSON Schema of a master batch record or of a review policy, for editors."""
    import json

    from onelot.recipes.schemas import DOCUMENTS, json_schema

    if document not in DOCUMENTS:
        raise typer.BadParameter(f"one of {', '.join(DOCUMENTS)}")
    print(json.dumps(json_schema(document), indent=1))
