"""Signs checkpoints of a ledger and keeps them, so that it never signs two that contradict each other."""

from __future__ import annotations

from django.db import connections, transaction

from onelot.kernel.refusals import refuse
from onelot.ledger.checkpoint import Checkpoint, SigningKey, parse_checkpoint, split_note
from onelot.ledger.store import Ledger


def publish(ledger: Ledger, key: SigningKey) -> str:
    """A signed checkpoint over all entries: a new one, or the last one if nothing was added since.

    Raises Refused (``ledger.history_changed``) when the entries are no longer those of the last
    checkpoint: signing would then vouch for a changed history.
    """
    last = check_history(ledger)
    tree = ledger.tree()
    if last is not None:
        earlier = parse_checkpoint(split_note(last)[0])
        if (earlier.size, earlier.origin) == (tree.size, key.verification.name):
            return last
    note = key.sign(Checkpoint(key.verification.name, tree.size, tree.root()).text())
    with transaction.atomic(using=ledger.alias), connections[ledger.alias].cursor() as cursor:
        cursor.execute(  # another process may have signed the same tree just now; its note says the same
            "INSERT INTO ledger_checkpoint (size, note) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (tree.size, note),
        )
    return note


def check_history(ledger: Ledger) -> str | None:
    """The last checkpoint that was signed, if any; the ledger still begins with it.

    Raises Refused (``ledger.history_changed``) where it does not.
    """
    last = last_note(ledger)
    if last is None:
        return None
    earlier = parse_checkpoint(split_note(last)[0])
    if earlier.size > ledger.size() or ledger.tree(earlier.size).root() != earlier.root:
        raise refuse(
            "ledger.history_changed",
            "The ledger no longer begins with what its last checkpoint was signed over.",
            where=f"entries 1 to {earlier.size}",
            hint="run `onelot ledger verify`; it names the entries",
        )
    return last


def last_note(ledger: Ledger) -> str | None:
    """The checkpoint that was signed last, as it is stored; None: none yet."""
    with connections[ledger.alias].cursor() as cursor:
        cursor.execute("SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
        row = cursor.fetchone()
    return row[0] if row else None


def notes(ledger: Ledger) -> list[str]:
    """All checkpoints that were signed, the oldest first."""
    with connections[ledger.alias].cursor() as cursor:
        cursor.execute("SELECT note FROM ledger_checkpoint ORDER BY size")
        return [row[0] for row in cursor.fetchall()]
