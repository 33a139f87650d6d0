"""What every database must keep: one suite, run on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.db.utils import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.execution.events import CommentRecorded, LotCompleted, ParameterRecorded
from onelot.kernel.events import Sourced
from onelot.kernel.refusals import Refused
from onelot.ledger import store
from onelot.ledger.audit import audit
from onelot.ledger.entry import MAX_ENTRY_BYTES, Source
from onelot.ledger.query import ALL, Query
from onelot.ledger.rows import fetch
from onelot.ledger.spans import WIDEST_GAP
from onelot.ledger.store import Ledger
from tests.ledger.making import CATALOGUE, NOON, LotHeld, VialUsed, draft, parameter, vial


@pytest.fixture
def ledger(alias: str) -> Ledger:
    return Ledger(CATALOGUE, alias=alias)


def code(caught: pytest.ExceptionInfo[Refused]) -> str:
    return caught.value.refusals[0].code


def test_append_gives_positions_without_gap_from_one(ledger: Ledger) -> None:
    assert ledger.size() == 0
    assert list(ledger.append([vial("V1")])) == [1]
    assert list(ledger.append([vial("V2"), vial("V3"), vial("V4")])) == [2, 3, 4]
    assert [entry.position for entry in ledger.read()] == [1, 2, 3, 4]


def test_reading_gives_back_what_was_appended(ledger: Ledger) -> None:
    given_draft = draft(
        LotHeld(lot="L1"), "lot:L1", reason="temperature alarm", source=Source("cd" * 32, "A1!B7")
    )
    ledger.append([given_draft])
    (entry,) = ledger.read()
    assert (entry.event, entry.actor, entry.occurred_at, entry.tags, entry.reason, entry.source) == (
        given_draft.event,
        given_draft.actor,
        given_draft.occurred_at,
        given_draft.tags,
        given_draft.reason,
        given_draft.source,
    )
    assert UUID(entry.id).version == 7
    assert entry.sourced() == Sourced(position=1, event=given_draft.event, document="cd" * 32, place="A1!B7")


def test_an_event_without_source_is_sourced_by_its_position(ledger: Ledger) -> None:
    ledger.append([vial("V1")])
    (entry,) = ledger.read()
    assert entry.sourced() == Sourced(position=1, event=VialUsed(vial="V1", lot="L1"))


def test_each_entry_holds_the_leaf_hash_of_the_one_before(ledger: Ledger) -> None:
    ledger.append([parameter(number) for number in range(5)])
    ledger.append([vial("V1")])
    stored = list(ledger.read_bytes())
    # The hash of the empty tree is SHA-256 of nothing (RFC 9162 section 2.1.1).
    assert json.loads(stored[0])["previous"] == sha256(b"").hexdigest()
    for before, after in pairwise(stored):
        assert json.loads(after)["previous"] == sha256(b"\x00" + before).hexdigest()
    assert [json.loads(entry)["position"] for entry in stored] == [1, 2, 3, 4, 5, 6]


def test_one_bad_draft_stops_the_whole_append(ledger: Ledger) -> None:
    with pytest.raises(Refused) as caught:
        ledger.append([vial("V1"), draft(LotHeld(lot="L1"), "lot:L1")])
    assert code(caught) == "ledger.reason_missing"
    assert ledger.size() == 0


def test_an_append_of_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Refused) as caught:
        ledger.append([])
    assert code(caught) == "ledger.nothing_to_append"


def test_an_entry_too_large_for_an_entry_bundle_is_refused(ledger: Ledger) -> None:
    def comment(length: int) -> None:
        ledger.append([draft(CommentRecorded(lot="L1", subject="s", text="x" * length), "lot:L1")])

    comment(1)
    (entry,) = ledger.read_bytes()
    room = MAX_ENTRY_BYTES - len(entry) + 1
    comment(room)
    assert len(next(ledger.read_bytes(after=1))) == MAX_ENTRY_BYTES
    with pytest.raises(Refused) as caught:
        comment(room + 1)
    assert code(caught) == "ledger.entry_too_large"
    assert ledger.size() == 2


def test_a_condition_stops_an_append_when_something_matches(ledger: Ledger) -> None:
    ledger.append([vial("V1", "L1")])
    with pytest.raises(Refused) as caught:
        ledger.append([vial("V1", "L2")], unless=Query(tags=("vial:V1",)))
    assert code(caught) == "ledger.condition_failed"
    assert "position 1" in caught.value.refusals[0].where
    assert ledger.size() == 1


def test_a_condition_looks_only_after_its_position_and_only_at_its_query(ledger: Ledger) -> None:
    ledger.append([vial("V1", "L1")])
    ledger.append([vial("V1", "L2")], unless=Query(tags=("vial:V1",)), after=1)
    ledger.append([vial("V3")], unless=Query(tags=("vial:V3",)))
    ledger.append([vial("V4")], unless=Query(tags=("vial:V1",), types=(LotHeld,)))
    assert ledger.size() == 4


def test_a_condition_after_an_unknown_position_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Refused) as caught:
        ledger.append([vial()], unless=Query(tags=("vial:V1",)), after=1)
    assert code(caught) == "ledger.after_unknown"


def test_a_condition_on_everything_is_an_expected_version(ledger: Ledger) -> None:
    ledger.append([vial()], unless=ALL, after=0)
    with pytest.raises(Refused):
        ledger.append([vial()], unless=ALL, after=0)
    ledger.append([vial()], unless=ALL, after=1)


TAGS = ("lot:A", "lot:B", "vial:1", "vial:2")
TYPES = (VialUsed, LotHeld, CommentRecorded, LotCompleted)
EVENTS = {
    VialUsed: VialUsed(vial="1", lot="A"),
    LotHeld: LotHeld(lot="A"),
    CommentRecorded: CommentRecorded(lot="A", subject="s", text="t"),
    LotCompleted: LotCompleted(lot="A", completed_at=NOON),
}
items = st.builds(
    Query,
    tags=st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
    types=st.lists(st.sampled_from(TYPES), max_size=2, unique=True).map(tuple),
)
queries = st.one_of(items, st.builds(lambda left, right: left | right, items, items))
appends = st.lists(
    st.lists(
        st.tuples(st.sampled_from(TYPES), st.lists(st.sampled_from(TAGS), max_size=3, unique=True)),
        min_size=1,
        max_size=3 * WIDEST_GAP,
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(appends=appends, queries=st.lists(queries, min_size=1, max_size=5), data=st.data())
def test_reading_equals_filtering_everything(
    ledger: Ledger, appends: list[list[tuple[type, list[str]]]], queries: list[Query], data: st.DataObject
) -> None:
    base = ledger.size()
    written = []
    for batch in appends:
        ledger.append([draft(EVENTS[kind], *tags, reason="why") for kind, tags in batch])
        written.extend(batch)
    after = data.draw(st.integers(0, len(written)))
    until = data.draw(st.integers(after, len(written)))
    for query in queries:
        wanted = [
            base + number
            for number, (kind, tags) in enumerate(written, 1)
            if after < number <= until
            and any(
                (not branch.types or kind in branch.types) and set(branch.tags) <= set(tags)
                for branch in (query, *query.alternatives)
            )
        ]
        found = ledger.read(query, after=base + after, until=base + until)
        assert [entry.position for entry in found] == wanted


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_reading_a_prefix_gives_what_was_known_then(ledger: Ledger, sizes: list[int]) -> None:
    known = {ledger.size(): list(ledger.read())}
    for size in sizes:
        ledger.append([parameter(number) for number in range(size)])
        known[ledger.size()] = list(ledger.read())
    for position, entries in known.items():
        assert list(ledger.read(until=position)) == entries


def test_pages_join_without_loss(ledger: Ledger) -> None:
    for start in range(0, 2500, 500):
        ledger.append([parameter(number, f"L{number % 2}") for number in range(start, start + 500)])
    assert [entry.position for entry in ledger.read()] == list(range(1, 2501))
    for lot in (0, 1):
        found = ledger.read(Query(tags=(f"lot:L{lot}",)))
        assert [entry.position for entry in found] == list(range(lot + 1, 2501, 2))
    types = ledger.read(Query(types=(ParameterRecorded, VialUsed)), after=1200, until=2300)
    assert [entry.position for entry in types] == list(range(1201, 2301))


def test_replay_gives_what_read_gives(ledger: Ledger) -> None:
    ledger.append([parameter(1), vial("V1"), draft(LotHeld(lot="L1"), reason="alarm")])
    ledger.append([parameter(number) for number in range(40)])
    assert list(ledger.replay()) == [entry.sourced() for entry in ledger.read()]
    assert [item.position for item in ledger.replay(after=2, until=5)] == [3, 4, 5]


def test_reading_fetches_page_by_page(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        ledger.append([parameter(number) for number in range(700)])
    fetched: list[int] = []

    def watch(*arguments: Any) -> list[Any]:
        rows = fetch(*arguments)
        fetched.append(len(rows))
        return rows

    monkeypatch.setattr(store, "fetch", watch)
    for entries in (ledger.read(), ledger.read_bytes(), ledger.read(Query(tags=("lot:L1",)))):
        fetched.clear()
        next(entries)
        assert 0 < sum(fetched) <= 1100  # of 3,500: one page, and the few that are not in the index
        assert sum(1 for _ in entries) == 3499
        assert max(fetched) <= 1000


def test_several_ledger_objects_see_each_others_appends(ledger: Ledger) -> None:
    other = Ledger(CATALOGUE, alias=ledger.alias)
    for number in range(80):  # past two blocks of the index, in turns that neither object knows of
        (ledger if number % 3 else other).append([vial(f"V{number}")])
    assert [entry.position for entry in ledger.read()] == list(range(1, 81))
    for number in range(80):
        (entry,) = ledger.read(Query(tags=(f"vial:V{number}",)))
        assert entry.position == number + 1
    assert audit((), alias=ledger.alias).faults == ()


def test_a_guess_of_a_transaction_that_was_undone_is_not_trusted(ledger: Ledger) -> None:
    ledger.append([vial("V1")])
    with transaction.atomic(using=ledger.alias):
        ledger.append([vial("V2")])
        transaction.set_rollback(True, using=ledger.alias)
    ledger.append([vial("V3")])
    assert [entry.tags[0] for entry in ledger.read()] == ["vial:V1", "vial:V3"]
    assert audit((), alias=ledger.alias).faults == ()


def test_a_reader_that_appends_meanwhile_comes_to_an_end(ledger: Ledger) -> None:
    ledger.append([vial("V1"), vial("V2")])
    for _ in ledger.read(Query(types=(VialUsed,))):
        ledger.append([vial("V3")])
    assert ledger.size() == 4


def test_times_of_recording_never_fall_and_name_prefixes(alias: str) -> None:
    ticks = [NOON, NOON + timedelta(seconds=10), NOON - timedelta(hours=1), NOON + timedelta(seconds=20)]
    clock = iter(ticks)
    ledger = Ledger(CATALOGUE, alias=alias, clock=lambda: next(clock))
    for _ in ticks:
        ledger.append([vial()])
    recorded = [entry.recorded_at for entry in ledger.read()]
    assert recorded == [ticks[0], ticks[1], ticks[1], ticks[3]]
    assert ledger.position_at(NOON - timedelta(seconds=1)) == 0
    assert ledger.position_at(NOON) == 1
    assert ledger.position_at(NOON + timedelta(seconds=15)) == 3
    assert ledger.position_at(NOON + timedelta(days=1)) == 4


def test_an_append_shares_the_fate_of_its_transaction(ledger: Ledger) -> None:
    with transaction.atomic(using=ledger.alias):
        ledger.append([vial("V1")])
        assert ledger.size() == 1
        transaction.set_rollback(True, using=ledger.alias)
    assert ledger.size() == 0
    with transaction.atomic(using=ledger.alias):
        ledger.append([vial("V1")])
        with pytest.raises(Refused):
            ledger.append([vial("V1")], unless=Query(tags=("vial:V1",)))
        ledger.append([vial("V2")])
    assert [entry.tags[0] for entry in ledger.read()] == ["vial:V1", "vial:V2"]


REFUSED = {
    "change an entry": "UPDATE ledger_entry SET entry = entry WHERE position = 1",
    "change where nothing is": "UPDATE ledger_entry SET position = 9 WHERE position = 1",
    "delete an entry": "DELETE FROM ledger_entry WHERE position = 1",
    "leave a gap": "INSERT INTO ledger_entry (position, leaf, entry) SELECT 9, leaf, entry FROM ledger_entry",
    "take a position twice": "INSERT INTO ledger_entry SELECT * FROM ledger_entry",
    "change a span": "UPDATE ledger_span SET first = first",
    "delete a span": "DELETE FROM ledger_span",
    "change a tile": "UPDATE ledger_tile SET nodes = nodes",
    "delete a tile": "DELETE FROM ledger_tile",
    "change a checkpoint": "UPDATE ledger_checkpoint SET note = note",
    "delete a checkpoint": "DELETE FROM ledger_checkpoint",
}
REFUSED_SQLITE = {
    "replace an entry": "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry",
    "replace a span": "INSERT OR REPLACE INTO ledger_span SELECT * FROM ledger_span",
    "replace a tile": "INSERT OR REPLACE INTO ledger_tile SELECT * FROM ledger_tile",
    "replace a checkpoint": "INSERT OR REPLACE INTO ledger_checkpoint SELECT * FROM ledger_checkpoint",
}
REFUSED_POSTGRESQL = {
    "replace an entry": (
        "INSERT INTO ledger_entry SELECT * FROM ledger_entry"
        " ON CONFLICT (position) DO UPDATE SET entry = EXCLUDED.entry"
    ),
    "empty the entries": "TRUNCATE ledger_entry",
    "empty the index": "TRUNCATE ledger_span",
    "empty the tiles": "TRUNCATE ledger_tile",
    "empty the checkpoints": "TRUNCATE ledger_checkpoint",
}


def test_the_database_itself_refuses_changes(ledger: Ledger) -> None:
    ledger.append([parameter(number) for number in range(256)])
    ledger.tree()
    connection = connections[ledger.alias]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_checkpoint (size, note) VALUES (1, 'x')")
    before = _dump(ledger)
    own = REFUSED_SQLITE if connection.vendor == "sqlite" else REFUSED_POSTGRESQL
    for what, statement in {**REFUSED, **own}.items():
        with connection.cursor() as cursor:
            with pytest.raises(DatabaseError) as caught:
                cursor.execute(statement)
            assert re.search("append-only|UNIQUE|duplicate key", str(caught.value)), what
    assert _dump(ledger) == before


def _dump(ledger: Ledger) -> list[list[tuple[object, ...]]]:
    with connections[ledger.alias].cursor() as cursor:
        found = []
        for table in ("ledger_entry", "ledger_span", "ledger_tile", "ledger_checkpoint"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
            found.append(cursor.fetchall())
    return found


def test_a_damaged_index_is_refused_not_read(ledger: Ledger) -> None:
    ledger.append([vial("V1")] * 32)
    connection = connections[ledger.alias]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER ledger_span_insert")
        cursor.execute("INSERT INTO ledger_span (term, last, first) VALUES ('lot:L1', 33, 1)")
    with pytest.raises(Refused) as caught:
        list(ledger.read(Query(tags=("lot:L1",))))
    assert code(caught) == "ledger.index_damaged"
