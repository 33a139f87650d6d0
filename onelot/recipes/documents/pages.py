"""Pages of the documents: the list, a document with its versions, one version with what may be done with it."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.recipes.documents import titles
from onelot.recipes.documents.models import Version
from onelot.recipes.documents.queries import SORTS, Wanted, listed, visible_version, visible_versions
from onelot.recipes.documents.requests import seen_in, signed_in, without
from onelot.recipes.documents.service import Documents, unknown
from onelot.recipes.documents.version_context import version_context
from onelot.registry.requests import PersonRequest

ROWS_A_PAGE = 50
_PASSED_ON = ("registry.not_allowed", "documents.unknown")


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """Every version that the person may see, with who owes the next step; the filter is in the address."""
    person = cast("PersonRequest", request)
    person.actor.check_may("document.open")
    wanted = _wanted(request)
    page = Paginator(listed(person.actor, wanted), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page, "wanted": wanted, "kinds": titles.KINDS, "states": titles.STATES, "owed": titles.OWED,
        "sorts": _sort_titles(), "query": without(request, "page"),
        "may_prepare": person.actor.may("document.prepare"),
    }  # fmt: skip
    return render(request, "documents/list.html", context)


@require_GET
def document_page(request: HttpRequest, kind: str, identity: str) -> HttpResponse:
    """One document with all its versions, the newest first."""
    person = cast("PersonRequest", request)
    person.actor.check_may("document.open")
    found = visible_versions(person.actor).filter(kind=kind, document_id=identity).order_by("-first")
    newest = found.first()
    if newest is None:
        raise Refused(Refusal("documents.unknown", _("There is no such document."), where=identity[:64]))
    context = {
        "document": newest, "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "in_force": found.filter(state="approved").order_by("-approval").first(),
        "query": without(request, "page"), "may_prepare": person.actor.may("document.prepare"),
    }  # fmt: skip
    return render(request, "documents/document.html", context)


@require_GET
def version_page(request: HttpRequest, digest: str) -> HttpResponse:
    """One version: how it stands, what it changes, what it says, who signed it, and what may be done with it."""
    return _version(request, digest)


@require_GET
def file(request: HttpRequest, digest: str) -> HttpResponse:
    """The exact bytes of the file as it was put forward."""
    person, version = _asked(request, digest)
    plain = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_"
        for sign in f"{version.document_id}-{version.version}.yaml"
    )
    answer = HttpResponse(person.evidence.get(version.file), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, digest: str) -> HttpResponse:
    """Review, approve, send back, withdraw or retire; a refusal shows the page again with what was entered.

    Whoever comes here by the address alone, for example after signing in again, is sent to the version.
    """
    person, version = _asked(request, digest)
    address = reverse("documents:version", args=[version.digest])
    if request.method == "GET":
        return HttpResponseRedirect(address)
    documents = Documents(person.ledger, person.actor, person.evidence, person.clock)
    try:
        _acted(documents, request, version.digest)
    except Refused as refused:
        if refused.refusals[0].code in _PASSED_ON:
            raise
        return _version(request, digest, refusals=refused.refusals, status=409)
    return HttpResponseRedirect(address)


def _acted(documents: Documents, request: HttpRequest, digest: str) -> None:
    text = request.POST.get("text", "")
    match request.POST.get("act", ""):
        case "review":
            documents.review(digest=digest, comment=text, by=signed_in(request))
        case "approve":
            documents.approve(digest=digest, reason=text, by=signed_in(request))
        case "retire":
            documents.retire(digest=digest, reason=text, by=signed_in(request))
        case "return":
            documents.send_back(digest=digest, reason=text, seen=seen_in(request))
        case "withdraw":
            documents.withdraw(digest=digest, reason=text, seen=seen_in(request))
        case other:
            raise refuse("documents.act_unknown", "There is no such act.", where="act", got=other[:40])


def _version(request: HttpRequest, digest: str, *, refusals: Any = (), status: int = 200) -> HttpResponse:
    person, version = _asked(request, digest)
    context = version_context(person, version, request.GET.get("page"))
    context |= {"refusals": refusals, "entered": request.POST, "query": without(request, "page")}
    return render(request, "documents/version.html", context, status=status)


def _asked(request: HttpRequest, digest: str) -> tuple[PersonRequest, Version]:
    person = cast("PersonRequest", request)
    person.actor.check_may("document.open")
    version = visible_version(person.actor, digest)
    if version is None:
        raise unknown(digest)
    return person, version


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.GET
    return Wanted(
        kind=asked["kind"] if asked.get("kind") in titles.KINDS else "",
        state=asked["state"] if asked.get("state") in titles.STATES else "",
        owed_by=asked["owed_by"] if asked.get("owed_by") in titles.OWED else "",
        text=asked.get("text", "").strip()[:120], sort=asked["sort"] if asked.get("sort") in SORTS else "newest",
    )  # fmt: skip


def _sort_titles() -> dict[str, str]:
    return {
        "newest": _("Newest first"), "oldest": _("Oldest first"), "waiting": _("Longest waiting first"),
        "document": _("By document"), "state": _("By state"),
    }  # fmt: skip
