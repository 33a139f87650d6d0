"""Work of the ledger and of the installation."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_noop

from onelot.jobs.kinds import Kind, Outcome, Periodic, Place, Work
from onelot.jobs.models import Job
from onelot.jobs.service import enqueue

KEPT = timedelta(days=30)
"""How long work that is done stays in the list; what failed stays until somebody decides."""


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
        "ledger.checkpoint", gettext_noop("Sign a checkpoint"), publish_checkpoint, permission="ledger.verify"
    ),
)
PERIODIC = (
    Periodic("tidy", timedelta(hours=1), tidy),
    Periodic("checkpoint", timedelta(hours=1), lambda place: _ask("ledger.checkpoint", place)),
)
