"""Work of the ledger and of the installation."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_noop

from onelot.jobs.kinds import Kind, Outcome, Periodic, Place, Work
from onelot.jobs.models import Job
from onelot.jobs.service import enqueue
from onelot.kernel.refusals import refuse
from onelot.ledger.audit import audit
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.publishing import notes

KEPT = timedelta(days=30)
"""How long work that is done stays in the list; what failed stays until somebody decides."""


def verify_ledger(work: Work) -> Outcome:
    """Check all entries against the chain and every signed checkpoint. Raises Refused (``jobs.ledger_faults``)."""
    ledger = work.place.ledger
    held = tuple(parse_checkpoint(split_note(note)[0]) for note in notes(ledger))
    report = audit(held, alias=ledger.alias)
    if report.faults:
        first = report.faults[0]
        raise refuse(
            "jobs.ledger_faults", "The ledger is not what was recorded.",
            where=f"ledger position {first.position}" if first.position else "the ledger", got=first.what,
            expected="no fault", hint=f"{len(report.faults)} faults in all; `onelot ledger verify` names them.",
        )  # fmt: skip
    return Outcome(f"{report.size} entries are unchanged; root {report.root.hex()}")


def publish_checkpoint(work: Work) -> Outcome:
    """Sign what the ledger is now. Doing it twice gives the same."""
    return Outcome(work.place.checkpoint())


def tidy(place: Place) -> None:
    """Forget sessions that ended and work that was done long ago."""
    now = place.clock()
    Session.objects.filter(expire_date__lt=now).delete()
    Job.objects.filter(state__in=("done", "discarded"), ended_at__lt=now - KEPT).delete()


def _ask(kind: str, place: Place) -> None:
    enqueue(kind, {}, key=kind, by=None, clock=place.clock)


KINDS = (
    Kind(
        "ledger.verify",
        gettext_noop("Verify the ledger"),
        verify_ledger,
        permission="ledger.verify",
        attempts=2,
    ),
    Kind(
        "ledger.checkpoint", gettext_noop("Sign a checkpoint"), publish_checkpoint, permission="ledger.verify"
    ),
)
PERIODIC = (
    Periodic("tidy", timedelta(hours=1), tidy),
    Periodic("checkpoint", timedelta(hours=1), lambda place: _ask("ledger.checkpoint", place)),
    Periodic("verify", timedelta(days=1), lambda place: _ask("ledger.verify", place)),
)
