"""The map of a sealed PDF: which bytes are which part, each range with its SHA-256. Pure.

A seal says only that a file is not what it was. The map says where: it covers every byte before the seal's own section,
stands in that section uncompressed, so that it is found even where the PDF cannot be read any more, and is signed with
the seal's key::

    onelot-map/1
    0 9 <64 hex digits> header
    9 1200 <64 hex digits> page 1
    ...
    certificate <base64 of the DER>
    signature <base64, over everything above>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.checkpoint import from_base64, to_base64
from onelot.verify.names import MAP

_WHOLE = re.compile(
    rb"%b\n((?:\d+ \d+ [0-9a-f]{64} [ -~]+\n)+)((?:certificate [A-Za-z0-9+/=]+\n)+)signature ([A-Za-z0-9+/=]+)\n"
    % MAP.encode()
)


@dataclass(frozen=True)
class Part:
    """Bytes ``start`` to ``end`` (exclusive) and what they are."""

    start: int
    end: int
    digest: str
    label: str


@dataclass(frozen=True)
class FileMap:
    """``certificates``: DER, the seal's first, then those that lead to its issuer."""

    parts: tuple[Part, ...]
    certificates: tuple[bytes, ...]
    signature: bytes = b""

    @property
    def size(self) -> int:
        """How many bytes it covers."""
        return self.parts[-1].end

    def signed_text(self) -> bytes:
        """What is signed."""
        lines = [MAP, *(f"{part.start} {part.end} {part.digest} {part.label}" for part in self.parts)]
        lines += [f"certificate {to_base64(der)}" for der in self.certificates]
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    def text(self) -> bytes:
        """The map as it stands in the file."""
        return self.signed_text() + f"signature {to_base64(self.signature)}\n".encode()

    def verify(self) -> None:
        """Raises Refused (``verify.map_wrong``) unless the first certificate's key signed it."""
        try:
            verify_signature(self.certificates[0], self.signature, self.signed_text())
        except (InvalidSignature, x509.InvalidVersion, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise wrong("Its signature does not hold.") from error

    def altered(self, data: bytes) -> Iterator[str]:
        """Labels of the parts whose bytes are not what they were, once each."""
        seen: set[str] = set()
        for part in self.parts:
            if part.label not in seen and sha256(data[part.start : part.end]).hexdigest() != part.digest:
                seen.add(part.label)
                yield part.label


def parts_of(data: bytes, labelled: Sequence[tuple[int, str]]) -> tuple[Part, ...]:
    """Parts from the place where each begins; neighbours with one label become one part."""
    merged: list[tuple[int, str]] = []
    for start, label in labelled:
        if not merged or merged[-1][1] != label:
            merged.append((start, label))
    ends = [start for start, _ in merged[1:]] + [len(data)]
    return tuple(
        Part(start, end, sha256(data[start:end]).hexdigest(), label)
        for (start, label), end in zip(merged, ends, strict=True)
    )


def find_map(data: bytes) -> FileMap:
    """The last map in a file, its signature unchecked. Raises Refused (``verify.map_wrong``)."""
    start = data.rfind(MAP.encode() + b"\n")
    match = _WHOLE.match(data, start) if start >= 0 else None
    if match is None:
        raise wrong("It is not in the file in a form that can be read.")
    parts = tuple(
        Part(int(first), int(end), digest.decode(), label.decode())
        for first, end, digest, label in (line.split(b" ", 3) for line in match[1].splitlines())
    )
    joined = all(part.end > part.start for part in parts) and all(
        one.end == other.start for one, other in pairwise(parts)
    )
    if parts[0].start != 0 or not joined or parts[-1].end > start:
        raise wrong("Its ranges do not cover the file.")
    certificates = tuple(from_base64(line.split(b" ")[1].decode()) or b"" for line in match[2].splitlines())
    found = FileMap(parts, certificates, from_base64(match[3].decode()) or b"")
    if found.text() != match[0]:
        raise wrong("It is not written as maps are.")
    return found


def verify_signature(certificate: bytes, signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature, ValueError, TypeError or UnsupportedAlgorithm unless the key signed ``data``."""
    public = x509.load_der_x509_certificate(certificate).public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    elif isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, data)
    else:
        raise TypeError("neither an EC, nor an RSA, nor an Ed25519 key")


def wrong(what: str) -> Refused:
    """The refusal of a map."""
    return refuse("verify.map_wrong", f"The map of the file cannot be used. {what}", where="map")
