"""Every operation with every role, without a login, with too few scopes: nothing is reached without a rule."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onelot.jsonapi.api import description
from onelot.jsonapi.scopes import SCOPES
from onelot.jsonapi.webhooks.subscriptions import Webhooks
from onelot.registry.permissions import ALLOWED, ROLES
from onelot.review.desk.models import FindingCard, LotCard
from tests.jsonapi.callers import ROOT, Caller, token
from tests.site import PASSWORD, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]

LOT_ROLES = frozenset({"site", "reviewer", "quality_head", "qp", "validation"})
ALL = frozenset(ROLES)
ADMIN = frozenset({"administrator"})
TABLE: dict[str, tuple[str, str, frozenset[str], int]] = {
    "get_description": ("GET", "/openapi.json", ALL, 200),
    "list_lots": ("GET", "/lots", ALL, 200),
    "get_lot": ("GET", "/lots/L1", LOT_ROLES, 404),
    "list_remarks": ("GET", "/lots/L1/remarks", LOT_ROLES, 404),
    "list_lot_entries": ("GET", "/lots/L1/entries", LOT_ROLES, 404),
    "list_lot_exceptions": ("GET", "/lots/L1/exceptions", LOT_ROLES, 404),
    "get_verdict": ("GET", "/lots/L1/verdict", LOT_ROLES, 404),
    "get_disposition": (
        "GET",
        "/lots/L1/disposition",
        frozenset({"reviewer", "quality_head", "qp", "validation"}),
        403,
    ),
    "add_comment": ("POST", "/lots/L1/comments", frozenset({"site", "reviewer", "quality_head", "qp"}), 403),
    "list_exceptions": ("GET", "/exceptions", ALL, 200),
    "list_questions": ("GET", "/questions", ALL, 200),
    "answer_question": ("POST", "/questions/{question}/answers", frozenset({"site"}), 403),
    "list_deviations": ("GET", "/deviations", ALL, 200),
    "get_deviation": ("GET", "/deviations/{deviation}", LOT_ROLES, 404),
    "raise_deviation": ("POST", "/deviations", frozenset({"site", "reviewer", "quality_head"}), 403),
    "send_record": ("POST", "/records", frozenset({"site", "reviewer"}), 403),
    "get_receipt": ("GET", "/records/{document}/receipt", LOT_ROLES | ADMIN, 404),
    "list_people": ("GET", "/people", frozenset({"administrator", "validation"}), 403),
    "list_sites": ("GET", "/sites", frozenset({"administrator", "validation"}), 403),
    "list_documents": ("GET", "/documents", ALLOWED["document.open"], 403),
    "get_ledger": ("GET", "/ledger", LOT_ROLES | ADMIN, 403),
    "get_checkpoint": ("GET", "/ledger/checkpoint", LOT_ROLES | ADMIN, 403),
    "get_consistency": ("GET", "/ledger/consistency?old=1", LOT_ROLES | ADMIN, 403),
    "list_entries": ("GET", "/entries", frozenset({"quality_head", "administrator", "validation"}), 403),
    "get_proof": ("GET", "/entries/{entry}/proof", LOT_ROLES | ADMIN, 404),
    "list_webhooks": ("GET", "/webhooks", ADMIN, 403),
    "add_webhook": ("POST", "/webhooks", ADMIN, 403),
    "get_webhook": ("GET", "/webhooks/{webhook}", ADMIN, 403),
    "end_webhook": ("POST", "/webhooks/{webhook}/end", ADMIN, 403),
    "list_deliveries": ("GET", "/webhooks/{webhook}/deliveries", ADMIN, 403),
    "redeliver": ("POST", "/webhooks/{webhook}/deliveries/1/again", ADMIN, 403),
}
"""By operation: how it is asked, the roles for which it is, and the answer to all others."""
HIDDEN = {"get_disposition", "add_comment", "answer_question", "raise_deviation"}
"""For who may not see the lot there is none: 404, whatever else they may not."""


def prepared(world: World) -> dict[str, str]:
    """A lot with all that the addresses name."""
    world.lot("L1", "major")
    (card,) = world.findings("L1")
    world.desk("rita.review").ask(finding=card.key, text="Why?", seen=LotCard.objects.get(lot="L1").position)
    reviewer = Caller(token(world, "SETUP-SYSTEM", "reviewer"))
    raised = reviewer.post("/deviations", {"lot": "L1", "severity": "minor", "title": "Spill"})
    webhook, _ = Webhooks(world.ledger, world.actor("ada.admin")).subscribe(
        url="https://example.org/", kinds=["lot.reviewed"]
    )
    received = next(entry for entry in world.ledger.read() if "lot:L1" in entry.tags)
    return {
        "question": FindingCard.objects.get(key=card.key).question, "deviation": raised.json()["number"],
        "webhook": webhook, "entry": str(received.position), "document": record_of(reviewer),
    }  # fmt: skip


def record_of(caller: Caller) -> str:
    answer = caller.send(record("L1", "MAKER-1"))
    assert answer.status_code == 201, answer.content
    return str(answer.json()["document"])


def record(lot: str, site: str, *more: dict[str, Any], issued: str = "2026-03-01T01:00:00Z") -> bytes:
    opened = {
        "@type": "execution.lot_opened.v1", "lot": lot, "coi_identifier": f"COI-{lot}", "product": "CART",
        "mbr": "MBR-CART", "mbr_version": "1", "site": site, "intended_market": "EU",
    }  # fmt: skip
    return json.dumps({
        "format": "onelot-record/1", "document": f"{site}/{lot}", "sender": site, "issued_at": issued,
        "events": [opened, *more],
    }).encode()  # fmt: skip


BODIES: dict[str, Any] = {
    "add_comment": {"text": "Seen."},
    "answer_question": {"text": "Dry.", "seen": 10**6},
    "raise_deviation": {"lot": "L1", "severity": "minor", "title": "Spill"},
    "add_webhook": {"url": "https://example.org/x", "kinds": ["lot.reviewed"]},
    "end_webhook": {"reason": "no need"},
}


def ask(caller: Caller, operation: str, names: dict[str, str]) -> Any:
    method, path, _, _ = TABLE[operation]
    path = path.format(**names)
    if operation == "send_record":
        return caller.send(record("L1", "MAKER-1", issued="2026-03-02T01:00:00Z"))
    return caller.get(path) if method == "GET" else caller.post(path, BODIES.get(operation))


def test_the_table_is_whole() -> None:
    found = {
        operation["operationId"]
        for operations in description()["paths"].values()
        for operation in operations.values()
    }
    assert found == TABLE.keys()


@pytest.mark.parametrize("role", ROLES)
def test_every_operation_with_every_role(world: World, role: Any) -> None:
    names = prepared(world)
    caller = Caller(token(world, "THE-SYSTEM", role))
    for operation, (_, _, roles, otherwise) in TABLE.items():
        status = ask(caller, operation, names).status_code
        if role in roles:
            # What a role may do can still be refused as things stand: no verdict kept, a position ahead.
            allowed = {
                "get_verdict": (404,), "answer_question": (409, 422), "redeliver": (404,),
            }.get(operation, (200, 201))  # fmt: skip
            assert status in allowed, (operation, role, status)
        else:
            sees = role in LOT_ROLES
            expected = 404 if operation in HIDDEN and not sees else otherwise
            assert status == expected, (operation, role, status)


@pytest.mark.parametrize("secret", ["", "onelot_" + "A" * 43, "é"])
def test_without_a_token_there_is_a_problem_and_no_page(world: World, secret: str) -> None:
    names = prepared(world)
    caller = Caller("")
    if secret:
        caller = Caller(secret if secret.isascii() else "x")
    for operation in TABLE:
        answer = ask(caller, operation, names)
        assert answer.status_code == 401, operation
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["code"] == "jsonapi.not_signed_in"


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_opens_the_parts_of_its_scopes_only(world: World, scope: str) -> None:
    names = prepared(world)
    asks = {
        operation["operationId"]: operation["x-scope"]
        for operations in description()["paths"].values()
        for operation in operations.values()
    }
    caller = Caller(token(world, "NARROW-SYSTEM", "quality_head", scopes=(scope,)))
    for operation, wanted in asks.items():
        answer = ask(caller, operation, names)
        missing = answer.status_code == 403 and answer.json()["code"] == "jsonapi.scope_missing"
        assert missing == (wanted not in (scope, "any")), operation


def test_lots_of_another_organisation_are_as_lots_that_there_are_not(world: World) -> None:
    names = prepared(world)
    world.lot("L2", "major", site="OTHER-1")
    caller = Caller(token(world, "OTHER-MES", "site", organisation="OTHER", within="OTHER"))
    for operation, (method, path, _, _) in TABLE.items():
        if "L1" not in path and "{" not in path:
            continue
        if "webhook" in path:
            continue
        theirs = ask(caller, operation, names)
        assert theirs.status_code == 404, operation
        nothing = {name: "0" * len(value) if name != "entry" else "999999" for name, value in names.items()}
        other = path.replace("L1", "L404").format(**nothing)
        absent = caller.get(other) if method == "GET" else caller.post(other, BODIES.get(operation))
        assert absent.status_code == 404, operation
        assert absent.json()["code"] == theirs.json()["code"]
        assert absent.json()["title"] == theirs.json()["title"]
    assert caller.post("/deviations", {**BODIES["raise_deviation"]}).status_code == 404
    for path in ("/lots", "/exceptions", "/questions", "/deviations", "/lots?text=L1", "/lots?site=MAKER-1",
                 "/exceptions?lot=L1", "/exceptions?site=MAKER-1", "/deviations?lot=L1"):  # fmt: skip
        assert "L1" not in json.dumps(caller.get(path).json()["items"]), path
    assert [lot["lot"] for lot in caller.get("/lots").json()["items"]] == ["L2"]


def test_a_cursor_of_somebody_else_opens_nothing(world: World) -> None:
    for number in range(4):
        world.lot(f"L{number}", "major", site="MAKER-1" if number % 2 else "OTHER-1")
    everybody = Caller(token(world, "ACME-LIMS", "reviewer"))
    theirs = Caller(token(world, "OTHER-MES", "site", organisation="OTHER", within="OTHER"))
    following = everybody.get("/lots?limit=1").json()["next"].removeprefix(ROOT)
    assert [lot["lot"] for lot in theirs.get(following).json()["items"]] == ["L2"]


def test_a_site_scope_holds(world: World) -> None:
    world.registry.register_site(code="MAKER-2", organisation="MAKER", name="Plant 2", time_zone="UTC")
    world.lot("L1", "major", site="MAKER-1")
    world.lot("L2", "major", site="MAKER-2")
    caller = Caller(token(world, "MAKER-MES", "site", organisation="MAKER", site="MAKER-2"))
    assert [lot["lot"] for lot in caller.get("/lots").json()["items"]] == ["L2"]
    assert caller.get("/lots/L1").status_code == 404


def test_an_entry_about_several_lots_is_for_who_may_see_them_all(world: World) -> None:
    from onelot.intake.events import DocumentReceived
    from onelot.ledger.entry import Draft
    from tests.site import NOW

    world.lot("L1", site="MAKER-1")
    world.lot("L2", site="OTHER-1")
    event = DocumentReceived(
        document="1" * 64, name="both.json", size=1, adapter="json", adapter_version="1", lots=("L1", "L2"), facts=1
    )  # fmt: skip
    draft = Draft(
        event=event, actor="system:test", occurred_at=NOW, tags=("lot:L1", "lot:L2", f"document:{'1' * 64}")
    )
    (position,) = world.ledger.append([draft])
    maker = Caller(token(world, "MAKER-MES", "site", organisation="MAKER", within="MAKER"))
    all_of_it = Caller(token(world, "ACME-LIMS", "reviewer"))
    for caller, seen in ((maker, False), (all_of_it, True)):
        listed = [entry["position"] for entry in caller.get("/lots/L1/entries").json()["items"]]
        assert (position in listed) is seen
        assert (caller.get(f"/entries/{position}/proof").status_code == 200) is seen
        assert (caller.get(f"/records/{'1' * 64}/receipt").status_code == 200) is seen


@pytest.mark.parametrize(("lot", "site", "status"), [
    ("NEW", "MAKER-1", 201), ("NEW", "OTHER-1", 403), ("NEW", "NOWHERE", 403), ("L2", "OTHER-1", 403),
    ("L2", "MAKER-1", 403), ("L1", "OTHER-1", 403), ("L1", "MAKER-1", 201),
])  # fmt: skip
def test_records_are_taken_of_ones_own_lots_only(world: World, lot: str, site: str, status: int) -> None:
    world.lot("L1", site="MAKER-1")
    world.lot("L2", site="OTHER-1")
    caller = Caller(token(world, "MAKER-MES", "site", organisation="MAKER", within="MAKER"))
    before = world.ledger.size()
    assert caller.send(record(lot, site)).status_code == status
    assert (world.ledger.size() > before) is (status == 201)


def test_nobody_corrects_anothers_document(world: World) -> None:
    theirs = Caller(token(world, "OTHER-MES", "site", organisation="OTHER", within="OTHER"))
    assert theirs.send(record("L2", "OTHER-1")).status_code == 201
    caller = Caller(token(world, "MAKER-MES", "site", organisation="MAKER", within="MAKER"))
    before = world.ledger.size()
    assert caller.send(record("L1", "MAKER-1").replace(b"MAKER-1/L1", b"OTHER-1/L2")).status_code == 403
    assert world.ledger.size() == before


def test_a_person_reads_with_the_session_and_changes_with_the_csrf_token_only(world: World) -> None:
    world.lot("L1", "major")
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("sign_in"))
    csrf = client.cookies["csrftoken"].value
    signed = client.post(
        reverse("sign_in"), {"username": "rita.review", "password": PASSWORD, "csrfmiddlewaretoken": csrf}
    )
    assert signed.status_code == 302
    csrf = client.cookies["csrftoken"].value
    assert client.get(f"{ROOT}/lots/L1").status_code == 200
    sent: dict[str, Any] = {"data": json.dumps({"text": "Seen."}), "content_type": "application/json"}
    forged = client.post(f"{ROOT}/lots/L1/comments", **sent, headers={"Idempotency-Key": "1"})
    assert (forged.status_code, forged.json()["code"]) == (403, "jsonapi.csrf")
    meant = client.post(
        f"{ROOT}/lots/L1/comments", **sent, headers={"Idempotency-Key": "1", "X-CSRFToken": csrf}
    )
    assert meant.status_code == 201, meant.content
    (last,) = list(world.ledger.read(after=world.ledger.size() - 1))
    assert last.actor == "person:rita.review"


def test_a_wrong_token_beside_a_session_does_not_fall_back_to_it(world: World) -> None:
    client = Client()
    client.post(reverse("sign_in"), {"username": "rita.review", "password": PASSWORD})
    basic = base64.b64encode(b"rita.review:" + PASSWORD.encode()).decode()
    for value in ("Bearer x", f"Basic {basic}", "x"):
        assert client.get(f"{ROOT}/lots", headers={"Authorization": value}).status_code == 401


def test_who_did_it_is_the_system_in_the_ledger(world: World) -> None:
    world.lot("L1", "major")
    Caller(token(world, "ACME-LIMS", "reviewer")).post("/lots/L1/comments", {"text": "Seen."})
    (last,) = list(world.ledger.read(after=world.ledger.size() - 1))
    assert last.actor == "system:ACME-LIMS"
