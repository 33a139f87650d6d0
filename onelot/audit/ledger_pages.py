"""The ledger's page: how it is, its checkpoint, verifying it, how that ended each time, an entry with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from onelot.audit.search import sight_of
from onelot.audit.tasks import KIND
from onelot.audit.verifications import (
    OUTCOMES,
    Proved,
    Verification,
    Verifications,
    inclusion,
    last_verification,
    proved,
    standing,
    verifications,
)
from onelot.jobs.models import Job
from onelot.jobs.queries import OPEN, living_workers, visible_job
from onelot.jobs.service import enqueue
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.ledger.checkpoint import VerificationKey
from onelot.ledger.entry import Entry
from onelot.ledger.publishing import last_note
from onelot.registry.permissions import Place
from onelot.registry.requests import PersonRequest
from onelot.review.desk.telling import told

ACTION = "ledger.verify"
BEGUN_BY_HAND = (KIND, "ledger.checkpoint")


@require_GET
def ledger_page(request: HttpRequest) -> HttpResponse:
    """How the ledger is, and how verifications ended; the filter is in the address."""
    person = _asker(request)
    wanted = {
        "outcome": request.GET["outcome"] if request.GET.get("outcome") in OUTCOMES else "all",
        "order": "oldest" if request.GET.get("order") == "oldest" else "newest",
    }  # fmt: skip
    key = _key(person)
    now = standing(person.ledger, key)
    last, found, alarms = _history(person, wanted)
    job = Job.objects.filter(kind__in=BEGUN_BY_HAND, state__in=OPEN).order_by("-asked_at").first()
    context = {
        "now": now, "unsigned": now.size - now.signed, "alarms": (*now.alarms, *alarms), "last": last,
        "found": found, "wanted": wanted, "query": urlencode(wanted), "is_later": bool(request.GET.get("from")),
        "outcomes": {"all": _("All"), "unchanged": _("Unchanged"), "faults": _("With faults")},
        "job": job, "percent": int(100 * job.fraction) if job and job.fraction else 0,
        "sees_job": job is not None and visible_job(person.actor, job.job) is not None,
        "works": bool(living_workers(person.clock())), "key": key,
    }  # fmt: skip
    return render(request, "audit/ledger.html", context)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Have the ledger verified or a checkpoint signed, in the background; pressing twice asks once."""
    person = _asker(request)
    kind = request.POST.get("kind", "")
    if kind not in BEGUN_BY_HAND:
        raise refuse("jobs.kind_unknown", "There is no such kind of work.", where="kind", got=kind[:64])
    enqueue(kind, {}, key=kind, by=person.actor, clock=person.clock)
    messages.success(request, _("Asked for. This page shows how far it is."))
    return HttpResponseRedirect(reverse("ledger:ledger"))


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The last signed checkpoint, as it was signed."""
    person = _asker(request)
    note = last_note(person.ledger)
    if note is None:
        raise Http404
    return _file(note.encode(), f"{parse_size(note)}.checkpoint")


@require_GET
def key(request: HttpRequest) -> HttpResponse:
    """The key by which checkpoints are verified; it is no secret."""
    found = _key(_asker(request))
    if found is None:
        raise Http404
    return _file(f"{found}\n".encode(), "checkpoint.vkey")


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """From a position to its entry."""
    _asker(request)
    text = request.GET.get("position", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "audit.position", "This is not a ledger position.", where="position", expected="a number from 1 on",
            got=text[:40],
        )  # fmt: skip
    return HttpResponseRedirect(reverse("ledger:entry", args=[int(text)]))


@require_GET
def entry_page(request: HttpRequest, position: int) -> HttpResponse:
    """One entry: its bytes as they are stored, its hash, and whether the last checkpoint vouches for it."""
    person = _asker(request)
    found, entry = _found(person, position)
    context = {
        "found": found, "stored": found.stored, "entry": entry, "line": told(entry) if entry else None,
        "text": found.stored.data.decode("utf-8", "replace"), "leaf": found.stored.leaf.hex(),
        "is_signed": found.signed >= position, "before": position - 1, "after": position + 1,
        "is_last": position >= person.ledger.size(),
    }  # fmt: skip
    return render(request, "audit/entry.html", context)


@require_GET
def entry_file(request: HttpRequest, position: int) -> HttpResponse:
    """The stored bytes of one entry: what its proof is checked against."""
    found, _entry = _found(_asker(request), position)
    return _file(found.stored.data, f"{position}.json")


@require_GET
def proof_file(request: HttpRequest, position: int) -> HttpResponse:
    """That the entry is in the ledger, under the last signed checkpoint (C2SP tlog-proof)."""
    person = _asker(request)
    _found(person, position)
    return _file(inclusion(person.ledger, position).text().encode(), f"{position}.tlog-proof")


def parse_size(note: str) -> str:
    """How many entries a stored checkpoint says it is over, as text for a file's name."""
    size = note.split("\n")[1] if note.count("\n") > 1 else ""
    return size if size.isascii() and size.isdigit() else "last"


def _asker(request: HttpRequest) -> PersonRequest:
    """Who asks, and may. Raises Refused (``registry.not_allowed``)."""
    person = cast("PersonRequest", request)
    person.actor.check_may(ACTION)
    return person


def _key(person: PersonRequest) -> VerificationKey | None:
    """The public key; None: there is none before the first checkpoint is signed."""
    try:
        return person.signing_key().verification
    except Refused as refused:
        if refused.refusals[0].code != "ledger.key_missing":
            raise
        return None


def _history(
    person: PersonRequest, wanted: dict[str, str]
) -> tuple[Verification | None, Verifications, Sequence[Refusal]]:
    """The last verification and a page of all; where their own entries were changed, what says so."""
    text = person.GET.get("from", "")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    try:
        last = last_verification(person.ledger)
        found = verifications(
            person.ledger, outcome=wanted["outcome"], is_oldest_first=wanted["order"] == "oldest", start=start  # type: ignore[arg-type]
        )  # fmt: skip
    except Refused as refused:
        return None, Verifications((), None), refused.refusals
    return last, found, ()


def _found(person: PersonRequest, position: int) -> tuple[Proved, Entry | None]:
    """The entry, where the person may see it; what cannot be read is for those who may see all. Raises Http404."""
    found = proved(person.ledger, _key(person), position)
    if found is None:
        raise Http404
    try:
        entry = person.ledger.catalogue.read(found.stored.data)
    except Refused:
        if not person.actor.may("audit.open", Place()):
            raise Http404 from None
        return found, None
    if not sight_of(person.actor)(entry):
        raise Http404
    return found, entry


def _file(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
