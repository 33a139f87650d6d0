"""The secrets of webhooks: sealed in the database (AES-256-GCM), opened only to sign, or to answer a request again.

The key is a file beside the ledger's other keys, so that whoever reads the database, or a backup of it, cannot sign as
onelot. Each secret opens only as that of its own subscription.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from django.conf import settings

from onelot.jsonapi.models import Outbox
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.vault.sealing import KEY_BYTES, seal, unseal


def new_secret() -> str:
    """``whsec_`` and 256 random bits in base64 (Standard Webhooks)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def seal_secret(subscription: str, secret: str) -> bytes:
    """The secret as it is kept. Raises Refused (``jsonapi.secrets_key_missing``, ``jsonapi.secrets_key_wrong``)."""
    return seal(open_key(), secret.encode(), f"webhook:{subscription}")


def open_secret(subscription: str, sealed: bytes) -> str:
    """The secret again. Raises Refused (``jsonapi.secret_sealed_wrong``, and as ``seal_secret`` does)."""
    return _unseal(sealed, f"webhook:{subscription}").decode()


def seal_answer(owner: str, key: str, body: bytes) -> bytes:
    """An answer that holds a secret, as it is kept for its idempotency key. Raises Refused as ``seal_secret`` does."""
    return seal(open_key(), body, f"answer:{owner}:{key}")


def open_answer(owner: str, key: str, sealed: bytes) -> bytes:
    """The answer again. Raises Refused as ``open_secret`` does."""
    return _unseal(sealed, f"answer:{owner}:{key}")


def _unseal(sealed: bytes, about: str) -> bytes:
    try:
        return unseal(open_key(), bytes(sealed), about)
    except Refused as refused:
        if refused.refusals[0].code != "vault.sealed_wrong":
            raise
        raise refuse(
            "jsonapi.secret_sealed_wrong", "The secret of this webhook cannot be opened with the key that is here.",
            where=str(settings.WEBHOOK_KEY_FILE),
            hint="Restore the key from its own backup, or end the subscription and make a new one.",
        ) from refused  # fmt: skip


def open_key() -> bytes:
    """The key from its file, made once where no secret is kept yet.

    Raises Refused (``jsonapi.secrets_key_missing``, ``jsonapi.secrets_key_wrong``).
    """
    path = Path(settings.WEBHOOK_KEY_FILE)
    if not path.exists():
        if Outbox.objects.exists():
            raise refuse(
                "jsonapi.secrets_key_missing", "The key of the webhooks' secrets is not there.", where=str(path),
                hint="Restore it from its own backup, or end every subscription and make new ones.",
            )  # fmt: skip
        make_key(path)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if len(text) != 2 * KEY_BYTES or set(text) - set("0123456789abcdef"):
        raise refuse(
            "jsonapi.secrets_key_wrong", "The key of the webhooks' secrets is not whole.", where=str(path),
            expected="64 small hexadecimal digits", got=str(len(text)),
        )  # fmt: skip
    return bytes.fromhex(text)


def make_key(path: Path) -> None:
    """A new key, whole at once, so that no other process reads half of it; the first one made stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600), "w") as file:
        file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()
