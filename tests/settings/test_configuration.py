"""What the environment says, and what of it is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from onelot.settings.configuration import Configuration

NAMES = (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS", "ONELOT_SECOND_FACTOR_ROLES", "SECURE_PROXY_SSL_HEADER", "ONELOT_TRUSTED_PROXIES",
)  # fmt: skip
SHOWN = f"""
import json
from onelot.settings import django
print(json.dumps({{name: getattr(django, name) for name in {NAMES}}}))
"""


def settings_of(**environment: str) -> dict[str, Any]:
    """Django's settings in a process that is started with these variables."""
    said = {**os.environ, **{f"ONELOT_{name.upper()}": value for name, value in environment.items()}}
    shown = subprocess.run(
        [sys.executable, "-c", SHOWN], env=said, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def test_https_turns_on_what_protects_people_in_production() -> None:
    found = settings_of(public_url="https://onelot.example.org", trusted_proxies='["10.0.0.0/8"]')
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert "onelot.example.org" in found["ALLOWED_HOSTS"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://onelot.example.org"]
    assert found["ONELOT_SECOND_FACTOR_ROLES"] == ["quality_head", "qp", "administrator"]
    assert found["ONELOT_TRUSTED_PROXIES"] == ["10.0.0.0/8"]


def test_a_demo_on_loopback_needs_no_second_factor_and_believes_no_proxy() -> None:
    found = settings_of()
    assert not found["SESSION_COOKIE_SECURE"]
    assert found["ONELOT_SECOND_FACTOR_ROLES"] == []
    assert found["SECURE_PROXY_SSL_HEADER"] is None
    assert settings_of(second_factor_roles='["reviewer"]')["ONELOT_SECOND_FACTOR_ROLES"] == ["reviewer"]


@pytest.mark.parametrize("wrong", [
    {"public_url": "https://onelot.example.org"}, {"public_url": "onelot"}, {"trusted_proxies": ["10.0.0.0/99"]},
    {"idle_minutes": 0}, {"session_hours": 48}, {"failures": 1}, {"failures": 99}, {"second_factor_roles": ["king"]},
    {"oidc_issuer": "https://id.example.org"}, {"oidc_issuer": "id", "oidc_client_id": "x"}, {"password_history": -1},
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Configuration(**wrong)
