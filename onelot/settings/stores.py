"""Opens what onelot keeps: the ledger and the evidence store, where the configuration says they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelot.kernel.refusals import refuse
from onelot.settings.configuration import configuration

if TYPE_CHECKING:
    from onelot.ledger.evidence import EvidenceStore
    from onelot.ledger.store import Ledger


def open_ledger(*, create: bool = False) -> Ledger:
    """The configured ledger, with the whole vocabulary; ``create`` makes or upgrades its tables first.

    Raises Refused (``ledger.not_set_up``) when there are no tables yet and ``create`` is false.
    """
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onelot.settings.django")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from onelot.ledger.catalogue import Catalogue
    from onelot.ledger.store import Ledger
    from onelot.settings.vocabulary import EVENTS

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
    return Ledger(Catalogue(EVENTS))


def open_evidence() -> EvidenceStore:
    """The evidence store in the configured home folder."""
    from onelot.ledger.evidence import EvidenceStore

    return EvidenceStore(configuration.home / "evidence")


def _is_absent() -> bool:
    """SQLite would make an empty database by merely looking."""
    return not configuration.database_url and not (configuration.home / "onelot.sqlite3").exists()
