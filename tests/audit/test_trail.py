"""Searching the audit trail and taking it away: whole, in order, and no more than the person may see."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.audit import search as searching
from onelot.audit.events import TrailExported
from onelot.audit.search import Wanted, everything, search
from onelot.ledger.checkpoint import parse_checkpoint, split_note
from onelot.ledger.entry import Entry
from onelot.ledger.query import Query
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
TRAIL = "/audit/"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    world.lot("L1", "major", "minor")
    world.lot("L2", "critical", site="OTHER-1")
    card, _ = world.findings("L1")
    world.desk("rita.review").decide(
        finding=card.key, decision="accepted", reason="The PROBE was dry.", seen=world.ledger.size()
    )
    world.person("greta.german", "Greta German", "quality_head", scope="MAKER")
    return world


def pages(world: World, person: str, wanted: Wanted) -> Iterator[Entry]:
    """Every page of a search, one after the other."""
    start: int | None = 0
    while start is not None:
        found = search(world.ledger, world.actor(person), wanted, start)
        yield from found.entries
        start = found.next_from


@pytest.mark.parametrize(("wanted", "expected"), [
    (Wanted(), lambda entry: True),
    (Wanted(person="rita.review"), lambda entry: entry.actor == "person:rita.review"),
    (Wanted(person="system:test"), lambda entry: entry.actor == "system:test"),
    (Wanted(about="L2"), lambda entry: "lot:L2" in entry.tags),
    (Wanted(about="person:max.maker"), lambda entry: "person:max.maker" in entry.tags),
    (Wanted(kind="review.finding_decided.v1"), lambda entry: entry.reason == "The PROBE was dry."),
    (Wanted(text="probe"), lambda entry: "PROBE" in entry.reason),
    (Wanted(since=NOW + timedelta(days=1)), lambda entry: False),
    (Wanted(until=NOW - timedelta(days=1)), lambda entry: False),
    (Wanted(until=NOW, text="new person"), lambda entry: entry.reason == "new person"),
])  # fmt: skip
@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_search_finds_what_a_reader_of_the_whole_ledger_would(
    world: World, wanted: Wanted, expected: object, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "ENTRIES_A_PAGE", 3)
    monkeypatch.setattr(searching, "LOOKED_AT", 7)
    whole = [entry for entry in world.ledger.read() if expected(entry)]  # type: ignore[operator]
    asked = Wanted(**{**wanted.__dict__, "order": order})
    found = list(pages(world, "hilde.head", asked))
    assert found == (whole if order == "oldest" else whole[::-1])
    assert list(everything(world.ledger, world.actor("hilde.head"), asked, world.ledger.size())) == found


def test_who_is_bound_to_a_maker_sees_entries_about_its_lots_only(world: World) -> None:
    seen = list(pages(world, "greta.german", Wanted()))
    assert seen
    assert all({tag for tag in entry.tags if tag.startswith("lot:")} == {"lot:L1"} for entry in seen)
    assert not list(pages(world, "greta.german", Wanted(about="L2")))
    answer = signed_in("greta.german").post(reverse("audit:export"), {"form": "csv"})
    assert "L2" not in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("person", "status"), [
    ("hilde.head", 200), ("ada.admin", 200), ("vera.valid", 200), ("rita.review", 403), ("quentin.qp", 403),
    ("max.maker", 403),
])  # fmt: skip
def test_the_trail_is_for_those_who_answer_for_it(world: World, person: str, status: int) -> None:
    assert signed_in(person).get(TRAIL).status_code == status
    assert signed_in(person).post(reverse("audit:export"), {"form": "csv"}).status_code == status


def test_the_page_shows_who_what_when_and_why(world: World) -> None:
    page = signed_in("hilde.head").get(TRAIL, {"about": "L1", "text": "dry"}).content.decode()
    for said in ("person:rita.review", "Exception decided", "The PROBE was dry.", "2026-03-01 08:00:00"):
        assert said in page


@pytest.mark.parametrize("query", [
    {"kind": "nothing.v9"}, {"since": "yesterday"}, {"until": "2026-13-01"}, {"about": "x" * 400}, {"from": "-1"},
    {"from": "9" * 40}, {"person": "%"}, {"text": "'; DROP"}, {"order": "sideways"}, {"about": "Lot:"},
])  # fmt: skip
def test_whatever_the_address_asks_the_page_answers_and_keeps_it(world: World, query: dict[str, str]) -> None:
    answer = signed_in("hilde.head").get(TRAIL, query)
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert 'role="alert"' in answer.content.decode()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(
    st.sampled_from(["person", "about", "kind", "since", "until", "text", "order", "from"]),
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30),
))  # fmt: skip
def test_no_address_breaks_the_page(world: World, query: dict[str, str]) -> None:
    client = Client()
    from onelot.registry.models import Account

    client.force_login(Account.objects.get(person="hilde.head"), "django.contrib.auth.backends.ModelBackend")
    assert client.get(TRAIL, query).status_code in (200, 302, 422)


def test_what_is_taken_away_is_whole_and_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = __import__("onelot.ledger.checkpoint", fromlist=["SigningKey"]).SigningKey.generate("test/ledger")
    monkeypatch.setattr("onelot.web.middleware.open_signing_key", lambda **_: key)
    size = world.ledger.size()
    vera = signed_in("vera.valid")
    answer = vera.post(reverse("audit:export"), {"form": "jsonl", "order": "oldest"})
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]
    through = lines[-1]["through_position"]
    assert through >= size
    assert [int(line["position"]) for line in lines[:-1]] == list(range(1, through + 1))
    assert lines[-1]["count"] == through
    assert parse_checkpoint(split_note(lines[-1]["checkpoint"])[0]).size >= through
    (entry,) = world.ledger.read(Query(types=(TrailExported,)))
    assert entry.actor == "person:vera.valid"
    assert entry.event == TrailExported(form="jsonl", through_position=through, filters=())


def test_a_spreadsheet_takes_no_reason_for_a_formula(world: World) -> None:
    card = world.findings("L1")[1]
    world.desk("rita.review").decide(
        finding=card.key, decision="accepted", reason="=1+1", seen=world.ledger.size()
    )
    answer = signed_in("hilde.head").post(reverse("audit:export"), {"form": "csv", "about": "L1"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    reasons = {row[5] for row in rows[1:-1]}
    assert "'=1+1" in reasons
    assert rows[-1][0].startswith(f"end: {len(rows) - 2} entries")


def test_an_export_of_no_form_changes_nothing(world: World) -> None:
    hilde = signed_in("hilde.head")
    size = world.ledger.size()
    assert hilde.post(reverse("audit:export"), {"form": "exe"}).status_code == 422
    assert hilde.post(reverse("audit:export"), {"form": "csv", "kind": "nothing.v9"}).status_code == 422
    assert world.ledger.size() == size
