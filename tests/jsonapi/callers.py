"""What tests of the API share: systems with tokens, and asking as one of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from onelot.jsonapi.events import SystemGrant
from onelot.jsonapi.scopes import SCOPES
from onelot.jsonapi.tokens import Systems
from onelot.kernel.clock import system_clock
from onelot.registry.events import Role
from tests.site import World

ROOT = "/api/v1"


def systems(world: World) -> Systems:
    return Systems(world.ledger, world.actor("ada.admin"))


def token(
    world: World, code: str, role: Role, *, organisation: str = "ACME", within: str = "", site: str = "",
    scopes: Sequence[str] = tuple(SCOPES),
) -> str:  # fmt: skip
    """Register a system and issue a token."""
    grants = (SystemGrant(role=role, organisation=within, site=site),)
    systems(world).register(
        code=code,
        name=f"System {code}",
        organisation=organisation,
        grants=grants,
        scopes=scopes,
        reason="tests",
    )
    return systems(world).issue(code=code, label="tests", valid_until=system_clock() + timedelta(days=30))


@dataclass
class Caller:
    """A program with a token."""

    secret: str

    def __post_init__(self) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(f"{ROOT}{path}", headers={**self._headers, **headers})

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        sent = body if isinstance(body, bytes | str) else json.dumps(body)
        return self._client.post(
            f"{ROOT}{path}", b"" if body is None else sent, content_type="application/json",
            headers={**self._headers, "Idempotency-Key": str(uuid4()) if key is None else key, **headers},
        )  # fmt: skip

    def send(self, data: bytes, name: str = "record.json", key: str | None = None) -> Any:
        return self._client.post(
            f"{ROOT}/records", data, content_type="application/octet-stream", query_params={"name": name},
            headers={**self._headers, "Idempotency-Key": str(uuid4()) if key is None else key},
        )  # fmt: skip
