"""Pages of work: everybody sees their own, an administrator decides about what is dead."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from onelot.jobs.models import Job
from onelot.jobs.service import enqueue
from onelot.jobs.worker import Worker
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
EVERYBODY = ("rita.review", "hilde.head", "quentin.qp", "ada.admin", "vera.valid", "max.maker", "olga.other")


def asked(world: World, person: str = "", kind: str = "test.leave") -> Job:
    by = world.actor(person) if person else None
    return enqueue(kind, {"name": "a", "how": "refused"}, by=by, about="L1", clock=lambda: NOW)


def act(client: Client, job: Job, what: str, reason: str) -> int:
    return client.post(reverse("jobs:act", args=[job.job]), {"act": what, "reason": reason}).status_code


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_sees_their_own_work_and_few_see_all(world: World, person: str) -> None:
    job = asked(world)
    sees_all = person in ("ada.admin", "vera.valid")
    client = signed_in(person)
    listed = client.get(reverse("jobs:list"))
    assert listed.status_code == 200
    assert (job.job in listed.content.decode()) is sees_all
    assert client.get(reverse("jobs:job", args=[job.job])).status_code == (200 if sees_all else 404)
    Job.objects.filter(pk=job.pk).update(asked_by=person)
    assert client.get(reverse("jobs:job", args=[job.job])).status_code == 200


def test_an_administrator_of_one_maker_does_not_see_everybodys_work(world: World) -> None:
    world.person("mona.maker", "Mona Maker", "administrator", organisation="MAKER", scope="MAKER")
    job = asked(world)
    client = signed_in("mona.maker")
    assert job.job not in client.get(reverse("jobs:list")).content.decode()
    assert client.get(reverse("jobs:job", args=[job.job])).status_code == 404
    assert act(client, job, "discard", "x") == 404


@pytest.mark.parametrize(("person", "status"), [
    ("ada.admin", 302), ("vera.valid", 403), ("rita.review", 403), ("max.maker", 403),
])  # fmt: skip
def test_who_decides(world: World, worker: Worker, person: str, status: int) -> None:
    job = asked(world, kind="test.fail")
    worker.work()
    assert act(signed_in(person), job, "discard", "done by hand") == status
    assert Job.objects.get(pk=job.pk).state == ("discarded" if status == 302 else "dead")


@pytest.mark.parametrize(
    ("what", "reason"), [("discard", ""), ("drop", "why"), ("", ""), ("retry", "x" * 5000)]
)
def test_a_broken_decision_keeps_the_text_and_changes_nothing(
    world: World, worker: Worker, what: str, reason: str
) -> None:
    job = asked(world, kind="test.fail")
    worker.work()
    client = signed_in("ada.admin")
    answer = client.post(reverse("jobs:act", args=[job.job]), {"act": what, "reason": reason})
    assert answer.status_code == 409
    assert reason in answer.content.decode()
    assert Job.objects.get(pk=job.pk).state == "dead"


@pytest.mark.parametrize("query", ["state=x", "page=99", "sort=drop", "state=dead&sort=kind"])
def test_whatever_the_address_asks_the_list_answers(world: World, query: str) -> None:
    asked(world)
    assert signed_in("ada.admin").get(f"{reverse('jobs:list')}?{query}").status_code == 200


def test_a_made_file_is_for_the_person_who_asked_for_it(world: World, worker: Worker) -> None:
    job = asked(world, "vera.valid")
    worker.work()
    answer = signed_in("vera.valid").get(reverse("jobs:file", args=[job.job]))
    assert (answer.content, answer.headers["Content-Disposition"]) == (b"a", 'attachment; filename="a.txt"')
    for person in ("ada.admin", "max.maker"):
        assert signed_in(person).get(reverse("jobs:file", args=[job.job])).status_code == 404
