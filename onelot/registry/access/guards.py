"""What every request passes first: whose address it is, how often it may ask, which headers its answer carries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onelot.kernel.clock import system_clock
from onelot.registry.models import Account
from onelot.registry.rates import count, seconds_left

GetResponse = Callable[[HttpRequest], HttpResponse]
POLICY = ", ".join(
    [
        f"{feature}=()"
        for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
    ]
    + [f"publickey-credentials-{act}=(self)" for act in ("create", "get")]
)
"""Permissions-Policy: onelot uses none of a device's senses, and security keys on its own pages only."""


class ProxyMiddleware:
    """Believes what a proxy says of the client's address and scheme, if the proxy is one of those configured."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as if the client had asked directly."""
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if not _is_trusted(request.META.get("REMOTE_ADDR", "")):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
            return self._get_response(request)
        for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            if not _is_address(hop):
                break
            request.META["REMOTE_ADDR"] = hop
            if not _is_trusted(hop):
                break
        return self._get_response(request)


class RateMiddleware:
    """Refuses a person's posts, or those of an address before signing in, when there are too many in a minute."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or say when to come again (status 429)."""
        if request.method != "POST" or request.path.startswith("/api/"):  # programs have limits of their own
            return self._get_response(request)
        if isinstance(request.user, Account):
            key, limit = f"person:{request.user.person}", settings.ONELOT_POSTS_A_MINUTE
        else:
            key, limit = f"address:{request.META.get('REMOTE_ADDR', '')}", settings.ONELOT_SIGN_INS_A_MINUTE
        wait = seconds_to_wait(key, limit, system_clock()) if limit else 0
        if not wait:
            return self._get_response(request)
        response = render(request, "access/too_many.html", {"wait": wait}, status=429)
        response["Retry-After"] = str(wait)
        return response


class HeadersMiddleware:
    """Headers that Django does not set by itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; pages of people who have signed in are kept by no cache."""
        response = self._get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if isinstance(getattr(request, "user", None), Account):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def seconds_to_wait(key: str, limit: int, now: datetime) -> int:
    """Count one attempt; 0 when it is within the limit, else the seconds until the next minute begins."""
    return 0 if count(key, now) <= limit else seconds_left(now)


def _is_trusted(address: str) -> bool:
    return _is_address(address) and any(
        ip_address(address) in ip_network(network) for network in settings.ONELOT_TRUSTED_PROXIES
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
