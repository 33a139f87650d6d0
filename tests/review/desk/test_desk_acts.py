"""Approved justifications, deviations raised from exceptions, assignment, presence: who may, on what was read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from onelot.deviations.events import DeviationOpened
from onelot.deviations.models import Deviation
from onelot.deviations.service import Deviations
from onelot.execution.events import LotOpened
from onelot.intake.events import DocumentReceived
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.recipes.approval import approve
from onelot.registry.permissions import Place
from onelot.review.desk.documents import justifications_of
from onelot.review.desk.events import FindingDecided
from onelot.review.desk.models import FindingCard, LotCard, Presence
from onelot.review.desk.presence import meanwhile, note
from onelot.review.desk.service import Desk
from onelot.review.events import FindingRaised, LotReviewed
from tests.site import NOW, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
POLICY = b"""
format: onelot-policy/1
id: POL-T
version: "1"
title: With justifications
justifications:
  - {code: LATE, text: The paper record was seen and agrees with it., checks: [LAT-ENTRY], severities: [minor]}
  - {code: ANY, text: It was seen and has no effect at all., severities: [minor, information]}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def reviewed(world: World, *raised: tuple[str, str]) -> list[FindingCard]:
    """A lot that was reviewed with the policy above; exceptions by check and severity."""
    approved = approve(
        world.ledger, world.evidence, POLICY, "policy.yaml", prepared_by="a.author",
        reviewed_by="rob.reads", approved_by="h.head", reason="first", clock=lambda: NOW,
    )  # fmt: skip
    lot, review = "L1", new_id()
    world.append(
        lot,
        DocumentReceived(
            document="0" * 64, name="x", size=1, adapter="json", adapter_version="1", lots=(lot,), facts=1
        ),
        LotOpened(lot=lot, coi_identifier="C", product="CART", mbr="M", mbr_version="1", site="MAKER-1"),
        LotReviewed(
            lot=lot, review=review, engine="e", mbr="M", mbr_version="1", mbr_digest="a" * 64, policy="POL-T",
            policy_version="1", policy_digest=approved.digest, through_position=1, checkpoint="r", verdict="c" * 64,
            held=True, findings=len(raised),
        ),
        *(
            FindingRaised(
                lot=lot, review=review, check=check, variant="late", severity=severity, subject=f"a/b/c/{number}",  # type: ignore[arg-type]
                sentence=f"Exception {number}.", expected="x", observed="y", clause="z", evidence=(number + 1,),
            )
            for number, (check, severity) in enumerate(raised)
        ),
    )  # fmt: skip
    return world.findings(lot)


def desk(world: World, person: str) -> Desk:
    return Desk(world.ledger, world.actor(person), lambda: NOW, world.evidence)


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.refusals[0].code


def test_an_approved_justification_is_the_reason(world: World) -> None:
    late, other = reviewed(world, ("LAT-ENTRY", "minor"), ("AUD-CHANGE", "minor"))
    assert [item.code for item in justifications_of(world.ledger, world.evidence, "L1")] == ["LATE", "ANY"]
    rita = desk(world, "rita.review")
    rita.decide(finding=late.key, decision="accepted", reason="", justification="LATE", seen=late.position)
    rita.decide(
        finding=other.key, decision="accepted", reason="Twice.", justification="ANY", seen=other.position
    )
    late.refresh_from_db()
    other.refresh_from_db()
    assert (late.justification, late.reason) == ("LATE", "The paper record was seen and agrees with it.")
    assert other.reason == "It was seen and has no effect at all. Twice."


@pytest.mark.parametrize(("check", "severity", "code"), [
    ("AUD-CHANGE", "minor", "LATE"), ("LAT-ENTRY", "major", "LATE"), ("LAT-ENTRY", "critical", "ANY"),
    ("LAT-ENTRY", "minor", "OTHER"), ("LAT-ENTRY", "minor", "late"),
])  # fmt: skip
def test_a_justification_is_for_what_it_was_approved_for(
    world: World, check: str, severity: str, code: str
) -> None:
    (card,) = reviewed(world, (check, severity))
    size = world.ledger.size()
    for actor in (desk(world, "rita.review"), world.desk("rita.review")):
        with pytest.raises(Refused) as raised:
            actor.decide(
                finding=card.key, decision="accepted", reason="so", justification=code, seen=card.position
            )
        assert code_of(raised) == "desk.justification"
    assert world.ledger.size() == size


def test_a_deviation_is_opened_in_the_append_of_the_decision(world: World) -> None:
    world.lot("L1", "critical", "minor")
    first, second = world.findings("L1")
    rita = world.desk("rita.review")
    number = rita.raise_deviation(
        finding=first.key, severity="critical", title="Too warm", reason="see the log", seen=first.position
    )
    decided, opened = [*world.ledger.read(Query(types=(FindingDecided, DeviationOpened)))]
    assert (decided.position + 1, decided.recorded_at) == (opened.position, opened.recorded_at)
    first.refresh_from_db()
    assert (first.state, first.deviation) == ("deviation", number)
    held = Deviation.objects.get(number=number)
    assert (held.lot, held.finding, held.severity, held.state) == ("L1", first.key, "critical", "open")
    rita.decide(
        finding=second.key, decision="deviation", deviation=number, reason="same cause", seen=second.position
    )
    assert Deviation.objects.count() == 1, "several exceptions may be one deviation"


def test_numbers_follow_one_another_and_are_never_used_twice(world: World) -> None:
    world.lot("L1", "minor", "minor", "minor")
    numbers = [
        world.desk("rita.review").raise_deviation(
            finding=card.key, severity="minor", title="t", reason="r", seen=card.position
        )
        for card in world.findings("L1")
    ]
    assert numbers == ["DEV-2026-00001", "DEV-2026-00002", "DEV-2026-00003"]


@pytest.mark.parametrize("number", ["", "DEV-2026-00001", "DEV-2026-99999"])
def test_a_decision_names_only_a_deviation_of_its_lot(world: World, number: str) -> None:
    world.lot("L1", "minor")
    world.lot("L2", "minor")
    other, mine = world.findings("L2")[0], world.findings("L1")[0]
    world.desk("rita.review").raise_deviation(
        finding=other.key, severity="minor", title="t", reason="r", seen=other.position
    )
    with pytest.raises(Refused) as raised:
        world.desk("rita.review").decide(
            finding=mine.key, decision="deviation", deviation=number, reason="r", seen=mine.position
        )
    assert code_of(raised) == "desk.deviation"


@pytest.mark.parametrize("person", ["max.maker", "quentin.qp", "vera.valid"])
def test_a_deviation_is_raised_from_an_exception_by_those_who_decide(world: World, person: str) -> None:
    world.lot("L1", "minor")
    (card,) = world.findings("L1")
    with pytest.raises(Refused) as raised:
        world.desk(person).raise_deviation(
            finding=card.key, severity="minor", title="t", reason="r", seen=card.position
        )
    assert code_of(raised) == "registry.not_allowed"
    assert not Deviation.objects.exists()


def test_of_two_who_raise_one_is_told(world: World) -> None:
    world.lot("L1", "minor")
    (card,) = world.findings("L1")
    world.desk("rita.review").comment(lot="L1", text="no act on the exception")
    world.desk("rita.review").raise_deviation(
        finding=card.key, severity="minor", title="t", reason="r", seen=card.position
    )
    FindingCard.objects.filter(key=card.key).update(
        state="open"
    )  # as if both had read it before either wrote
    with pytest.raises(Refused) as raised:
        world.desk("ralf.review").raise_deviation(
            finding=card.key, severity="minor", title="t", reason="r", seen=card.position
        )
    assert code_of(raised) == "desk.changed"
    assert Deviation.objects.count() == 1


@pytest.mark.parametrize(("person", "allowed"), [
    ("ralf.review", True), ("hilde.head", True), ("", True), ("quentin.qp", False), ("max.maker", False),
    ("nobody", False),
])  # fmt: skip
def test_work_is_given_to_those_who_may_do_it(world: World, person: str, allowed: bool) -> None:
    world.lot("L1", "minor")
    (card,) = world.findings("L1")
    if not allowed:
        with pytest.raises(Refused) as raised:
            world.desk("rita.review").assign(lot="L1", finding=card.key, person=person)
        assert code_of(raised) == "desk.assignee"
        return
    world.desk("rita.review").assign(lot="L1", finding=card.key, person=person)
    world.desk("rita.review").assign(lot="L1", person=person)
    card.refresh_from_db()
    assert (card.assigned_to, LotCard.objects.get(lot="L1").assigned_to) == (person, person)


def test_those_who_have_a_lot_open_see_each_other_and_what_was_done(world: World) -> None:
    lot = world.lot("L1", "minor")
    (card,) = world.findings("L1")
    note("L1", "rita.review", NOW)
    note("L1", "ralf.review", NOW)
    note("L2", "hilde.head", NOW)
    assert meanwhile(lot, "rita.review", lot.review, lot.position, NOW).others == ("Ralf Review",)
    world.desk("ralf.review").decide(finding=card.key, decision="accepted", reason="fine", seen=card.position)
    found = meanwhile(LotCard.objects.get(lot="L1"), "rita.review", lot.review, lot.position, NOW)
    assert [remark.text for remark in found.remarks] == ["fine"]
    assert not found.is_reviewed_anew
    later = NOW + timedelta(seconds=61)
    again = world.review("L1")
    found = meanwhile(again, "rita.review", lot.review, lot.position, later)
    assert (found.others, found.is_reviewed_anew) == ((), True)
    note("L1", "rita.review", later)
    assert [*Presence.objects.values_list("person", flat=True)] == ["rita.review"]


def test_presence_is_no_read_model(world: World) -> None:
    world.lot("L1")
    note("L1", "rita.review", NOW)
    with transaction.atomic():
        world.ledger.rebuild()
    assert Presence.objects.count() == 1


def test_deviations_built_again_are_the_same(world: World) -> None:
    world.lot("L1", "major")
    (card,) = world.findings("L1")
    number = world.desk("rita.review").raise_deviation(
        finding=card.key, severity="major", title="t", reason="r", seen=card.position
    )
    held = Deviation.objects.get()
    hilde = Deviations(
        world.ledger, world.actor("hilde.head"), Place("MAKER", "MAKER-1", "CART"), lambda: NOW
    )
    hilde.assess(number=number, impact="justified", severity="minor", reason="no effect", seen=held.position)
    before = [*Deviation.objects.values()]
    with transaction.atomic():
        world.ledger.rebuild()
    assert [*Deviation.objects.values()] == before
