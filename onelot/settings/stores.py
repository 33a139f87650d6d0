"""Opens what onelot keeps: the ledger and the evidence store, where the configuration says they are."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import Refused, refuse
from onelot.settings.configuration import configuration

if TYPE_CHECKING:
    from onelot.ledger.checkpoint import SigningKey
    from onelot.ledger.evidence import EvidenceStore
    from onelot.ledger.store import Ledger
    from onelot.registry.sealing import SealingKey


def open_ledger(*, create: bool = False, clock: Clock = system_clock) -> Ledger:
    """The configured ledger, with the whole vocabulary; ``create`` makes or upgrades its tables first.

    Raises Refused (``ledger.not_set_up``) when there are no tables yet and ``create`` is false.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onelot.settings.django")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    if create:
        configuration.home.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
    elif _is_absent() or "ledger_entry" not in connection.introspection.table_names():
        raise refuse(
            "ledger.not_set_up",
            "There is no ledger here yet.",
            where="ONELOT_DATABASE_URL" if configuration.database_url else str(configuration.home),
            hint="run `onelot ledger init`, or set ONELOT_HOME or ONELOT_DATABASE_URL to where it is",
        )
    return site_ledger(clock)


def site_ledger(clock: Clock = system_clock) -> Ledger:
    """The ledger for a process in which Django is set up and the tables are there, as pages use it."""
    from onelot.ledger.catalogue import Catalogue
    from onelot.ledger.store import Ledger
    from onelot.settings.guards import GUARDS
    from onelot.settings.projectors import PROJECTORS
    from onelot.settings.vocabulary import EVENTS

    return Ledger(Catalogue(EVENTS), projectors=PROJECTORS, guards=GUARDS, clock=clock)


def open_evidence() -> EvidenceStore:
    """The evidence store in the configured home folder."""
    from onelot.ledger.evidence import EvidenceStore

    return EvidenceStore(configuration.home / "evidence")


def open_signing_key(*, create: bool = False) -> SigningKey:
    """The key that signs this ledger's checkpoints; ``create`` makes one that only its owner can read.

    The verification key is written beside it, to be given to partners and inspectors. Raises Refused
    (``ledger.key_missing``) when there is no key yet and ``create`` is false.
    """
    from onelot.ledger.checkpoint import SigningKey

    folder = configuration.home / "keys"
    path = folder / "checkpoint.key"
    if path.exists():
        return SigningKey.parse(path.read_text(encoding="utf-8"))
    if not create:
        raise refuse(
            "ledger.key_missing",
            "There is no signing key here.",
            where=str(path),
            hint="run `onelot ledger init`; to verify without it, give --key",
        )
    key = SigningKey.generate(configuration.origin)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600), "w") as file:
        file.write(f"{key}\n")
        file.flush()
        os.fsync(file.fileno())
    (folder / "checkpoint.vkey").write_text(f"{key.verification}\n", encoding="utf-8")
    return key


def open_sealing_key(*, create: bool = False) -> SealingKey:
    """The key that seals dossiers: the configured one, or else this installation's own, with its own certificate.

    The certificate is written beside it, to be given to partners and inspectors. Raises Refused
    (``sealing.key_missing``) when there is no key yet and ``create`` is false, and ``sealing.unreadable``.
    """
    from onelot.registry.sealing import SealingKey

    folder = configuration.home / "keys"
    given = configuration.seal_key, configuration.seal_certificate
    key, certificate = given if all(given) else (folder / "seal.key", folder / "seal.pem")
    assert key is not None
    assert certificate is not None
    if any(given) or certificate.exists():
        try:
            found = key.read_bytes(), certificate.read_bytes()
        except OSError as error:
            raise _no_sealing_key(str(error)) from error
        return SealingKey.read(*found, configuration.seal_key_password.get_secret_value())
    if not create:
        raise _no_sealing_key(str(certificate))
    made = SealingKey.generate(configuration.origin, system_clock())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600), "wb") as file:
        file.write(made.key_pem())
        file.flush()
        os.fsync(file.fileno())
    certificate.write_bytes(made.certificate_pem())
    return made


def _no_sealing_key(where: str) -> Refused:
    return refuse(
        "sealing.key_missing", "There is no key here to seal dossiers with.", where=where,
        hint="run `onelot ledger init`, which makes one, or set ONELOT_SEAL_KEY and ONELOT_SEAL_CERTIFICATE",
    )  # fmt: skip


def open_vault_key() -> bytes:
    """The key of the patients' vault: from the configured file, or one made once beside the checkpoint key.

    Raises Refused (``vault.key_wrong``, ``vault.key_missing``): a vault that holds data never gets a new key.
    """
    path = configuration.vault_key_file or configuration.home / "keys" / "vault.key"
    if not path.exists():
        from onelot.registry.vault.models import PatientKey

        if configuration.vault_key_file is not None or PatientKey.objects.exists():
            raise refuse(
                "vault.key_missing", "The key of the patients' vault is not there.", where=str(path),
                hint="restore it from its own backup",
            )  # fmt: skip
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600), "w") as file:
            file.write(f"{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
    text = path.read_text(encoding="utf-8").strip()
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise refuse(
            "vault.key_wrong", "The key of the patients' vault is not whole.", where=str(path),
            expected="64 small hexadecimal digits", got=f"{len(text)} characters",
        )  # fmt: skip
    return bytes.fromhex(text)


def secret_key() -> str:
    """Django's key of this installation: the configured one, or one kept beside the checkpoint key."""
    if "secret_key" in configuration.model_fields_set:
        return configuration.secret_key.get_secret_value()
    path = configuration.home / "keys" / "django.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600), "w") as file:
            file.write(configuration.secret_key.get_secret_value())
    return path.read_text(encoding="utf-8")


def _is_absent() -> bool:
    """SQLite would make an empty database by merely looking."""
    return not configuration.database_url and not (configuration.home / "onelot.sqlite3").exists()
