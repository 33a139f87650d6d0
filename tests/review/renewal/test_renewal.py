"""A lot whose records changed is reviewed again by itself, by what is approved, and once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from onelot.intake.events import DocumentReceived
from onelot.jobs.kinds import Place
from onelot.jobs.models import Job
from onelot.jobs.worker import Worker
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.recipes.approval import approve
from onelot.recipes.document import load_mbr
from onelot.review.events import LotReviewed
from onelot.review.renewal.models import ApprovedDocument, LotRecords, SiteRecords
from onelot.review.renewal.queries import News, news_of
from onelot.review.renewal.tasks import ask_again, ask_for_reviews, lots_to_review
from tests.disposition.dossier.making import KEYS
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
ROOT = Path(__file__).parents[3]
MBR = min((ROOT / "examples/network/mbr").glob("*.yaml"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


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
        approve(
            world.ledger,
            world.evidence,
            data,
            name,
            prepared_by="a",
            reviewed_by="r",
            approved_by="b",
            reason="test",
        )


def received(world: World, lot: str) -> None:
    from onelot.execution.events import LotOpened

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
        return [
            [*model.objects.order_by("pk").values()] for model in (LotRecords, SiteRecords, ApprovedDocument)
        ]

    before = rows()
    world.ledger.rebuild()
    assert rows() == before


def next_policy(world: World) -> None:
    from onelot.cli.inputs import policy_bytes

    data = policy_bytes(None).replace(b'version: "2"', b'version: "99"')
    assert data != policy_bytes(None)
    approve(
        world.ledger,
        world.evidence,
        data,
        "policy",
        prepared_by="a",
        reviewed_by="r",
        approved_by="b",
        reason="test",
    )


def policies(world: World) -> list[str]:
    found = (entry.event for entry in world.ledger.read(Query(types=(LotReviewed,))))
    return [event.policy_version for event in found if isinstance(event, LotReviewed)]


def reviewed(world: World, worker: Worker) -> None:
    approved(world)
    received(world, "L1")
    ask_for_reviews(worker.place)
    worker.work()


def test_a_new_policy_changes_no_verdict_by_itself_and_is_shown(world: World, worker: Worker) -> None:
    reviewed(world, worker)
    assert news_of("L1") == News()
    next_policy(world)
    assert ask_for_reviews(worker.place) == 0
    told = news_of("L1").policy
    assert told is not None
    assert (told.used, told.approved) == ("2", "99")
    received(world, "L1")
    ask_for_reviews(worker.place)
    worker.work()
    assert policies(world) == ["2", "2"], "a new record is judged by what the lot was judged by"
    received(world, "L2")
    ask_for_reviews(worker.place)
    worker.work()
    assert policies(world)[-1] == "99", "a lot that comes now is judged by what holds now"
    assert news_of("L2") == News()


def test_who_may_decide_asks_for_another_review_by_the_new_policy(world: World, worker: Worker) -> None:
    reviewed(world, worker)
    address, page = reverse("desk:act", args=["L1"]), reverse("desk:lot", args=["L1"])
    rita, form = signed_in("rita.review"), {"act": "review_again", "seen": "1"}
    assert rita.post(address, form).status_code == 409, "there is nothing new"
    next_policy(world)
    assert "version 99 is approved" in rita.get(page).content.decode()
    assert 'value="review_again"' not in signed_in("quentin.qp").get(page).content.decode()
    assert signed_in("quentin.qp").post(address, form).status_code == 403
    assert signed_in("olga.other").post(address, form).status_code == 404
    for _ in range(2):
        assert rita.post(address, form).status_code == 302
    assert [job.asked_by for job in Job.objects.filter(kind="review.again")] == ["rita.review"]
    assert "on its way" in rita.get(page).content.decode()
    Job.objects.update(run_after=NOW)  # pages have the time of this machine, this worker another
    worker.work()
    assert policies(world) == ["2", "99"]
    assert news_of("L1") == News()
    assert "version 99 is approved" not in rita.get(page).content.decode()


def test_records_of_sites_are_told_and_read_when_asked_for(world: World, worker: Worker) -> None:
    reviewed(world, worker)
    training = DocumentReceived(
        document="1" * 64, name="site.json", size=1, adapter="json", adapter_version="1", lots=(), facts=1
    )
    world.append("about", training)
    assert news_of("L1").is_behind_sites
    assert ask_for_reviews(worker.place) == 0
    ask_again("L1", by=world.actor("rita.review"), clock=worker.place.clock)
    worker.work()
    assert reviews(world) == ["L1", "L1"]
    assert not news_of("L1").is_behind_sites


def test_a_later_master_batch_record_is_told_and_does_not_judge_what_was_made_before(
    world: World, worker: Worker
) -> None:
    reviewed(world, worker)
    version = load_mbr(MBR.read_bytes(), MBR.name).mbr.version
    data = MBR.read_bytes().replace(f'version: "{version}"'.encode(), b'version: "99"', 1)
    approve(
        world.ledger,
        world.evidence,
        data,
        MBR.name,
        prepared_by="a",
        reviewed_by="r",
        approved_by="b",
        reason="test",
    )
    news = news_of("L1")
    assert news.mbr is not None
    assert (news.mbr.used, news.mbr.approved, news.wants_a_look) == (version, "99", False)
    with pytest.raises(Refused, match="knows everything"):
        ask_again("L1", by=world.actor("rita.review"), clock=worker.place.clock)
