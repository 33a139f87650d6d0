"""What somebody with power over the database forced is found, in entries and in all that was derived."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from django.db import connections

from onelot.kernel.refusals import Refused
from onelot.ledger.audit import audit
from onelot.ledger.checkpoint import Checkpoint
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.ledger.verifier import Fault
from tests.ledger.making import CATALOGUE, parameter

SIZE = 300
TABLES = ("entry", "span", "tile", "checkpoint")


@pytest.fixture
def ledger(alias: str) -> Ledger:
    ledger = Ledger(CATALOGUE, alias=alias)
    for start in range(0, SIZE, 60):
        ledger.append([parameter(start + number, f"L{start}") for number in range(60)])
    ledger.tree()
    return ledger


@contextmanager
def forced(ledger: Ledger) -> Iterator[Any]:
    """A cursor for which the triggers are off, as an administrator can have it; they are on again after."""
    connection = connections[ledger.alias]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield cursor
            for _, sql in triggers:
                cursor.execute(sql)
        else:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE ledger_{table} DISABLE TRIGGER ALL")
            yield cursor
            for table in TABLES:
                cursor.execute(f"ALTER TABLE ledger_{table} ENABLE TRIGGER ALL")


def force(ledger: Ledger, statement: str, *parameters: object) -> tuple[Fault, ...]:
    """Change the database; the faults that are found then."""
    signed = (Checkpoint("test", SIZE, ledger.tree().root()),)
    assert audit(signed, alias=ledger.alias).faults == ()
    with forced(ledger) as cursor:
        cursor.execute(statement, parameters)
    return audit(signed, alias=ledger.alias).faults


def test_one_bit_of_a_stored_entry_or_hash_is_found_and_named(ledger: Ledger) -> None:
    random = Random(11)
    entries = list(ledger.read_bytes())
    for column in ("entry", "leaf"):
        for position in sorted(random.sample(range(1, SIZE + 1), 3)):
            with connections[ledger.alias].cursor() as cursor:
                cursor.execute(f"SELECT {column} FROM ledger_entry WHERE position = %s", (position,))
                good = bytes(cursor.fetchone()[0])
            bit = random.randrange(len(good) * 8)
            changed = bytearray(good)
            changed[bit // 8] ^= 1 << bit % 8
            statement = f"UPDATE ledger_entry SET {column} = %s WHERE position = %s"
            faults = force(ledger, statement, bytes(changed), position)
            assert position in [fault.position for fault in faults], (column, position, bit)
            with forced(ledger) as cursor:
                cursor.execute(statement, (good, position))
    assert list(ledger.read_bytes()) == entries


@pytest.mark.parametrize("position", [1, 150])
def test_a_deleted_entry_is_found(ledger: Ledger, position: int) -> None:
    faults = force(ledger, "DELETE FROM ledger_entry WHERE position = %s", position)
    assert any(fault.what == f"entries {position} to {position} are missing" for fault in faults)


def test_entries_cut_off_at_the_end_are_found_by_a_checkpoint(ledger: Ledger) -> None:
    faults = force(ledger, "DELETE FROM ledger_entry WHERE position > 290")
    assert any(fault.position == 291 and "missing at the end" in fault.what for fault in faults)


def test_an_entry_under_another_position_is_found(ledger: Ledger) -> None:
    faults = force(ledger, "UPDATE ledger_entry SET position = 1000 WHERE position = 300")
    assert any(fault.position == 1000 for fault in faults)


def test_a_span_gone_or_narrowed_is_found_for_each_entry_it_hid(ledger: Ledger) -> None:
    faults = force(ledger, "DELETE FROM ledger_span WHERE term = 'lot:L60'")
    assert [fault.position for fault in faults] == list(range(61, 121))
    assert "'lot:L60'" in faults[0].what
    with forced(ledger) as cursor:
        cursor.execute("INSERT INTO ledger_span (term, last, first) VALUES ('lot:L60', 120, 61)")
    faults = force(ledger, "UPDATE ledger_span SET first = first + 1 WHERE term = 'lot:L120'")
    assert 121 in [fault.position for fault in faults]


def test_a_changed_tile_is_found(ledger: Ledger) -> None:
    (fault,) = force(ledger, "UPDATE ledger_tile SET nodes = %s", bytes(511 * 32))
    assert fault.what == "tile 0 of level 0 does not hold the hashes below it"


def test_a_trigger_gone_is_found(ledger: Ledger) -> None:
    connection = connections[ledger.alias]
    with connection.cursor() as cursor:
        name = "ledger_entry_update" if connection.vendor == "sqlite" else "ledger_entry_refuse"
        cursor.execute(f"DROP TRIGGER {name}" + (" ON ledger_entry" if connection.vendor != "sqlite" else ""))
    (fault,) = audit((), alias=ledger.alias).faults
    assert name in fault.what


@pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_a_server_that_does_not_flush_is_a_fault(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    (fault,) = audit((), alias=alias).faults
    assert "synchronous_commit is off" in fault.what


def test_an_entry_whose_form_was_destroyed_is_refused_where_it_matters(ledger: Ledger) -> None:
    with forced(ledger) as cursor:
        cursor.execute("UPDATE ledger_entry SET entry = %s WHERE position = 300", (b"x",))
    for act in (
        lambda: Ledger(CATALOGUE, alias=ledger.alias).append([parameter(1)]),
        lambda: list(ledger.read()),
        lambda: list(ledger.replay()),
        lambda: list(ledger.read(Query(tags=("lot:L240",)))),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.refusals[0].code == "ledger.entry_unreadable"
    assert ledger.size() == SIZE
