"""Files into the ledger: whole or not at all, once, corrections with a trail. On both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from onelot.execution.events import ParameterRecorded
from onelot.facts.build import fact_tables
from onelot.intake.events import DocumentReceived, DocumentRefused, DocumentSuperseded
from onelot.intake.service import Intake, current_facts, lots_of
from onelot.intake.tabular.mapping import load_mapping
from onelot.kernel.refusals import Refused
from onelot.ledger.catalogue import Catalogue
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.recipes.approval import approve
from onelot.recipes.document import load_mbr, load_policy
from onelot.recipes.events import DocumentRetired
from onelot.review.engine import Reviewer
from onelot.review.events import FindingRaised, LotReviewed
from onelot.review.service import review_ledger
from onelot.settings.vocabulary import EVENTS
from tests.recipes.test_document import GOOD

T = "2026-03-01T0{}:00:00+01:00"


@pytest.fixture
def ledger(alias: str) -> Ledger:
    return Ledger(Catalogue(EVENTS), alias=alias)


@pytest.fixture
def evidence(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


@pytest.fixture
def intake(ledger: Ledger, evidence: EvidenceStore) -> Intake:
    return Intake(ledger, evidence)


POLICY = b'format: onelot-policy/1\nid: p\nversion: "1"\ntitle: t\n'


def approved(ledger: Ledger, evidence: EvidenceStore) -> None:
    for data in (GOOD.encode(), POLICY):
        approve(
            ledger,
            evidence,
            data,
            "document",
            prepared_by="ann",
            reviewed_by="rob.reads",
            approved_by="bo",
            reason="first version",
        )


def record(ph: str = "7.20", issued: int = 1, document: str = "S1/L1", lot: str = "L1", **more: Any) -> bytes:
    events: list[dict[str, Any]] = [
        {"@type": "execution.lot_opened.v1", "lot": lot, "coi_identifier": "C1", "product": "WASH",
         "mbr": "MBR-WASH", "mbr_version": "7", "site": "S1", "intended_market": "US"},
        {"@type": "execution.parameter_recorded.v1", "lot": lot, "phase": "up/op/wash", "parameter": "ph",
         "value": ph, "unit": "[pH]", "performed_at": T.format(8)},
        *more.get("events", ()),
    ]  # fmt: skip
    head = {"format": "onelot-record/1", "document": document, "sender": "S1", "issued_at": T.format(issued)}
    return json.dumps({**head, "events": events}).encode()


def values(ledger: Ledger, lots: list[str] | None = None) -> list[str]:
    return [
        item.event.value for item in current_facts(ledger, lots) if isinstance(item.event, ParameterRecorded)
    ]


def test_a_file_is_taken_whole_with_its_place(
    intake: Intake, ledger: Ledger, evidence: EvidenceStore
) -> None:
    data = record()
    receipt = intake.receive(data, "l1.json")
    assert (receipt.outcome, receipt.lots, receipt.facts) == ("taken", ("L1",), 2)
    assert evidence.get(receipt.document) == data
    received, *facts = ledger.read()
    assert isinstance(received.event, DocumentReceived)
    assert [fact.source.place for fact in facts if fact.source] == ["/events/0", "/events/1"]
    assert {fact.source.document for fact in facts if fact.source} == {receipt.document}


def test_the_same_file_twice_changes_nothing(intake: Intake, ledger: Ledger) -> None:
    intake.receive(record(), "l1.json")
    size = ledger.size()
    assert intake.receive(record(), "renamed.json").outcome == "known"
    assert ledger.size() == size


def test_a_corrected_file_replaces_the_facts_and_leaves_a_trail(intake: Intake, ledger: Ledger) -> None:
    first = intake.receive(record("7.20", 1), "l1.json")
    second = intake.receive(record("7.30", 2), "l1-corrected.json")
    assert second.changes == 1
    assert values(ledger) == ["7.30"]
    (trail,) = [e.event for e in ledger.read(Query(types=(DocumentSuperseded,)))]
    assert isinstance(trail, DocumentSuperseded)
    assert (trail.document, trail.by_document) == (first.document, second.document)
    assert [(d.subject, d.field, d.before, d.after) for d in trail.differences] == [
        ("up/op/wash/ph", "value", "7.20", "7.30")
    ]


def test_a_chain_of_corrections_leaves_the_last(intake: Intake, ledger: Ledger) -> None:
    for number, ph in enumerate(("7.1", "7.2", "7.3"), 1):
        intake.receive(record(ph, number), f"{number}.json")
    assert values(ledger) == ["7.3"]


def test_an_older_state_that_arrives_later_is_refused_and_kept(intake: Intake, ledger: Ledger) -> None:
    intake.receive(record("7.30", 2), "new.json")
    receipt = intake.receive(record("7.20", 1), "old.json")
    assert receipt.outcome == "refused"
    assert receipt.refusals[0].code == "intake.not_newer"
    assert values(ledger) == ["7.30"]


def test_what_was_removed_and_added_is_in_the_trail(intake: Intake, ledger: Ledger) -> None:
    extra = {"@type": "execution.comment_recorded.v1", "lot": "L1", "subject": "up/op/wash", "text": "warm"}
    intake.receive(record("7.20", 1, events=[extra]), "a.json")
    intake.receive(record("7.20", 2), "b.json")
    (trail,) = [e.event for e in ledger.read(Query(types=(DocumentSuperseded,)))]
    assert isinstance(trail, DocumentSuperseded)
    (gone,) = trail.differences
    assert (gone.subject, gone.field, gone.after) == ("up/op/wash", "comment_recorded", "")
    assert "warm" in gone.before


def test_a_file_that_cannot_be_read_is_kept_and_states_nothing(
    intake: Intake, ledger: Ledger, evidence: EvidenceStore
) -> None:
    data = record()[:-20]
    receipt = intake.receive(data, "cut.json")
    assert receipt.outcome == "refused"
    assert evidence.get(receipt.document) == data
    (entry,) = ledger.read()
    assert isinstance(entry.event, DocumentRefused)
    assert entry.event.refusals[0]["code"].startswith("intake.json")


def test_a_file_refused_twice_for_the_same_reasons_changes_nothing(intake: Intake, ledger: Ledger) -> None:
    first, again = intake.receive(b"{", "cut.json"), intake.receive(b"{", "cut.json")
    assert first == again
    assert ledger.size() == 1


def test_a_refused_file_can_be_taken_once_it_can_be_read(ledger: Ledger, evidence: EvidenceStore) -> None:
    shelf = Path(__file__).parent / "tabular" / "bad"
    data = (shelf / "good.csv").read_bytes()
    assert Intake(ledger, evidence).receive(data, "good.csv").outcome == "refused"
    mapping = load_mapping((shelf / "mapping.yaml").read_bytes(), "mapping.yaml")
    assert Intake(ledger, evidence, [mapping]).receive(data, "good.csv").outcome == "taken"
    assert values(ledger) == ["37.0"]


def test_facts_of_one_lot_come_with_those_of_the_sites(intake: Intake, ledger: Ledger) -> None:
    intake.receive(record("7.1"), "l1.json")
    intake.receive(record("7.2", document="S1/L2", lot="L2"), "l2.json")
    site = {
        "@type": "registry.training_recorded.v1",
        "person": "anna",
        "curriculum": "aseptic",
        "valid_from": T.format(1),
    }
    head = {"format": "onelot-record/1", "document": "S1/site", "sender": "S1", "issued_at": T.format(1)}
    intake.receive(json.dumps({**head, "events": [site]}).encode(), "site.json")
    tables = fact_tables(current_facts(ledger, ["L2"]))
    assert tables["parameter_value"]["text"].to_pylist() == ["7.2"]
    assert tables["training"]["person"].to_pylist() == ["anna"]
    assert lots_of(ledger) == {"L1": "MBR-WASH", "L2": "MBR-WASH"}


def test_a_long_series_becomes_several_entries_and_one_table(intake: Intake, ledger: Ledger) -> None:
    points = [[f"2026-03-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z", "5.0"] for n in range(2500)]
    series = {
        "@type": "execution.series_recorded.v1",
        "lot": "L1",
        "series": "box",
        "unit": "Cel",
        "points": points,
    }
    receipt = intake.receive(record(events=[series]), "l1.json")
    assert receipt.facts == 5
    assert fact_tables(current_facts(ledger, ["L1"]))["series_point"].num_rows == 2500


def test_as_it_was_at_an_earlier_position(intake: Intake, ledger: Ledger) -> None:
    intake.receive(record("7.20", 1), "a.json")
    before = ledger.size()
    intake.receive(record("7.30", 2), "b.json")
    kept = [
        i.event.value for i in current_facts(ledger, until=before) if isinstance(i.event, ParameterRecorded)
    ]
    assert kept == ["7.20"]


def test_a_review_is_recorded_with_all_it_depends_on(
    intake: Intake, ledger: Ledger, evidence: EvidenceStore
) -> None:
    intake.receive(record("9.99"), "l1.json")
    approved(ledger, evidence)
    through = ledger.size()
    mbr = load_mbr(GOOD.encode(), "mbr")
    policy = load_policy(POLICY, "policy")
    verdict = review_ledger(ledger, evidence, Reviewer(mbr, policy), "MBR-WASH")
    reviewed, *raised = [e.event for e in ledger.read(Query(tags=("lot:L1",)), after=through)]
    assert isinstance(reviewed, LotReviewed)
    assert (reviewed.mbr_digest, reviewed.policy_digest, reviewed.through_position, reviewed.held) == (
        mbr.digest, policy.digest, through, True,
    )  # fmt: skip
    assert len(raised) == reviewed.findings == len(verdict.lots[0].findings)
    finding = next(e for e in raised if isinstance(e, FindingRaised) and e.check == "RNG-ACTION")
    (entry,) = ledger.read(after=finding.evidence[0] - 1, until=finding.evidence[0])
    assert isinstance(entry.event, ParameterRecorded)
    assert entry.event.value == "9.99"
    assert evidence.get(reviewed.verdict)


def test_the_same_ledger_position_gives_the_same_verdict(
    intake: Intake, ledger: Ledger, evidence: EvidenceStore
) -> None:
    intake.receive(record("9.99"), "l1.json")
    approved(ledger, evidence)
    mbr = load_mbr(GOOD.encode(), "mbr")
    policy = load_policy(POLICY, "policy")
    review_ledger(ledger, evidence, Reviewer(mbr, policy), "MBR-WASH")
    review_ledger(ledger, evidence, Reviewer(mbr, policy), "MBR-WASH")
    stored = {
        e.event.verdict for e in ledger.read(Query(types=(LotReviewed,))) if isinstance(e.event, LotReviewed)
    }
    assert len(stored) == 1


def test_a_document_retired_in_the_middle_ends_the_review_there(
    ledger: Ledger, evidence: EvidenceStore
) -> None:
    intake = Intake(ledger, evidence)
    for lot in ("L1", "L2"):
        intake.receive(record(lot=lot, document=f"S1/{lot}"), f"{lot}.json")
    approved(ledger, evidence)
    mbr = load_mbr(GOOD.encode(), "m")
    now = datetime(2026, 3, 2, tzinfo=UTC)

    def retire_after_one() -> datetime:
        """The clock is asked once for each lot."""
        if any(True for _ in ledger.read(Query(types=(LotReviewed,)))):
            event = DocumentRetired(kind="mbr", id="MBR-WASH", version="7", digest=mbr.digest, signature="s")
            tags = ("mbr:MBR-WASH", f"digest:{mbr.digest}")
            ledger.append(
                [Draft(event=event, actor="person:bo", occurred_at=now, tags=tags, reason="unsafe")]
            )
        return now

    with pytest.raises(Refused, match=r"recipes\.retired"):
        review_ledger(
            ledger, evidence, Reviewer(mbr, load_policy(POLICY, "p")), "MBR-WASH", clock=retire_after_one
        )
    reviewed = [entry.event.lot for entry in ledger.read(Query(types=(LotReviewed,)))]  # type: ignore[attr-defined]
    assert reviewed == ["L1"], "what was reviewed before stays"
    with pytest.raises(Refused, match=r"recipes\.retired"):
        review_ledger(ledger, evidence, Reviewer(mbr, load_policy(POLICY, "p")), "MBR-WASH")
