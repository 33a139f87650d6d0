"""Pages of orders and of the stations: what a person does there, and what they are told when it does not match."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from onelot.identity.models import ContainerCard, LabelCard, OrderCard, ScanCard, TherapyCard
from onelot.identity.queries import order, therapy
from onelot.registry.vault.events import PatientOpened
from tests.identity.making import CLINIC, DIN, IdentityWorld, answers
from tests.site import PASSWORD, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
SECOND = {"second_password": PASSWORD}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IdentityWorld:
    world = IdentityWorld(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    monkeypatch.setattr("onelot.web.middleware.open_vault_key", lambda: bytes(32))
    monkeypatch.setattr("onelot.web.middleware.system_clock", lambda: world.now)
    return world


def text_of(client: Client, name: str, *args: str) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200, answer.content
    return html.unescape(answer.content.decode())


def test_from_the_checklist_to_the_signed_prescription_and_the_vault(world: IdentityWorld) -> None:
    cora, paula = signed_in("cora.coord"), signed_in("paula.physician")
    asked = {"product": "CART", "market": "DE", "clinic": CLINIC}
    page = cora.get(reverse("identity:new_order"), asked).content.decode()
    assert page.count("<fieldset") == len(answers())
    form = {**asked, **{f"answer-{a.item}": a.answer for a in answers()}, "note-consent": "binder 7"}
    refused = cora.post(reverse("identity:new_order"), {**form, "answer-fitness": "no"})
    assert (refused.status_code, "binder 7" in refused.content.decode()) == (409, True)
    done = cora.post(reverse("identity:new_order"), form)
    assert done.status_code == 302
    number = OrderCard.objects.get().order
    act = reverse("identity:order_act", args=[number])
    assert "Sign the prescription" in text_of(paula, "identity:order", number)
    assert "Sign the prescription" not in text_of(cora, "identity:order", number)
    seen = OrderCard.objects.get().position
    signed = {"act": "prescribe", "seen": seen, "user_name": "paula.physician", "password": PASSWORD}
    assert paula.post(act, {**signed, "password": "wrong"}).status_code == 409
    assert paula.post(act, signed).status_code == 302
    assert "Signature holds" in text_of(paula, "identity:order", number)
    assert cora.post(act, {"act": "assign_coi"}).status_code == 302
    patient = {"act": "register_patient", "name": "Greta Garbonova", "birth_date": "1961-05-23"}
    assert cora.post(act, patient).status_code == 302
    shown = text_of(cora, "identity:order", number)
    assert "known to the vault" in shown
    assert "Garbonova" not in shown
    card = order(number)
    assert card is not None
    assert card.coi_identifier == "COI-2026-000001"


def test_a_clinic_registers_no_patient_of_another_one(world: IdentityWorld) -> None:
    coi = world.enrolled()
    card = therapy(coi)
    assert card is not None
    patient = {"act": "register_patient", "name": "Greta Garbonova", "birth_date": "1961-05-23"}
    for person, status in (("fay.far", 404), ("paula.physician", 403), ("hilde.head", 302)):
        found = signed_in(person).post(reverse("identity:order_act", args=[card.order]), patient)
        assert found.status_code == status, person
    assert signed_in("cora.coord").post(reverse("vault:patients"), patient).status_code == 403


def test_a_scan_that_agrees_and_one_that_stops_the_work(world: IdentityWorld) -> None:
    coi = world.scheduled()
    carl, page = signed_in("carl.collect"), reverse("identity:scan", args=[coi])
    assert signed_in("carl.collect").get(reverse("identity:find"), {"coi": coi}).headers["Location"] == page
    read = {"act": "read", "point": "chairside", "carrier": "scan", "raw": f"]d291{coi}\x1d93LOT-1"}
    done = carl.post(page, read)
    assert done.status_code == 302
    assert "It agrees." in carl.get(done.headers["Location"]).content.decode()
    wrong = carl.post(page, {**read, "raw": "COI-2026-999999"})
    said = html.unescape(wrong.content.decode())
    assert wrong.status_code == 409
    assert 'class="stop" role="alert"' in said
    assert "STOP. This is not this patient's. Do not go on." in said
    assert "camera=(self)" in wrong.headers["Permissions-Policy"]
    assert "camera=()" in carl.get(reverse("identity:orders")).headers["Permissions-Policy"]
    assert "stands still" in carl.post(page, read).content.decode()
    again = {**read, "act": "again", "reason": "bag put aside", "second_user_name": "cleo.collect"}
    assert carl.post(page, {**again, "second_password": "wrong"}).status_code == 409
    assert carl.post(page, {**again, **SECOND}).status_code == 302
    collected = {
        "act": "collect",
        "din": DIN,
        "din_check": "H",
        "started_at": "2026-03-01T05:00",
        "ended_at": "2026-03-01T08:55",
        "bags": "2",
        "second_user_name": "cleo.collect",
        **SECOND,
    }
    done = carl.post(page, collected)
    assert done.status_code == 302, done.content.decode()
    assert ContainerCard.objects.count() == 2
    assert ScanCard.objects.filter(agrees=False).count() == 1


def test_labels_are_given_out_once_with_the_patients_identifiers(world: IdentityWorld) -> None:
    coi, (bag, _) = world.collected()
    card = therapy(coi)
    assert card is not None
    signed_in("cora.coord").post(
        reverse("identity:order_act", args=[card.order]),
        {"act": "register_patient", "name": "Greta Garbonova", "birth_date": "1961-05-23"},
    )
    carl, page = signed_in("carl.collect"), reverse("identity:labels", args=[coi])
    form = {
        "act": "print", "kind": "collection", "container": bag, "made_at": "2026-03-01 08:55 Europe/Paris",
        "expires_at": "2026-03-04 08:55 Europe/Paris", "storage": "2 to 8 C", "parties": "Lakeside Clinic",
        "mbr_label": "collection_label", "copies": "1", "format": "pdf", "shows_patient": "yes",
    }  # fmt: skip
    incomplete = carl.post(page, {**form, "storage": ""})
    assert (incomplete.status_code, "Lakeside Clinic" in incomplete.content.decode()) == (409, True)
    printed = carl.post(page, form)
    assert printed.headers["Content-Type"] == "application/pdf"
    text = pypdfium2.PdfDocument(printed.content)[0].get_textpage().get_text_range()
    assert "G. G.; 1961-05-23" in text
    assert "Garbonova" not in text
    assert sum(isinstance(entry.event, PatientOpened) for entry in world.ledger.read()) == 1
    assert carl.post(page, form).status_code == 409, "once"
    label = LabelCard.objects.get().label
    second = {"second_user_name": "cleo.collect", **SECOND}
    anew = carl.post(
        page, {**form, "act": "reprint", "label": label, "reason": "smudged", "format": "zpl", **second}
    )
    assert anew.content.startswith(b"^XA")
    copy = LabelCard.objects.get(state="printed").label
    assert carl.post(page, {"act": "apply", "label": copy, **second}).status_code == 302
    assert carl.post(page, {"act": "reconcile", "mbr_label": "collection_label", **second}).status_code == 302
    assert "applied" in text_of(carl, "identity:labels", coi)


def test_thaw_bedside_and_infusion(world: IdentityWorld) -> None:
    coi, bag = world.product()
    nora, page = signed_in("nora.nurse"), reverse("identity:infusion", args=[coi])
    second = {"second_user_name": "nils.nurse", **SECOND}
    assert nora.post(page, {"act": "thaw", "container": bag}).status_code == 409
    assert nora.post(page, {"act": "thaw", "container": bag, **second}).status_code == 302
    assert "infusion ends before" in text_of(nora, "identity:infusion", coi)
    world.now += timedelta(minutes=5)
    for raw in (coi, bag):
        scan = {"act": "read", "point": "bedside", "raw": raw}
        assert nora.post(reverse("identity:scan", args=[coi]), scan).status_code == 302
    assert nora.post(page, {"act": "bedside", "containers": [bag], **second}).status_code == 302
    world.now += timedelta(minutes=20)
    given = {
        "act": "infuse", "containers": [bag], "started_at": "2026-03-01T09:06", "ended_at": "2026-03-01T09:20",
        "volume": "68",
    }  # fmt: skip
    done = nora.post(page, given)
    assert done.status_code == 302, done.content.decode()
    assert "Infused" in text_of(nora, "identity:infusion", coi)
    assert nora.post(page, {"act": "follow_up", "milestone": "day_1", "outcome": "done"}).status_code == 302


@pytest.mark.parametrize("name", ["order", "scan", "labels", "infusion"])
def test_what_is_anothers_is_like_what_is_not(world: IdentityWorld, name: str) -> None:
    coi = world.scheduled()
    card = TherapyCard.objects.get()
    world.person("far.nurse", "Far Nurse", "nurse", organisation="FAR", scope="FAR")
    for person in ("fay.far", "finn.far", "olga.other", "far.nurse"):
        client, texts = signed_in(person), []
        for key in (card.order, "ORD-2026-9") if name == "order" else (coi, "COI-9"):
            answer = client.get(reverse(f"identity:{name}", args=[key]))
            assert answer.status_code in (403, 404)
            found = re.sub(r"csrfmiddlewaretoken\" value=\"\w+", "", answer.content.decode())
            texts.append(found.replace(key, "KEY"))
        assert texts[0] == texts[1]
        assert coi not in client.get(reverse("identity:orders")).content.decode()


@pytest.mark.parametrize(("name", "form"), [
    ("order_act", {"act": "nonsense"}), ("order_act", {"act": "cancel", "reason": "x"}),
    ("order_act", {"act": "change", "seen": "1", "collect_from": "tomorrow", "reason": "x"}),
    ("scan", {"act": "read", "point": "chairside", "raw": "x", "carrier": "telepathy"}), ("scan", {}),
    ("scan", {"act": "collect", "bags": "many", "started_at": "2026-01-01T00:00", "ended_at": "2026-01-01T00:00"}),
    ("labels", {"act": "print", "kind": "postcard"}), ("labels", {"act": "nonsense"}),
])  # fmt: skip
def test_what_no_form_sends_is_refused_and_nothing_is_recorded(
    world: IdentityWorld, name: str, form: dict[str, str]
) -> None:
    coi = world.scheduled()
    size = world.ledger.size()
    person = "cora.coord" if name == "order_act" else "carl.collect"
    key = TherapyCard.objects.get().order if name == "order_act" else coi
    answer = signed_in(person).post(reverse(f"identity:{name}", args=[key]), form)
    assert answer.status_code == 409
    assert not [
        entry for entry in world.ledger.read(after=size) if entry.event.event_name().startswith("identity")
    ]
