"""Both databases, set up for durability: what is acknowledged has reached the disk."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from onelot.kernel.refusals import refuse
from onelot.settings.configuration import Configuration

CONNECTION_SECONDS = 600
"""How long a thread of the site keeps its connection to PostgreSQL."""


def database_settings(configuration: Configuration) -> dict[str, Any]:
    """Django's description of the one database. Refuses an address that is not PostgreSQL's."""
    if not configuration.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": configuration.home / "onelot.sqlite3",
            "OPTIONS": {
                # IMMEDIATE: a writer takes its lock when it begins, so two never both read a stale head.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    url = urlsplit(configuration.database_url)
    if url.scheme not in ("postgresql", "postgres") or not url.path.strip("/"):
        raise refuse(
            "settings.database_url",
            "The database address cannot be used.",
            where="ONELOT_DATABASE_URL",
            expected="postgresql://user:password@host:port/name",
            got=f"{url.scheme}://...{url.path}",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.strip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        # A new connection costs the server a process: as much as a page. One that broke is found before it is used.
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(url.query)),
    }
