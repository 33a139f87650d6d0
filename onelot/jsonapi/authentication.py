"""Who asks: a system by its token, or a person who has signed in; and whether this part of the API is open to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from onelot.jsonapi.allowance import check_allowed
from onelot.jsonapi.tokens import actor_of, system_of
from onelot.kernel.refusals import refuse
from onelot.registry.models import Account
from onelot.registry.permissions import Actor
from onelot.registry.requests import PersonRequest


class _Guarding:
    """What both ways in check besides who asks."""

    scope: str
    queries: frozenset[str] = frozenset()
    """The query parameters that the operation knows."""

    def check(self, request: HttpRequest, actor: Actor, scopes: list[str] | None) -> Actor:
        """The actor, allowed in.

        Raises Refused: ``jsonapi.scope_missing``, ``jsonapi.too_many_requests``, ``jsonapi.query_unknown``.
        """
        if scopes is not None and self.scope and self.scope not in scopes:
            raise refuse(
                "jsonapi.scope_missing", "The token does not open this part of the API.", where="Authorization",
                expected=self.scope, got=" ".join(scopes), hint="Ask the administrator who issued it.",
            )  # fmt: skip
        check_allowed(actor.who, cast("PersonRequest", request).clock())
        asked: Mapping[str, object] = request.GET
        for name in asked:
            if name not in self.queries or len(request.GET.getlist(name)) > 1:
                raise refuse(
                    "jsonapi.query_unknown", "The address asks for something that is not known here, or twice.",
                    where=name[:80], expected=", ".join(sorted(self.queries)) or "no query",
                )  # fmt: skip
        return actor


class Token(_Guarding, HttpBearer):
    """A system, by the token in the header ``Authorization``."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The system that the token stands for, with what it may do."""
        person = cast("PersonRequest", request)
        found = system_of(token.strip(), person.clock())
        if found is None:
            return None
        person.actor = actor_of(found[0])
        return self.check(request, person.actor, found[0].scopes)


class Session(_Guarding, APIKeyCookie):
    """A person who has signed in to the site; what changes something wants the token against forged requests, too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, scope: str) -> None:
        super().__init__(csrf=False)  # checked below, and only where there is a session
        self.scope = scope

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """The person, with what they may do."""
        person = cast("PersonRequest", request)
        if "Authorization" in request.headers or not key or not isinstance(request.user, Account):
            return None
        if request.method not in ("GET", "HEAD") and check_csrf(request):
            raise refuse(
                "jsonapi.csrf", "This request may have been made by another site, so it was not carried out.",
                where="X-CSRFToken", expected="the value of the cookie csrftoken",
            )  # fmt: skip
        return self.check(request, person.actor, None)
