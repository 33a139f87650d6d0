"""What is inside a sealed dossier, checked against the ledger's checkpoint: entries, originals, signed contents."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import pikepdf

from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.checkpoint import Checkpoint, VerificationKey, from_base64, open_checkpoint
from onelot.ledger.merkle import leaf_hash, verify_inclusion
from onelot.verify import names
from onelot.verify.report import Report, Signed
from onelot.verify.seal import certificate_fact, check_seal

MOST_BYTES = 1 << 30
"""Attachments that unpack to more are not read: a small file must not fill the memory."""


def verify_dossier(
    data: bytes, *, key: VerificationKey | None = None, certificates: Sequence[bytes] = ()
) -> Report:
    """Check a dossier to its last byte; every part that was altered is named.

    Raises Refused (``verify.not_a_dossier``) for what is no dossier at all.
    """
    try:
        attached, unreadable = read_attachments(data), ""
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        attached, unreadable = {}, str(error)
    if names.INDEX not in attached and names.MAP.encode() not in data:
        raise refuse(
            "verify.not_a_dossier", "This is neither a dossier nor a receipt.", expected="a PDF made by onelot",
            got=repr(data[:16]),
            hint="If it was one, its end was cut off on its way: get it again." if data[:5] == b"%PDF-" else "",
        )  # fmt: skip
    report = Report("dossier")
    sealed = check_seal(data, report, certificates)
    if sealed is not None:
        report.facts["Sealed by"] = certificate_fact(sealed.certificate)
    if not certificates:
        report.warnings.append(
            "no certificate was given (--certificate): who sealed the file is its own word. Compare the fingerprint."
        )
    if unreadable:
        report.fault("attachments", f"they cannot be read: {unreadable}")
        return report
    _Contents(attached, report, key).check()
    return report


def read_attachments(data: bytes) -> dict[str, bytes]:
    """Files in a PDF by name. Raises pikepdf.PdfError, ValueError and its like where it is damaged."""
    found: dict[str, bytes] = {}
    total = 0
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
        for name, spec in pdf.attachments.items():
            stream = spec.get_file()
            content = bytes(stream.read_bytes())
            total += len(content)
            if total > MOST_BYTES:
                raise ValueError(f"they hold more than {MOST_BYTES} bytes")
            found[str(name)] = content
    return found


class _Contents:
    """The attachments of one dossier, checked against each other and against the checkpoint."""

    def __init__(self, attached: Mapping[str, bytes], report: Report, key: VerificationKey | None) -> None:
        self._attached = attached
        self._report = report
        self._key = key
        self._kept = {sha256(data).hexdigest(): name for name, data in attached.items()}

    def check(self) -> None:
        """Add what is wrong, and what can be said for sure."""
        index = self._json(names.INDEX)
        if not isinstance(index, dict) or index.get("format") != names.DOSSIER:
            self._fault(names.INDEX, f"it is not an index of the form {names.DOSSIER}")
            index = {}
        self._check_index(index)
        checkpoint = self._checkpoint()
        entries = self._entries()
        if checkpoint is not None:
            self._check_entries(entries, checkpoint)
        elif entries:
            self._report.fault("entries", "without a checkpoint none of them can be proved")
        facts = [*self._facts(entries)]
        if not any(f"lot:{index.get('lot')}" in _list(fact, "tags") for _, fact, _ in facts):
            self._fault(names.INDEX, "no entry is of the lot that it names")
        self._check_named(facts, index)
        self._report.facts["Lot"] = str(index.get("lot", "unknown"))
        self._report.facts["Entries"] = str(len(entries))

    def _check_index(self, index: Mapping[str, Any]) -> None:
        """Each attachment is the one that the index names, and there is none beside them."""
        listed = {str(item.get("name")): str(item.get("sha256")) for item in _dicts(index.get("attachments"))}
        for name, digest in listed.items():
            if name not in self._attached:
                self._fault(name, "it is missing")
            elif sha256(self._attached[name]).hexdigest() != digest:
                self._fault(name, f"its bytes are not those that the index names, SHA-256 {digest}")
        for name in sorted(set(self._attached) - {*listed, names.INDEX, names.MAP_FILE}):
            self._fault(name, "the index does not name it")

    def _checkpoint(self) -> Checkpoint | None:
        """The checkpoint, judged by the given key or else by the one inside."""
        note = self._text(names.CHECKPOINT)
        own = self._text(names.KEY)
        try:
            inside = VerificationKey.parse(own)
            if self._key is not None and inside != self._key:
                self._report.fault("checkpoint", f"the file holds another key than yours: {inside}")
            found = open_checkpoint(note, self._key or inside)
        except Refused as refused:
            self._report.fault("checkpoint", f"{refused.refusals[0].what} {refused.refusals[0].got}".strip())
            return None
        self._report.facts["Ledger"] = f"{found.origin}, {found.size} entries, root {found.root.hex()}"
        self._report.facts["Ledger's key"] = str(self._key or inside)
        if self._key is None:
            self._report.warnings.append(
                "no key was given (--key): that the ledger is whose it says is the file's own word. Compare the key."
            )
        return found

    def _entries(self) -> list[bytes]:
        data = self._attached.get(names.ENTRIES, b"")
        if data and not data.endswith(b"\n"):
            self._fault(names.ENTRIES, "its last line is not whole")
        return data.split(b"\n")[:-1]

    def _check_entries(self, entries: Sequence[bytes], checkpoint: Checkpoint) -> None:
        """Each entry, byte for byte, is in the tree of the checkpoint at the position that it states."""
        proofs = self._json(names.PROOFS)
        hashes = [from_base64(str(value)) or b"" for value in _list(proofs, "hashes")]
        rows = _list(proofs, "proofs")
        if len(rows) != len(entries):
            self._fault(names.PROOFS, f"it holds {len(rows)} proofs for {len(entries)} entries")
        last = 0
        for number, entry in enumerate(entries):
            position = _position(entry)
            part = f"entry {position}" if position else f"line {number + 1} of {names.ENTRIES}"
            try:
                index, *path = rows[number]
                proof = [hashes[value] for value in path]
                if position != index + 1 or position <= last:
                    self._report.fault(part, "it does not state the position that its proof is for")
                verify_inclusion(leaf_hash(entry), index, checkpoint.size, proof, checkpoint.root)
            except Refused:
                self._report.fault(
                    part, "it is not in the ledger under the checkpoint, or its proof was altered"
                )
            except (IndexError, TypeError, ValueError):
                self._report.fault(part, "there is no proof for it")
            last = position or last

    def _facts(self, entries: Sequence[bytes]) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
        """Position, fact and event of each entry that can be read."""
        for entry in entries:
            try:
                value = json.loads(entry)
                yield int(value["position"]), value["fact"], value["fact"]["event"]
            except (ValueError, KeyError, TypeError):
                self._report.fault(f"entry {_position(entry) or '?'}", "it cannot be read")

    def _check_named(
        self, facts: Sequence[tuple[int, dict[str, Any], dict[str, Any]]], index: Mapping[str, Any]
    ) -> None:
        """What an entry names by its SHA-256 is attached, or the index says why not; signatures are told."""
        missing = {str(item.get("sha256")): item for item in _dicts(index.get("not_attached"))}
        named: set[str] = set()
        for position, fact, event in facts:
            kind = str(event.get("@type", ""))
            for field in ("content", "document", "verdict", "mapping"):
                digest = event.get(field)
                if not isinstance(digest, str) or not digest:
                    continue
                named.add(digest)
                if digest not in self._kept and digest not in missing and kind in _MUST_HOLD:
                    what = f"the {field} that entry {position} names is not attached, SHA-256 {digest}"
                    self._report.fault(
                        f"signature of entry {position}" if "signature" in kind else "attachments", what
                    )
            if kind.startswith("registry.signature_made."):
                self._report.signatures.append(_signed(position, fact, event))
        for digest, item in missing.items():
            self._report.warnings.append(
                f"not attached: {item.get('name')} ({item.get('why')}), SHA-256 {digest}"
            )
        for digest, name in self._kept.items():
            if name.startswith((names.ORIGINALS, names.EVIDENCE)) and digest not in named:
                self._fault(name, "no entry of the ledger names these bytes")

    def _json(self, name: str) -> Any:
        try:
            return json.loads(self._attached.get(name, b""))
        except ValueError:
            self._fault(name, "it cannot be read" if name in self._attached else "it is missing")
            return {}

    def _text(self, name: str) -> str:
        try:
            return self._attached.get(name, b"").decode()
        except UnicodeDecodeError:
            return ""

    def _fault(self, name: str, what: str) -> None:
        self._report.fault(f"attachment {name}", what)


_MUST_HOLD = (
    "intake.document_received.v1", "recipes.document_approved.v1", "review.lot_reviewed.v1",
    "registry.signature_made.v1", "disposition.certificate_issued.v1", "disposition.item_stated.v1",
)  # fmt: skip
"""Events whose files belong into a dossier; where one is absent the index must say why."""


def _signed(position: int, fact: Mapping[str, Any], event: Mapping[str, Any]) -> Signed:
    said = {name: str(event.get(name, "")) for name in ("name", "person", "meaning", "time_zone", "content")}
    return Signed(position=position, time=str(fact.get("occurred_at", "")), **said)


def _position(entry: bytes) -> int:
    """The position that an entry's bytes state; 0 where they state none."""
    _, found, rest = entry.rpartition(b',"position":')
    digits = rest.partition(b",")[0]
    return int(digits) if found and digits.isdigit() and len(digits) < 20 else 0


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
