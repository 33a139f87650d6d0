"""The flow of a document: three people, one content for a version, decided on what was read, told by the ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.recipes.approval import approve, check_approved, standing_in
from onelot.recipes.document import load_mbr
from onelot.recipes.documents.models import Version
from onelot.recipes.documents.service import Documents
from onelot.recipes.events import EVENTS, DocumentApproved
from onelot.registry.models import SignatureCard
from onelot.registry.signature_events import SignatureRefused
from onelot.registry.signatures import checked_signatures
from onelot.review.desk.telling import told
from onelot.review.renewal.models import ApprovedDocument
from tests.recipes.documents.making import NEXT, POLICY, DocumentsWorld, state
from tests.recipes.test_document import GOOD
from tests.site import NOW

pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture
def world(tmp_path: Path) -> DocumentsWorld:
    return DocumentsWorld(tmp_path)


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as raised:
        act()
    return raised.value.refusals[0].code


def acts(world: DocumentsWorld) -> int:
    return sum(1 for _ in world.ledger.read(Query(types=EVENTS)))


def test_three_people_bring_a_version_into_force(world: DocumentsWorld) -> None:
    digest = world.prepared()
    assert (state(digest), Version.objects.get().owed_by) == ("prepared", "reviewer")
    assert (
        refused(lambda: check_approved(world.ledger, digest, "master batch record")) == "recipes.not_approved"
    )
    world.reviewed(digest)
    assert (state(digest), Version.objects.get().owed_by) == ("reviewed", "quality_head")
    world.approved(digest)
    check_approved(world.ledger, digest, "master batch record")
    found = Version.objects.get()
    assert (found.state, found.owed_by, found.prepared_by, found.reviewed_by, found.approved_by) == (
        "approved", "", "anna.author", "rita.review", "hilde.head",
    )  # fmt: skip
    assert world.evidence.get(found.file) == GOOD.encode()
    (event,) = [entry.event for entry in world.ledger.read(Query(types=(DocumentApproved,)))]
    assert isinstance(event, DocumentApproved)
    assert (event.prepared_by, event.reviewed_by, event.approved_by) == (
        "anna.author", "rita.review", "hilde.head",
    )  # fmt: skip
    assert ApprovedDocument.objects.get().digest == digest


def test_each_signature_says_its_meaning_and_holds(world: DocumentsWorld) -> None:
    first = world.through()
    second = world.through(NEXT)
    for digest in (first, second):
        found = checked_signatures(world.ledger, world.evidence, f"digest:{digest}")
        assert [(one.card.meaning, one.card.person, one.holds) for one in found] == [
            ("prepared", "anna.author", True), ("reviewed", "rita.review", True), ("approved", "hilde.head", True),
        ]  # fmt: skip
    content = world.evidence.get(SignatureCard.objects.order_by("-position")[0].content)
    assert first.encode() in content, "the version that it was compared with"
    assert b'"direction":"allows"' in content


@pytest.mark.parametrize(("path", "code"), [
    (("mia.many", "mia.many"), "recipes.same_person"),
    (("mia.many", "rita.review", "mia.many"), "recipes.same_person"),
    (("anna.author", "mia.many", "mia.many"), "recipes.same_person"),
    (("anna.author", "hilde.head"), "registry.not_allowed"),
    (("anna.author", "rita.review", "ralf.review"), "registry.not_allowed"),
    (("anna.author", "rita.review", "anna.author"), "recipes.same_person"),
    (("anna.author", "anna.author"), "recipes.same_person"),
    (("anna.author", "vera.valid"), "registry.not_allowed"),
])  # fmt: skip
def test_nobody_has_two_parts_in_one_version(world: DocumentsWorld, path: tuple[str, ...], code: str) -> None:
    """Also who has every role."""
    digest = world.prepared(by=path[0])
    if len(path) == 3:
        world.reviewed(digest, path[1])
        before = world.ledger.size()
        assert refused(lambda: world.approved(digest, path[2])) == code
    else:
        before = world.ledger.size()
        assert refused(lambda: world.reviewed(digest, path[1])) == code
    assert world.ledger.size() == before


def test_whoever_once_prepared_a_version_never_reviews_it(world: DocumentsWorld) -> None:
    digest = world.prepared(by="mia.many")
    world.documents("rita.review").send_back(digest=digest, reason="typo", seen=world.ledger.size())
    assert (state(digest), Version.objects.get().owed_by) == ("returned", "author")
    world.prepared(by="anna.author")
    assert refused(lambda: world.reviewed(digest, "mia.many")) == "recipes.same_person"
    world.reviewed(digest)
    assert refused(lambda: world.approved(digest, "mia.many")) == "recipes.same_person"


def test_a_version_means_one_content_for_ever(world: DocumentsWorld) -> None:
    other = GOOD.replace("high: 7.50", "high: 7.60")
    digest = world.prepared()
    assert refused(lambda: world.prepared(other)) == "recipes.version_taken"
    assert refused(world.prepared) == "recipes.not_now"
    world.documents("anna.author").withdraw(digest=digest, reason="wrong", seen=world.ledger.size())
    assert refused(lambda: world.prepared(other)) == "recipes.version_taken"
    assert world.prepared() == digest, "the same content may come again"
    assert state(digest) == "prepared"


def test_only_its_author_withdraws_a_draft_and_nobody_what_is_approved(world: DocumentsWorld) -> None:
    digest = world.prepared()

    def withdraw(person: str) -> None:
        world.documents(person).withdraw(digest=digest, reason="no", seen=world.ledger.size())

    assert refused(lambda: withdraw("alan.author")) == "recipes.not_yours"
    world.reviewed(digest)
    world.approved(digest)
    assert refused(lambda: withdraw("anna.author")) == "recipes.not_now"


def test_the_approver_sends_back_and_the_review_is_needed_again(world: DocumentsWorld) -> None:
    digest = world.prepared()
    world.reviewed(digest)
    world.documents("hilde.head").send_back(digest=digest, reason="cite the study", seen=world.ledger.size())
    world.prepared()
    assert refused(lambda: world.approved(digest)) == "recipes.not_now"
    assert Version.objects.get().reviewed_by == ""


def test_what_was_retired_is_not_used_again(world: DocumentsWorld) -> None:
    digest = world.through()
    assert refused(lambda: world.retired(digest, "rita.review")) == "registry.not_allowed"
    world.retired(digest)
    assert refused(lambda: check_approved(world.ledger, digest, "master batch record")) == "recipes.retired"
    assert not ApprovedDocument.objects.exists(), "no lot is reviewed again with it"
    assert refused(world.prepared) == "recipes.not_now"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 4001])
def test_acts_want_a_reason(world: DocumentsWorld, reason: str) -> None:
    digest = world.prepared()
    documents, before = world.documents("rita.review"), world.ledger.size()
    assert (
        refused(lambda: documents.send_back(digest=digest, reason=reason, seen=before))
        == "documents.reason_missing"
    )
    assert world.ledger.size() == before


def test_a_wrong_password_signs_nothing_and_is_recorded(world: DocumentsWorld) -> None:
    digest = world.prepared()
    by = world.signed("rita.review", world.ledger.size(), "wrong")
    act = lambda: world.documents("rita.review").review(digest=digest, comment="", by=by)  # noqa: E731
    assert refused(act) == "registry.signature_failed"
    assert state(digest) == "prepared"
    assert any(isinstance(entry.event, SignatureRefused) for entry in world.ledger.read())


def test_two_reviewers_on_what_both_had_read(world: DocumentsWorld) -> None:
    digest = world.prepared()
    seen = world.ledger.size()
    for person, expected in (("rita.review", ""), ("ralf.review", "recipes.changed")):
        act = lambda person=person: world.documents(person).review(  # noqa: E731
            digest=digest, comment="", by=world.signed(person, seen)
        )
        assert (refused(act) if expected else act() or "") == expected
    assert Version.objects.get().reviewed_by == "rita.review"


class _Overtaken(Documents):
    """Somebody else acts between what this command read and what it appends."""

    def _sign(self, *said: Any) -> None:
        overtake.pop()()
        super()._sign(*said)


overtake: list[Callable[[], Any]] = []


@pytest.mark.parametrize("seen_ahead", [0, 4])
def test_whoever_is_overtaken_signs_nothing(world: DocumentsWorld, seen_ahead: int) -> None:
    """By the ledger's condition, whatever position the form claims to have read."""
    digest = world.prepared()
    slow = _Overtaken(world.ledger, world.actor("ralf.review"), world.evidence, lambda: NOW)
    overtake.append(lambda: world.reviewed(digest, "mia.many"))
    by = world.signed("ralf.review", world.ledger.size() + seen_ahead)
    assert refused(lambda: slow.review(digest=digest, comment="", by=by)) == "recipes.changed"
    overtake.append(lambda: world.approved(digest, "hugo.head"))
    slow = _Overtaken(world.ledger, world.actor("hilde.head"), world.evidence, lambda: NOW)
    by = world.signed("hilde.head", world.ledger.size() + seen_ahead)
    assert refused(lambda: slow.approve(digest=digest, reason="CR", by=by)) == "recipes.changed"
    found = Version.objects.get()
    assert (found.reviewed_by, found.approved_by) == ("mia.many", "hugo.head")
    assert acts(world) == 3


def test_another_version_in_force_changes_what_is_compared_so_it_is_read_again(world: DocumentsWorld) -> None:
    first, second = world.prepared(), world.prepared(NEXT)
    world.reviewed(first)
    world.reviewed(second)
    seen = world.ledger.size()
    world.approved(first)
    by = world.signed("hilde.head", seen)
    act = lambda: world.documents("hilde.head").approve(digest=second, reason="CR", by=by)  # noqa: E731
    assert refused(act) == "recipes.changed"


def test_an_approval_signed_elsewhere_stands_in_the_room_and_does_not_cut_in(world: DocumentsWorld) -> None:
    def record(text: str) -> DocumentApproved:
        return approve(
            world.ledger, world.evidence, text.encode(), "m.yaml", prepared_by="ann", reviewed_by="rob",
            approved_by="bo", reason="paper 7",
        )  # fmt: skip

    first = record(GOOD)
    found = Version.objects.get()
    assert (found.state, found.prepared_by, found.reviewed_by, found.approved_by, found.title) == (
        "approved", "ann", "rob", "bo", load_mbr(GOOD.encode(), "m").mbr.title,
    )  # fmt: skip
    digest = world.prepared(NEXT)
    assert refused(lambda: record(NEXT)) == "recipes.not_now"
    world.documents("rita.review").send_back(digest=digest, reason="no", seen=world.ledger.size())
    assert refused(lambda: record(NEXT)) == "recipes.not_now"
    world.retired(first.digest)
    assert refused(lambda: record(GOOD)) == "recipes.not_now"


def test_a_policy_that_names_no_check_is_told_with_its_line(world: DocumentsWorld) -> None:
    documents = world.documents("anna.author")
    assert documents.checked(POLICY, "p.yaml").kind == "policy"
    with pytest.raises(Refused) as raised:
        documents.checked(POLICY.replace(b"RNG-ACTION", b"RNG-ACTOIN"), "p.yaml")
    assert [(one.code, one.where.split(" ")[0]) for one in raised.value.refusals] == [
        ("review.policy_unknown_check", "p.yaml:6")
    ]


@pytest.mark.parametrize(("person", "code"), [
    ("rita.review", "registry.not_allowed"), ("max.maker", "registry.not_allowed"),
])  # fmt: skip
def test_only_authors_put_documents_forward(world: DocumentsWorld, person: str, code: str) -> None:
    assert refused(lambda: world.prepared(by=person)) == code


def test_a_scope_of_a_product_covers_its_documents_only(world: DocumentsWorld) -> None:
    world.registry.register_person(person="paul.part", name="Paul Part", organisation="ACME")
    world.registry.grant_role(person="paul.part", role="reviewer", product="OTHER-PRODUCT")
    digest = world.prepared()
    documents = world.documents("paul.part")
    act = lambda: documents.send_back(digest=digest, reason="no", seen=world.ledger.size())  # noqa: E731
    assert refused(act) == "documents.unknown"


def test_the_table_built_again_is_the_same(world: DocumentsWorld) -> None:
    world.through()
    digest = world.prepared(NEXT)
    world.documents("rita.review").send_back(digest=digest, reason="no", seen=world.ledger.size())
    world.prepared(NEXT, by="alan.author")
    world.retired(Version.objects.get(state="approved").digest)
    tables = (Version, ApprovedDocument)
    before = [[*table.objects.order_by("pk").values()] for table in tables]
    with transaction.atomic():
        world.ledger.rebuild()
    assert [[*table.objects.order_by("pk").values()] for table in tables] == before


def test_the_audit_trail_has_words_for_each_act(world: DocumentsWorld) -> None:
    digest = world.through()
    world.retired(digest)
    titles = [
        told(entry).title for entry in world.ledger.read(Query(tags=(f"digest:{digest}",), types=EVENTS))
    ]
    assert titles == ["Document prepared", "Document reviewed", "Document approved", "Document retired"]
    assert standing_in(world.ledger, digest).state == "retired"
