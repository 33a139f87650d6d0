"""What tests of several rooms share: reference data, and a ledger on each of the two databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, connections

from onelot.settings.configuration import Configuration
from onelot.settings.databases import database_settings
from tests.postgresql import Server, find_programs


@pytest.fixture(scope="session")
def keys_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where keys are made that belong to no home folder."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any, keys_of_tests: Path) -> None:
    """Hashing a password as production does takes a third of a second."""
    settings.WEBHOOK_KEY_FILE = keys_of_tests / "webhooks.key"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ONELOT_POSTS_A_MINUTE = settings.ONELOT_SIGN_INS_A_MINUTE = 0  # a test is quicker than a person


@pytest.fixture(autouse=True)
def emptied_ledger(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that commits Django empties its own tables; the ledger's refuse that, and want to be forced."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    tables = ("ledger_entry", "ledger_span", "ledger_tile", "ledger_checkpoint")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger_%'"
        )
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
        for _, sql in triggers:
            cursor.execute(sql)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Published material beside the checkout; the test is skipped where it is absent."""
    folder = Path(os.environ.get("ONELOT_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no reference data: set ONELOT_SHARED_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    server = Server(programs)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Environment that names a fresh, empty database, of either kind, and a home folder."""
    environment = {"ONELOT_HOME": str(tmp_path), "ONELOT_DATABASE_URL": ""}
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql_server")
        name = f"onelot_{uuid4().hex}"
        server.execute(f"CREATE DATABASE {name}")
        environment["ONELOT_DATABASE_URL"] = server.url(name)
    return environment


@pytest.fixture
def alias(database: dict[str, str], django_db_blocker: Any) -> Iterator[str]:
    """Django's name of a database with the ledger's tables, set up as in production."""
    name = f"test_{uuid4().hex}"
    configuration = Configuration(
        home=Path(database["ONELOT_HOME"]), database_url=database["ONELOT_DATABASE_URL"]
    )
    described = {"default": {}, name: database_settings(configuration)}
    connections.settings[name] = connections.configure_settings(described)[name]
    with django_db_blocker.unblock():
        call_command("migrate", "ledger", database=name, verbosity=0)
        yield name
        connections[name].close()
    del connections.settings[name]
    del connections[name]
