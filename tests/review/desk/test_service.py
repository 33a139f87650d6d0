"""Deciding on exceptions: who may, when, on what was read, with what trail."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction

from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.registry.signature_events import SignatureMade, SignatureRefused
from onelot.registry.signing import Credentials
from onelot.review.desk.events import FindingDecided, ReviewSigned
from onelot.review.desk.models import FindingCard, LotCard, Remark, Turnaround
from onelot.review.desk.service import Desk
from tests.site import NOW, PASSWORD, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
GOOD = Credentials(PASSWORD, "rita.review")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.refusals[0].code


def accept_all(desk: Desk, lot: str) -> None:
    for row in FindingCard.objects.filter(lot=lot, is_raised=True, state="open"):
        desk.decide(
            finding=row.key, decision="accepted", reason="no effect on the product", seen=row.position
        )


def test_a_lot_waits_for_who_must_act_next(world: World) -> None:
    lot = world.lot("L1", "major", "minor")
    assert (lot.waits_for, lot.undecided, lot.worst, lot.organisation) == ("decision", 2, 1, "MAKER")
    first, second = world.findings("L1")
    rita, max_ = world.desk("rita.review"), world.desk("max.maker")
    rita.decide(finding=first.key, decision="accepted", reason="no effect", seen=first.position)
    rita.ask(finding=second.key, text="Was the probe dry?", seen=second.position)
    lot.refresh_from_db()
    assert (lot.waits_for, lot.undecided, lot.asked) == ("site", 0, 1)
    second.refresh_from_db()
    max_.answer(finding=second.key, text="It was.", seen=second.position)
    lot.refresh_from_db()
    assert (lot.waits_for, lot.undecided) == ("decision", 1)
    accept_all(rita, "L1")
    lot.refresh_from_db()
    assert (lot.waits_for, lot.worst) == ("signature", 4)


def test_a_clean_lot_waits_for_a_signature_only(world: World) -> None:
    assert world.lot("L1").waits_for == "signature"
    assert world.lot("L2", "minor", accepted=1).waits_for == "signature"


def test_two_reviewers_cannot_decide_the_same_exception(world: World) -> None:
    world.lot("L1", "major")
    (found,) = world.findings("L1")
    world.desk("rita.review").decide(
        finding=found.key, decision="accepted", reason="fine", seen=found.position
    )
    with pytest.raises(Refused) as raised:
        world.desk("ralf.review").decide(
            finding=found.key, decision="false_alarm", reason="no alarm", seen=found.position
        )
    assert code_of(raised) == "desk.not_now"
    FindingCard.objects.filter(key=found.key).update(
        state="open"
    )  # as if both had read it before either wrote
    with pytest.raises(Refused) as raised:
        world.desk("ralf.review").decide(
            finding=found.key, decision="false_alarm", reason="no alarm", seen=found.position
        )
    assert code_of(raised) == "desk.changed"
    assert len([*world.ledger.read(Query(types=(FindingDecided,)))]) == 1


def test_a_decision_stays_with_the_same_exception_and_not_with_a_changed_one(world: World) -> None:
    world.lot("L1", "major")
    accept_all(world.desk("rita.review"), "L1")
    assert world.review("L1", "major").waits_for == "signature"
    assert world.review("L1", "critical").waits_for == "decision"
    assert world.review("L1", "major").waits_for == "signature"


def test_a_decision_is_superseded_never_edited(world: World) -> None:
    world.lot("L1", "major")
    rita = world.desk("rita.review")
    accept_all(rita, "L1")
    (found,) = world.findings("L1")
    rita.withdraw(finding=found.key, reason="the site corrected its answer", seen=found.position)
    (found,) = world.findings("L1")
    assert (found.state, found.decided_by) == ("open", "")
    rita.raise_deviation(
        finding=found.key, severity="major", title="Out of range", reason="see there", seen=found.position
    )
    assert [remark.kind for remark in Remark.objects.order_by("position")] == [
        "decision",
        "withdrawn",
        "decision",
    ]


@pytest.mark.parametrize("person", ["max.maker", "quentin.qp", "vera.valid"])
def test_without_the_role_nothing_is_decided(world: World, person: str) -> None:
    world.lot("L1", "major")
    (found,) = world.findings("L1")
    with pytest.raises(Refused) as raised:
        world.desk(person).decide(finding=found.key, decision="accepted", reason="fine", seen=found.position)
    assert code_of(raised) == "registry.not_allowed"


@pytest.mark.parametrize("person", ["olga.other", "ada.admin"])
def test_a_lot_of_another_organisation_is_unknown(world: World, person: str) -> None:
    world.lot("L1", "major")
    (found,) = world.findings("L1")
    for act in (
        lambda: world.desk(person).comment(lot="L1", text="hello"),
        lambda: world.desk(person).answer(finding=found.key, text="hello", seen=found.position),
        lambda: world.desk(person).comment(lot="L404", text="hello"),
    ):
        with pytest.raises(Refused) as raised:
            act()
        assert code_of(raised) == "desk.unknown"


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001])
def test_a_decision_needs_a_reason_of_bearable_length(world: World, text: str) -> None:
    world.lot("L1", "major")
    (found,) = world.findings("L1")
    with pytest.raises(Refused) as raised:
        world.desk("rita.review").decide(
            finding=found.key, decision="accepted", reason=text, seen=found.position
        )
    assert code_of(raised) == "desk.reason_missing"


def test_the_review_is_signed_with_what_was_decided(world: World) -> None:
    world.lot("L1", "major", "minor", accepted=1)
    accept_all(world.desk("rita.review"), "L1")
    card = LotCard.objects.get(lot="L1")
    world.desk("rita.review").sign_review(
        lot="L1",
        review=card.review,
        seen=card.position,
        signing=world.signing("rita.review"),
        credentials=GOOD,
    )
    card.refresh_from_db()
    assert (card.waits_for, card.signed_by) == ("disposition", "rita.review")
    made, signed = (entry.event for entry in world.ledger.read(Query(types=(SignatureMade, ReviewSigned))))
    assert isinstance(made, SignatureMade)
    assert isinstance(signed, ReviewSigned)
    assert (made.name, made.meaning, made.factors) == ("Rita Review", "reviewed", ("user_name", "password"))
    assert (signed.signature, signed.decided) == (made.signature, 1)
    assert b'"reason":"no effect on the product"' in world.evidence.get(made.content)


@pytest.mark.parametrize(
    ("credentials", "why"),
    [
        (Credentials("wrong", "rita.review"), "wrong_password"),
        (Credentials(PASSWORD, "ralf.review"), "wrong_user_name"),
    ],
)
def test_a_failed_signing_is_recorded_and_signs_nothing(
    world: World, credentials: Credentials, why: str
) -> None:
    card = world.lot("L1")
    with pytest.raises(Refused) as raised:
        world.desk("rita.review").sign_review(
            lot="L1", review=card.review, seen=card.position, signing=world.signing("rita.review"),
            credentials=credentials,
        )  # fmt: skip
    assert code_of(raised) == "registry.signature_failed"
    last = [*world.ledger.read()][-1].event
    assert isinstance(last, SignatureRefused)
    assert last.why == why
    assert not [*world.ledger.read(Query(types=(ReviewSigned,)))]


def test_what_was_not_shown_cannot_be_signed(world: World) -> None:
    card = world.lot("L1")
    world.review("L1", "critical")
    with pytest.raises(Refused) as raised:
        world.desk("rita.review").sign_review(
            lot="L1",
            review=card.review,
            seen=card.position,
            signing=world.signing("rita.review"),
            credentials=GOOD,
        )
    assert code_of(raised) == "desk.changed"


def test_an_undecided_lot_cannot_be_signed(world: World) -> None:
    card = world.lot("L1", "information")
    with pytest.raises(Refused) as raised:
        world.desk("rita.review").sign_review(
            lot="L1",
            review=card.review,
            seen=card.position,
            signing=world.signing("rita.review"),
            credentials=GOOD,
        )
    assert code_of(raised) == "desk.undecided"


def test_a_new_review_wants_a_new_signature(world: World) -> None:
    card = world.lot("L1")
    world.desk("rita.review").sign_review(
        lot="L1",
        review=card.review,
        seen=card.position,
        signing=world.signing("rita.review"),
        credentials=GOOD,
    )
    assert world.review("L1").waits_for == "signature"


def test_the_tables_built_again_are_the_same(world: World) -> None:
    world.lot("L1", "critical", "minor", accepted=0)
    world.lot("L2")
    world.desk("ada.admin").agree_turnaround(hours=48)
    world.desk("rita.review").plan_infusion(lot="L2", planned_for=NOW)
    rita = world.desk("rita.review")
    accept_all(rita, "L1")
    rita.assign(lot="L2", person="ralf.review")
    rita.comment(lot="L2", text="soon")
    models = (LotCard, FindingCard, Remark, Turnaround)

    def rows() -> list[list[dict[str, object]]]:
        found = [[*model.objects.order_by("pk").values()] for model in models]
        return [[{k: v for k, v in row.items() if k != "id"} for row in table] for table in found]

    before = rows()
    with transaction.atomic():
        world.ledger.rebuild()
    assert rows() == before
