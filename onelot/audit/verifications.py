"""What the ledger's page asks: how the ledger is now, how verifications ended, and one entry with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from onelot.audit.events import LedgerVerified
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.backwards import newest_first
from onelot.ledger.checkpoint import VerificationKey, open_checkpoint, parse_checkpoint, split_note
from onelot.ledger.entry import Entry
from onelot.ledger.looking import Stored, look
from onelot.ledger.proof import Inclusion
from onelot.ledger.publishing import check_history, last_note
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger

A_PAGE = 25
Outcome = Literal["all", "unchanged", "faults"]
OUTCOMES: tuple[Outcome, ...] = ("all", "unchanged", "faults")
_VERIFIED = Query(types=(LedgerVerified,))


@dataclass(frozen=True)
class Standing:
    """How the ledger is now, as far as a page may look: not at every entry."""

    size: int
    root: str
    """In hexadecimal digits; empty where it could not be computed."""
    signed: int
    """Entries under the last checkpoint; 0: none was signed yet."""
    signed_root: str
    alarms: tuple[Refusal, ...]
    """What is wrong already on this look."""


@dataclass(frozen=True)
class Verification:
    """One verification, and the entry that records it."""

    entry: Entry
    said: LedgerVerified


@dataclass(frozen=True)
class Verifications:
    """One page of them."""

    rows: tuple[Verification, ...]
    next_from: int | None
    """Ledger position at which the next page begins; None: this is the last."""


@dataclass(frozen=True)
class Proved:
    """One entry as it is stored, and whether the last checkpoint vouches for it."""

    stored: Stored
    signed: int
    """Entries under the last checkpoint."""
    refusal: Refusal | None
    """Why the proof does not hold; None: it holds, or no checkpoint covers the entry yet."""


def standing(ledger: Ledger, key: VerificationKey | None) -> Standing:
    """Size and root now, and whether the last checkpoint is signed by ``key`` and still what the ledger begins with.

    Without a key, no signature is looked at.
    """
    size, root, signed, signed_root = ledger.size(), "", 0, ""
    alarms: list[Refusal] = []
    note = last_note(ledger)
    try:
        if note is not None:
            checkpoint = parse_checkpoint(split_note(note)[0])
            signed, signed_root = checkpoint.size, checkpoint.root.hex()
            if key is not None:
                open_checkpoint(note, key)
            check_history(ledger)
    except Refused as refused:
        alarms += refused.refusals
    try:
        root = ledger.tree(size).root().hex()
    except Refused as refused:
        alarms += refused.refusals
    return Standing(size, root, signed, signed_root, tuple(alarms))


def last_verification(ledger: Ledger) -> Verification | None:
    """The newest one; None: never."""
    return next(_newest(ledger, None), None)


def verifications(
    ledger: Ledger, *, outcome: Outcome = "all", is_oldest_first: bool = False, start: int = 0
) -> Verifications:
    """A page of them, from ledger position ``start`` on (0: from the beginning of the order)."""
    found: Iterator[Verification]
    if is_oldest_first:
        found = (
            Verification(entry, _said(entry)) for entry in ledger.read(_VERIFIED, after=max(0, start - 1))
        )
    else:
        found = _newest(ledger, start or None)
    wanted = (row for row in found if outcome == "all" or (row.said.faults > 0) is (outcome == "faults"))
    rows = tuple(islice(wanted, A_PAGE + 1))
    return Verifications(rows[:A_PAGE], rows[A_PAGE].entry.position if len(rows) > A_PAGE else None)


def proved(ledger: Ledger, key: VerificationKey | None, position: int) -> Proved | None:
    """One entry, with the proof of its inclusion checked here as anybody can check it; None: there is no such entry.

    Without a key there is nothing to check it with, as if nothing had been signed.
    """
    stored = look(ledger, position) if 0 < position <= ledger.size() else None
    if stored is None:
        return None
    note = last_note(ledger)
    try:
        signed = parse_checkpoint(split_note(note)[0]).size if note else 0
        if key is None or signed < position:
            return Proved(stored, 0, None)
        inclusion(ledger, position).verify(stored.data, key)
    except Refused as refused:
        return Proved(stored, ledger.size(), refused.refusals[0])
    return Proved(stored, signed, None)


def inclusion(ledger: Ledger, position: int) -> Inclusion:
    """The proof of one entry under the last checkpoint. Raises Refused (``audit.not_signed_yet``)."""
    note = last_note(ledger) or ""
    size = parse_checkpoint(split_note(note)[0]).size if note else 0
    if size < position:
        raise refuse(
            "audit.not_signed_yet", "No signed checkpoint covers this entry yet.", where=str(position),
            expected=said("a checkpoint over at least {position} entries", position=position), got=str(size),
            hint="Have one signed on the ledger's page, then try again.",
        )  # fmt: skip
    return Inclusion(position - 1, tuple(ledger.tree(size).inclusion(position)), note)


def _newest(ledger: Ledger, until: int | None) -> Iterator[Verification]:
    for entry in newest_first(ledger, _VERIFIED, until=until):
        yield Verification(entry, _said(entry))


def _said(entry: Entry) -> LedgerVerified:
    assert isinstance(entry.event, LedgerVerified)
    return entry.event
