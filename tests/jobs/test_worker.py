"""Work is done once however often it is asked for, taken over when a worker dies, and dead when it cannot be done."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from time import monotonic, sleep

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.execution.events import CommentRecorded
from onelot.jobs import claiming
from onelot.jobs.claiming import LeaseLostError
from onelot.jobs.events import JobDiscarded, JobRetried
from onelot.jobs.kinds import Outcome
from onelot.jobs.models import Job, Turn, WorkerCard
from onelot.jobs.service import Jobs, enqueue
from onelot.jobs.worker import Worker
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from tests.jobs.conftest import Time
from tests.jobs.kinds import BEGUN
from tests.site import NOW, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
LEASE = timedelta(seconds=60)


def asked(
    name: str = "a", *, key: str = "", once: bool = False, kind: str = "test.leave", **more: str
) -> Job:
    return enqueue(kind, {"name": name, **more}, key=key, by=None, once=once, clock=lambda: NOW)


def again(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def marks(world: World) -> list[str]:
    found = world.ledger.read(Query(types=(CommentRecorded,)))
    return [entry.event.subject for entry in found if isinstance(entry.event, CommentRecorded)]


def test_work_is_done_in_the_order_in_which_it_was_asked_for(world: World, worker: Worker) -> None:
    jobs = [asked(name) for name in ("one", "two", "three")]
    assert worker.work() == 3
    assert marks(world) == ["one", "two", "three"]
    for job in map(again, jobs):
        assert (job.state, job.fraction, job.attempts, job.error) == ("done", 1.0, 1, "")
        assert world.evidence.get(job.evidence).decode() == job.arguments["name"]


def test_pressing_twice_makes_one(world: World, worker: Worker) -> None:
    first = asked(key="k")
    assert asked(key="k").job == first.job
    worker.work()
    assert asked(key="k", once=True).job == first.job
    assert asked(key="k").job != first.job
    assert asked().job != asked().job, "without a key nothing is promised"


def test_a_killed_workers_job_is_taken_over_when_its_lease_ends(
    world: World, worker: Worker, time: Time
) -> None:
    job = asked()
    held = claiming.claim("killed", time(), LEASE)
    assert held is not None
    assert worker.work() == 0
    time.passes(seconds=61)
    assert worker.work() == 1
    assert (again(job).state, again(job).attempts) == ("done", 2)
    assert marks(world) == ["a"]


def test_a_worker_that_was_only_slow_changes_nothing_any_more(
    world: World, worker: Worker, time: Time
) -> None:
    job = asked()
    held = claiming.claim("slow", time(), LEASE)
    assert held is not None
    time.passes(seconds=61)
    taken = claiming.claim("other", time(), LEASE)
    assert taken is not None
    assert taken.job == held.job
    with pytest.raises(LeaseLostError):
        claiming.tell(held, 0.5, "half")
    assert not claiming.renew(held, time() + LEASE)
    claiming.succeed(held, Outcome("wrong"), time())
    claiming.fail(held, "wrong", time(), for_good=True)
    assert (again(job).state, again(job).worker, again(job).error, again(job).result) == (
        "running",
        "other",
        "",
        "",
    )


def test_a_living_worker_keeps_its_job(world: World, worker: Worker, time: Time) -> None:
    asked()
    held = claiming.claim(worker.name, time(), LEASE)
    worker._job = held
    for _ in range(5):
        time.passes(seconds=40)
        worker.live()
        assert claiming.claim("other", time(), LEASE) is None


def test_work_that_kills_its_worker_is_dead_in_the_end(world: World, worker: Worker, time: Time) -> None:
    job = asked()
    for _ in range(5):
        assert claiming.claim("killed", time(), LEASE)
        time.passes(seconds=61)
    assert worker.work() == 0
    assert again(job).state == "dead"
    assert "5 times" in again(job).error


def test_what_fails_is_tried_again_later_and_later(world: World, worker: Worker, time: Time) -> None:
    job = asked(kind="test.fail", how="error")
    for waits in (10, 60):
        assert worker.work() == 1
        assert (again(job).state, again(job).run_after) == ("waiting", time() + timedelta(seconds=waits))
        assert again(job).error == "ValueError: broken"
        time.passes(seconds=waits - 1)
        assert worker.work() == 0
        time.passes(seconds=1)
    assert worker.work() == 1
    assert again(job).state == "dead"


@pytest.mark.parametrize(("how", "state"), [("refused", "dead"), ("passing", "waiting")])
def test_a_refusal_is_not_asked_for_again_unless_it_passes(
    world: World, worker: Worker, how: str, state: str
) -> None:
    job = asked(kind="test.fail", how=how)
    assert worker.work() == 1
    assert again(job).state == state


def test_work_of_a_kind_that_is_gone_is_dead_in_the_end(world: World, worker: Worker) -> None:
    job = asked()
    Job.objects.filter(pk=job.pk).update(kind="test.gone", attempts_allowed=1)
    worker.work()
    assert again(job).state == "dead"
    assert "test.gone" in again(job).error


def test_an_administrator_decides_about_what_is_dead(world: World, worker: Worker, time: Time) -> None:
    first, second = (asked(kind="test.fail", how="refused", name=name) for name in "ab")
    worker.work()
    jobs = Jobs(world.ledger, world.actor("ada.admin"), time)
    for refused in ((jobs.retry, ""), (jobs.discard, "  ")):
        with pytest.raises(Refused, match="reason"):
            refused[0](job=first.job, reason=refused[1])
    jobs.retry(job=first.job, reason="the disk is larger now")
    jobs.discard(job=second.job, reason="the lot was reviewed by hand")
    assert [again(first).state, again(second).state] == ["waiting", "discarded"]
    with pytest.raises(Refused, match="failed for good"):
        jobs.discard(job=second.job, reason="again")
    told = world.ledger.read(Query(types=(JobRetried, JobDiscarded)))
    assert [(type(entry.event), entry.actor, entry.reason) for entry in told] == [
        (JobRetried, "person:ada.admin", "the disk is larger now"),
        (JobDiscarded, "person:ada.admin", "the lot was reviewed by hand"),
    ]


def test_what_was_asked_for_again_meanwhile_is_not_tried_twice(
    world: World, worker: Worker, time: Time
) -> None:
    job = asked(kind="test.fail", how="refused", key="k")
    worker.work()
    asked(key="k")
    with pytest.raises(Refused, match="asked for again"):
        Jobs(world.ledger, world.actor("ada.admin"), time).retry(job=job.job, reason="once more")


@pytest.mark.parametrize("person", ["rita.review", "vera.valid", "max.maker", "hilde.head"])
def test_nobody_else_decides(world: World, worker: Worker, person: str, time: Time) -> None:
    job = asked(kind="test.fail", how="refused")
    worker.work()
    with pytest.raises(Refused, match="may not"):
        Jobs(world.ledger, world.actor(person), time).discard(job=job.job, reason="no")


def test_a_person_asks_only_for_what_they_may(world: World) -> None:
    assert enqueue("test.leave", {"name": "a"}, by=world.actor("vera.valid")).asked_by == "vera.valid"
    for person, kind in (("max.maker", "test.leave"), ("ada.admin", "test.fail"), ("ada.admin", "test.none")):
        with pytest.raises(Refused):
            enqueue(kind, {}, by=world.actor(person))


def test_what_is_periodic_is_done_once_by_all_workers_together(
    world: World, worker: Worker, time: Time
) -> None:
    other = Worker(worker.place)
    for _ in range(3):
        worker.keep_up()
        other.keep_up()
        time.passes(seconds=61)
    assert BEGUN.count("tick") == 2
    assert Turn.objects.filter(name="tick").count() == 1


@given(
    acts=st.lists(st.sampled_from(["ask", "claim", "tell", "succeed", "fail", "wait", "renew"]), max_size=30)
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_key_is_never_held_twice_and_a_job_never_by_two(world: World, acts: list[str]) -> None:
    Job.objects.all().delete()
    time, held = Time(), []
    for number, act in enumerate(acts):
        match act:
            case "ask":
                asked(key="k")
            case "claim":
                job = claiming.claim(f"w{number}", time(), LEASE)
                held += [job] if job else []
            case "wait":
                time.passes(seconds=61)
            case "renew" if held:
                claiming.renew(held[-1], time() + LEASE)
            case "succeed" if held:
                claiming.succeed(held.pop(0), Outcome(), time())
            case "fail" if held:
                claiming.fail(held.pop(0), "x", time(), for_good=False)
        assert Job.objects.filter(key="k", state__in=("waiting", "running")).count() <= 1
        assert sum(claiming.renew(job, again(job).lease_until or time()) for job in held) <= 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_lives_until_it_is_stopped(world: World, worker: Worker) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("threads lock each other out of a database in memory; real workers are tested on files")
    worker.pause = 0.01
    job = asked()
    seen = []

    def stop() -> None:
        deadline = monotonic() + 60
        while again(job).state != "done" and monotonic() < deadline:
            sleep(0.01)
        seen.extend(WorkerCard.objects.values_list("worker", flat=True))
        connection.close()  # this thread's own
        worker.stop()

    stopper = Thread(target=stop)
    stopper.start()
    worker.run()
    stopper.join()
    assert seen == [worker.name]
    assert again(job).state == "done"
    assert not WorkerCard.objects.exists()
