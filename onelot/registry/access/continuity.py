"""A session is one person's continuous work: it is suspended when idle, ends after a day's work, and loses no text.

A suspended session still knows whose it is. What is posted to it is put back into a page that asks for the password of
the same person, and goes on from there. The check stands behind that of CSRF, so that nobody else's form is carried on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from onelot.kernel.clock import system_clock
from onelot.registry.access.locking import forget_failures, locked_response, locked_until, tell_if_locked
from onelot.registry.access.passwords import is_expired
from onelot.registry.models import Account
from onelot.registry.requests import PersonRequest
from onelot.registry.signing import SIGNED_BEFORE

STARTED, SEEN, KEPT = "started", "seen", "kept"
SECRETS = frozenset(
    ("password", "code", "security_key", "old_password", "new_password1", "new_password2", "credential")
)
"""Fields that are never put back into a page: such a form is filled in again."""
RESUME = frozenset(("resume_password", "resume_method", "resume_again", "resume_back"))
ALWAYS = frozenset(("sign_in", "account_login", "sign_out", "account_logout"))
SETTLING = frozenset(
    (
        "change_password", "account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_view_recovery_codes",
        "mfa_download_recovery_codes", "mfa_generate_recovery_codes", "stay",
    )
)  # fmt: skip
"""Pages that are open to somebody who must first set a new password or add a second factor."""
_SEEN_STEP = 60
"""Seconds: the session is written at most once in so many, not at every request."""

GetResponse = Callable[[HttpRequest], HttpResponse]


@receiver(user_logged_in)
def _begun(request: HttpRequest, **_: Any) -> None:
    now = _now(request)
    request.session[STARTED] = request.session[SEEN] = now
    request.session.pop(SIGNED_BEFORE, None)


def _now(request: HttpRequest) -> int:
    return int(getattr(request, "clock", system_clock)().timestamp())


class SignInRequired(LoginRequiredMiddleware):
    """After signing in, a person comes to a page, never to an address that takes forms only."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """To the sign-in, and from there to where the person was."""
        if request.method in ("GET", "HEAD") and "HX-Request" not in request.headers:
            return super().handle_no_permission(request, view_func)
        return _to_sign_in(request, _back(request))


class ContinuityMiddleware:
    """Suspends and ends sessions; sends people who must settle something first to where they do it."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; nothing is decided before the view is known."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """None: go on to the page."""
        account = request.user
        name = request.resolver_match.url_name if request.resolver_match else None
        if not isinstance(account, Account) or name in ALWAYS:
            return None
        now, session = _now(request), request.session
        seen = session.setdefault(SEEN, now)
        is_over = now - session.setdefault(STARTED, now) > settings.ONELOT_SESSION_SECONDS
        is_idle = now - seen > settings.ONELOT_IDLE_SECONDS
        if (is_over or is_idle) and (is_background(request) or name == "stay"):
            return HttpResponse(status=401)  # the session waits for what the person sends
        if is_over:
            return _end(request, account)
        if is_idle:
            answer = (
                _suspended(request, account, now) if account.has_usable_password() else _end(request, account)
            )
            if answer is not None:
                return answer
        elif now - seen >= _SEEN_STEP and not is_background(request):
            session[SEEN] = now
        return None if name in SETTLING else _settle(request, account)


def is_background(request: HttpRequest) -> bool:
    """Whether a page asked by itself: that keeps no session alive."""
    return (
        request.headers.get("X-Onelot-Background") == "1"
        or request.headers.get("Accept") == "text/event-stream"
    )


def needs_factor(request: HttpRequest, account: Account) -> bool:
    """Whether one of the person's roles wants a second factor and there is none yet."""
    actor = getattr(request, "actor", None)
    wanted = frozenset(settings.ONELOT_SECOND_FACTOR_ROLES)
    if actor is None or not any(grant.role in wanted for grant in actor.grants):
        return False
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return not Authenticator.objects.filter(user=account, type__in=kinds).exists()


def _settle(request: HttpRequest, account: Account) -> HttpResponse | None:
    if is_expired(account):
        return HttpResponseRedirect(reverse("change_password"))
    if needs_factor(request, account):
        return HttpResponseRedirect(reverse("mfa_index"))
    return None


def _suspended(request: HttpRequest, account: Account, now: int) -> HttpResponse | None:
    """Ask for the password; None once it was given and the posted form may go on."""
    request.session.pop(SIGNED_BEFORE, None)
    if request.method != "POST" or "resume_password" not in request.POST:
        return _ask(request)
    if locked_until(request, account.person) is not None:
        return locked_response(request)
    found = authenticate(request, username=account.person, password=request.POST["resume_password"])
    if found != account:
        tell_if_locked(_person(request).ledger, request, account.person, _person(request).clock)
        return _ask(request, is_wrong=True)
    forget_failures(account.person)
    request.session.cycle_key()
    request.session[SEEN] = now
    if request.POST.get("resume_method") == "get":
        return HttpResponseRedirect(request.get_full_path())
    if request.POST.get("resume_again"):
        texts = _texts(request)
        back = _back(request, request.POST.get("resume_back", ""))
        return render(request, "access/kept.html", {"texts": texts, "back": back})
    carried = request.POST.copy()
    for name in RESUME:
        carried.pop(name, None)
    request.POST = carried  # type: ignore[assignment]
    return None


def _ask(request: HttpRequest, *, is_wrong: bool = False) -> HttpResponse:
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values
        if name not in SECRETS | RESUME | {"csrfmiddlewaretoken"}
    ]  # fmt: skip
    again = bool(SECRETS & request.POST.keys() or request.FILES) or bool(request.POST.get("resume_again"))
    method = request.POST.get("resume_method") or ("post" if request.method == "POST" else "get")
    back = request.POST.get("resume_back") or request.headers.get("Referer", "")
    context = {
        "fields": fields, "method": method, "again": again, "back": _back(request, back), "is_wrong": is_wrong,
        "path": request.get_full_path(),
    }  # fmt: skip
    is_part = "HX-Request" in request.headers
    response = render(request, "access/resume.html", context, status=200 if is_part else 403)
    if is_part:  # part of a page was asked for: the whole page is exchanged
        response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
    return response


def _end(request: HttpRequest, account: Account) -> HttpResponse:
    """Sign out; texts that were posted are offered again to the same person after signing in."""
    kept = {"person": account.person, "texts": _texts(request), "back": _back(request)}
    request.session.flush()
    following = request.get_full_path() if request.method == "GET" else _back(request)
    if kept["texts"]:
        request.session[KEPT] = kept
        following = reverse("kept")
    return _to_sign_in(request, following)


def _to_sign_in(request: HttpRequest, following: str) -> HttpResponseRedirect:
    """To the sign-in; where a part of a page was asked for, the whole page goes there."""
    answer = HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'next': following})}")
    if "HX-Request" in request.headers:
        answer["HX-Redirect"] = answer["Location"]
        del answer["Location"]
        answer.status_code = 204
    return answer


def _texts(request: HttpRequest) -> list[str]:
    """What a person wrote, as against what a form holds of its own."""
    return [
        value for name, values in request.POST.lists() for value in values
        if name not in SECRETS | RESUME and " " in value.strip()
    ]  # fmt: skip


def _back(request: HttpRequest, address: str | None = None) -> str:
    """Where the person was, if that is a page of this site."""
    found = request.headers.get("Referer", "") if address is None else address
    if url_has_allowed_host_and_scheme(found, {request.get_host()}, require_https=request.is_secure()):
        return found
    return reverse("home")


def _person(request: HttpRequest) -> PersonRequest:
    assert isinstance(request.user, Account)
    return request  # type: ignore[return-value]
