"""Typed configuration, read once from environment variables that begin with ``ONELOT_``."""

from __future__ import annotations

import re
import secrets
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from onelot.identity.domain.coi_formats import BUILT_IN, CoiFormat
from onelot.kernel.refusals import Refused
from onelot.registry.events import Role
from onelot.settings.mail import mail_server


class CoiFormatSetting(BaseModel):
    """A sponsor's own format of COI identifiers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str = Field(description="a regular expression that matches the whole identifier")
    check: Literal["none", "mod37_2"] = "none"
    template: str = ""


class Configuration(BaseSettings):
    """Every setting a user may change; wrong values are refused at start with the variable's name."""

    model_config = SettingsConfigDict(env_prefix="ONELOT_", extra="forbid", frozen=True)

    home: Path = Field(Path("var"), description="folder for the database, evidence and keys")
    database_url: str = Field("", description="postgresql://user:password@host:port/name; empty: SQLite")
    origin: str = Field("onelot.local/ledger", description="name of this ledger in its checkpoints")
    b2mml_schemas: Path | None = Field(None, description="folder of the B2MML XSDs to validate against")
    vault_key_file: Path | None = Field(
        None, description="file with the key of the patients' vault; unset: keys/vault.key in the home folder"
    )
    demonstration: bool = Field(False, description="say on every page that the data are not real")
    seal_certificate: Path | None = Field(
        None, description="PEM of the certificate that seals dossiers, then its issuers; unset: one's own"
    )
    seal_key: Path | None = Field(None, description="PEM of its private key")
    seal_key_password: SecretStr = Field(SecretStr(""), description="where that key is encrypted")
    debug: bool = False
    metrics_token: SecretStr = Field(
        SecretStr(""), description="who knows it reads /metrics (Authorization: Bearer ...); empty: nobody"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="what is logged to standard error, as JSON lines; info: every request"
    )
    secret_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(50)),
        description="Django's key; unset: a new one at each start",
    )
    allowed_hosts: list[str] = ["127.0.0.1", "localhost"]
    public_url: AnyHttpUrl | None = Field(
        None, description="address that people use; https turns on secure cookies, HSTS and second factors"
    )
    trusted_proxies: list[IPvAnyNetwork] = Field(
        [], description="networks of the proxies whose X-Forwarded-For and -Proto are believed"
    )
    idle_minutes: int = Field(30, ge=1, le=240, description="a session without requests is suspended")
    session_hours: int = Field(12, ge=1, le=24, description="a session ends, however busy")
    lock_minutes: int = Field(30, ge=1, le=24 * 60, description="how long an account stays locked")
    failures: int = Field(5, ge=3, le=10, description="failed attempts that lock an account")
    password_days: int = Field(0, ge=0, description="age at which a password must be changed; 0: never")
    password_history: int = Field(5, ge=0, le=24, description="former passwords that are not used again")
    link_hours: int = Field(72, ge=1, le=24 * 14, description="how long a link to set a password works")
    second_factor_roles: list[Role] | None = Field(
        None,
        description="roles that need a second factor; unset: the deciding ones where public_url is https",
    )
    role_curricula: dict[Role, list[str]] = Field(
        {}, description='curricula that acting in a role needs, as JSON: {"qp": ["GMP Annex 16"]}'
    )
    posts_a_minute: int = Field(240, ge=0, description="a person's posts; 0: no limit")
    sign_ins_a_minute: int = Field(
        120, ge=0, description="posts of an address before signing in; 0: no limit"
    )
    oidc_issuer: AnyHttpUrl | None = Field(
        None, description="identity provider for single sign-on (OpenID Connect)"
    )
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = Field("Single sign-on", description="what the button says")
    coi_format: str = Field(
        "plain", description="format of COI identifiers: plain, isbt_128, or one of ONELOT_COI_FORMATS"
    )
    coi_formats: dict[str, CoiFormatSetting] = Field(
        {},
        description='own formats, as JSON: {"acme": {"pattern": "A[0-9]{8}", "template": "A{yy}{number}"}}',
    )
    api_requests_a_minute: int = Field(600, ge=1, description="of one caller of the API, over all processes")
    mail_url: SecretStr = Field(
        SecretStr(""),
        description="server for notices, smtp+starttls://user:password@host:port or smtps://; empty: off",
    )
    mail_from: str = Field(
        "onelot@localhost",
        pattern=r"^[^\s@<>]+@[^\s@<>]+$",
        description="the address from which notices come",
    )
    webhook_key_file: Path | None = Field(
        None,
        description="file with the key that seals webhooks' secrets; unset: keys/webhooks.key in the home folder",
    )
    webhook_networks: list[IPvAnyNetwork] = Field(
        [], description="inner networks to which webhooks may go, and by http: 127.0.0.0/8 to try them out"
    )

    @property
    def is_https(self) -> bool:
        """Whether people reach the site by https only."""
        return self.public_url is not None and self.public_url.scheme == "https"

    @property
    def roles_with_second_factor(self) -> list[Role]:
        """Roles that do nothing before a second factor was added."""
        if self.second_factor_roles is not None:
            return self.second_factor_roles
        return ["quality_head", "qp", "administrator"] if self.is_https else []

    @property
    def chosen_coi_format(self) -> CoiFormat:
        """The format of COI identifiers of this installation's sponsor."""
        own = self.coi_formats.get(self.coi_format)
        if own is None:
            return BUILT_IN[self.coi_format]
        return CoiFormat(self.coi_format, own.pattern, own.check, own.template)

    @model_validator(mode="after")
    def _is_whole(self) -> Configuration:
        mail_server(self.mail_url.get_secret_value())
        if self.is_https and not self.trusted_proxies:
            raise ValueError(
                "ONELOT_PUBLIC_URL with https needs ONELOT_TRUSTED_PROXIES: who ends https before onelot"
            )
        if self.oidc_issuer is not None and not self.oidc_client_id:
            raise ValueError("ONELOT_OIDC_ISSUER needs ONELOT_OIDC_CLIENT_ID")
        if self.coi_format not in self.coi_formats and self.coi_format not in BUILT_IN:
            raise ValueError(f"ONELOT_COI_FORMAT names no format: {self.coi_format}")
        try:
            chosen = self.chosen_coi_format
            if chosen.template:
                chosen.make(date(2026, 1, 1), 1)
            re.compile(chosen.pattern)
        except (re.error, KeyError, Refused) as error:
            raise ValueError(f"ONELOT_COI_FORMATS: {self.coi_format} does not fit itself: {error}") from error
        return self


configuration = Configuration()
