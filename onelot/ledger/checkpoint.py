"""Signed checkpoints: what the ledger was at one size, in the C2SP tlog-checkpoint and signed-note formats.

Pure: text in, values or a refusal out. Keys are Ed25519 (RFC 8032). Witnesses' cosignatures (C2SP
tlog-cosignature, Ed25519) are checked too. Verification keys are written as in other logs' tools,
``name+8 hex digits+base64``; so are signing keys, ``PRIVATE+KEY+...``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from onelot.kernel.refusals import Refused, refuse

_LOG = b"\1"
_WITNESS = b"\4"
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_DASH = "\u2014 "
_MOST_SIGNATURES = 100


@dataclass(frozen=True)
class Checkpoint:
    """The log's name, how many entries it had, and the root of their Merkle tree (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


@dataclass(frozen=True)
class VerificationKey:
    """A public key with the name it signs under; of the log itself, or of a witness."""

    name: str
    kind: bytes
    public: bytes

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name || newline || kind || public key)."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(self.kind + self.public)}"

    @staticmethod
    def parse(text: str) -> VerificationKey:
        """Read ``name+id+base64``. Raises Refused (``ledger.key_unreadable``)."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        material = from_base64(encoded) or b""
        key = VerificationKey(name, material[:1], material[1:])
        if (
            not _NAME.fullmatch(name)
            or key.kind not in (_LOG, _WITNESS)
            or len(key.public) != 32
            or key.key_id.hex() != key_id
        ):
            raise refuse(
                "ledger.key_unreadable",
                "This is not a verification key.",
                expected="name+8 hexadecimal digits+base64, of an Ed25519 key",
                got=repr(text[:100]),
            )
        return key

    def verify(self, text: str, signature: bytes) -> None:
        """Raises Refused (``ledger.signature_wrong``) unless this key signed ``text``."""
        signed = text.encode()
        if self.kind == _WITNESS:
            time, signature = int.from_bytes(signature[:8]), signature[8:]
            signed = f"cosignature/v1\ntime {time}\n{text}".encode()
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except InvalidSignature as error:
            raise refuse(
                "ledger.signature_wrong",
                "The signature of a checkpoint does not hold.",
                where=self.name,
                hint="do not trust this checkpoint; ask its sender for the original",
            ) from error


class SigningKey:
    """The ledger's private key."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        if not _NAME.fullmatch(name):
            raise refuse(
                "ledger.origin_wrong",
                "A ledger's name must have no space and no plus sign.",
                expected="for example example.org/ledger",
                got=repr(name),
            )
        self._private = private
        self.verification = VerificationKey(name, _LOG, private.public_key().public_bytes_raw())

    @staticmethod
    def generate(name: str) -> SigningKey:
        """A new key."""
        return SigningKey(name, Ed25519PrivateKey.generate())

    @staticmethod
    def parse(text: str) -> SigningKey:
        """Read ``PRIVATE+KEY+name+id+base64``. Raises Refused (``ledger.key_unreadable``)."""
        head, _, rest = text.strip().partition("KEY+")
        name, _, rest = rest.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = from_base64(encoded) or b""
        if head == "PRIVATE+" and material[:1] == _LOG and len(material) == 33:
            key = SigningKey(name, Ed25519PrivateKey.from_private_bytes(material[1:]))
            if key.verification.key_id.hex() == key_id:
                return key
        # The key itself must not be shown.
        raise refuse(
            "ledger.key_unreadable",
            "This is not a signing key.",
            expected="PRIVATE+KEY+name+8 hexadecimal digits+base64, of an Ed25519 key",
        )

    def __str__(self) -> str:
        key = self.verification
        material = to_base64(_LOG + self._private.private_bytes_raw())
        return f"PRIVATE+KEY+{key.name}+{key.key_id.hex()}+{material}"

    def sign(self, text: str) -> str:
        """A note: ``text`` and this key's signature."""
        key = self.verification
        signature = to_base64(key.key_id + self._private.sign(text.encode()))
        return f"{text}\n{_DASH}{key.name} {signature}\n"


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Text and signatures (key name, key id and signature) of a note, none of them checked.

    Raises Refused (``ledger.note_unreadable``).
    """
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not head or not tail.endswith("\n") or _CONTROL.search(note):
        raise _unreadable("It is no text followed by an empty line and signatures.")
    lines = tail[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise _unreadable(f"It has more than {_MOST_SIGNATURES} signatures.")
    signatures = []
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        signature = from_base64(encoded)
        if not line.startswith(_DASH) or not _NAME.fullmatch(name) or signature is None or len(signature) < 5:
            raise _unreadable("A signature line does not have its form.")
        signatures.append((name, signature))
    return f"{head}\n", signatures


def open_note(note: str, keys: Iterable[VerificationKey]) -> tuple[str, tuple[VerificationKey, ...]]:
    """The text of a note, and which of ``keys`` signed it.

    Signatures of other keys are ignored, as the format asks. Raises Refused (``ledger.note_unreadable``,
    ``ledger.signature_wrong`` where a signature of one of ``keys`` does not hold,
    ``ledger.signature_missing`` where none of them signed).
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signers: dict[VerificationKey, None] = {}
    for name, signature in signatures:
        key = known.get((name, signature[:4]))
        if key is not None:
            key.verify(text, signature[4:])
            signers[key] = None
    if not signers:
        raise refuse(
            "ledger.signature_missing",
            "None of the trusted keys signed this checkpoint.",
            expected=", ".join(key.name for key in known.values()) or "at least one key",
            got=", ".join(name for name, _ in signatures),
        )
    return text, tuple(signers)


def open_checkpoint(note: str, key: VerificationKey, witnesses: Sequence[VerificationKey] = ()) -> Checkpoint:
    """The checkpoint in a note that the log's ``key`` and every one of ``witnesses`` signed.

    Raises Refused as ``open_note`` does, and ``ledger.note_unreadable`` for a note that is no checkpoint.
    """
    text, signers = open_note(note, (key, *witnesses))
    for wanted in (key, *witnesses):
        if wanted not in signers:
            raise refuse("ledger.signature_missing", "A required signature is missing.", expected=wanted.name)
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != key.name:
        raise refuse(
            "ledger.origin_wrong",
            "The checkpoint is another ledger's.",
            expected=key.name,
            got=checkpoint.origin,
        )
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text (C2SP tlog-checkpoint); its extension lines are left out."""
    lines = text.split("\n")
    if len(lines) >= 4 and lines.pop() == "" and all(lines):
        root = from_base64(lines[2])
        if _DECIMAL.fullmatch(lines[1]) and root is not None and len(root) == 32:
            return Checkpoint(lines[0], int(lines[1]), root)
    raise _unreadable("It does not state origin, size and root hash.")


def _unreadable(what: str) -> Refused:
    return refuse(
        "ledger.note_unreadable",
        f"This is not a signed checkpoint. {what}",
        expected="the C2SP tlog-checkpoint format",
    )


def to_base64(data: bytes) -> str:
    """Standard Base 64 (RFC 4648 section 4)."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes | None:
    """The bytes; None unless ``text`` is exactly how they are written."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if to_base64(data) == text else None
