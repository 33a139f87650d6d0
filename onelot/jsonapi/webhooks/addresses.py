"""Where a webhook may be sent: to the world outside by https, and inside only where the configuration says so.

Otherwise a webhook would be a way to make the server ask what only it can reach (server-side request forgery). The
name is resolved once, every address is judged, and the connection goes to an address that was judged.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from onelot.kernel.refusals import Refused, refuse

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Target:
    """A URL taken apart, as far as it can be judged without asking anybody."""

    is_https: bool
    host: str
    port: int
    path: str
    """With the query."""


def check_url(url: str) -> Target:
    """Take a URL apart. Raises Refused (``jsonapi.url``) for one to which nothing may be sent whatever its host is."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    except (ValueError, UnicodeError) as error:
        raise _wrong(url, "a URL that can be read") from error
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise _wrong(url, "a URL of ASCII characters without spaces")
    if parts.scheme not in ("https", "http") or not host or len(url) > 500:
        raise _wrong(url, "https://host/path, of at most 500 characters")
    if parts.username or parts.password or parts.fragment:
        raise _wrong(url, "a URL without user name, password and fragment")
    if parts.scheme == "http" and not _allowed_networks():
        raise _wrong(url, "https, since anybody on the way could read http")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_https = parts.scheme == "https"
    target = Target(is_https, host, port or (443 if is_https else 80), path)
    literal = _literal(host)
    if literal is not None:
        _judge(literal, target)
    return target


def resolve(target: Target) -> str:
    """The address to connect to. Raises Refused: ``jsonapi.no_address``, ``jsonapi.address_inside``."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise refuse(
            "jsonapi.no_address", "The host has no address.", where=target.host, got=str(error)[:120]
        ) from error
    addresses = [str(row[4][0]) for row in found]
    for address in addresses:
        _judge(ipaddress.ip_address(address.partition("%")[0]), target)
    return addresses[0]


def _judge(address: Address, target: Target) -> None:
    """Raises Refused (``jsonapi.address_inside``) unless the address is outside, or allowed by the configuration."""
    if any(address in network for network in _allowed_networks() if network.version == address.version):
        return
    inner = _inner(address)
    outside = inner.is_global and not inner.is_multicast and not inner.is_reserved
    if not outside or not target.is_https:
        raise refuse(
            "jsonapi.address_inside", "Nothing is sent to this address.", where=target.host,
            expected="https to a public address, or a network that ONELOT_WEBHOOK_NETWORKS allows", got=str(address),
        )  # fmt: skip


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _allowed_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(network) for network in settings.WEBHOOK_NETWORKS]


def _wrong(url: str, expected: str) -> Refused:
    return refuse(
        "jsonapi.url", "Webhooks cannot be sent to this URL.", where="url", expected=expected, got=url[:200]
    )
