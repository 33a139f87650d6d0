"""AES-256-GCM, twice: a key for each patient seals the data, the vault's key seals that key. Pure."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onelot.kernel.refusals import refuse

KEY_BYTES = 32
_NONCE_BYTES = 12


def new_key() -> bytes:
    """A key for one patient."""
    return AESGCM.generate_key(8 * KEY_BYTES)


def seal(key: bytes, data: bytes, about: str) -> bytes:
    """Encrypt ``data``; it opens only with the same key and as what it is ``about``, so rows cannot be exchanged."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes:
    """The data again. Raises Refused (``vault.sealed_wrong``) for another key, another row, or changed bytes."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise refuse(
            "vault.sealed_wrong", "The patient's data cannot be opened with the key of this vault.", where=about,
            hint="Restore the vault's key from its own backup; if it is the right one, the stored bytes were changed.",
        ) from error  # fmt: skip
