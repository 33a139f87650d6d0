"""What a page knows of its request: who asks, and where what they do is written."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from onelot.kernel.clock import Clock
from onelot.ledger.checkpoint import SigningKey
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.registry.models import Account
from onelot.registry.permissions import Actor
from onelot.registry.sealing import SealingKey


class PersonRequest(HttpRequest):
    """A request of a person who has signed in, or of a system; the site's middleware fills it."""

    account: Account
    actor: Actor
    ledger: Ledger
    evidence: EvidenceStore
    clock: Clock
    checkpoint: Callable[[], str]
    """Signs the ledger as it is now, and returns the note (C2SP tlog-checkpoint)."""
    signing_key: Callable[[], SigningKey]
    """Opens the key that signs checkpoints."""
    sealing_key: Callable[[], SealingKey]
    """Opens the key that seals documents."""
    vault_key: Callable[[], bytes]
    """The key of the patients' vault."""
