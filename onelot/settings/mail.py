"""Where mails go out: one address that says the server, how the way there is protected, and who onelot is there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """One SMTP server."""

    host: str
    port: int
    user: str
    password: str
    uses_starttls: bool
    uses_tls: bool


def mail_server(url: str) -> MailServer | None:
    """The server of ``smtp+starttls://user:password@host:port``, ``smtps://`` or ``smtp://``; None where there is none.

    Raises ValueError, which does not repeat the password.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("ONELOT_MAIL_URL cannot be read") from error
    if (
        parts.scheme not in _PORTS
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise ValueError(
            "ONELOT_MAIL_URL must be smtp+starttls://, smtps:// or smtp://user:password@host:port"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and parts.scheme == "smtp" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("ONELOT_MAIL_URL would send a password in clear: use smtp+starttls or smtps")
    return MailServer(
        parts.hostname, port or _PORTS[parts.scheme], user, password, parts.scheme == "smtp+starttls",
        parts.scheme == "smtps",
    )  # fmt: skip
