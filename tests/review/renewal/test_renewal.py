"""A lot whose records changed is reviewed again by itself, by what is approved, and once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from onelot.jobs.kinds import Place
from onelot.jobs.models import Job
from onelot.jobs.worker import Worker
from onelot.ledger.query import Query
from onelot.recipes.approval import approve
from onelot.recipes.document import load_mbr
from onelot.review.events import LotReviewed
from onelot.review.renewal.models import ApprovedDocument, LotRecords
from onelot.review.renewal.tasks import ask_for_reviews, lots_to_review
from tests.disposition.dossier.making import KEYS
from tests.site import World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
ROOT = Path(__file__).parents[3]
MBR = min((ROOT / "examples/network/mbr").glob("*.yaml"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def worker(world: World) -> Worker:
    return Worker(
        Place(
            world.ledger,
            world.evidence,
            world.registry._clock,
            lambda: "note",
            lambda: KEYS.ledger,
            lambda: KEYS.seal,
        )
    )


def approved(world: World) -> None:
    from onelot.cli.inputs import policy_bytes

    for name, data in ((MBR.name, MBR.read_bytes()), ("policy", policy_bytes(None))):
        approve(world.ledger, world.evidence, data, name, prepared_by="a", approved_by="b", reason="test")


def received(world: World, lot: str) -> None:
    from onelot.execution.events import LotOpened
    from onelot.intake.events import DocumentReceived

    mbr = load_mbr(MBR.read_bytes(), MBR.name).mbr
    opened = LotOpened(
        lot=lot, coi_identifier=f"COI-{lot}", product="CART", mbr=mbr.id, mbr_version=mbr.version, site="MAKER-1",
        intended_market="EU",
    )  # fmt: skip
    document = DocumentReceived(
        document="0" * 64,
        name=f"{lot}.json",
        size=1,
        adapter="json",
        adapter_version="1",
        lots=(lot,),
        facts=1,
    )
    world.append(lot, document, opened)


def reviews(world: World) -> list[str]:
    found = (entry.event for entry in world.ledger.read(Query(types=(LotReviewed,))))
    return [event.lot for event in found if isinstance(event, LotReviewed)]


def test_each_record_is_followed_by_one_review(world: World, worker: Worker) -> None:
    approved(world)
    received(world, "L1")
    received(world, "L2")
    for _ in range(2):
        ask_for_reviews(worker.place)
    assert Job.objects.count() == 2
    worker.work()
    assert reviews(world) == ["L1", "L2"]
    assert not lots_to_review().exists()
    received(world, "L2")
    ask_for_reviews(worker.place)
    worker.work()
    assert reviews(world) == ["L1", "L2", "L2"]
    assert {job.state for job in Job.objects.all()} == {"done"}


def test_nothing_is_reviewed_by_what_is_not_approved(world: World, worker: Worker) -> None:
    received(world, "L1")
    assert ask_for_reviews(worker.place) == 0
    approved(world)
    assert ask_for_reviews(worker.place) == 1


def test_a_review_that_failed_for_good_is_not_asked_for_again_by_itself(world: World, worker: Worker) -> None:
    approved(world)
    received(world, "L1")
    ask_for_reviews(worker.place)
    Job.objects.update(state="dead")
    assert ask_for_reviews(worker.place) == 0
    received(world, "L1")
    assert ask_for_reviews(worker.place) == 1, "a new record is a new reason"


def test_work_that_is_begun_again_reviews_once(world: World, worker: Worker) -> None:
    approved(world)
    received(world, "L1")
    ask_for_reviews(worker.place)
    worker.work()
    Job.objects.update(state="waiting", attempts=0)
    worker.work()
    assert reviews(world) == ["L1"]
    assert "already" in Job.objects.get().result


def test_the_read_models_are_rebuilt_equal(world: World, worker: Worker) -> None:
    approved(world)
    received(world, "L1")
    ask_for_reviews(worker.place)
    worker.work()

    def rows() -> list[list[dict[str, Any]]]:
        return [[*model.objects.order_by("pk").values()] for model in (LotRecords, ApprovedDocument)]

    before = rows()
    world.ledger.rebuild()
    assert rows() == before
