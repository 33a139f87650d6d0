"""Webhooks against a real receiver: signed, in order, tried again, nothing lost, nothing inside asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from onelot.jsonapi.models import Delivery, Outbox, Subscription, Try
from onelot.jsonapi.webhooks import delivering, sending
from onelot.jsonapi.webhooks.delivering import LEASE, WAITS, deliver_due, wait_after
from onelot.jsonapi.webhooks.kinds import KINDS
from onelot.jsonapi.webhooks.subscriptions import Webhooks
from onelot.kernel.clock import system_clock
from onelot.kernel.refusals import Refused
from onelot.review.desk.models import LotCard
from tests.jsonapi.receiver import (
    Receiver,
    drip,
    is_genuine,
    never,
    receiving,
    rubbish,
    slow_body,
    status,
)
from tests.site import NOW, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(status(200)) as found:
        yield found


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, wait: timedelta) -> None:
        self.now += wait


def subscribe(world: World, url: str, *kinds: str, organisation: str = "") -> tuple[str, str]:
    webhooks = Webhooks(world.ledger, world.actor("ada.admin"), lambda: NOW)
    return webhooks.subscribe(url=url, kinds=kinds or tuple(KINDS), organisation=organisation)


def deliver(world: World, clock: Clock) -> int:
    return deliver_due(world.ledger, clock, jitter=lambda: 0.5)


def test_what_happens_is_told_in_order_signed_and_without_personal_data(
    world: World, receiver: Receiver
) -> None:
    world.lot("BEFORE", "major")
    _, secret = subscribe(world, receiver.url)
    world.lot("L1", "critical", "minor")
    card, _ = world.findings("L1")
    seen = LotCard.objects.get(lot="L1").position
    world.desk("rita.review").ask(finding=card.key, text="SECRET QUESTION", seen=seen)
    assert deliver(world, Clock()) == 5
    bodies = [json.loads(body) for _, body in receiver.requests]
    assert [body["type"] for body in bodies] == [
        "document.received", "lot.reviewed", "exception.raised", "exception.raised", "question.asked",
    ]  # fmt: skip
    positions = [body["position"] for body in bodies]
    assert positions == sorted(positions)
    for headers, body in receiver.requests:
        assert is_genuine(secret, headers, body)
        assert not is_genuine(secret, headers, body + b" ")
        assert headers["webhook-id"] == json.loads(body)["id"]
        assert headers["content-type"] == "application/json"
        for private in (b"SECRET", b"COI-", b"Exception 0", b"9.9", b"rita", b"BEFORE"):
            assert private not in body
    assert bodies[1]["data"]["lots"] == ["L1"]
    assert bodies[1]["links"]["lots"] == ["/api/v1/lots/L1"]
    assert deliver(world, Clock()) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_only_the_kinds_and_the_organisation_that_were_asked_for(world: World, receiver: Receiver) -> None:
    subscribe(world, receiver.url, "lot.reviewed", organisation="OTHER")
    world.lot("L1", "major", site="MAKER-1")
    world.lot("L2", "major", site="OTHER-1")
    world.lot("L3", "major", site="UNKNOWN-9")
    deliver(world, Clock())
    assert [json.loads(body)["data"]["lots"] for _, body in receiver.requests] == [["L2"]]


def test_a_failure_is_tried_again_later_and_holds_up_what_comes_after(world: World) -> None:
    with receiving(status(500, 503, 200)) as receiver:
        subscribe(world, receiver.url, "lot.reviewed")
        world.lot("L1")
        world.lot("L2")
        clock = Clock()
        assert deliver(world, clock) == 1
        first = Delivery.objects.order_by("position")[0]
        assert (first.state, first.tries) == ("waiting", 1)
        assert deliver(world, clock) == 0
        clock.pass_by(WAITS[0] * 1.2)
        assert deliver(world, clock) == 1
        clock.pass_by(WAITS[1] * 1.2)
        assert deliver(world, clock) == 2
        assert receiver.ids[0] == receiver.ids[1] == receiver.ids[2] != receiver.ids[3]
        assert [one.status for one in Try.objects.order_by("pk")] == [500, 503, 200, 200]


def test_after_the_last_try_it_is_dead_and_those_after_it_go_on(world: World) -> None:
    with receiving(status(*[500] * (len(WAITS) + 1), 200)) as receiver:
        webhook, _ = subscribe(world, receiver.url, "lot.reviewed")
        world.lot("L1")
        world.lot("L2")
        clock = Clock()
        for wait in (*WAITS, timedelta()):
            assert deliver(world, clock) >= 1
            clock.pass_by(wait * 1.2)
        assert list(Delivery.objects.order_by("position").values_list("state", flat=True)) == [
            "dead",
            "delivered",
        ]
        dead = Delivery.objects.get(state="dead")
        assert dead.tries == len(WAITS) + 1
        Webhooks(world.ledger, world.actor("ada.admin"), clock).redeliver(
            subscription=webhook, delivery=dead.pk
        )
        assert deliver(world, clock) == 1
        assert receiver.ids[-1] == dead.message
        assert Delivery.objects.get(pk=dead.pk).state == "delivered"


@examples(max_examples=30)
@given(st.integers(1, 40), st.floats(0, 1))
def test_waits_grow_and_end(tries: int, jitter: float) -> None:
    wait = wait_after(tries, lambda: jitter)
    assert (wait is None) == (tries > len(WAITS))
    if wait is not None:
        assert WAITS[tries - 1] * 0.79 < wait < WAITS[tries - 1] * 1.21


@pytest.mark.parametrize(("answer", "told"), [
    (never, "no answer within"), (drip, "no answer within"), (rubbish, ""),
])  # fmt: skip
def test_no_receiver_holds_the_worker_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: Any, told: str
) -> None:
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.4)
    with receiving(answer) as receiver:
        subscribe(world, receiver.url, "lot.reviewed")
        world.lot("L1")
        assert deliver(world, Clock()) == 1
    tried = Try.objects.get()
    assert tried.status is None
    assert told in tried.what
    assert Delivery.objects.get().state == "waiting"


def test_a_status_is_enough_however_slow_the_body(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.4)
    with receiving(slow_body) as receiver:
        subscribe(world, receiver.url, "lot.reviewed")
        world.lot("L1")
        deliver(world, Clock())
    assert Delivery.objects.get().state == "delivered"


def test_a_redirection_is_not_followed(world: World, receiver: Receiver) -> None:
    with receiving(status(302, headers={"Location": receiver.url})) as leads:
        subscribe(world, leads.url, "lot.reviewed")
        world.lot("L1")
        deliver(world, Clock())
    assert not receiver.requests
    assert (Try.objects.get().status, Delivery.objects.get().state) == (302, "waiting")


def test_nobody_there_is_an_outcome(world: World) -> None:
    subscribe(world, "http://127.0.0.1:1/hook", "lot.reviewed")
    world.lot("L1")
    assert deliver(world, Clock()) == 1
    assert "Connection" in Try.objects.get().what


def test_an_answer_is_kept_in_short_and_as_text(world: World) -> None:
    with receiving(status(400, body=b"\x00\xff" + b"x" * 9000)) as receiver:
        subscribe(world, receiver.url, "lot.reviewed")
        world.lot("L1")
        deliver(world, Clock())
    excerpt = Try.objects.get().excerpt
    assert "\x00" not in excerpt
    assert 0 < len(excerpt) <= 500


def test_a_worker_that_died_before_writing_down_tells_it_again_with_the_same_id(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(world, receiver.url, "lot.reviewed")
    world.lot("L1")
    clock = Clock()

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(delivering, "_record", die)
    with pytest.raises(KeyboardInterrupt):
        deliver(world, clock)
    monkeypatch.undo()
    Outbox.objects.update(leased_until=clock.now + LEASE)  # a killed process ends no lease
    assert deliver(world, clock) == 0
    clock.pass_by(LEASE)
    assert deliver(world, clock) == 1
    assert receiver.ids[0] == receiver.ids[1]


def test_two_workers_do_not_tell_the_same_at_once(world: World, receiver: Receiver) -> None:
    subscribe(world, receiver.url, "lot.reviewed")
    world.lot("L1")
    clock = Clock()
    inner: list[int] = []

    def again(handler: Any, number: int) -> None:
        status(200)(handler, number)

    receiver.answer = again
    real = sending.send

    def send(**what: Any) -> Any:
        inner.append(deliver(world, clock))
        return real(**what)

    sending.send = send  # type: ignore[assignment]
    try:
        assert deliver(world, clock) == 1
    finally:
        sending.send = real
    assert inner == [0]
    assert len(receiver.requests) == 1


def test_what_is_collected_twice_is_told_once(world: World, receiver: Receiver) -> None:
    webhook, _ = subscribe(world, receiver.url, "lot.reviewed")
    world.lot("L1")
    card = Subscription.objects.get()
    start = Outbox.objects.get().position
    delivering.collect(world.ledger, card, NOW)
    Outbox.objects.update(position=start)
    delivering.collect(world.ledger, card, NOW)
    assert Delivery.objects.filter(subscription=webhook).count() == 1


def test_an_ended_subscription_tells_nothing_more(world: World, receiver: Receiver) -> None:
    webhook, _ = subscribe(world, receiver.url, "lot.reviewed")
    world.lot("L1")
    delivering.collect(world.ledger, Subscription.objects.get(), NOW)
    Webhooks(world.ledger, world.actor("ada.admin"), lambda: NOW).end(subscription=webhook, reason="moved")
    world.lot("L2")
    assert deliver(world, Clock()) == 0
    assert not receiver.requests
    assert list(Delivery.objects.values_list("state", flat=True)) == ["dropped"]


@pytest.mark.parametrize(("organisation", "status_code"), [("MAKER", True), ("OTHER", False), ("", False)])
def test_an_administrator_of_one_organisation_subscribes_to_its_lots_only(
    world: World, organisation: str, status_code: bool
) -> None:
    world.person("mia.maker", "Mia Maker", "administrator", organisation="MAKER", scope="MAKER")
    webhooks = Webhooks(world.ledger, world.actor("mia.maker"))
    said = {"url": "https://example.org/", "kinds": ["lot.reviewed"], "organisation": organisation}
    if status_code:
        webhooks.subscribe(**said)  # type: ignore[arg-type]
    else:
        with pytest.raises(Refused, match="may not"):
            webhooks.subscribe(**said)  # type: ignore[arg-type]
    subscribe(world, "https://example.org/all")
    assert [card.organisation for card in webhooks.all()] == (["MAKER"] if status_code else [])


def test_the_secret_is_in_no_entry(world: World, receiver: Receiver) -> None:
    _, secret = subscribe(world, receiver.url)
    assert secret.removeprefix("whsec_").encode() not in b"".join(world.ledger.read_bytes())


def test_the_clock_of_the_signature_is_that_of_the_try(world: World, receiver: Receiver) -> None:
    subscribe(world, receiver.url, "lot.reviewed")
    world.lot("L1")
    clock = Clock(system_clock())
    deliver(world, clock)
    assert receiver.requests[0][0]["webhook-timestamp"] == str(int(clock.now.timestamp()))
