"""Gives each page who asks and where to write; a refusal that reaches here becomes a page with its status."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onelot.kernel.clock import system_clock
from onelot.kernel.refusals import Refused
from onelot.ledger.publishing import publish
from onelot.registry.access.continuity import is_background
from onelot.registry.models import Account
from onelot.registry.queries import actor_of
from onelot.settings.stores import (
    open_evidence,
    open_sealing_key,
    open_signing_key,
    open_vault_key,
    site_ledger,
)

STATUS = {
    "registry.not_allowed": 403,
    "desk.unknown": 404,
    "disposition.unknown": 404,
    "jsonapi.unknown": 404,
    "ledger.evidence_missing": 404,
    "registry.unknown": 404,
    "vault.unknown": 404,
    "identity.unknown": 404,
    "documents.unknown": 404,
}
"""By code of a refusal; any other is 422, since the request was understood and cannot be carried out."""

GetResponse = Callable[[HttpRequest], HttpResponse]


class PersonMiddleware:
    """Fills ``onelot.registry.requests.PersonRequest``; account and actor for people who have signed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._ledger = site_ledger()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with what a page needs at hand."""
        if _holds_nul(request):
            raise BadRequest("A request must not hold the character NUL, which no database can keep.")
        found: dict[str, object] = {
            "ledger": self._ledger, "evidence": open_evidence(), "clock": system_clock,
            "checkpoint": self._checkpoint, "signing_key": open_signing_key, "sealing_key": open_sealing_key,
            "vault_key": open_vault_key,
        }  # fmt: skip
        if isinstance(request.user, Account):
            # Before the page is made: live updates then tell all that the page does not show.
            found["position"] = 0 if is_background(request) else self._ledger.size()
            found |= {"account": request.user, "actor": actor_of(request.user, system_clock())}
        for name, value in found.items():
            setattr(request, name, value)
        return self._get_response(request)

    def _checkpoint(self) -> str:
        return publish(self._ledger, open_signing_key(create=True))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal is shown with what, where, expected, got and hint."""
        if not isinstance(error, Refused):
            return None
        status = STATUS.get(error.refusals[0].code, 422)
        return render(request, "web/refused.html", {"refusals": error.refusals}, status=status)


def _holds_nul(request: HttpRequest) -> bool:
    values = (
        text
        for form in (request.GET, request.POST)
        for name, found in form.lists()
        for text in (name, *found)
    )
    return "\x00" in request.path or any("\x00" in text for text in values)
