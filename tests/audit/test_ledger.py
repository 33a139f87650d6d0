"""The ledger's page: verifying, what a change somebody forced looks like, checkpoints, and one entry with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from onelot.audit.events import LedgerVerified
from onelot.jobs.kinds import Place
from onelot.jobs.models import Job
from onelot.jobs.worker import Worker
from onelot.kernel.clock import system_clock
from onelot.ledger.checkpoint import SigningKey, VerificationKey, open_checkpoint
from onelot.ledger.proof import Inclusion
from onelot.ledger.publishing import publish
from onelot.ledger.query import Query
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
KEY = SigningKey.generate("test.example/ledger")
PAGE = "/ledger/"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    monkeypatch.setattr("onelot.web.middleware.open_signing_key", lambda **_: KEY)
    world.lot("L1", "major")
    world.lot("L2", "minor", site="OTHER-1")
    return world


def work(world: World) -> None:
    """What waits is done by a worker."""

    def sign() -> str:
        return publish(world.ledger, KEY)

    Worker(Place(world.ledger, world.evidence, system_clock, sign, lambda: KEY, lambda: None)).work()  # type: ignore[arg-type, return-value]


def ask(client: Client, kind: str = "ledger.verify") -> None:
    assert client.post(reverse("ledger:begin"), {"kind": kind}).status_code == 302


def shown(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def verified(world: World) -> list[LedgerVerified]:
    found = [entry.event for entry in world.ledger.read(Query(types=(LedgerVerified,)))]
    return [event for event in found if isinstance(event, LedgerVerified)]


@contextmanager
def forced() -> Iterator[Any]:
    """A cursor without the triggers, as the database's administrator can have it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield cursor
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name = 'ledger_entry_update'")
        ((name, sql),) = cursor.fetchall()
        cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        cursor.execute(sql)


def change_one_byte(world: World, position: int, before: bytes = b'"site":"MAKER-1"') -> None:
    (data,) = world.ledger.read_bytes(after=position - 1, until=position)
    changed = data.replace(before, before.replace(b"1", b"2"))
    assert changed != data
    with forced() as cursor:
        cursor.execute("UPDATE ledger_entry SET entry = %s WHERE position = %s", (changed, position))


def of_lot(world: World, lot: str) -> int:
    """The position at which a lot was opened."""
    return next(
        entry.position
        for entry in world.ledger.read(Query(tags=(f"lot:{lot}",)))
        if type(entry.event).__name__ == "LotOpened"
    )


def test_a_verification_is_asked_for_done_once_and_kept_in_the_ledger(world: World) -> None:
    vera = signed_in("vera.valid")
    assert "The ledger was not verified yet." in shown(vera)
    ask(vera, "ledger.checkpoint")
    for _ in range(2):
        ask(vera)
    assert Job.objects.filter(kind="ledger.verify").count() == 1
    assert "waits for a worker" in shown(vera)
    size = world.ledger.size()
    work(world)
    (found,) = verified(world)
    assert (found.entries, found.faults, found.checkpoints, found.named) == (size, 0, 1, ())
    page = shown(vera)
    assert "person:vera.valid" in page
    assert f'<td class="number">{size}</td>' in page
    assert 'role="alert"' not in page
    Job.objects.all().delete()
    assert "person:vera.valid" in shown(vera), "the history is the ledger's, not that of jobs"


def test_one_changed_byte_is_told_loudly_with_its_position_and_what_to_do(world: World) -> None:
    hilde = signed_in("hilde.head")
    position = of_lot(world, "L1")
    change_one_byte(world, position)
    ask(hilde)
    work(world)
    (found,) = verified(world)
    assert found.faults >= 1
    assert position in [where for where, _ in found.named]
    assert Job.objects.get(kind="ledger.verify").state == "dead"
    page = shown(hilde)
    for said in ('role="alert"', "The ledger is not what was recorded.", reverse("ledger:entry", args=[position]),
                 "its bytes and its stored hash disagree", "Release nothing"):  # fmt: skip
        assert said in page
    entry = shown(hilde, reverse("ledger:entry", args=[position]))
    assert "This entry is not what was recorded." in entry
    assert 'role="alert"' not in shown(hilde, reverse("ledger:entry", args=[position - 1]))


def test_the_alarm_ends_when_the_ledger_verifies_again_and_the_failure_stays_in_the_history(
    world: World,
) -> None:
    ada = signed_in("ada.admin")
    position = of_lot(world, "L1")
    (data,) = world.ledger.read_bytes(after=position - 1, until=position)
    change_one_byte(world, position)
    ask(ada)
    work(world)
    with forced() as cursor:
        cursor.execute("UPDATE ledger_entry SET entry = %s WHERE position = %s", (data, position))
    ask(ada)
    work(world)
    page = shown(ada)
    assert 'role="alert"' not in page
    assert [event.faults > 0 for event in verified(world)] == [True, False]
    assert "its bytes and its stored hash disagree" in shown(ada, f"{PAGE}?outcome=faults")
    assert "its bytes and its stored hash disagree" not in shown(ada, f"{PAGE}?outcome=unchanged")


def test_a_history_rewritten_with_its_hashes_is_seen_without_a_verification(world: World) -> None:
    """Somebody changes the bytes and the hash; the last checkpoint shows it as soon as the page is opened."""
    publish(world.ledger, KEY)
    position = of_lot(world, "L1")
    with forced() as cursor:
        cursor.execute("UPDATE ledger_entry SET leaf = %s WHERE position = %s", (bytes(32), position))
    page = shown(signed_in("ada.admin"))
    assert 'role="alert"' in page
    assert "no longer begins with what its last checkpoint was signed over" in page


def test_a_checkpoint_with_a_changed_signature_is_a_fault(world: World) -> None:
    note = publish(world.ledger, KEY)
    other = SigningKey.generate("test.example/ledger").sign(note.rpartition("\n\n")[0] + "\n")
    ours, theirs = (text.rpartition(" ")[2] for text in (note, other))
    forged = note.replace(ours, ours[:20] + theirs[20:])
    with forced() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER ledger_checkpoint_update")
        cursor.execute("UPDATE ledger_checkpoint SET note = %s", (forged,))
    hilde = signed_in("hilde.head")
    assert "does not hold" in shown(hilde)
    ask(hilde)
    work(world)
    (found,) = verified(world)
    assert any("a stored checkpoint was changed" in what for _, what in found.named)


def test_who_is_given_checkpoint_and_key_verifies_offline(world: World) -> None:
    vera = signed_in("vera.valid")
    assert vera.get(reverse("ledger:checkpoint")).status_code == 404, "none was signed yet"
    ask(vera, "ledger.checkpoint")
    work(world)
    size = world.ledger.size()
    note, key = vera.get(reverse("ledger:checkpoint")), vera.get(reverse("ledger:key"))
    assert note.headers["Content-Disposition"] == f'attachment; filename="{size}.checkpoint"'
    public = VerificationKey.parse(key.content.decode())
    checkpoint = open_checkpoint(note.content.decode(), public)
    assert (checkpoint.size, checkpoint.root) == (size, world.ledger.tree(size).root())
    position = of_lot(world, "L1")
    data = vera.get(reverse("ledger:bytes", args=[position])).content
    proof = Inclusion.parse(vera.get(reverse("ledger:proof", args=[position])).content.decode())
    assert proof.verify(data, public) == checkpoint
    page = shown(vera, reverse("ledger:entry", args=[position]))
    assert f"holds under the signed checkpoint over {size} entries" in page


def test_an_entry_that_no_checkpoint_covers_says_so(world: World) -> None:
    vera = signed_in("vera.valid")
    publish(world.ledger, KEY)
    world.lot("L3")
    last = world.ledger.size()
    assert "No signed checkpoint covers this entry yet." in shown(vera, reverse("ledger:entry", args=[last]))
    answer = vera.get(reverse("ledger:proof", args=[last]))
    assert answer.status_code == 422
    assert "No signed checkpoint covers this entry yet." in answer.content.decode()


def test_bytes_that_are_no_entry_are_shown_to_those_who_may_see_all(world: World) -> None:
    world.person("greta.german", "Greta German", "quality_head", scope="MAKER")
    position = of_lot(world, "L1")
    with forced() as cursor:
        cursor.execute("UPDATE ledger_entry SET entry = %s WHERE position = %s", (b"\xff\x00{", position))
    page = shown(signed_in("hilde.head"), reverse("ledger:entry", args=[position]))
    assert "It cannot be read." in page
    assert signed_in("greta.german").get(reverse("ledger:entry", args=[position])).status_code == 404


def test_who_is_bound_to_a_maker_looks_up_entries_about_its_lots_only(world: World) -> None:
    world.person("greta.german", "Greta German", "quality_head", scope="MAKER")
    greta = signed_in("greta.german")
    for name in ("entry", "bytes"):
        assert greta.get(reverse(f"ledger:{name}", args=[of_lot(world, "L1")])).status_code == 200
        for position in (of_lot(world, "L2"), 1, 0, world.ledger.size() + 1, 10**30):
            assert greta.get(reverse(f"ledger:{name}", args=[position])).status_code == 404


def test_the_history_is_paged_from_either_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onelot.audit.verifications.A_PAGE", 2)
    ada = signed_in("ada.admin")
    for _ in range(3):
        ask(ada)
        work(world)
    entries = [str(event.entries) for event in verified(world)]
    for order, expected in (("newest", entries[::-1]), ("oldest", entries)):
        seen, address = [], f"{PAGE}?order={order}"
        while address:
            answer = ada.get(address)
            found = answer.context["found"]
            seen += [str(row.said.entries) for row in found.rows]
            address = f"{PAGE}?order={order}&from={found.next_from}" if found.next_from else ""
        assert seen == expected


@pytest.mark.parametrize("query", [
    "outcome=x", "order=sideways", "from=-1", "from=99999999999999999999", "from=9", "outcome=faults&order=oldest",
])  # fmt: skip
def test_whatever_the_address_asks_the_page_answers(world: World, query: str) -> None:
    assert signed_in("ada.admin").get(f"{PAGE}?{query}").status_code == 200


@pytest.mark.parametrize(("position", "status"), [
    ("1", 302), ("", 422), ("-1", 422), ("1" * 30, 422), ("١", 422), ("one", 422),
])  # fmt: skip
def test_a_position_is_a_number(world: World, position: str, status: int) -> None:
    answer = signed_in("ada.admin").get(reverse("ledger:find"), {"position": position})
    assert answer.status_code == status


def test_nothing_else_is_begun_here(world: World) -> None:
    ada = signed_in("ada.admin")
    assert ada.post(reverse("ledger:begin"), {"kind": "review.lot"}).status_code == 422
    assert not Job.objects.exists()


def test_onelot_verifies_by_itself(world: World) -> None:
    from onelot.audit.tasks import PERIODIC

    (periodic,) = PERIODIC
    place = Place(world.ledger, world.evidence, lambda: NOW, lambda: "", lambda: KEY, lambda: None)  # type: ignore[arg-type, return-value]
    periodic.run(place)
    work(world)
    (entry,) = world.ledger.read(Query(types=(LedgerVerified,)))
    assert entry.actor == "system:onelot"
    assert "onelot itself" in shown(signed_in("ada.admin"))


def test_without_a_key_the_page_still_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from onelot.kernel.refusals import refuse

    def missing(**_: Any) -> SigningKey:
        raise refuse("ledger.key_missing", "There is no signing key here.")

    monkeypatch.setattr("onelot.web.middleware.open_signing_key", missing)
    ada = signed_in("ada.admin")
    assert "None was signed yet." in shown(ada)
    assert ada.get(reverse("ledger:key")).status_code == 404
    assert "No signed checkpoint covers" in shown(ada, reverse("ledger:entry", args=[1]))
