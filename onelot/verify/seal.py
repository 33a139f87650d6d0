"""The seal of a dossier: a PAdES signature over the whole file, checked to its last byte.

pyHanko judges the signature and the trust in its certificate. Beside that everything is checked that no signature can
cover, since it holds the signature: that the container has the one form in which it is written, nothing more, and that
nothing stands after it. So any altered byte of the file is a fault.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from asn1crypto import algos, cms, core, tsp  # tsp: what a signed attribute may name
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from onelot.kernel.refusals import Refused, refuse
from onelot.verify.filemap import FileMap, find_map, verify_signature
from onelot.verify.report import Report

_SIGNATURE = re.compile(
    rb"/ByteRange\[0 0*(\d+) 0*(\d+) 0*(\d+)\]/Contents(<(?:[0-9a-f]{2})+>)>>\nendobj\n", re.ASCII
)

_NULL = core.Null()
_SHA256 = {
    algos.DigestAlgorithm({"algorithm": "sha256"}).dump(),
    algos.DigestAlgorithm({"algorithm": "sha256", "parameters": _NULL}).dump(),
}
_ALGORITHMS = {
    algos.SignedDigestAlgorithm(value).dump()
    for value in (
        {"algorithm": "sha256_ecdsa"}, {"algorithm": "ed25519"}, {"algorithm": "sha256_rsa"},
        {"algorithm": "sha256_rsa", "parameters": _NULL},
    )
}  # fmt: skip


@dataclass(frozen=True)
class Sealed:
    """What a sound seal says."""

    certificate: bytes
    """DER of the certificate by which the file was sealed."""


def check_seal(data: bytes, report: Report, trusted: Sequence[bytes] = ()) -> Sealed | None:
    """Add every fault of the seal and of the bytes it covers; None where there is no certificate to name.

    ``trusted``: DER certificates received by another way, the seal's own or its issuer's; none: the file's own word.
    """
    try:
        file_map = find_map(data)
        file_map.verify()
    except Refused as refused:
        report.fault("map", refused.refusals[0].what)
        file_map = None
    before = len(report.faults)
    if file_map is not None:
        for label in file_map.altered(data):
            report.fault(label, "its bytes are not those that were sealed")
    certificates = _check_container(data, file_map, report)
    if certificates and not report.faults[before:] and file_map is not None:
        _check_trust(data, certificates, report, trusted)
    if not certificates:
        return Sealed(file_map.certificates[0]) if file_map else None
    return Sealed(certificates[0])


def certificate_fact(der: bytes) -> str:
    """A certificate for people: whose, by whom issued, until when, and its fingerprint."""
    certificate = x509.load_der_x509_certificate(der)
    whose, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
    by = "signed by itself" if whose == issuer else f"issued by {issuer}"
    until = certificate.not_valid_after_utc.date().isoformat()
    return f"{whose}, {by}, valid until {until}, SHA-256 {sha256(der).hexdigest()}"


def read_certificate(data: bytes, name: str) -> bytes:
    """DER of a certificate in PEM or DER. Raises Refused (``verify.certificate_unreadable``)."""
    try:
        pem = b"-----BEGIN" in data
        certificate = x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise refuse(
            "verify.certificate_unreadable", "This is not a certificate.", where=name,
            expected="X.509 in PEM or DER",
        ) from error  # fmt: skip
    return _der(certificate)


def _der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _check_container(data: bytes, file_map: FileMap | None, report: Report) -> list[bytes]:
    """The certificates in a signature that has its one form and covers the file; empty where it does not."""
    try:
        certificates = _contained(data, file_map.size if file_map else 0)
        if file_map is not None and tuple(certificates) != file_map.certificates:
            raise ValueError("its certificates are not those of the map")
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        report.fault("seal", f"it does not hold: {error}")
    except (InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion):
        report.fault("seal", "it does not hold: its signature is not over what it says")
    else:
        return certificates
    return []


def _contained(data: bytes, start: int) -> list[bytes]:
    """The certificates of the last signature after ``start``. Raises ValueError and its like, InvalidSignature."""
    found = list(_SIGNATURE.finditer(data, start))
    if not found:
        raise ValueError("there is no signature in the form in which dossiers are sealed")
    match = found[-1]
    first, second, length = (int(number) for number in match.groups()[:3])
    if (first, second) != (match.start(4), match.end(4)):
        raise ValueError("the signature covers other bytes than all but itself")
    if second + length < len(data):
        raise ValueError("bytes were added after it")
    if second + length > len(data):
        raise ValueError("the end of the file is missing")
    content = bytes.fromhex(match[4][1:-1].decode("ascii"))
    container = cms.ContentInfo.load(content)
    der = container.dump()
    if content[len(der) :].strip(b"\0"):
        raise ValueError("the space after the signature is not empty")
    return _check_cms(container, der, sha256(data[:first] + data[second:]).digest())


def _check_cms(found: cms.ContentInfo, der: bytes, digest: bytes) -> list[bytes]:
    """Every field has its one value or is signed. Raises ValueError and its like, InvalidSignature."""
    signed = found["content"]
    (signer,) = signed["signer_infos"]
    attributes = {item["type"].native: item["values"] for item in signer["signed_attrs"]}
    certificates = _in_order(
        [choice.chosen for choice in signed["certificates"]], attributes["signing_certificate_v2"]
    )
    sid = cms.IssuerAndSerialNumber(
        {"issuer": certificates[0].issuer, "serial_number": certificates[0].serial_number}
    )
    plain = (
        found["content_type"].native == "signed_data"
        and (signed["version"].native, signer["version"].native) == ("v1", "v1")
        and [one.dump() for one in signed["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
        and signed["encap_content_info"]["content_type"].native == "data"
        and signed["encap_content_info"]["content"].native is None
        and not signed["crls"]
        and not signer["unsigned_attrs"]
        and signer["sid"].chosen.dump() == sid.dump()
        and signer["digest_algorithm"].dump() in _SHA256
        and signer["signature_algorithm"].dump() in _ALGORITHMS
        and attributes["content_type"].native == ["data"]
    )
    if not plain:
        raise ValueError("it has parts that a seal does not have")
    if attributes["message_digest"].native != [digest]:
        raise ValueError("the file is not what was signed")
    signed_bytes = b"\x31" + signer["signed_attrs"].dump()[1:]
    verify_signature(certificates[0].dump(), signer["signature"].native, signed_bytes)
    if found.copy().dump(force=True) != der or _again(der) != der:
        raise ValueError("it is not written in the one way in which it is written")
    return [certificate.dump() for certificate in certificates]


def _in_order(
    certificates: list[asn1_x509.Certificate], named: tsp.SetOfSigningCertificatesV2
) -> list[asn1_x509.Certificate]:
    """The signed attribute names the signer's certificate by its hash; it comes first."""
    wanted = named[0]["certs"][0]["cert_hash"].native
    first = [item for item in certificates if sha256(item.dump()).digest() == wanted]
    if len(first) != 1:
        raise ValueError("the certificate is not the one that was signed with")
    return first + [item for item in certificates if item is not first[0]]


def _again(der: bytes) -> bytes:
    """The same, parsed whole and written anew."""
    found = cms.ContentInfo.load(der, strict=True)
    _ = found.native
    return bytes(found.dump(force=True))


def _check_trust(data: bytes, certificates: list[bytes], report: Report, trusted: Sequence[bytes]) -> None:
    """pyHanko's verdict on the signature, its coverage and the trust in its certificate."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    roots = [asn1_x509.Certificate.load(der) for der in trusted or certificates]
    others = [asn1_x509.Certificate.load(der) for der in certificates]
    try:
        (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
        context = ValidationContext(trust_roots=roots, other_certs=others, allow_fetching=False)
        status = validate_pdf_signature(signature, context)
    except (PdfError, SignatureValidationError, ValueError, KeyError) as error:
        report.fault("seal", f"pyHanko cannot judge it: {error}")
        return
    if not (status.intact and status.valid) or status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        report.fault("seal", "pyHanko does not find it valid over the whole file")
    elif not status.trusted:
        report.fault(
            "seal", f"it is not by a certificate that you trust: {certificate_fact(certificates[0])}"
        )
