"""The pages of dispositions: for whom they are, what they show, and what a broken request does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from onelot.deviations.service import Deviations
from onelot.disposition.models import Certificate, Decision, ItemStatement
from onelot.registry.permissions import Place
from onelot.verify.dossier import verify_dossier
from tests.disposition.dossier.making import KEYS
from tests.disposition.making import DisposingWorld, finding, spc
from tests.site import NOW, PASSWORD, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
STATUS = {
    "rita.review": 200, "hilde.head": 200, "quentin.qp": 200, "vera.valid": 200, "ada.admin": 403, "max.maker": 403,
    "olga.other": 403,
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DisposingWorld:
    world = DisposingWorld(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def text(answer: Any) -> str:
    return str(answer.content.decode())


def form(world: DisposingWorld, decision: str, **more: str) -> dict[str, Any]:
    return {"decision": decision, "market": "DE", "seen": world.ledger.size(), "user_name": "quentin.qp",
            "password": PASSWORD, **more}  # fmt: skip


def decide(client: Client, lot: str, entered: dict[str, Any]) -> Any:
    return client.post(reverse("disposition:decide", args=[lot]), entered)


@pytest.mark.parametrize("person", STATUS)
def test_who_opens_which_page(world: DisposingWorld, person: str) -> None:
    world.made("L1")
    world.dispose("L1", "released")
    number = Certificate.objects.get(kind="qp_certificate").number
    client, status = signed_in(person), STATUS[person]
    assert client.get(reverse("disposition:lots")).status_code == status
    assert client.get(reverse("disposition:register")).status_code == status
    one = 200 if status == 200 else 404
    assert client.get(reverse("disposition:lot", args=["L1"])).status_code == one
    assert client.get(reverse("disposition:certificate", args=[number])).status_code == one
    for page, missing in (("lot", "L404"), ("certificate", "QP-2026-99999")):
        assert client.get(reverse(f"disposition:{page}", args=[missing])).status_code == 404


def test_a_scope_hides_lots_certificates_and_counts(world: DisposingWorld) -> None:
    world.made("L1")
    world.dispose("L1", "released")
    world.person("otto.qp", "Otto", "qp", scope="OTHER")
    otto = signed_in("otto.qp")
    assert ">L1<" not in text(otto.get(reverse("disposition:lots") + "?lane=all"))
    assert "QP-2026-00001" not in text(otto.get(reverse("disposition:register")))
    assert otto.get(reverse("disposition:lot", args=["L1"])).status_code == 404
    assert otto.get(reverse("disposition:certificate", args=["QP-2026-00001"])).status_code == 404
    assert decide(otto, "L1", form(world, "withdrawn", reason="x", user_name="otto.qp")).status_code == 404


def test_lots_stand_in_their_lanes(world: DisposingWorld) -> None:
    world.made("READY")
    world.made("UNSTATED", state=False)
    world.made("DESK", finding("RNG-ACTION", "major"), sign=False)
    world.made("DEVIATION")
    Deviations(
        world.ledger, world.actor("hilde.head"), Place("MAKER", "MAKER-1", "CARC"), clock=lambda: NOW
    ).open(lot="DEVIATION", severity="major", title="t", description="d")
    world.made("OOS", spc("outside", "viability", "DE"))
    world.made("NOWHERE", market="ZZ")
    world.made("HALF", results={"sterility": "negative_to_date"})
    world.dispose("HALF", "released_conditionally", reason="r", consequence_plan="c")
    world.made("DONE")
    world.dispose("DONE", "released")
    client = signed_in("quentin.qp")
    for lane, lots in (
        ("ready", {"READY"}), ("blocked", {"UNSTATED", "DEVIATION", "OOS", "NOWHERE"}), ("conditional", {"HALF"}),
        ("review", {"DESK"}), ("done", {"DONE"}),
    ):  # fmt: skip
        page = client.get(reverse("disposition:lots") + f"?lane={lane}")
        assert {lot.lot for lot in page.context["page"]} == lots, lane
        assert {name: count for name, _, count in page.context["lanes"]}[lane] == len(lots)


@pytest.mark.parametrize("query", [
    "lane=nothing", "page=999", "page=x", "sort=drop", "site=%27", "text=%F0%9F%98%80", "market=%25",
    "lane=all&text=L1",
])  # fmt: skip
def test_whatever_the_address_asks_the_lists_answer(world: DisposingWorld, query: str) -> None:
    world.made("L1")
    client = signed_in("quentin.qp")
    assert client.get(f"{reverse('disposition:lots')}?{query}").status_code == 200
    assert client.get(f"{reverse('disposition:register')}?{query}&kind=x").status_code == 200


def test_the_checklist_says_what_is_missing_and_who_owes_it(world: DisposingWorld) -> None:
    world.made("L1", finding("RNG-ACTION", "critical"), state=False, sign=False)
    (card,) = world.findings("L1")
    page = text(signed_in("quentin.qp").get(reverse("disposition:lot", args=["L1"])))
    assert "Nobody has signed the review." in page
    assert "a reviewer or the head of quality" in page
    assert f"#exception-{card.key}" in page
    assert "A critical exception is not decided." in page


def test_items_are_stated_on_the_page(world: DisposingWorld) -> None:
    world.made("L1", state=False)
    rita = signed_in("rita.review")
    address = reverse("disposition:state", args=["L1"])
    entered = {
        "seen": world.ledger.size(),
        "item-order": "present",
        "item-samples": "not_applicable",
        "reason": "binder 7",
    }
    assert rita.post(address, entered).status_code == 302
    assert {row.item: row.state for row in ItemStatement.objects.all()} == {
        "order": "present",
        "samples": "not_applicable",
    }
    entered = {
        "seen": world.ledger.size(),
        "all": "present",
        "item-expiry": "not_applicable",
        "reason": "binder 8",
    }
    assert rita.post(address, entered).status_code == 302
    said = {row.item: (row.state, row.reason) for row in ItemStatement.objects.all()}
    assert said["order"] == ("present", "binder 7"), "what was stated stays"
    assert said["expiry"] == ("not_applicable", "binder 8")
    assert said["environment"] == ("present", "binder 8")
    assert "regulatory" not in said, "it is not a reviewer's to state"
    refused = rita.post(
        address, {"seen": world.ledger.size(), "item-regulatory": "present", "reason": "kept text"}
    )
    assert refused.status_code == 409
    assert "kept text" in text(refused)
    assert 'name="item-regulatory"' not in text(refused)


def test_a_lot_is_certified_and_the_next_one_follows(world: DisposingWorld) -> None:
    for lot in ("L1", "L2", "L3"):
        world.made(lot)
    client = signed_in("quentin.qp")
    page = text(client.get(reverse("disposition:lot", args=["L1"])))
    assert 'name="user_name"' in page
    assert "Sign: certified" in page
    answer = decide(client, "L1", form(world, "released", next="1"))
    assert answer.headers["Location"] == reverse("disposition:lot", args=["L2"])
    page = text(client.get(answer.headers["Location"]))
    assert 'name="user_name"' not in page, "this session's first signing was done"
    entered = form(world, "released", next="1")
    del entered["user_name"]
    answer = decide(client, "L2", entered)
    assert answer.headers["Location"] == reverse("disposition:lot", args=["L3"])
    done = text(client.get(reverse("disposition:lot", args=["L1"])))
    assert "Quentin Qualified" in done
    assert "Europe/Berlin" in done
    assert "QP-2026-00001" in done


def test_the_certificate_is_printed_with_name_time_zone_and_meaning(world: DisposingWorld) -> None:
    world.made("L1")
    world.dispose("L1", "released")
    client = signed_in("vera.valid")
    page = text(client.get(reverse("disposition:certificate", args=["QP-2026-00001"])))
    for part in (
        "Quentin Qualified",
        "2026-03-01 09:00:00</time> Europe/Berlin",
        "certified",
        "COI-L1",
        "COA-2026-00001",
        "DE",
    ):
        assert part in page
    analysis = text(client.get(reverse("disposition:certificate", args=["COA-2026-00001"])))
    assert "≥ 70 %" in analysis
    assert "A later decision holds" not in analysis
    world.dispose("L1", "withdrawn", by="hilde.head", reason="complaint")
    assert "A later decision holds" in text(
        client.get(reverse("disposition:certificate", args=["QP-2026-00001"]))
    )


def test_what_was_entered_is_kept_when_it_is_refused(world: DisposingWorld) -> None:
    world.made("L1")
    client = signed_in("quentin.qp")
    answer = decide(client, "L1", form(world, "rejected", reason="My long reason.", password="wrong"))
    assert answer.status_code == 409
    assert "My long reason." in text(answer)
    assert "nothing was signed" in text(answer)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("change", [
    {"seen": "x"}, {"seen": ""}, {"seen": "9" * 30}, {"seen": "999999"}, {"decision": "drop"}, {"decision": ""},
    {"decision": "confirmed"}, {"decision": "cancelled", "reason": "x"}, {"market": "US"}, {"market": ""},
    {"user_name": "hilde.head"}, {"user_name": ""}, {"password": ""}, {"reason": "x" * 5000},
])  # fmt: skip
def test_a_broken_form_changes_nothing_and_is_told(world: DisposingWorld, change: dict[str, str]) -> None:
    world.made("L1")
    answer = decide(signed_in("quentin.qp"), "L1", {**form(world, "released"), **change})
    assert answer.status_code in (403, 409)
    assert 'role="alert"' in text(answer)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("change", [
    {"seen": "-1"}, {"item-order": "lost"}, {"item-order": ""}, {"item-nothing": "present"}, {"reason": ""},
    {"reason": "x" * 5000},
])  # fmt: skip
def test_a_broken_statement_changes_nothing_and_is_told(
    world: DisposingWorld, change: dict[str, str]
) -> None:
    world.made("L1", state=False)
    entered = {"seen": world.ledger.size(), "item-order": "present", "reason": "binder", **change}
    answer = signed_in("rita.review").post(reverse("disposition:state", args=["L1"]), entered)
    assert answer.status_code == 409
    assert ItemStatement.objects.count() == 0


def test_the_desk_leads_here_and_tells_that_a_lot_is_closed(world: DisposingWorld) -> None:
    world.made("L1", finding("RNG-ACTION", "minor"))
    rita = signed_in("rita.review")
    assert reverse("disposition:lot", args=["L1"]) in text(rita.get(reverse("desk:lot", args=["L1"])))
    assert reverse("disposition:lot", args=["L1"]) not in text(
        signed_in("max.maker").get(reverse("desk:lot", args=["L1"]))
    )
    world.dispose("L1", "released", reason="fine")
    (card,) = world.findings("L1")
    entered = {"act": "withdraw", "finding": card.key, "text": "My doubt.", "seen": world.ledger.size()}
    answer = rita.post(reverse("desk:act", args=["L1"]), entered)
    assert answer.status_code == 409
    assert "finally decided on" in text(answer)


def test_pages_hold_no_inline_style_script_or_foreign_address(world: DisposingWorld) -> None:
    world.made("L1", results={"sterility": "negative_to_date"})
    world.dispose("L1", "released_conditionally", reason="r", consequence_plan="c")
    client = signed_in("quentin.qp")
    for address in (
        reverse("disposition:lots") + "?lane=all", reverse("disposition:lot", args=["L1"]),
        reverse("disposition:register"),
        reverse("disposition:certificate", args=["QP-2026-00001"]),
        reverse("disposition:certificate", args=["COA-2026-00001"]),
    ):  # fmt: skip
        page = text(client.get(address))
        assert "://" not in page
        assert "style=" not in page
        assert "<script>" not in page


def test_a_document_is_read_signed_and_taken_as_a_sealed_pdf(
    world: DisposingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onelot.web.middleware.open_signing_key", lambda: KEYS.ledger)
    monkeypatch.setattr("onelot.web.middleware.open_sealing_key", lambda: KEYS.seal)
    world.made("L1")
    hilde = signed_in("hilde.head")
    address = reverse("disposition:document", args=["L1", "certificate_of_analysis"])
    assert address in text(hilde.get(reverse("disposition:lot", args=["L1"])))
    assert address not in text(signed_in("quentin.qp").get(reverse("disposition:lot", args=["L1"])))
    entered = {"seen": world.ledger.size(), "user_name": "hilde.head", "password": "wrong"}
    assert "≥ 70 %" in text(hilde.get(address))
    refused = hilde.post(address, entered)
    assert (refused.status_code, Certificate.objects.exists()) == (409, False)
    signed = hilde.post(address, {**entered, "seen": world.ledger.size(), "password": PASSWORD})
    number = Certificate.objects.get().number
    assert signed.headers["Location"] == reverse("disposition:certificate", args=[number])
    assert "Hilde Head" in text(hilde.get(signed.headers["Location"]))
    pdf = reverse("dossier:certificate", args=[number])
    assert verify_dossier(hilde.get(pdf, {"language": "de"}).content).faults == []
    assert signed_in("olga.other").get(pdf).status_code == 404
    assert hilde.get(reverse("dossier:certificate", args=["COA-2026-99999"])).status_code == 404


@pytest.mark.parametrize(("person", "kind", "status"), [
    ("quentin.qp", "certificate_of_analysis", 403), ("vera.valid", "identity_custody_report", 403),
    ("rita.review", "release_for_infusion_certificate", 403), ("hilde.head", "certificate_of_love", 404),
    ("max.maker", "identity_custody_report", 404), ("hilde.head", "release_for_infusion_certificate", 200),
])  # fmt: skip
def test_a_document_is_for_those_who_sign_it(
    world: DisposingWorld, person: str, kind: str, status: int
) -> None:
    world.made("L1")
    assert signed_in(person).get(reverse("disposition:document", args=["L1", kind])).status_code == status


def test_what_was_entered_in_a_document_is_kept(world: DisposingWorld) -> None:
    world.made("L1")
    address = reverse("disposition:document", args=["L1", "partial_manufacture_confirmation"])
    entered = {
        "seen": world.ledger.size(),
        "stage": "MAKER-1, filling",
        "agreement": "",
        "password": PASSWORD,
    }
    answer = signed_in("quentin.qp").post(address, entered)
    assert answer.status_code == 409
    assert 'value="MAKER-1, filling"' in text(answer)


def test_a_file_is_given_with_a_statement_and_taken_again(world: DisposingWorld) -> None:
    world.made("L1", state=False)
    rita = signed_in("rita.review")
    entered = {
        "seen": world.ledger.size(), "item-order": "present", "reason": "see the scan",
        "file": SimpleUploadedFile("order.pdf", b"%PDF order"),
    }  # fmt: skip
    assert rita.post(reverse("disposition:state", args=["L1"]), entered).status_code == 302
    row = ItemStatement.objects.get()
    address = reverse("disposition:statement_file", args=["L1", row.document])
    assert address in text(rita.get(reverse("disposition:lot", args=["L1"])))
    answer = rita.get(address)
    assert (answer.content, answer.headers["Content-Disposition"]) == (
        b"%PDF order", 'attachment; filename="order.pdf"',
    )  # fmt: skip
    assert signed_in("olga.other").get(address).status_code == 404
    assert rita.get(reverse("disposition:statement_file", args=["L1", "0" * 64])).status_code == 404
