"""``onelot verify FILE``: the verdict on a dossier or a receipt. Exit status: 0 unaltered, 1 altered, 2 not checked."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from onelot import __version__
from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.checkpoint import VerificationKey
from onelot.verify.dossier import verify_dossier
from onelot.verify.receipt import is_receipt, verify_receipt
from onelot.verify.report import Report
from onelot.verify.seal import read_certificate


def verify(
    path: Path, *, key: str = "", certificates: Sequence[Path] = (), original: Path | None = None
) -> Report:
    """The verdict on one file. Raises Refused where it cannot be judged."""
    data = _bytes(path)
    trusted = [read_certificate(_bytes(each), str(each)) for each in certificates]
    known = (
        VerificationKey.parse(key if "+" in key else _bytes(Path(key)).decode("utf-8", "replace"))
        if key
        else None
    )
    if is_receipt(data):
        return verify_receipt(data, key=known, original=None if original is None else _bytes(original))
    return verify_dossier(data, key=known, certificates=trusted)


def run(arguments: Sequence[str] | None = None) -> int:
    """The command line of the small installation; returns the exit status."""
    parser = argparse.ArgumentParser(prog="onelot-verify", description=__doc__)
    parser.add_argument("file", type=Path, help="a dossier (PDF) or a receipt (JSON)")
    parser.add_argument(
        "--key", default="", metavar="VKEY", help="the ledger's verification key, or a file that holds it"
    )
    parser.add_argument(
        "--certificate", type=Path, action="append", default=[], metavar="FILE",
        help="a certificate that you trust: the seal's own, or its issuer's",
    )  # fmt: skip
    parser.add_argument("--original", type=Path, metavar="FILE", help="for a receipt: the file that was sent")
    parser.add_argument("--json", action="store_true", help="the verdict as JSON")
    parser.add_argument("--version", action="version", version=f"onelot-verify {__version__}")
    given = parser.parse_args(arguments)
    return told(given.file, given.key, given.certificate, given.original, as_json=given.json)


def told(path: Path, key: str, certificates: Sequence[Path], original: Path | None, *, as_json: bool) -> int:
    """Print the verdict, or why there is none; the exit status."""
    try:
        report = verify(path, key=key, certificates=certificates, original=original)
    except Refused as refused:
        if as_json:
            print(
                json.dumps(
                    {"verdict": "not checked", "refusals": [one.as_dict() for one in refused.refusals]}
                )
            )
        else:
            print(refused, file=sys.stderr)
        return 2
    print(json.dumps(report.as_dict(), indent=1) if as_json else report.text())
    return 1 if report.faults else 0


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse(
            "verify.file_unreadable", "The file cannot be read.", where=str(path), got=str(error)
        ) from error


def main() -> None:
    """The script of the small installation."""
    sys.exit(run())
