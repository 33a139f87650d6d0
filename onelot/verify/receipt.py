"""A receipt for a file that somebody sent: the ledger's entry about it, with the proof that it is in the ledger.

``{"format": "onelot-receipt/1", "entry": base64 of the stored bytes, "proof": C2SP tlog-proof, "document": {"name",
"sha256", "size"}}``; ``document`` only where the entry is about a file. The sender keeps it beside the file, and
can show years later what was received, and when.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.checkpoint import VerificationKey, from_base64
from onelot.ledger.proof import Inclusion
from onelot.verify.names import RECEIPT
from onelot.verify.report import Report


def is_receipt(data: bytes) -> bool:
    """Whether the file is meant as a receipt."""
    return data.lstrip()[:1] == b"{" and RECEIPT.encode() in data


def verify_receipt(
    data: bytes, *, key: VerificationKey | None = None, original: bytes | None = None
) -> Report:
    """Check that the ledger holds the entry, that the entry is about the file, and that ``original`` is this file.

    Raises Refused (``verify.receipt_unreadable``).
    """
    text, entry, proof, document = _read(data)
    report = Report("receipt")
    if key is None:
        report.warnings.append("no key was given (--key), so nothing says whose ledger this is")
        report.fault("checkpoint", "it can only be judged with the ledger's verification key (--key)")
    else:
        try:
            found = proof.verify(entry, key)
            report.facts["Ledger"] = f"{found.origin}, {found.size} entries, root {found.root.hex()}"
        except Refused as refused:
            part = (
                f"entry {proof.index + 1}"
                if refused.refusals[0].code == "ledger.proof_wrong"
                else "checkpoint"
            )
            report.fault(part, refused.refusals[0].what)
    if proof.text() != text:
        report.fault("proof", "it is not written as such proofs are")
    _check_entry(report, entry, proof, document)
    if original is None:
        report.warnings.append("the file itself was not given (--original), so only its SHA-256 is known")
    elif (sha256(original).hexdigest(), len(original)) != (document.get("sha256"), document.get("size")):
        report.fault("original", "this is not the file that was received")
    return report


def _read(data: bytes) -> tuple[str, bytes, Inclusion, dict[str, Any]]:
    try:
        value = json.loads(data)
        entry = from_base64(value["entry"])
        text, document = value["proof"], value.get("document", {})
        if value["format"] != RECEIPT or entry is None or not isinstance(document, dict):
            raise ValueError("a field does not have its form")
        proof = Inclusion.parse(text)
    except (ValueError, KeyError, TypeError, AttributeError, Refused) as error:
        raise refuse(
            "verify.receipt_unreadable",
            "This is not a receipt.",
            expected=f"JSON of the form {RECEIPT}",
            got=str(error),
        ) from error
    return text, entry, proof, document


def _check_entry(report: Report, entry: bytes, proof: Inclusion, document: dict[str, Any]) -> None:
    part = f"entry {proof.index + 1}"
    try:
        value = json.loads(entry)
        fact, event = value["fact"], value["fact"]["event"]
        if document:
            report.facts["File"] = f"{document.get('name')}, {document.get('size')} bytes"
            report.facts["SHA-256"] = str(document.get("sha256"))
        report.facts |= {
            "Entry": f"{value['position']}, {event['@type']}", "Recorded": str(value["recorded_at"]),
            "By": str(fact.get("actor", "")),
        }  # fmt: skip
        if value["position"] != proof.index + 1:
            report.fault(part, "it does not state the position that its proof is for")
        told = (event.get("document"), event.get("name"), event.get("size"))
    except (ValueError, KeyError, TypeError):
        report.fault(part, "it cannot be read")
        return
    if document and told != (document.get("sha256"), document.get("name"), document.get("size")):
        report.fault("document", "the receipt names another file than the ledger's entry")
