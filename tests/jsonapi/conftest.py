"""A world whose API answers on the test database."""

from __future__ import annotations

from pathlib import Path

import pytest

from onelot.jsonapi.allowance import allowance
from onelot.ledger.checkpoint import SigningKey
from tests.site import World


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate("test.example/ledger")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: SigningKey) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    monkeypatch.setattr("onelot.web.middleware.open_signing_key", lambda create: key)
    allowance.forget()
    return world
