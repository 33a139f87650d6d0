"""One environment variable chooses the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from onelot.kernel.refusals import Refused
from onelot.settings.configuration import Configuration
from onelot.settings.databases import database_settings


def test_without_an_address_it_is_sqlite_with_full_durability() -> None:
    settings = database_settings(Configuration(home=Path("somewhere")))
    assert settings["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["NAME"] == Path("somewhere/onelot.sqlite3")
    assert "synchronous=FULL" in settings["OPTIONS"]["init_command"]
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_an_address_is_taken_apart() -> None:
    address = "postgresql://ada:p%40ss@127.0.0.1:5433/lots?sslmode=require"
    settings = database_settings(Configuration(database_url=address))
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"]) == ("ada", "p@ss")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("127.0.0.1", 5433, "lots")
    assert settings["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("address", ["mysql://u:secret@host/name", "postgresql://host/", "lots.sqlite3"])
def test_another_address_is_refused_and_no_password_is_shown(address: str) -> None:
    with pytest.raises(Refused) as refused:
        database_settings(Configuration(database_url=address))
    assert refused.value.refusals[0].where == "ONELOT_DATABASE_URL"
    assert "secret" not in str(refused.value)


def test_the_variable_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONELOT_DATABASE_URL", "postgresql://h/n")
    assert Configuration().database_url == "postgresql://h/n"
