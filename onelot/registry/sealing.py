"""The key that seals documents which leave onelot, with its certificate: a company's, or one made at set-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

from onelot.kernel.refusals import Refused, refuse

_YEARS = 40
"""Longer than the 30 years for which an advanced therapy stays traceable (Regulation (EC) 1394/2007, Article 15)."""

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class SealingKey:
    """A private key and its certificate, then those that lead to the issuer."""

    private: Private
    certificates: tuple[x509.Certificate, ...]

    @staticmethod
    def generate(name: str, now: datetime) -> SealingKey:
        """A new P-256 key with a certificate that it signs itself; ``name`` is whose."""
        private = ec.generate_private_key(ec.SECP256R1())
        whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        usage = {
            "digital_signature": True, "content_commitment": True, "key_encipherment": False,
            "data_encipherment": False, "key_agreement": False, "key_cert_sign": False, "crl_sign": False,
            "encipher_only": False, "decipher_only": False,
        }  # fmt: skip
        certificate = (
            x509.CertificateBuilder()
            .subject_name(whose)
            .issuer_name(whose)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365 * _YEARS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
            .sign(private, hashes.SHA256())
        )
        return SealingKey(private, (certificate,))

    @staticmethod
    def read(key: bytes, certificates: bytes, password: str = "") -> SealingKey:
        """A key and certificates in PEM, the key's own certificate first. Raises Refused (``sealing.unreadable``)."""
        try:
            private = serialization.load_pem_private_key(key, password.encode() or None)
            chain = tuple(x509.load_pem_x509_certificates(certificates))
        except (ValueError, TypeError) as error:
            raise _unreadable(str(error)) from error
        if not isinstance(private, Private):
            raise _unreadable(type(private).__name__)
        if private.public_key() != chain[0].public_key():
            raise _unreadable("the first certificate is another key's")
        return SealingKey(private, chain)

    def key_pem(self) -> bytes:
        """The private key, not encrypted."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def certificate_pem(self) -> bytes:
        """The certificates."""
        return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in self.certificates)

    def sign(self, data: bytes) -> bytes:
        """A signature that is the same for the same bytes each time: RFC 6979, PKCS #1 v1.5 or Ed25519, SHA-256."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(data)

    def fingerprint(self) -> str:
        """SHA-256 of the key's own certificate, by which a receiver compares it."""
        return self.certificates[0].fingerprint(hashes.SHA256()).hex()

    def der(self) -> tuple[bytes, ...]:
        """The certificates in DER."""
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in self.certificates)


def _unreadable(got: str) -> Refused:
    return refuse(
        "sealing.unreadable", "The key or the certificate for seals cannot be used.",
        where="ONELOT_SEAL_KEY, ONELOT_SEAL_CERTIFICATE",
        expected="PEM: an EC, RSA or Ed25519 key, and its certificate first", got=got,
    )  # fmt: skip
