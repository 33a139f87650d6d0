"""What pages, measurements and other rooms ask about work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from onelot.jobs.models import Job, WorkerCard
from onelot.registry.permissions import Actor

OPEN = ("waiting", "running")
STATES = ("dead", "running", "waiting", "done", "discarded")
"""In the order in which they are shown."""


def sees_all(actor: Actor) -> bool:
    """Whether the person sees everybody's work: it names lots, so a role with a narrower scope is not enough."""
    return any(not (grant.organisation or grant.site or grant.product) for grant in actor.scopes("jobs.open"))


def visible_jobs(actor: Actor) -> QuerySet[Job]:
    """The person's own work, or all."""
    return Job.objects.all() if sees_all(actor) else Job.objects.filter(asked_by=actor.person)


def visible_job(actor: Actor, job: str) -> Job | None:
    """One job that the person may see; None where there is none, and where it is not theirs to know."""
    return visible_jobs(actor).filter(pk=job).first()


def counts() -> dict[str, int]:
    """How many jobs there are in each state."""
    found = dict(Job.objects.values_list("state").annotate(Count("pk")).order_by())
    return {state: found.get(state, 0) for state in STATES}


def overdue(now: datetime, by: timedelta) -> int:
    """How many jobs have waited longer than that for a worker."""
    return Job.objects.filter(Q(state="waiting") & Q(run_after__lt=now - by)).count()


def living_workers(now: datetime, within: timedelta = timedelta(seconds=60)) -> list[WorkerCard]:
    """The workers that said lately that they live."""
    return list(WorkerCard.objects.filter(seen_at__gte=now - within).order_by("started_at", "worker"))
