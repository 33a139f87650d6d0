"""``onelot ledger``: set up, sign, prove, export and verify the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onelot.kernel.refusals import refuse

if TYPE_CHECKING:
    from onelot.ledger.checkpoint import Checkpoint, VerificationKey
    from onelot.ledger.verifier import Report

app = typer.Typer(no_args_is_help=True, help="The ledger: everything that happened, provably unchanged.")

_KeyOption = Annotated[
    str, typer.Option("--key", metavar="VKEY", help="The ledger's verification key, or a file that holds it.")
]


@app.command()
def init() -> None:
    """Make the ledger's tables, or bring them up to date, and make its signing key and the key of seals.

    ONELOT_HOME names the folder (default: var); ONELOT_DATABASE_URL names a PostgreSQL database instead
    of the SQLite file in it.
    """
    from onelot.settings.stores import open_ledger, open_sealing_key, open_signing_key

    ledger = open_ledger(create=True)
    key = open_signing_key(create=True)
    open_sealing_key(create=True)
    print(f"The ledger holds {ledger.size()} entries.")
    print(f"Its verification key, for partners and inspectors: {key.verification}")


@app.command()
def rebuild() -> None:
    """Make every read model again from the ledger, for example after a restore. Nobody can write meanwhile.

    Pages read these; the ledger itself is not touched. Erased patients are erased again.
    """
    from onelot.settings.stores import open_ledger

    print(f"The read models were made again from {open_ledger().rebuild()} entries.")


@app.command()
def checkpoint(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead of printing it.")] = None,
) -> None:
    """Sign what the ledger is now: its size and the root of its Merkle tree (C2SP tlog-checkpoint).

    Give checkpoints away, to partners or witnesses: whoever holds one can find out later that entries before
    it were changed or cut off.
    """
    from onelot.ledger.publishing import publish
    from onelot.settings.stores import open_ledger, open_signing_key

    _write(out, publish(open_ledger(), open_signing_key()))


@app.command()
def proof(
    position: Annotated[int | None, typer.Argument(help="Ledger position of the entry to prove.")] = None,
    tag: Annotated[str, typer.Option(help="Prove all entries with this tag, for example lot:L-0001.")] = "",
    since: Annotated[
        Path | None, typer.Option(help="A checkpoint: prove that the ledger still begins with it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
) -> None:
    """Write proofs that anyone can check offline with `onelot ledger verify`.

    For each entry: POSITION.json, its bytes, and POSITION.tlog-proof (C2SP tlog-proof). With --since:
    consistency.txt, which is also what a witness wants (C2SP tlog-witness, add-checkpoint).
    """
    from onelot.ledger.query import Query
    from onelot.settings.stores import open_ledger

    if (position is None) + (not tag) + (since is None) != 2:
        raise refuse("ledger.proof_of_what", "Say what to prove.", expected="one of POSITION, --tag, --since")
    ledger = open_ledger()
    if since is not None:
        _prove_consistency(since, out)
        return
    if position is not None:
        positions = [position]
    else:
        positions = [entry.position for entry in ledger.read(Query((tag,)))]
    if not positions:
        raise refuse("ledger.nothing_to_prove", "No entry has this tag.", got=tag)
    _prove_entries(positions, out)
    print(f"Entries proved in {out}: {len(positions)}")


@app.command()
def export(folder: Annotated[Path, typer.Argument(help="The folder to write to, or to continue.")]) -> None:
    """Write the ledger as files: checkpoint, tiles and entries (C2SP tlog-tiles).

    Existing witnesses and monitors can read them; `onelot ledger verify FOLDER` needs no database.
    """
    from onelot.ledger.export import export as write_export
    from onelot.ledger.publishing import publish
    from onelot.settings.stores import open_ledger, open_signing_key

    ledger = open_ledger()
    print(f"{write_export(ledger, publish(ledger, open_signing_key()), folder)} entries exported to {folder}")


@app.command()
def verify(
    subject: Annotated[
        Path | None,
        typer.Argument(help="An exported folder, a .tlog-proof or a consistency.txt; none: the database."),
    ] = None,
    key: _KeyOption = "",
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept elsewhere; finds what was changed or cut off before it."),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar="VKEY", help="A witness that must have signed the checkpoint, too."),
    ] = None,
) -> None:
    """Check that nothing was changed, removed or cut off, and name the entries where it was.

    Exit status: 0 nothing found, 1 something is wrong, 2 could not be checked.
    """
    from onelot.ledger.checkpoint import VerificationKey

    keys = (_key(key, subject), *(VerificationKey.parse(text) for text in witness or ()))
    held = tuple(_open(path, keys) for path in checkpoint or ())
    if subject is None:
        report = _verify_database(keys, held)
    elif subject.is_dir():
        report = _verify_folder(subject, keys, held)
    else:
        _verify_proof(subject, keys, held)
        return
    for fault in report.faults:
        print(f"entry {fault.position}: {fault.what}" if fault.position else fault.what)
    if not held:
        print("No checkpoint from elsewhere was given: a history rewritten as a whole would not be found.")
    verdict = f"faults: {len(report.faults)}" if report.faults else "unchanged"
    print(f"{report.size} entries, root {report.root.hex()}; {verdict}")
    raise typer.Exit(1 if report.faults else 0)


def _verify_database(keys: tuple[VerificationKey, ...], held: tuple[Checkpoint, ...]) -> Report:
    from onelot.ledger.audit import audit
    from onelot.ledger.checkpoint import open_checkpoint
    from onelot.ledger.publishing import notes
    from onelot.settings.stores import open_ledger

    ledger = open_ledger()
    own = tuple(open_checkpoint(note, keys[0]) for note in notes(ledger))
    return audit((*own, *held), alias=ledger.alias)


def _verify_folder(folder: Path, keys: tuple[VerificationKey, ...], held: tuple[Checkpoint, ...]) -> Report:
    from onelot.ledger.exported import verify_export
    from onelot.ledger.tiles import CHECKPOINT

    return verify_export(folder, _open(folder / CHECKPOINT, keys), held)


def _verify_proof(path: Path, keys: tuple[VerificationKey, ...], held: tuple[Checkpoint, ...]) -> None:
    from onelot.ledger.proof import Consistency, Inclusion

    if path.suffix == ".tlog-proof":
        entry = path.with_suffix(".json")
        found = Inclusion.parse(_text(path)).verify(_bytes(entry), keys[0], keys[1:])
        print(f"{entry} is in the ledger {found.origin}, as signed over {found.size} entries.")
        return
    if len(held) != 1:
        raise refuse(
            "ledger.proof_of_what",
            "A consistency proof is checked from an earlier checkpoint on.",
            expected="--checkpoint FILE",
        )
    found = Consistency.parse(_text(path)).verify(held[0], keys[0])
    print(f"The ledger of {found.size} entries begins with the {held[0].size} entries signed earlier.")


def _prove_entries(positions: list[int], out: Path) -> None:
    from onelot.ledger.checkpoint import parse_checkpoint, split_note
    from onelot.ledger.proof import Inclusion
    from onelot.ledger.publishing import publish
    from onelot.settings.stores import open_ledger, open_signing_key

    ledger = open_ledger()
    note = publish(ledger, open_signing_key())
    tree = ledger.tree(parse_checkpoint(split_note(note)[0]).size)
    proofs = {position: tuple(tree.inclusion(position)) for position in positions}
    out.mkdir(parents=True, exist_ok=True)
    for position, hashes in proofs.items():
        (entry,) = ledger.read_bytes(after=position - 1, until=position)
        (out / f"{position}.json").write_bytes(entry)
        proved = Inclusion(position - 1, hashes, note)
        (out / f"{position}.tlog-proof").write_text(proved.text(), encoding="utf-8")


def _prove_consistency(since: Path, out: Path) -> None:
    from onelot.ledger.checkpoint import open_checkpoint, parse_checkpoint, split_note
    from onelot.ledger.proof import Consistency
    from onelot.ledger.publishing import publish
    from onelot.settings.stores import open_ledger, open_signing_key

    ledger, signer = open_ledger(), open_signing_key()
    earlier = open_checkpoint(_text(since), signer.verification)
    note = publish(ledger, signer)
    tree = ledger.tree(parse_checkpoint(split_note(note)[0]).size)
    proved = Consistency(earlier.size, tuple(tree.consistency(earlier.size)), note)
    proved.verify(earlier, signer.verification)
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "consistency.txt", proved.text())


def _key(text: str, subject: Path | None) -> VerificationKey:
    """The key by which signatures are judged: the given one, or this installation's own."""
    from onelot.ledger.checkpoint import VerificationKey
    from onelot.settings.stores import open_ledger, open_signing_key

    if text:
        return VerificationKey.parse(_text(Path(text)) if "+" not in text else text)
    if subject is None:
        open_ledger()  # where there is no ledger, that is the thing to say
        return open_signing_key().verification
    raise refuse(
        "ledger.key_missing",
        "Signatures can only be judged with the ledger's verification key.",
        expected="--key VKEY, received from the ledger's owner by another way than the files",
    )


def _open(path: Path, keys: tuple[VerificationKey, ...]) -> Checkpoint:
    from onelot.ledger.checkpoint import open_checkpoint

    return open_checkpoint(_text(path), keys[0], keys[1:])


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError as error:
        raise refuse("ledger.file_unreadable", "The file is not text.", where=str(path)) from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse(
            "ledger.file_unreadable", "The file cannot be read.", where=str(path), got=str(error)
        ) from error


def _write(out: Path | None, text: str) -> None:
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")
        print(f"written to {out}")
