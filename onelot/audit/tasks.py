"""Verifying the ledger as work in the background; what was found is itself recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext_noop

from onelot.audit.events import LedgerVerified
from onelot.jobs.kinds import Kind, Outcome, Periodic, Place, Work
from onelot.jobs.service import enqueue
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.audit import audit
from onelot.ledger.checkpoint import (
    Checkpoint,
    VerificationKey,
    open_checkpoint,
    parse_checkpoint,
    split_note,
)
from onelot.ledger.entry import Draft
from onelot.ledger.publishing import notes
from onelot.ledger.verifier import Fault, Report

KIND = "ledger.verify"
ONELOT = "system:onelot"
"""Who verifies when nobody asked."""
ABOUT = "about:ledger"
NAMED = 50
"""So many faults are named in the record; the first are where to begin."""
_SHARE = 0.9
"""Of the work: reading the entries. The rest is index and tiles."""


def verify_ledger(work: Work) -> Outcome:
    """Check all entries against the chain, every signed checkpoint and what was derived, and record what was found.

    Raises Refused (``audit.ledger_faults``).
    """
    ledger, faults = work.place.ledger, list[Fault]()
    held, trusted = _checkpoints(notes(ledger), work.place.signing_key().verification, faults)
    report = audit(held, alias=ledger.alias, told=_percents(work, max(1, ledger.size())))
    found = Report(report.size, report.root, (*report.faults, *faults))
    hint = _recorded(work, found, trusted)
    if found.faults:
        first = found.faults[0]
        raise refuse(
            "audit.ledger_faults",
            "The ledger is not what was recorded.",
            where=said("ledger position {position}", position=first.position)
            if first.position
            else "the ledger",
            got=first.what,
            expected="no fault",
            hint=said(
                "{count} faults in all; the ledger's page names them.{hint}",
                count=len(found.faults),
                hint=hint,
            ),
        )
    return Outcome(f"{found.size} entries are unchanged; root {found.root.hex()}")


def ask_for_verification(place: Place) -> None:
    """What onelot does by itself each day."""
    enqueue(KIND, {}, key=KIND, by=None, clock=place.clock)


def _checkpoints(
    held: list[str], key: VerificationKey, faults: list[Fault]
) -> tuple[tuple[Checkpoint, ...], int]:
    """All checkpoints, and how many bear the key's signature. A signature that does not hold is a fault.

    Those of a key that was replaced are compared, too, though nobody vouches for them here.
    """
    found, trusted = [], 0
    for note in held:
        try:
            checkpoint, is_ours = _opened(note, key)
        except Refused as refused:
            faults.append(
                Fault(0, str(said("a stored checkpoint was changed: {what}", what=refused.refusals[0].what)))
            )
            continue
        found.append(checkpoint)
        trusted += is_ours
    return tuple(found), trusted


def _opened(note: str, key: VerificationKey) -> tuple[Checkpoint, bool]:
    try:
        return open_checkpoint(note, key), True
    except Refused as refused:
        if refused.refusals[0].code != "ledger.signature_missing":
            raise
        return parse_checkpoint(split_note(note)[0]), False


def _recorded(work: Work, report: Report, trusted: int) -> str:
    """Append what was found. A ledger that is damaged at its end may refuse that; then the job alone tells it."""
    event = LedgerVerified(
        entries=report.size, root=report.root.hex(), checkpoints=trusted, faults=len(report.faults),
        named=tuple((fault.position, fault.what[:300]) for fault in report.faults[:NAMED]),
    )  # fmt: skip
    actor = f"person:{work.asked_by}" if work.asked_by else ONELOT
    draft = Draft(event=event, actor=actor, occurred_at=work.place.clock(), tags=(ABOUT,))
    try:
        work.place.ledger.append([draft])
    except Refused as refused:
        if not report.faults:
            raise
        return f" They could not be recorded: {refused.refusals[0].what}"
    return ""


def _percents(work: Work, size: int) -> Callable[[int], None]:
    """Tell how far it is, a hundred times at most."""
    last = 0

    def told(position: int) -> None:
        nonlocal last
        percent = 100 * position // size
        if percent > last:
            last = percent
            work.tell(_SHARE * min(percent, 100) / 100, f"{position} / {size}")

    return told


KINDS = (
    Kind(KIND, gettext_noop("Verify the ledger"), verify_ledger, permission="ledger.verify", attempts=2),
)
PERIODIC = (Periodic("verify", timedelta(days=1), ask_for_verification),)
