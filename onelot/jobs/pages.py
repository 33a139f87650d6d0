"""Pages of work: what waits, runs and failed, and what an administrator does about it."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onelot.jobs.kinds import kinds
from onelot.jobs.models import Job
from onelot.jobs.queries import STATES, living_workers, sees_all, visible_job, visible_jobs
from onelot.jobs.service import Jobs
from onelot.kernel.refusals import Refused, refuse
from onelot.registry.requests import PersonRequest

JOBS_A_PAGE = 50
_SORTS = {"new": ("-asked_at", "-job"), "old": ("asked_at", "job"), "kind": ("kind", "-asked_at", "-job")}


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """The person's own work, and for those who may open it everybody's; the filter is in the address."""
    return _list(request)


@require_GET
def job_page(request: HttpRequest, job: str) -> HttpResponse:
    """One job with its progress, its result, or why it failed."""
    return _job(request, job)


@require_POST
def act(request: HttpRequest, job: str) -> HttpResponse:
    """Try again or discard; a refusal shows the page again with the text that was entered."""
    person = cast("PersonRequest", request)
    person.actor.check_may("jobs.manage")
    if visible_job(person.actor, job) is None:
        raise Http404
    jobs = Jobs(person.ledger, person.actor, person.clock)
    reason = request.POST.get("reason", "")
    try:
        match request.POST.get("act", ""):
            case "retry":
                jobs.retry(job=job, reason=reason)
            case "discard":
                jobs.discard(job=job, reason=reason)
            case other:
                raise refuse("jobs.act_unknown", "There is no such act.", where="act", got=other[:64])
    except Refused as refused:
        return _job(request, job, refusals=refused.refusals, entered=reason, status=409)
    return HttpResponseRedirect(reverse("jobs:job", args=[job]))


@require_GET
def file(request: HttpRequest, job: str) -> HttpResponse:
    """The file that a job made, for the person who asked for it and still may."""
    person = cast("PersonRequest", request)
    found = visible_job(person.actor, job)
    if found is None or not found.evidence or found.asked_by != person.actor.person:
        raise Http404
    kind = kinds().get(found.kind)
    if kind is None or not person.actor.may(kind.permission):
        raise Http404
    answer = HttpResponse(person.evidence.get(found.evidence), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{_plain(found.file_name)}"'
    return answer


def _list(request: HttpRequest) -> HttpResponse:
    person = cast("PersonRequest", request)
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "new")
    jobs = visible_jobs(person.actor).order_by(*_SORTS.get(sort, _SORTS["new"]))
    if state in STATES:
        jobs = jobs.filter(state=state)
    page = Paginator(jobs, JOBS_A_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    everybody = sees_all(person.actor)
    context = {
        "page": page, "rows": [_row(job) for job in page], "query": query.urlencode(), "state": state, "sort": sort,
        "states": _state_titles(), "sorts": {"new": _("newest first"), "old": _("oldest first"), "kind": _("by kind")},
        "everybody": everybody, "workers": living_workers(person.clock()) if everybody else None,
    }  # fmt: skip
    return render(request, "jobs/list.html", context)


def _job(
    request: HttpRequest, job: str, *, refusals: Any = (), entered: str = "", status: int = 200
) -> HttpResponse:
    person = cast("PersonRequest", request)
    found = visible_job(person.actor, job)
    if found is None:
        raise Http404
    context = {
        **_row(found), "refusals": refusals, "entered": entered,
        "may_decide": found.state == "dead" and person.actor.may("jobs.manage"),
        "may_fetch": bool(found.evidence) and found.asked_by == person.actor.person,
    }  # fmt: skip
    return render(request, "jobs/job.html", context, status=status)


def _row(job: Job) -> dict[str, Any]:
    kind = kinds().get(job.kind)
    percent = None if job.fraction is None else round(100 * job.fraction)
    return {"job": job, "title": _(kind.title) if kind else job.kind, "percent": percent}


def _state_titles() -> dict[str, str]:
    return {
        "": _("all"), "dead": _("failed for good"), "running": _("running"), "waiting": _("waiting"),
        "done": _("done"), "discarded": _("discarded"),
    }  # fmt: skip


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name) or "file"
