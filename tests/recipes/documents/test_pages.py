"""The documents' pages: faults at their lines, what is signed is what was shown, lists, and who sees what."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from onelot.recipes.documents.models import Version
from onelot.recipes.documents.service import MAX_BYTES
from tests.recipes.documents.making import NEXT, DocumentsWorld, state
from tests.recipes.test_document import GOOD
from tests.site import PASSWORD, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
FAULTY = GOOD.replace("unit: kg", "unit: kilos").replace("accepted: [clear]", "accepted: [milky]")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DocumentsWorld:
    world = DocumentsWorld(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def check(client: Client, **form: Any) -> Any:
    return client.post(reverse("documents:prepare"), {"act": "check", **form})


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(kept|name|digest|seen)" value="([^"]*)"', page))


def sign(client: Client, page: str, **form: str) -> Any:
    said = {"act": "sign", "user_name": "anna.author", "password": PASSWORD, "reason": "CR-1", **hidden(page)}
    return client.post(reverse("documents:prepare"), {**said, **form})


def test_all_faults_are_shown_at_their_lines_and_the_text_is_kept(world: DocumentsWorld) -> None:
    size = world.ledger.size()
    answer = check(signed_in("anna.author"), file=SimpleUploadedFile("mbr.yaml", FAULTY.encode()))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2 faults. Nothing was recorded" in page
    for wrong in ("unit: kilos", "accepted: [milky]"):
        line = FAULTY[: FAULTY.index(wrong)].count("\n") + 1
        row = page.index(f'<tr class="marked"><td class="number">{line}</td>')
        assert page.index('<tr class="fault">', row) < page.index("</table>")
    assert "unit: kilos" in page[page.index("<textarea") :]
    assert world.ledger.size() == size


@pytest.mark.parametrize("data", [
    b"", b"   \n", b"\xff\xfe", b"a: [", b"\x00\x01", b"- 1\n- 2", b"format: onelot-policy/1", b"{}", b"x" * 2_000_000,
    b"[" * 100_000, b"a: &a [*a]", b"format: onelot-mbr/1\n" + b"x: 1\n" * 5000,
], ids=lambda data: repr(data[:12]))  # fmt: skip
def test_whatever_is_given_is_told_what_is_wrong_with_it(world: DocumentsWorld, data: bytes) -> None:
    size = world.ledger.size()
    answer = check(signed_in("anna.author"), file=SimpleUploadedFile("mbr.yaml", data))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert world.ledger.size() == size


@pytest.mark.parametrize("form", [
    {"act": "drop"}, {"act": ""}, {"kept": "%%%"}, {"digest": "x"}, {"seen": "x"}, {"seen": ""}, {"reason": ""},
    {"reason": "x" * 5000}, {"password": "wrong"}, {"kept": "YTogMQ=="},
])  # fmt: skip
def test_a_broken_form_puts_nothing_forward(world: DocumentsWorld, form: dict[str, str]) -> None:
    anna = signed_in("anna.author")
    page = check(anna, text=GOOD).content.decode()
    answer = sign(anna, page, **form)
    assert answer.status_code in (409, 422)
    assert 'role="alert"' in answer.content.decode()
    assert not Version.objects.exists()


def test_the_bytes_that_were_given_are_those_that_are_kept(world: DocumentsWorld) -> None:
    data = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    anna = signed_in("anna.author")
    page = check(anna, file=SimpleUploadedFile("mbr.yaml", data)).content.decode()
    assert "It is sound." in page
    assert "No version was approved before" in page
    wrong = sign(anna, page, password="wrong")
    assert wrong.status_code == 409
    assert ">CR-1</textarea>" in wrong.content.decode()
    done = sign(anna, wrong.content.decode())
    found = Version.objects.get()
    assert done.headers["Location"] == reverse("documents:version", args=[found.digest])
    file = anna.get(reverse("documents:file", args=[found.digest]))
    assert file.content == data
    assert "MBR-WASH-7.yaml" in file.headers["Content-Disposition"]


def test_what_changes_is_shown_to_each_of_the_three(world: DocumentsWorld) -> None:
    world.through()
    digest = world.prepared(NEXT)
    for person in ("rita.review", "hilde.head", "anna.author", "vera.valid"):
        page = signed_in(person).get(reverse("documents:version", args=[digest])).content.decode()
        assert "Allowed now, and not before" in page
        assert "<ins>7.60</ins>" in page
        assert ("Sign: reviewed" in page) is (person == "rita.review")
    page = check(signed_in("alan.author"), text=NEXT.replace('"8"', '"9"')).content.decode()
    assert "<ins>7.60</ins>" in page


def test_a_version_goes_through_the_pages(world: DocumentsWorld) -> None:
    digest = world.prepared()
    for person, act, button in (("rita.review", "review", "reviewed"), ("hilde.head", "approve", "approved")):
        client = signed_in(person)
        page = client.get(reverse("documents:version", args=[digest])).content.decode()
        assert f"Sign: {button}" in page
        seen = re.findall(r'name="seen" value="(\d+)"', page)[0]
        form = {"act": act, "seen": seen, "text": "CR-7", "user_name": person, "password": PASSWORD}
        assert client.post(reverse("documents:act", args=[digest]), form).status_code == 302
        late = client.post(reverse("documents:act", args=[digest]), form)
        assert late.status_code == 409
        assert "Somebody acted on this document meanwhile" in late.content.decode()
    page = signed_in("vera.valid").get(reverse("documents:version", args=[digest])).content.decode()
    assert page.count("Signature holds") == 3
    assert "Rita Review" in page


def test_the_author_is_told_that_the_next_step_is_for_somebody_else(world: DocumentsWorld) -> None:
    digest = world.prepared(by="mia.many")
    mia = signed_in("mia.many")
    page = mia.get(reverse("documents:version", args=[digest])).content.decode()
    assert "Sign: reviewed" not in page
    form = {"act": "review", "seen": str(world.ledger.size()), "user_name": "mia.many", "password": PASSWORD}
    answer = mia.post(reverse("documents:act", args=[digest]), form)
    assert answer.status_code == 409
    assert "three different people" in answer.content.decode()
    assert state(digest) == "prepared"


def test_a_refused_act_keeps_what_was_written(world: DocumentsWorld) -> None:
    digest = world.prepared()
    rita, seen = signed_in("rita.review"), world.ledger.size()
    world.documents("anna.author").withdraw(digest=digest, reason="wrong file", seen=seen)
    world.prepared()
    form = {"act": "return", "seen": str(seen), "text": "Cite the study."}
    answer = rita.post(reverse("documents:act", args=[digest]), form)
    assert answer.status_code == 409
    assert "Cite the study.</textarea>" in answer.content.decode()
    world.reviewed(digest, "ralf.review")
    answer = rita.post(reverse("documents:act", args=[digest]), form)
    assert answer.status_code == 409
    assert "Cite the study.</textarea>" in answer.content.decode(), "also where it cannot be sent any more"


def test_the_list_is_filtered_and_sorted_by_the_address(world: DocumentsWorld) -> None:
    world.through()
    world.prepared(NEXT)
    rita = signed_in("rita.review")

    def shown(query: str) -> list[str]:
        page = rita.get(reverse("documents:list") + query).content.decode()
        return re.findall(r"</th><td>(\d+)<br>", page)

    assert shown("") == ["8", "7"]
    assert shown("?sort=oldest") == ["7", "8"]
    assert shown("?sort=waiting") == ["8", "7"]
    assert shown("?state=approved") == ["7"]
    assert shown("?owed_by=reviewer") == ["8"]
    assert shown("?kind=policy") == []
    assert shown("?text=mbr-w") == ["8", "7"]
    assert shown("?state=nonsense&sort=nonsense&page=99") == ["8", "7"]
    page = rita.get(reverse("documents:document", args=["mbr", "MBR-WASH"])).content.decode()
    assert page.index(">8</a>") < page.rindex(">7</a>")


@pytest.mark.parametrize("person", ["max.maker", "part.review"])
def test_documents_of_the_sponsor_are_not_for_a_makers_people(world: DocumentsWorld, person: str) -> None:
    """A reviewer within one maker opens the room, and finds nothing, also by the address of a version."""
    world.person("part.review", "Part Review", "reviewer", scope="MAKER")
    digest = world.through()
    client = signed_in(person)
    for name in ("version", "file", "act"):
        assert client.get(reverse(f"documents:{name}", args=[digest])).status_code in (403, 404)
    listed = client.get(reverse("documents:list"))
    assert "MBR-WASH" not in listed.content.decode()


def test_a_file_too_large_is_told_and_not_read_on(world: DocumentsWorld) -> None:
    data = b"# " + b"x" * MAX_BYTES
    page = check(signed_in("anna.author"), file=SimpleUploadedFile("m.yaml", data)).content.decode()
    assert "too large" in page


def test_lots_reviewed_with_a_version_are_those_that_the_person_may_see(world: DocumentsWorld) -> None:
    digest = world.through()
    world.lot("L1", "minor")
    world.lot("L2", site="OTHER-1")
    reviewed_with(world, "L1", digest)
    reviewed_with(world, "L2", digest)
    address = reverse("desk:reviewed_with", args=[digest])
    page = signed_in("rita.review").get(address).content.decode()
    assert ">L1</a>" in page
    assert ">L2</a>" in page
    world.review("L1")
    page = signed_in("rita.review").get(address + "?sort=lot&text=L1").content.decode()
    assert "reviewed again with another version" in page
    assert ">L2</a>" not in page
    assert signed_in("max.maker").get(address).status_code == 404
    assert signed_in("rita.review").get(reverse("desk:reviewed_with", args=["0" * 64])).status_code == 404


def reviewed_with(world: DocumentsWorld, lot: str, digest: str) -> None:
    from onelot.review.events import LotReviewed

    event = LotReviewed(
        lot=lot, review=f"R-{lot}", engine="test", mbr="MBR-WASH", mbr_version="7", mbr_digest=digest, policy="p",
        policy_version="1", policy_digest="b" * 64, through_position=1, checkpoint="root", verdict="c" * 64,
        held=False, findings=0,
    )  # fmt: skip
    world.append(lot, event)
