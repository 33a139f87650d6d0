"""Taking work, keeping it, ending it: every step is one conditional statement, so that two workers never have one job.

A worker has a job for the time of its lease, and moves the lease on while it lives. When it is killed, the lease runs
out and another one takes the job. A worker that was only slow finds by the number of the attempt that it lost the job.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from onelot.jobs.kinds import Outcome
from onelot.jobs.models import Job

LEASE = timedelta(seconds=60)
_WAITS = (10, 60, 300, 1800)
"""Seconds from a failed attempt to the next."""


class LeaseLostError(Exception):
    """Another worker has the job; whatever this one would still write about it is void."""


def claim(worker: str, now: datetime, lease: timedelta) -> Job | None:
    """The job that waited longest, now this worker's; None where there is none."""
    ready = Q(state="waiting", run_after__lte=now) | Q(state="running", lease_until__lt=now)
    waiting = Job.objects.filter(ready).order_by("run_after", "job")
    if not waiting.exists():
        return None  # asked without a lock, since a worker asks every second
    with transaction.atomic():
        for job in waiting.select_for_update(skip_locked=True)[:10]:
            if job.attempts >= job.attempts_allowed:
                _killed_too_often(job, now)
                continue
            job.state, job.worker, job.attempts = "running", worker, job.attempts + 1
            job.started_at, job.lease_until, job.fraction, job.progress = now, now + lease, None, ""
            job.save()
            return job
    return None


def renew(job: Job, until: datetime) -> bool:
    """Keep it for longer; False where it is this worker's no more."""
    return bool(_held(job).update(lease_until=until))


def tell(job: Job, fraction: float, text: str) -> None:
    """Note how far it is. Raises LeaseLostError."""
    if not _held(job).update(fraction=min(1.0, max(0.0, fraction)), progress=text[:200]):
        raise LeaseLostError


def succeed(job: Job, outcome: Outcome, now: datetime) -> None:
    """It is done."""
    _held(job).update(
        state="done", ended_at=now, lease_until=None, fraction=1.0, progress="", error="", result=outcome.text,
        evidence=outcome.evidence, file_name=outcome.file_name,
    )  # fmt: skip


def fail(job: Job, error: str, now: datetime, *, for_good: bool) -> None:
    """The attempt failed: it waits for the next one, longer each time, or is dead."""
    if for_good or job.attempts >= job.attempts_allowed:
        _held(job).update(state="dead", ended_at=now, lease_until=None, error=error)
        return
    wait = timedelta(seconds=_WAITS[min(job.attempts, len(_WAITS)) - 1])
    _held(job).update(state="waiting", worker="", lease_until=None, run_after=now + wait, error=error)


def _held(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state="running", worker=job.worker, attempts=job.attempts)


def _killed_too_often(job: Job, now: datetime) -> None:
    job.state, job.ended_at, job.lease_until = "dead", now, None
    job.error = f"Its worker ended {job.attempts} times in the middle of it; the last one was {job.worker}."
    job.save()
