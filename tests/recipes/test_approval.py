"""Approval: a version means one content for ever, two people stand behind it. On both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from onelot.kernel.refusals import Refused
from onelot.ledger.catalogue import Catalogue
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.recipes.approval import approvals, approve, check_approved
from onelot.recipes.document import load_mbr
from onelot.recipes.events import DocumentApproved
from onelot.settings.vocabulary import EVENTS
from tests.recipes.test_document import GOOD


@pytest.fixture
def stores(alias: str, tmp_path: Path) -> tuple[Ledger, EvidenceStore]:
    return Ledger(Catalogue(EVENTS), alias=alias), EvidenceStore(tmp_path / "evidence")


def approved(stores: tuple[Ledger, EvidenceStore], text: str = GOOD, by: str = "bo") -> DocumentApproved:
    return approve(
        *stores,
        text.encode(),
        "mbr.yaml",
        prepared_by="ann",
        reviewed_by="rob",
        approved_by=by,
        reason="CR-1",
    )


def test_an_approval_keeps_the_document_and_names_its_content(stores: tuple[Ledger, EvidenceStore]) -> None:
    event = approved(stores)
    assert (event.kind, event.id, event.version) == ("mbr", "MBR-WASH", "7")
    assert event.digest == load_mbr(GOOD.encode(), "m").digest
    assert stores[1].get(event.document) == GOOD.encode()
    check_approved(stores[0], event.digest, "master batch record")


def test_the_same_content_again_changes_nothing(stores: tuple[Ledger, EvidenceStore]) -> None:
    approved(stores)
    size = stores[0].size()
    approved(stores, f"# a comment\n{GOOD}")
    assert stores[0].size() == size


def test_another_content_needs_another_version(stores: tuple[Ledger, EvidenceStore]) -> None:
    approved(stores)
    with pytest.raises(Refused, match=r"recipes\.version_taken"):
        approved(stores, GOOD.replace("high: 7.50", "high: 7.60"))
    approved(stores, GOOD.replace("high: 7.50", "high: 7.60").replace('version: "7"', 'version: "8"'))
    assert [event.version for event in approvals(stores[0], "mbr", "MBR-WASH")] == ["7", "8"]


@pytest.mark.parametrize("by", ["ann", " Ann ", ""])
def test_who_prepared_it_cannot_approve_it(stores: tuple[Ledger, EvidenceStore], by: str) -> None:
    with pytest.raises(Refused, match=r"recipes\.same_person"):
        approved(stores, by=by)
    assert stores[0].size() == 0


def test_a_document_that_nobody_prepared_is_not_approved(stores: tuple[Ledger, EvidenceStore]) -> None:
    with pytest.raises(Refused, match=r"recipes\.same_person"):
        approve(
            *stores,
            GOOD.encode(),
            "mbr.yaml",
            prepared_by=" ",
            reviewed_by="rob",
            approved_by="bo",
            reason="CR-1",
        )
    assert stores[0].size() == 0


def test_a_document_with_faults_is_not_approved(stores: tuple[Ledger, EvidenceStore]) -> None:
    with pytest.raises(Refused, match=r"mbr\.unit_unknown"):
        approved(stores, GOOD.replace("unit: kg", "unit: kilos"))
    assert stores[0].size() == 0


def test_an_approval_wants_a_reason(stores: tuple[Ledger, EvidenceStore]) -> None:
    with pytest.raises(Refused, match=r"ledger\.reason_missing"):
        approve(
            *stores, GOOD.encode(), "m", prepared_by="ann", reviewed_by="rob", approved_by="bo", reason=" "
        )


def test_what_was_not_approved_cannot_be_used(stores: tuple[Ledger, EvidenceStore]) -> None:
    with pytest.raises(Refused, match=r"recipes\.not_approved"):
        check_approved(stores[0], "0" * 64, "review policy")
