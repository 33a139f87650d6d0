"""Where webhooks may go: never to what only the server can reach, unless the configuration says so."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from onelot.jsonapi.webhooks.addresses import check_url, resolve
from onelot.kernel.refusals import Refused


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)


@pytest.mark.parametrize("url", [
    "", "example.org", "ftp://example.org/", "http://example.org/", "https://", "https:///x",
    "https://user@example.org/",
    "https://user:word@example.org/", "https://example.org/#part", "https://example.org:99999/",
    "https://exa mple.org/",
    "https://example.org/\r\nX: y", "https://[::1/", "javascript:alert(1)", "file:///etc/passwd", "https://bücher.example/ü",
    "https://example.org/" + "x" * 500, "https://" + "a" * 300 + ".example/",
])  # fmt: skip
def test_urls_that_are_refused_as_they_stand(url: str) -> None:
    with pytest.raises(Refused) as refused:
        check_url(url)
    assert refused.value.refusals[0].code == "jsonapi.url"


INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1",
    "ff02::1",

    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_inner_addresses_are_refused_written_out_and_by_name(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused) as refused:
        check_url(f"https://{host}/hook")
    assert refused.value.refusals[0].code == "jsonapi.address_inside"
    resolving(monkeypatch, "93.184.215.14", address)
    with pytest.raises(Refused) as refused:
        resolve(check_url("https://example.org/hook"))
    assert refused.value.refusals[0].code == "jsonapi.address_inside"


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "017700000001"])
def test_other_spellings_of_loopback_are_refused_when_they_are_resolved(host: str) -> None:
    with pytest.raises(Refused):
        resolve(check_url(f"https://{host}/hook"))


def test_a_public_address_is_taken_as_it_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.215.14")
    target = check_url("https://example.org:8443/hook?a=b")
    assert (target.host, target.port, target.path) == ("example.org", 8443, "/hook?a=b")
    assert resolve(target) == "93.184.215.14"


def test_an_allowed_network_may_be_reached_and_by_http_only_there(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16"]
    assert resolve(check_url("http://10.20.0.7/hook")) == "10.20.0.7"
    for host in ("10.21.0.1", "127.0.0.1"):
        with pytest.raises(Refused):
            check_url(f"http://{host}/hook")
    resolving(monkeypatch, "93.184.215.14")
    with pytest.raises(Refused):
        resolve(check_url("http://example.org/hook"))
