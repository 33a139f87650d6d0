"""What may and may not follow the last decision on a lot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from onelot.custody.events import HandedOver
from onelot.disposition.models import Certificate, Decision
from onelot.disposition.reading import state_of
from onelot.execution.events import ParameterRecorded
from onelot.intake.events import DocumentRefused
from onelot.intake.service import Intake
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import Wanted, queue
from tests.disposition.making import DisposingWorld, finding
from tests.disposition.test_service import codes, deviation, items
from tests.intake.test_service import record
from tests.site import NOW

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path) -> DisposingWorld:
    return DisposingWorld(tmp_path)


def test_the_record_of_a_closed_lot_is_not_changed_by_anybody(world: DisposingWorld, tmp_path: Path) -> None:
    world.made("L1", finding("RNG-ACTION", "minor"))
    world.dispose("L1", "released", reason="fine")
    before = world.ledger.size()
    (card,) = world.findings("L1")
    attempts: list[Any] = [
        lambda: world.append("L1", ParameterRecorded(lot="L1", phase="a/b/c", parameter="ph", value="7")),
        lambda: world.desk("rita.review").withdraw(
            finding=card.key, reason="changed my mind", seen=card.position
        ),
        lambda: world.desk("rita.review").assign(lot="L1", person="ralf.review"),
        lambda: world.disposing("quentin.qp").state_items(
            lot="L1", states={"order": "withdrawn"}, reason="x", seen=before
        ),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert codes(refused) == {"disposition.closed"}
    assert world.ledger.size() == before


def test_what_may_follow_a_closed_lot_is_told(world: DisposingWorld) -> None:
    world.made("L1")
    world.dispose("L1", "released")
    shipped = HandedOver(
        lot="L1", leg="outbound", container="B1", from_party="a", to_party="b", released_at=NOW
    )
    world.append("L1", shipped)
    world.desk("rita.review").comment(lot="L1", text="shipped")
    deviation(world, "L1", "none")
    world.reviewed("L1")
    assert state_of("L1", "DE") == "released"


def test_a_file_about_a_closed_lot_is_kept_with_why(world: DisposingWorld) -> None:
    world.made("L1")
    world.dispose("L1", "released")
    intake = Intake(world.ledger, world.evidence, clock=lambda: NOW)
    data = record(lot="L1")
    for _ in range(2):
        receipt = intake.receive(data, "late.json")
        assert receipt.outcome == "refused"
        assert [refusal.code for refusal in receipt.refusals] == ["disposition.closed"]
    assert world.evidence.get(receipt.document) == data
    assert len([*world.ledger.read(Query(types=(DocumentRefused,)))]) == 1
    world.dispose("L1", "withdrawn", by="hilde.head", reason="a correction of the record")
    assert intake.receive(data, "late.json").outcome == "taken"
    assert items(world, "L1")["review"] == "missing", "the record came in after the review"


def test_withdrawing_opens_the_record_again(world: DisposingWorld) -> None:
    world.made("L1")
    world.dispose("L1", "released")
    world.dispose("L1", "withdrawn", by="hilde.head", reason="a complaint about the label")
    world.append("L1", ParameterRecorded(lot="L1", phase="a/b/c", parameter="ph", value="7"))
    world.dispose("L1", "released", reason="the label was right")
    assert [row.decision for row in Decision.objects.order_by("position")] == [
        "released",
        "withdrawn",
        "released",
    ]
    numbers = [
        int(row.number[-5:]) for row in Certificate.objects.filter(kind="qp_certificate").order_by("position")
    ]
    assert numbers == [1, 2]


def test_nobody_is_waited_for_once_a_lot_is_finally_decided_on(world: DisposingWorld) -> None:
    def lanes() -> dict[str, list[str]]:
        actor = world.actor("rita.review")
        return {
            lane: [card.lot for card in queue(actor, Wanted(lane=lane))] for lane in ("disposition", "closed")
        }

    world.made("L1")
    world.made("HALF", results={"sterility": "negative_to_date"})
    world.dispose("HALF", "released_conditionally", reason="r", consequence_plan="c")
    assert lanes() == {"disposition": ["HALF", "L1"], "closed": []}
    world.dispose("L1", "released")
    assert lanes() == {"disposition": ["HALF"], "closed": ["L1"]}
    card = LotCard.objects.get(lot="L1")
    assert (card.waits_for, card.waits_since) == ("nobody", NOW)
    world.desk("rita.review").comment(lot="L1", text="shipped")
    world.reviewed("L1")
    assert lanes()["closed"] == ["L1"], "what may follow opens nothing again"
    before = [*LotCard.objects.order_by("lot").values()]
    world.ledger.rebuild()
    assert [*LotCard.objects.order_by("lot").values()] == before
    world.dispose("L1", "withdrawn", reason="a complaint")
    assert LotCard.objects.get(lot="L1").waits_for == "signature", "it was reviewed again since it was signed"
