"""Receipts are verified with nothing but the ledger's verification key; mappings are kept with their versions."""

from __future__ import annotations

import base64

import pytest

from onelot.intake.mappings import mappings_for, register
from onelot.intake.receipts import document_entry, receipt_of
from onelot.intake.service import Intake
from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import SigningKey
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.proof import Inclusion
from onelot.ledger.publishing import publish
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Granted
from tests.intake.test_service import evidence, ledger, record

__all__ = ["evidence", "ledger"]
REVIEWER = Actor("rita", "Rita", "ACME", (Granted("reviewer"),))
MAPPING = """
format: onelot-mapping/1
id: results
version: "{}"
title: Results of a laboratory
table: csv
recognise: Lot
sections:
  - id: results
    event: execution.result_reported.v1
    constants: {{status: final}}
    columns: {{Lot: {{field: lot}}, Test: {{field: test}}, Value: {{field: value, kind: measured}}}}
    ignore: [{}]
"""


@pytest.mark.parametrize("data", [record(), b"no record"])
def test_a_receipt_proves_the_very_entry(ledger: Ledger, evidence: EvidenceStore, data: bytes) -> None:
    key = SigningKey.generate("test/ledger")
    document = Intake(ledger, evidence, actor="person:max").receive(data, "l1.json").document
    position = document_entry(ledger, document)
    receipt = receipt_of(ledger, lambda: publish(ledger, key), position)
    entry = base64.b64decode(receipt["entry"])
    proof = Inclusion.parse(receipt["proof"])
    assert proof.verify(entry, key.verification).size == ledger.size()
    assert receipt["document"] == {"name": "l1.json", "sha256": document, "size": len(data)}
    assert ledger.catalogue.read(entry).actor == "person:max"
    with pytest.raises(Refused):
        proof.verify(entry.replace(b"l1", b"l2"), key.verification)


def test_a_file_that_never_came_has_no_entry(ledger: Ledger) -> None:
    assert document_entry(ledger, "0" * 64) == 0


def test_a_check_of_the_sender_keeps_the_file_as_refused(ledger: Ledger, evidence: EvidenceStore) -> None:
    from onelot.kernel.refusals import refuse

    def never(_: object) -> None:
        raise refuse("test.not_theirs", "Not theirs.")

    receipt = Intake(ledger, evidence, check=never).receive(record(), "l1.json")
    assert (receipt.outcome, ledger.size()) == ("refused", 1)
    assert evidence.get(receipt.document) == record()
    Intake(ledger, evidence, check=never).receive(record(), "l1.json")
    assert ledger.size() == 1, "the same again is no news"
    Intake(ledger, evidence, check=never, actor="person:max").receive(record(), "l1.json")
    assert ledger.size() == 2, "by somebody else it is"


def test_faults_without_end_fit_into_an_entry(ledger: Ledger, evidence: EvidenceStore) -> None:
    wide = ",".join(["x" * 80] * 3)
    receipt = Intake(ledger, evidence).receive(b'{"format": "onelot-record/1", "document": "d", "events": ['
        + b",".join(b'{"@type": "%s"}' % (b"y" * 3_000) for _ in range(120)) + b"]}", f"{wide}.json")  # fmt: skip
    assert receipt.outcome == "refused"
    assert ledger.size() == 1


def test_mappings_count_in_their_last_version(ledger: Ledger, evidence: EvidenceStore) -> None:
    for version, organisation in (("1", ""), ("2", "MAKER"), ("1", "OTHER")):
        data = MAPPING.format(version, organisation or "All").encode()
        register(
            ledger, evidence, REVIEWER, data=data, name="m.yaml", organisation=organisation, reason="new"
        )
    assert [item.mapping.version for item in mappings_for(ledger, evidence, "MAKER").current] == ["2"]
    assert [item.mapping.version for item in mappings_for(ledger, evidence, "MAKER").earlier] == ["1"]


@pytest.mark.parametrize(("version", "reason", "actor", "code"), [
    ("1", "changed", REVIEWER, "intake.mapping.version_taken"),
    ("2", " ", REVIEWER, "ledger.reason_missing"),
    ("2", "new", Actor("max", grants=(Granted("site"),)), "registry.not_allowed"),
    ("2", "new", Actor("rita", grants=(Granted("reviewer", "OTHER"),)), "registry.not_allowed"),
    ('2"', "new", REVIEWER, ""),
])  # fmt: skip
def test_a_mapping_that_may_not_be_is_refused(
    ledger: Ledger, evidence: EvidenceStore, version: str, reason: str, actor: Actor, code: str
) -> None:
    first = MAPPING.format("1", "A").encode()
    register(ledger, evidence, REVIEWER, data=first, name="m.yaml", organisation="MAKER", reason="new")
    register(ledger, evidence, REVIEWER, data=first, name="m.yaml", organisation="MAKER", reason="new")
    assert sum(1 for _ in ledger.read(Query(tags=("about:mapping",)))) == 1
    data = MAPPING.format(version, "B").encode()
    with pytest.raises(Refused) as refused:
        register(ledger, evidence, actor, data=data, name="m.yaml", organisation="MAKER", reason=reason)
    assert refused.value.refusals[0].code.startswith(code)
    assert ledger.size() == 1
