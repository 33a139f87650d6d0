"""Asking for work, and deciding about work that failed for good."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from onelot.jobs.events import JobDiscarded, JobRetried
from onelot.jobs.kinds import Argument, kinds
from onelot.jobs.models import Job
from onelot.jobs.queries import OPEN
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor

REASON_MAX = 2000


def enqueue(
    kind: str, arguments: Mapping[str, Argument], *, key: str = "", by: Actor | None, about: str = "",
    once: bool = False, clock: Clock = system_clock,
) -> Job:  # fmt: skip
    """Ask for work; it is done after the present transaction, by whichever worker is free.

    Where a job with the same ``key`` waits or runs already, that one is returned; with ``once`` also an ended one.
    ``by`` None is onelot itself. Whether the person may do this *there* is for the caller to know.
    Raises Refused: ``registry.not_allowed``, ``jobs.kind_unknown``.
    """
    known = kinds().get(kind)
    if known is None:
        raise refuse(
            "jobs.kind_unknown",
            "There is no such kind of work.",
            where="kind",
            got=kind,
            expected=", ".join(kinds()),
        )
    if by is not None:
        if not known.permission:
            raise refuse("registry.not_allowed", "Only onelot itself begins this.", where=kind)
        by.check_may(known.permission)
    now = clock()
    job = Job(
        job=new_id(), kind=kind, key=key, about=about[:200], arguments=dict(arguments),
        asked_by=by.person if by else "", attempts_allowed=known.attempts, run_after=now, asked_at=now,
    )  # fmt: skip
    while True:
        found = _held(key, once=once)
        if found is not None:
            return found
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            continue  # somebody asked for the same at the same instant, and was first
        return job


def _held(key: str, *, once: bool) -> Job | None:
    jobs = Job.objects.filter(key=key) if key else Job.objects.none()
    return (jobs if once else jobs.filter(state__in=OPEN)).order_by("job").first()


class Jobs:
    """What an administrator does with work that failed for good. Raises Refused (``registry.not_allowed``) else."""

    def __init__(self, ledger: Ledger, actor: Actor, clock: Clock = system_clock) -> None:
        self._ledger = ledger
        self._actor = actor
        self._clock = clock

    def retry(self, *, job: str, reason: str) -> None:
        """Let it be tried again, as often as at first. Raises Refused (``jobs.not_dead``, ``jobs.asked_again``)."""
        with transaction.atomic():
            found = self._dead(job)
            held = _held(found.key, once=False)
            if held is not None:
                raise refuse(
                    "jobs.asked_again", "The same work was asked for again meanwhile.", where=job, got=held.job,
                    hint="Discard this one.",
                )  # fmt: skip
            self._record(JobRetried(job=job, kind=found.kind, about=found.about), reason)
            Job.objects.filter(pk=job).update(
                state="waiting",
                attempts=0,
                run_after=self._clock(),
                ended_at=None,
                worker="",
                lease_until=None,
            )

    def discard(self, *, job: str, reason: str) -> None:
        """Let it be. Raises Refused (``jobs.not_dead``)."""
        with transaction.atomic():
            found = self._dead(job)
            self._record(JobDiscarded(job=job, kind=found.kind, about=found.about), reason)
            Job.objects.filter(pk=job).update(state="discarded", ended_at=self._clock())

    def _dead(self, job: str) -> Job:
        self._actor.check_may("jobs.manage")
        found = Job.objects.select_for_update().filter(pk=job).first()
        if found is None or found.state != "dead":
            raise refuse(
                "jobs.not_dead", "Only work that failed for good is decided about.", where=job,
                expected="dead", got=found.state if found else "no such job",
            )  # fmt: skip
        return found

    def _record(self, event: JobRetried | JobDiscarded, reason: str) -> None:
        if len(reason) > REASON_MAX:
            raise refuse(
                "jobs.reason_too_long", "The reason is too long.", where="reason",
                expected=said("at most {reason_max} characters", reason_max=REASON_MAX), got=f"{len(reason)}",
            )  # fmt: skip
        who = self._actor.who
        draft = Draft(
            event=event,
            actor=who,
            occurred_at=self._clock(),
            tags=(f"job:{event.job}",),
            reason=reason.strip(),
        )
        self._ledger.append([draft])
