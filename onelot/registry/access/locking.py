"""Locks after failed attempts, the same for signing in and for signing (21 CFR 11.300(d); EU GMP Annex 11, 12)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.store import Ledger
from onelot.registry.access.events import AccountLocked
from onelot.registry.models import AccessNotice, Account

LOG = logging.getLogger("onelot.security")


class AttemptHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts attempts without what was posted: it may hold passwords, codes, and what people wrote."""

    def user_login_failed(
        self, sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count one failure."""
        if request is None:
            return super().user_login_failed(sender, credentials, request, **kwargs)  # type: ignore[no-any-return]
        sent = request.GET, request.POST
        request.GET, request.POST = QueryDict(), QueryDict()
        try:
            super().user_login_failed(sender, credentials, request, **kwargs)
        finally:
            request.GET, request.POST = sent


def lock_time() -> timedelta:
    """How long a lock lasts after the last attempt that counted."""
    return timedelta(hours=settings.AXES_COOLOFF_TIME)


def locked_until(request: HttpRequest, person: str) -> datetime | None:
    """Until when nobody may sign in or sign as ``person``; None when it is not locked."""
    if not AxesProxyHandler.is_locked(request, {"username": person}):
        return None
    last = AccessAttempt.objects.filter(username=person).order_by("-attempt_time").first()
    return last.attempt_time + lock_time() if last else None


def count_failure(request: HttpRequest, person: str) -> None:
    """Count a failed attempt that is not one of a password, which Django's ``authenticate`` counts itself."""
    user_login_failed.send(sender=__name__, credentials={"username": person}, request=request)


def forget_failures(person: str) -> None:
    """Begin to count anew, after the person has proved to be the person."""
    AxesProxyHandler.reset_attempts(username=person)


def tell_if_locked(ledger: Ledger, request: HttpRequest, person: str, clock: Clock = system_clock) -> None:
    """Record once that an account was locked, and tell administrators at once, on their page and in the log.

    The name of nobody's account is not recorded: a ledger must not fill with what strangers type.
    """
    until = locked_until(request, person)
    if until is None or not Account.objects.filter(person=person).exists():
        return
    now = clock()
    told = (
        AccessNotice.objects.filter(person=person, kind__in=("locked", "unlocked"))
        .order_by("-position")
        .first()
    )
    if told is not None and told.kind == "locked" and told.until is not None and told.until > now:
        return
    address = str(request.META.get("REMOTE_ADDR", ""))
    LOG.warning("account locked after failed attempts: person=%s address=%s until=%s", person, address, until)
    event = AccountLocked(person=person, failures=settings.AXES_FAILURE_LIMIT, until=until, address=address)
    ledger.append(
        [Draft(event=event, actor="system:access", occurred_at=now, tags=(f"person:{person}",))]
    )  # fmt: skip


def refusal_of_lock(until: datetime) -> Refused:
    """What a person reads whose account is locked."""
    return refuse(
        "registry.locked", "Too many attempts failed, so the account is locked for a while.", where="account",
        got=said("locked until {until} UTC", until=f"{until:%Y-%m-%d %H:%M}"),
        hint="Wait until then, or ask an administrator. If it was not you who tried, tell an administrator at once.",
    )  # fmt: skip


def locked_response(request: HttpRequest, *_: object) -> HttpResponse:
    """The page for somebody who is locked: status 429, and when to come again."""
    response = render(
        request, "access/locked.html", {"minutes": int(lock_time().total_seconds() // 60)}, status=429
    )
    response["Retry-After"] = str(int(lock_time().total_seconds()))
    return response
