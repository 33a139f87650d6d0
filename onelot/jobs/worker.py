"""The worker: does jobs one after the other, says that it lives, and does what is periodic."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Thread

from django.db import DatabaseError, connection

from onelot.jobs import claiming
from onelot.jobs.claiming import LEASE, LeaseLostError
from onelot.jobs.kinds import Outcome, Place, Work, kinds, periodics
from onelot.jobs.models import Job, Turn, WorkerCard
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused

_log = logging.getLogger(__name__)
_PASSING = frozenset({"ledger.condition_failed", "ledger.not_recorded", "ledger.evidence_not_kept"})
"""Refusals that another attempt may not meet; every other one says the same again."""


@dataclass
class Worker:
    """One worker. ``run`` returns after ``stop`` was called and the job that it was doing has ended."""

    place: Place
    lease: timedelta = LEASE
    pause: float = 1.0
    """Seconds between two looks for work."""
    name: str = field(default_factory=new_id)
    _stopping: Flag = field(default_factory=Flag)
    _job: Job | None = None

    def stop(self) -> None:
        """Take no more work."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped."""
        self._start()
        threads = [Thread(target=self._again, args=each, daemon=True) for each in (
            (self.live, self.lease.total_seconds() / 3), (self.keep_up, self.pause),
        )]  # fmt: skip
        for thread in threads:
            thread.start()
        self._again(self.work, self.pause)
        for thread in threads:
            thread.join(self.lease.total_seconds())
        WorkerCard.objects.filter(pk=self.name).delete()

    def work(self) -> int:
        """Do all jobs that wait, until there is none or the worker is to stop; how many were begun."""
        begun = 0
        while not self._stopping.is_set() and (job := claiming.claim(self.name, self._now(), self.lease)):
            begun += 1
            self._job = job
            try:
                self._attempt(job)
            finally:
                self._job = None
        return begun

    def keep_up(self) -> None:
        """Do what is periodic and due."""
        for each in periodics():
            Turn.objects.get_or_create(name=each.name, defaults={"due_at": self._now() + each.every})
            now = self._now()
            if Turn.objects.filter(name=each.name, due_at__lte=now).update(due_at=now + each.every):
                _guarded(lambda each=each: each.run(self.place), each.name)  # type: ignore[misc]

    def live(self) -> None:
        """Say that the worker lives, and keep the job that it is doing."""
        now, job = self._now(), self._job
        WorkerCard.objects.filter(pk=self.name).update(seen_at=now)
        if job is not None:
            claiming.renew(job, now + self.lease)

    def _start(self) -> None:
        now = self._now()
        WorkerCard.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
        WorkerCard.objects.create(
            worker=self.name, host=platform.node(), process=os.getpid(), started_at=now, seen_at=now
        )

    def _attempt(self, job: Job) -> None:
        work = Work(
            self.place, job.arguments, job.asked_by, lambda fraction, text: claiming.tell(job, fraction, text)
        )
        _log.info("job begun", extra={"job": job.job, "kind": job.kind, "attempt": job.attempts})
        try:
            outcome = self._outcome(job, work)
        except LeaseLostError:
            _log.warning("job lost to another worker", extra={"job": job.job, "kind": job.kind})
            return
        except Refused as refused:
            passing = refused.refusals[0].code in _PASSING
            claiming.fail(job, str(refused), self._now(), for_good=not passing)
        except Exception as error:  # noqa: BLE001 - whatever a job raises is its own failure, not the worker's
            _log.exception("job failed", extra={"job": job.job, "kind": job.kind})
            if isinstance(error, DatabaseError):
                connection.close()  # it may be this connection that is broken
            claiming.fail(job, f"{type(error).__name__}: {error}"[:2000], self._now(), for_good=False)
        else:
            claiming.succeed(job, outcome, self._now())
            _log.info("job done", extra={"job": job.job, "kind": job.kind})

    def _outcome(self, job: Job, work: Work) -> Outcome:
        kind = kinds().get(job.kind)
        if kind is None:
            raise LookupError(f"This worker knows no work of the kind {job.kind}; is it an older version?")
        return kind.run(work)

    def _again(self, what: Callable[[], object], pause: float) -> None:
        """Until stopped, in a thread of its own; a database that is away for a while ends nothing."""
        while not self._stopping.is_set():
            _guarded(what, what.__name__)
            self._stopping.wait(pause)
        connection.close()

    def _now(self) -> datetime:
        return self.place.clock()


def _guarded(what: Callable[[], object], name: str) -> None:
    try:
        what()
    except Exception:  # noqa: BLE001 - the next time may go well
        _log.exception("failed, and is tried again", extra={"what": name})
        connection.close()
