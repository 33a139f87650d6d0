"""Typed configuration, read once from environment variables that begin with ``ONELOT_``."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Configuration(BaseSettings):
    """Every setting a user may change; wrong values are refused at start with the variable's name."""

    model_config = SettingsConfigDict(env_prefix="ONELOT_", extra="forbid", frozen=True)

    home: Path = Field(Path("var"), description="folder for the database, evidence and keys")
    database_url: str = Field("", description="postgresql://user:password@host:port/name; empty: SQLite")
    origin: str = Field("onelot.local/ledger", description="name of this ledger in its checkpoints")
    b2mml_schemas: Path | None = Field(None, description="folder of the B2MML XSDs to validate against")
    debug: bool = False
    secret_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(50)),
        description="Django's key; unset: a new one at each start",
    )
    allowed_hosts: list[str] = ["127.0.0.1", "localhost"]


configuration = Configuration()
