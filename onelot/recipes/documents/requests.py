"""What the documents' pages take from their forms."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from onelot.kernel.refusals import refuse
from onelot.recipes.documents.service import Signed
from onelot.registry.requests import PersonRequest
from onelot.registry.signing import Signing, credentials_of

ZONE = "UTC"
"""Documents belong to no site, so their times are shown in UTC, also to who signs."""


def seen_in(request: HttpRequest) -> int:
    """The ledger position at which the page that was acted on was read."""
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "documents.form", "The form is not whole.", where="seen", expected="a ledger position", got=text[:40]
        )  # fmt: skip
    return int(text)


def signed_in(request: HttpRequest) -> Signed:
    """With what somebody signs what a page showed."""
    person = cast("PersonRequest", request)
    signing = Signing(person.ledger, person.evidence, person.account, request, ZONE, person.clock)
    return Signed(signing, credentials_of(request), seen_in(request))


def without(request: HttpRequest, *names: str) -> str:
    """The address's filter without some of its parts."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()
