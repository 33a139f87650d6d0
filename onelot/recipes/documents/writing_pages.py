"""The author's pages: a document is given, its faults are shown at their lines; a sound one is shown, then signed."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from onelot.kernel.refusals import Refused, refuse
from onelot.recipes.documents import titles
from onelot.recipes.documents.changes import changes_of
from onelot.recipes.documents.faults import placed
from onelot.recipes.documents.queries import last_act, visible_version
from onelot.recipes.documents.requests import signed_in
from onelot.recipes.documents.service import MAX_BYTES, Documents
from onelot.recipes.outline import outline
from onelot.registry.requests import PersonRequest

PASTED = "pasted.yaml"


@dataclass(frozen=True)
class Given:
    """The bytes that an author gave, and what they call them."""

    data: bytes
    name: str

    @property
    def text(self) -> str:
        """As far as it is text; what cannot stand on a page is marked."""
        return self.data.decode("utf-8-sig", "replace").replace("\x00", "�")

    @property
    def kept(self) -> str:
        """The exact bytes, for the form that signs them: a browser would change the ends of lines."""
        return base64.b64encode(self.data).decode()


@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest) -> HttpResponse:
    """Give a document, see its faults, or what it says and changes, and sign it as its author."""
    person = cast("PersonRequest", request)
    person.actor.check_may("document.prepare")
    documents = Documents(person.ledger, person.actor, person.evidence, person.clock)
    if request.method == "GET":
        return _form(request, _begun(person))
    given = None
    try:
        given = _given(request)
        match request.POST.get("act", ""):
            case "check":
                return _sound(request, documents, given)
            case "edit":
                return _form(request, given)
            case "sign":
                return _signed(request, documents, given)
            case other:
                raise refuse("documents.act_unknown", "There is no such act.", where="act", got=other[:40])
    except Refused as refused:
        if refused.refusals[0].code == "registry.not_allowed":
            raise
        return _form(request, given, refused)


def _signed(request: HttpRequest, documents: Documents, given: Given) -> HttpResponse:
    digest = request.POST.get("digest", "")
    try:
        done = documents.prepare(
            data=given.data, name=given.name, digest=digest, reason=request.POST.get("reason", ""),
            by=signed_in(request),
        )  # fmt: skip
    except Refused as refused:
        if refused.refusals[0].code == "registry.not_allowed":
            raise
        return _sound(request, documents, given, refused)
    return HttpResponseRedirect(reverse("documents:version", args=[done]))


def _sound(
    request: HttpRequest, documents: Documents, given: Given, refused: Refused | None = None
) -> HttpResponse:
    """The page on which a sound document is signed. Raises Refused with what is wrong with it."""
    document = documents.checked(given.data, given.name)
    context = {
        "given": given, "document": document, "kind_title": titles.KINDS[document.kind],
        "changes": changes_of(documents.evidence, document), "directions": titles.DIRECTIONS, "marks": titles.MARKS,
        "outline": "\n".join(outline(document.content)), "seen": last_act(document.kind, document.id),
        "refusals": refused.refusals if refused else (), "entered": request.POST,
    }  # fmt: skip
    return render(request, "documents/sign.html", context, status=409 if refused else 200)


def _form(request: HttpRequest, given: Given | None, refused: Refused | None = None) -> HttpResponse:
    context: dict[str, Any] = {"given": given, "kilobytes": MAX_BYTES // 1000}
    if refused:
        context["faulty"] = placed(given.text if given else "", refused.refusals)
    return render(request, "documents/prepare.html", context, status=422 if refused else 200)


def _begun(person: PersonRequest) -> Given | None:
    """The text of a version that the new one begins from, where the address names one."""
    version = visible_version(person.actor, person.GET.get("from", ""))
    if version is None or version.file not in person.evidence:
        return None
    return Given(person.evidence.get(version.file), PASTED)


def _given(request: HttpRequest) -> Given:
    """The file, or else the kept bytes, or else the text.

    Raises Refused (``documents.nothing``, ``documents.form``).
    """
    form = request.POST
    file = request.FILES.get("file")
    if file is not None and not isinstance(file, list):
        return Given(file.read(MAX_BYTES + 1), _plain(file.name))
    if form.get("kept"):
        try:
            data = base64.b64decode(form["kept"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise refuse("documents.form", "The form is not whole.", where="document") from error
        return Given(data, _plain(form.get("name")))
    text = form.get("text", "").replace("\r\n", "\n")
    if not text.strip():
        raise refuse(
            "documents.nothing", "No document was given.", where="document",
            expected="a file, or the text of a master batch record or review policy",
        )  # fmt: skip
    return Given(text.encode("utf-8", "replace"), PASTED)


def _plain(name: str | None) -> str:
    """The last part of a file's name."""
    return (name or "").replace("\\", "/").rpartition("/")[2][:120] or PASTED
