"""The files inside a dossier: entries, proofs, checkpoint and key, originals, and what was signed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, gettext, gettext_lazy

from onelot.disposition.dossier.content import Content
from onelot.kernel.canonical import canonical, digest
from onelot.ledger.checkpoint import Checkpoint, SigningKey, to_base64
from onelot.ledger.publishing import check_history
from onelot.ledger.store import Ledger
from onelot.verify import names

_MIME = {
    ".json": "application/json", ".jsonl": "application/jsonl", ".txt": "text/plain", ".csv": "text/csv",
    ".xml": "application/xml", ".yaml": "application/yaml", ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_KINDS = {
    "original": gettext_lazy("original"), "content": gettext_lazy("content"), "document": gettext_lazy("document"),
    "verdict": gettext_lazy("verdict"), "mapping": gettext_lazy("mapping"),
}  # fmt: skip


@dataclass(frozen=True)
class Attachment:
    """One file inside the PDF; ``name`` is ASCII and safe for any file system."""

    name: str
    what: str
    data: bytes
    digest: str

    @property
    def mime(self) -> str:
        """Its kind, by the ending of its name."""
        return _MIME.get(re.sub(r".*(?=\.)", "", self.name), "application/octet-stream")


def attachments(content: Content, ledger: Ledger, key: SigningKey) -> tuple[Attachment, ...]:
    """Everything that is attached, the index of it first. Raises Refused (``ledger.history_changed``)."""
    check_history(ledger)
    tree = ledger.tree(content.position)
    note = key.sign(Checkpoint(key.verification.name, content.position, tree.root()).text())
    entries = b"".join(stored.data + b"\n" for stored in content.entries)
    proofs = _proofs(
        [(stored.entry.position, tree.inclusion(stored.entry.position)) for stored in content.entries]
    )
    files = [
        _attachment(names.ENTRIES, gettext("entries, exactly as stored"), entries),
        _attachment(names.PROOFS, gettext("inclusion proof of each entry"), proofs),
        _attachment(names.CHECKPOINT, gettext("signed checkpoint"), note.encode()),
        _attachment(names.KEY, gettext("verification key"), f"{key.verification}\n".encode()),
        *_kept(content),
    ]
    index = {
        "format": names.DOSSIER, "language": get_language() or "en", "lot": content.lot, "position": content.position,
        "attachments": [{"name": item.name, "sha256": item.digest, "size": len(item.data)} for item in files],
        "not_attached": [
            {"name": original.name, "sha256": original.digest, "entry": original.position, "why": original.why}
            for original in content.originals if original.data is None
        ],
    }  # fmt: skip
    return (_attachment(names.INDEX, gettext("index of the attachments"), canonical(index)), *files)


def _attachment(name: str, what: str, data: bytes) -> Attachment:
    return Attachment(name, what, data, digest(data))


def _proofs(found: Sequence[tuple[int, Sequence[bytes]]]) -> bytes:
    """Hashes once each, and for every position which of them; with the checkpoint each is a C2SP tlog-proof."""
    numbers: dict[bytes, int] = {}
    for _, hashes in found:
        for value in hashes:
            numbers.setdefault(value, len(numbers))
    return canonical({
        "hashes": [to_base64(value) for value in numbers],
        "proofs": [[position - 1, *(numbers[value] for value in hashes)] for position, hashes in found],
    })  # fmt: skip


def _kept(content: Content) -> Iterator[Attachment]:
    taken: set[str] = set()
    for original in content.originals:
        if original.data is None:
            continue
        if original.kind == "original":
            name = names.ORIGINALS + _unique(_safe(original.name), original.digest, taken)
        else:
            name = f"{names.EVIDENCE}{original.digest}{'.json' if original.data[:1] == b'{' else ''}"
        what = gettext("%(kind)s, entry %(position)s") % {
            "kind": _KINDS[original.kind],
            "position": original.position,
        }
        yield Attachment(name, what, original.data, original.digest)


def _safe(name: str) -> str:
    """The last part of a file's name, with an underscore for whatever is not plain ASCII."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:60]}{dot}{ending[:10]}" if dot else plain[:60] or "file"


def _unique(name: str, found: str, taken: set[str]) -> str:
    if name.lower() in taken:
        name = f"{found[:16]}-{name}"
    taken.add(name.lower())
    return name
