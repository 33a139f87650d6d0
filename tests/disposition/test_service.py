"""Disposing of lots: who may, what stops it, what is signed and issued, and what may follow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import models

from onelot.deviations.service import Deviations
from onelot.disposition.domain.checklist import checklist
from onelot.disposition.events import CertificateIssued, DecisionCode, LotDisposed
from onelot.disposition.models import Certificate, Decision, ItemStatement, Standing
from onelot.disposition.projector import PROJECTOR
from onelot.disposition.reading import read_case, state_of
from onelot.disposition.service import COMPLIANT_REASON
from onelot.execution.events import ParameterRecorded
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.registry.permissions import Place
from onelot.registry.signature_events import SignatureMade, SignatureRefused
from onelot.review.desk.models import LotCard
from tests.disposition.making import DisposingWorld, finding, spc
from tests.site import NOW

pytestmark = [pytest.mark.site, pytest.mark.django_db]
PLACE = Place("MAKER", "MAKER-1", "CARC")


@pytest.fixture
def world(tmp_path: Path) -> DisposingWorld:
    return DisposingWorld(tmp_path)


def codes(raised: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in raised.value.refusals}


def stops(raised: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.got for refusal in raised.value.refusals}


def items(world: DisposingWorld, lot: str) -> dict[str, str]:
    case = read_case(world.ledger, world.evidence, LotCard.objects.get(lot=lot)).case
    return {item.id: item.state for item in checklist(case)}


def deviation(
    world: DisposingWorld, lot: str, impact: str = "", severity: str = "major", finding: str = ""
) -> str:
    """A deviation, assessed where an impact is given."""
    room = Deviations(world.ledger, world.actor("hilde.head"), PLACE, clock=lambda: NOW)
    number = room.open(lot=lot, severity=severity, title="x", description="y", finding=finding)  # type: ignore[arg-type]
    if impact:
        room.assess(
            number=number, impact=impact, severity=severity, reason="looked into", seen=world.ledger.size()
        )  # type: ignore[arg-type]
    return number


def oos(world: DisposingWorld, lot: str, *, market: str = "DE", impact: str = "justified") -> None:
    """A lot whose viability is out of specification, with a concluded investigation and a signed review."""
    world.made(lot, spc("outside", "viability", market), market=market, sign=False)
    (card,) = world.findings(lot)
    world.decided(lot, "deviation", deviation(world, lot, impact, finding=card.key))
    world.signed(lot)


def test_a_clean_lot_is_certified_with_one_signature(world: DisposingWorld) -> None:
    world.made("L1")
    position = world.dispose("L1", "released")
    (entry,) = world.ledger.read(Query(tags=("lot:L1",), types=(LotDisposed,)))
    assert entry.position == position
    assert isinstance(entry.event, LotDisposed)
    assert (entry.event.decision, entry.event.market, entry.reason) == ("released", "DE", COMPLIANT_REASON)
    signature = [*world.ledger.read(Query(tags=("lot:L1",), types=(SignatureMade,)))][-1].event
    assert isinstance(signature, SignatureMade)
    assert (signature.meaning, signature.name) == ("certified", "Quentin Qualified")
    signed = json.loads(world.evidence.get(signature.content))
    assert {one["item"]: one["state"] for one in signed["checklist"]} == items(world, "L1")
    assert signed["criteria"][2]["results"][0]["result"] == "91"
    assert signed["through_position"] == entry.event.through_position
    assert state_of("L1", "DE") == "released"
    assert [row.number for row in Certificate.objects.order_by("number")] == [
        "COA-2026-00001",
        "QP-2026-00001",
    ]


def test_a_certificate_says_what_annex_16_asks(world: DisposingWorld) -> None:
    world.made("L1")
    world.dispose("L1", "released")
    row = Certificate.objects.get(kind="qp_certificate")
    content = json.loads(world.evidence.get(row.content))
    assert content["lot"] == "L1"
    assert content["destination"] == "DE"
    assert content["product_name"]
    assert "GMP" in content["statement"]
    assert content["signed"]["name"] == row.name == "Quentin Qualified"
    analysis = json.loads(world.evidence.get(Certificate.objects.get(kind="certificate_of_analysis").content))
    viability = next(one for one in analysis["criteria"] if one["criterion"] == "viability")
    assert viability["limit"] == "≥ 70 %"
    assert (viability["met"], viability["results"][0]["laboratory"]) == ("met", "LAB")


WHO = ("rita.review", "ralf.review", "hilde.head", "quentin.qp", "vera.valid")


@pytest.mark.parametrize(("market", "decision", "allowed"), [
    ("DE", "released", {"quentin.qp"}),
    ("US", "released", {"hilde.head"}),
    ("DE", "rejected", {"hilde.head", "quentin.qp"}),
    ("DE", "cancelled", {"hilde.head"}),
    ("DE", "shipped_under_quarantine", {"hilde.head"}),
])  # fmt: skip
def test_who_decides_follows_from_market_and_decision(
    world: DisposingWorld, market: str, decision: DecisionCode, allowed: set[str]
) -> None:
    world.made("L1", market=market)
    for person in WHO:
        if person in allowed:
            continue
        with pytest.raises(Refused) as refused:
            world.dispose("L1", decision, by=person, reason="because")
        assert codes(refused) == {"registry.not_allowed"}, person
    for person in ("max.maker", "olga.other", "ada.admin"):
        with pytest.raises(Refused) as refused:
            world.dispose("L1", decision, by=person, reason="because")
        assert codes(refused) == {"disposition.unknown"}, person
    assert Decision.objects.count() == 0
    world.dispose("L1", decision, by=min(allowed), reason="because")
    assert state_of("L1", market) == decision


def test_who_signed_the_review_does_not_dispose(world: DisposingWorld) -> None:
    world.made("L1", market="US", sign=False)
    world.signed("L1", "hilde.head")
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", by="hilde.head")
    assert stops(refused) == {"own review"}


def test_a_wrong_password_signs_nothing_and_is_recorded(world: DisposingWorld) -> None:
    world.made("L1")
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", password="wrong")
    assert codes(refused) == {"registry.signature_failed"}
    assert Certificate.objects.count() == 0
    (entry,) = world.ledger.read(Query(types=(SignatureRefused,)))
    assert "lot:L1" in entry.tags
    seen = entry.position
    world.dispose("L1", "released", seen=seen - 1)  # the failed attempt changed nothing that was shown


@pytest.mark.parametrize(("severity", "stopped"), [("critical", True), ("major", True), ("minor", False)])
def test_an_unassessed_severe_deviation_stops_every_disposition(
    world: DisposingWorld, severity: str, stopped: bool
) -> None:
    world.made("L1")
    number = deviation(world, "L1", severity=severity)
    if stopped:
        for decision in ("released", "rejected", "supplied_exceptionally"):
            with pytest.raises(Refused) as refused:
                world.dispose("L1", decision, reason="because", request="r", acceptance="a",
                              by="quentin.qp" if decision == "released" else "hilde.head")  # fmt: skip
            assert "deviation unassessed" in stops(refused)
        assert number in str(refused.value)
    else:
        world.dispose("L1", "released", reason="the deviation is minor")


@pytest.mark.parametrize(("impact", "stopped"), [("none", False), ("justified", False), ("reject", True)])
def test_what_a_deviation_means_decides_on_the_release(
    world: DisposingWorld, impact: str, stopped: bool
) -> None:
    world.made("L1")
    deviation(world, "L1", impact)
    if stopped:
        with pytest.raises(Refused) as refused:
            world.dispose("L1", "released", reason="because")
        assert stops(refused) == {"deviation rejects"}
        world.dispose("L1", "rejected", reason="the deviation says so")
    else:
        world.dispose("L1", "released", reason="the deviation has no effect")


def test_a_justification_is_forced_unless_everything_is_compliant(world: DisposingWorld) -> None:
    world.made("L1", finding("RNG-ACTION", "major"))
    assert items(world, "L1")["process"] == "with_exceptions"
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", reason="  ")
    assert codes(refused) == {"disposition.missing"}
    world.dispose("L1", "released", reason="pH has no effect at harvest")
    assert Decision.objects.get().reason == "pH has no effect at harvest"


def test_an_undecided_critical_exception_stops_rejection_too(world: DisposingWorld) -> None:
    world.made("L1", finding("IDM-MATCH", "critical"), sign=False)
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "rejected", reason="because")
    assert stops(refused) == {"critical open"}
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", reason="because")
    assert {"critical open", "review missing", "exceptions missing"} <= stops(refused)
    world.dispose("L1", "cancelled", by="hilde.head", reason="the patient withdrew")


def test_out_of_specification_without_a_concluded_investigation_gets_no_disposition(
    world: DisposingWorld,
) -> None:
    world.made("L1", spc("outside", "viability", "DE"))  # its exception was accepted, with no deviation
    for decision, person in (
        ("released", "quentin.qp"),
        ("rejected", "quentin.qp"),
        ("supplied_exceptionally", "hilde.head"),
    ):
        with pytest.raises(Refused) as refused:
            world.dispose("L1", decision, by=person, reason="r", request="r", acceptance="a")  # type: ignore[arg-type]
        assert "oos unconcluded" in stops(refused)


def test_out_of_specification_is_never_released_whatever_was_decided_on_the_exception(
    world: DisposingWorld,
) -> None:
    oos(world, "L1")
    assert items(world, "L1")["results"] == "not_met"
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", reason="because")
    assert stops(refused) == {"results not met"}
    world.dispose("L1", "rejected", reason="viability is too low")
    assert Decision.objects.get().out_of_specification == ["viability"]


@pytest.mark.parametrize(("market", "wants"), [
    ("DE", {"request", "acceptance", "reason"}), ("US", {"request", "acceptance", "protocol", "reason"}),
])  # fmt: skip
def test_exceptional_supply_wants_request_acceptance_and_in_the_us_a_protocol(
    world: DisposingWorld, market: str, wants: set[str]
) -> None:
    oos(world, "L1", market=market)
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "supplied_exceptionally", by="hilde.head")
    assert {refusal.where for refusal in refused.value.refusals} == wants
    texts = {"reason": "no alternative", "request": "R-1", "acceptance": "A-1", "protocol": "EAP-1"}
    world.dispose("L1", "supplied_exceptionally", by="hilde.head", **texts)
    issued = {row.kind: json.loads(world.evidence.get(row.content)) for row in Certificate.objects.all()}
    assert set(issued) == {"exceptional_supply_statement", "certificate_of_analysis"}, "it is not certified"
    statement = issued["exceptional_supply_statement"]
    assert (statement["request"], statement["acceptance"]) == ("R-1", "A-1")
    assert statement["out_of_specification"] == ["viability"]
    assert "not certified" in statement["statement"]


def test_a_lot_that_is_as_it_should_be_is_not_supplied_exceptionally(world: DisposingWorld) -> None:
    world.made("L1")
    with pytest.raises(Refused) as refused:
        world.dispose(
            "L1", "supplied_exceptionally", by="hilde.head", reason="r", request="r", acceptance="a"
        )
    assert stops(refused) == {"nothing exceptional"}


def test_a_release_in_two_steps(world: DisposingWorld) -> None:
    world.made("L1", results={"sterility": "negative_to_date"})
    assert items(world, "L1")["results"] == "pending"
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", reason="because")
    assert stops(refused) == {"results pending"}
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released_conditionally", reason="short shelf life")
    assert {refusal.where for refusal in refused.value.refusals} == {"consequence_plan"}
    world.dispose(
        "L1", "released_conditionally", reason="short shelf life", consequence_plan="call the physician"
    )
    assert Decision.objects.get().pending == ["sterility"]
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "confirmed", reason="because")
    assert stops(refused) == {"results pending"}
    world.append("L1", *world.results("L1", {"sterility": "final"}, occurrence=2))
    world.reviewed("L1")
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "confirmed")
    assert "review missing" in stops(refused)
    world.signed("L1")
    world.dispose("L1", "confirmed")
    assert state_of("L1", "DE") == "confirmed"
    assert [row.number for row in Certificate.objects.filter(kind="qp_certificate").order_by("number")] == [
        "QP-2026-00001", "QP-2026-00002",
    ]  # fmt: skip


def test_a_late_result_out_of_specification(world: DisposingWorld) -> None:
    world.made("L1", results={"sterility": "negative_to_date"})
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "late_out_of_specification", by="hilde.head", reason="r", informed="i")
    assert "not now" in stops(refused)
    world.dispose("L1", "released_conditionally", reason="short shelf life", consequence_plan="call")
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "late_out_of_specification", by="hilde.head", reason="r", informed="i")
    assert stops(refused) == {"nothing late"}
    world.append("L1", *world.results("L1", {"sterility": "final"}, occurrence=2))
    world.reviewed("L1", spc("text", "sterility", "DE", "growth"))
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "late_out_of_specification", by="hilde.head", reason="growth on day 9")
    assert codes(refused) == {"disposition.missing"}
    told = "by telephone, 2026-03-01 09:10"
    world.dispose("L1", "late_out_of_specification", by="hilde.head", reason="growth on day 9", informed=told)
    world.dispose("L1", "recalled", by="quentin.qp", reason="growth on day 9", informed=told)
    assert state_of("L1", "DE") == "recalled"


def test_a_market_that_wants_final_results_is_released_in_one_step(world: DisposingWorld) -> None:
    world.made(
        "L1",
        spc("negative_to_date", "sterility", "DE"),
        results={"sterility": "negative_to_date"},
        sign=False,
    )
    assert items(world, "L1")["results"] == "missing"
    world.signed("L1")
    for decision in ("released", "released_conditionally"):
        with pytest.raises(Refused) as refused:
            world.dispose("L1", decision, reason="r", consequence_plan="c")  # type: ignore[arg-type]
        assert stops(refused) == {"results missing"}


def test_a_lot_is_disposed_of_for_the_market_it_was_judged_for(world: DisposingWorld) -> None:
    world.made("L1", market="DE")
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", market="US")
    assert codes(refused) == {"disposition.market"}


def test_nothing_is_released_in_a_market_without_rules(world: DisposingWorld) -> None:
    world.made("L1", market="ZZ")
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released")
    assert {"market unknown", "results missing"} <= stops(refused)


def test_absent_checks_are_no_pass(world: DisposingWorld) -> None:
    world.made("L1", sign=False)
    world.reviewed("L1", ran=False)
    world.signed("L1")
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", reason="because")
    assert stops(refused) == {"results missing"}


def test_what_was_shown_is_what_is_signed(world: DisposingWorld) -> None:
    world.made("L1")
    seen = world.ledger.size()
    world.append("L1", ParameterRecorded(lot="L1", phase="a/b/c", parameter="ph", value="7"))
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", seen=seen)
    assert codes(refused) == {"disposition.changed"}
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", seen=world.ledger.size() + 5)
    assert codes(refused) == {"disposition.changed"}


def test_a_comment_or_another_lot_changes_nothing_that_was_shown(world: DisposingWorld) -> None:
    world.made("L1")
    world.made("L2")
    seen = world.ledger.size()
    world.desk("rita.review").comment(lot="L1", text="well done")
    world.dispose("L2", "released")
    world.dispose("L1", "released", seen=seen)
    assert [row.number for row in Certificate.objects.filter(kind="qp_certificate").order_by("position")] == [
        "QP-2026-00001", "QP-2026-00002",
    ]  # fmt: skip


def test_a_second_decision_of_the_same_kind_is_refused(world: DisposingWorld) -> None:
    world.made("L1")
    seen = world.ledger.size()
    world.dispose("L1", "released", seen=seen)
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", seen=seen)
    assert codes(refused) == {"disposition.changed"}
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "rejected", reason="because")
    assert "not now" in stops(refused)


def test_a_material_lot_that_was_blocked_after_the_review_stops_the_release(world: DisposingWorld) -> None:
    world.made("L1")
    world.made("L2", market="US")
    world.material("blocked", days=1)
    for lot, person in (("L1", "quentin.qp"), ("L2", "hilde.head")):
        assert items(world, lot)["materials"] == "not_met"
        with pytest.raises(Refused) as refused:
            world.dispose(lot, "released", by=person, reason="because")
        assert stops(refused) == {"material not released"}
    world.material("released", days=2)
    world.dispose("L1", "released")


@pytest.mark.parametrize("wanted", ["regulatory", "import_test", "partial_manufacture"])
def test_nothing_is_released_without_the_statements_that_its_market_wants(
    world: DisposingWorld, wanted: str
) -> None:
    world.made("L1")
    world.disposing("quentin.qp").state_items(
        lot="L1", states={wanted: "withdrawn"}, reason="wrong variation", seen=world.ledger.size()
    )
    with pytest.raises(Refused) as refused:
        world.dispose("L1", "released", reason="because")
    assert stops(refused) == {"statement missing"}


def test_statements_are_of_those_who_owe_them(world: DisposingWorld) -> None:
    world.made("L1", state=False)
    rita = world.disposing("rita.review")
    rita.state_items(lot="L1", states={"order": "present", "environment": "not_applicable"}, reason="see binder",
                     seen=world.ledger.size())  # fmt: skip
    assert items(world, "L1")["order"] == "present"
    assert items(world, "L1")["environment"] == "not_applicable"
    for states, code in (({"regulatory": "present"}, "disposition.item_unknown"),
                         ({"record": "present"}, "disposition.item_unknown"),
                         ({}, "disposition.nothing_stated")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            rita.state_items(lot="L1", states=states, reason="x", seen=world.ledger.size())  # type: ignore[arg-type]
        assert codes(refused) == {code}
    with pytest.raises(Refused) as refused:
        rita.state_items(lot="L1", states={"order": "withdrawn"}, reason=" ", seen=world.ledger.size())
    assert codes(refused) == {"disposition.text"}
    with pytest.raises(Refused) as refused:
        world.disposing("vera.valid").state_items(
            lot="L1", states={"order": "present"}, reason="x", seen=world.ledger.size()
        )
    assert codes(refused) == {"registry.not_allowed"}


def test_the_register_has_no_gap_and_no_number_twice(world: DisposingWorld) -> None:
    for number in range(4):
        world.made(f"L{number}")
        with pytest.raises(Refused):
            world.dispose(f"L{number}", "released", password="wrong")
        world.dispose(f"L{number}", "released")
    issued = [
        entry.event.certificate
        for entry in world.ledger.read(Query(types=(CertificateIssued,)))
        if isinstance(entry.event, CertificateIssued) and entry.event.kind == "qp_certificate"
    ]
    assert issued == [f"QP-2026-{number:05}" for number in range(1, 5)]


def table(model: type[models.Model]) -> list[dict[str, object]]:
    rows = [dict(row) for row in model._default_manager.order_by("pk").values()]
    for row in rows:
        row.pop("id", None)
    return sorted(rows, key=str)


def test_a_rebuild_is_equal(world: DisposingWorld) -> None:
    world.made("L1")
    world.made("L2", results={"sterility": "negative_to_date"})
    world.dispose("L1", "released")
    world.dispose("L2", "released_conditionally", reason="r", consequence_plan="c")
    world.dispose("L1", "withdrawn", by="hilde.head", reason="r")
    before = {model: table(model) for model in PROJECTOR.models}
    assert all(before[model] for model in (Standing, Decision, ItemStatement, Certificate))
    world.ledger.rebuild()
    assert {model: table(model) for model in PROJECTOR.models} == before
