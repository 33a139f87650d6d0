"""What every request passes first: limits, headers, and whose address it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.site import NOW, PASSWORD, World, signed_in
from tests.web.test_sign_in import away, sign_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    cache.clear()
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def test_too_many_posts_wait(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ONELOT_POSTS_A_MINUTE, settings.ONELOT_SIGN_INS_A_MINUTE = 3, 4
    clients = [signed_in(person) for person in ("rita.review", "ralf.review")]
    monkeypatch.setattr("onelot.registry.access.guards.system_clock", lambda: NOW)
    for client in clients:
        assert [client.post(reverse("stay")).status_code for _ in range(5)] == [204, 204, 204, 429, 429]
    waits = [answer for answer in (sign_in("nobody", "x") for _ in range(6)) if answer.status_code == 429]
    assert len(waits) == 2
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in waits)
    assert clients[0].get(reverse("account")).status_code == 200, "reading is not limited"
    monkeypatch.setattr("onelot.registry.access.guards.system_clock", lambda: NOW + timedelta(minutes=1))
    assert clients[0].post(reverse("stay")).status_code == 204


def test_every_answer_carries_the_headers(world: World, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    rita = signed_in("rita.review")
    for path in ("/sign-in/", "/desk/", "/account/", "/desk/lots/404/", "/nowhere/"):
        headers = rita.get(path, secure=True).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "'unsafe" not in headers["Content-Security-Policy"]
        expected = {
            "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
            "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        }  # fmt: skip
        assert {name: headers.get(name) for name in expected} == expected, path
        assert "camera=()" in headers["Permissions-Policy"]
        assert "no-store" in headers["Cache-Control"], path


@pytest.mark.parametrize(("remote", "forwarded", "scheme", "found"), [
    ("10.0.0.1", "203.0.113.9", "https", ("203.0.113.9", True)),
    ("10.0.0.1", "198.51.100.7, 203.0.113.9", "https", ("203.0.113.9", True)),
    ("10.0.0.1", "203.0.113.9, 10.0.0.2", "http", ("203.0.113.9", False)),
    ("10.0.0.1", "rubbish", "https", ("10.0.0.1", True)),
    ("203.0.113.9", "198.51.100.7", "https", ("203.0.113.9", False)),
])  # fmt: skip
def test_only_a_known_proxy_is_believed(
    settings: Any, remote: str, forwarded: str, scheme: str, found: tuple[str, bool]
) -> None:
    from django.http import HttpResponse
    from django.test import RequestFactory

    from onelot.registry.access.guards import ProxyMiddleware

    settings.ONELOT_TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get(
        "/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded, HTTP_X_FORWARDED_PROTO=scheme
    )
    ProxyMiddleware(lambda _: HttpResponse())(request)
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == found


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(world: World, back: str) -> None:
    rita = signed_in("rita.review")
    away(rita, seconds=1801)
    form = {"password": "x", "resume_password": PASSWORD, "resume_again": "1", "resume_back": back}
    assert back not in rita.post(reverse("desk:sign", args=["L1"]), form).content.decode()
    answer = Client().post(
        reverse("sign_in"), {"username": "rita.review", "password": PASSWORD, "next": back}
    )
    assert answer.headers["Location"] == "/"
