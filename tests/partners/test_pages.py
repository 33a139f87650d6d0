"""What a site does in onelot: hands over records of its own and nobody else's, keeps receipts, sees what is missing."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.disposition.events import LotDisposed
from onelot.execution.events import LotCompleted, ResultReported
from onelot.intake.events import DocumentReceived, DocumentRefused
from onelot.ledger.entry import Draft
from onelot.ledger.proof import Inclusion
from onelot.ledger.query import Query
from onelot.partners.models import SentDocument, SentLot, Statement
from onelot.partners.queries import Wanted, documents, gaps, incomplete_lots, own_lots, state_counts
from onelot.registry.models import Account
from onelot.settings import stores
from onelot.settings.configuration import Configuration
from onelot.settings.stores import open_signing_key
from tests.intake.test_receipts import MAPPING
from tests.intake.test_service import T
from tests.site import NOW, World
from tests.web.test_pages import EVERYBODY, signed_in, world

__all__ = ["world"]
pytestmark = [pytest.mark.site, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "configuration", Configuration(home=tmp_path))


def record(
    lot: str, site: str = "MAKER-1", ph: str = "7.20", issued: int = 1, document: str = "", **more: Any
) -> bytes:
    events: list[dict[str, Any]] = [
        {"@type": "execution.lot_opened.v1", "lot": lot, "coi_identifier": f"COI-{lot}", "product": "CART",
         "mbr": "MBR-CART", "mbr_version": "1", "site": site, "intended_market": "EU"},
        {"@type": "execution.parameter_recorded.v1", "lot": lot, "phase": "up/op/wash", "parameter": "ph",
         "value": ph, "unit": "[pH]"},
        *more.get("events", ()),
    ]  # fmt: skip
    head = {
        "format": "onelot-record/1",
        "document": document or f"{site}/{lot}",
        "issued_at": T.format(issued),
    }
    return json.dumps({**head, "events": events}).encode()


def sent(client: Client, *files: bytes, name: str = "record.json") -> Any:
    named = []
    for data in files:
        file = BytesIO(data)
        file.name = name
        named.append(file)
    return client.post(reverse("partners:upload"), {"file": named})


def handed_over(client: Client, data: bytes, name: str = "record.json") -> SentDocument:
    (reading,) = sent(client, data, name=name).context["readings"]
    assert not reading.refusals, reading.refusals
    done = client.post(reverse("partners:hand_over"), {"token": reading.token})
    assert done.status_code == 302, done.content
    return SentDocument.objects.get(position=int(done.headers["Location"].split("/")[-2]))


def test_a_record_is_read_then_taken_byte_for_byte(world: World) -> None:
    maker, before = signed_in("max.maker"), world.ledger.size()
    page = sent(maker, record("M1"))
    (reading,) = page.context["readings"]
    assert world.ledger.size() == before, "nothing is recorded by reading"
    assert "COI-M1" in page.content.decode()
    fields = maker.get(reverse("partners:reading", args=[reading.token])).content.decode()
    for said in ("up/op/wash / ph", "7.20", "[pH]", "/events/1"):
        assert said in fields
    taken = handed_over(maker, record("M1"))
    assert (taken.outcome, taken.lots, taken.person, taken.organisation) == (
        "taken",
        ["M1"],
        "max.maker",
        "MAKER",
    )
    entries = [*world.ledger.read(Query(tags=("lot:M1",)))]
    assert {entry.actor for entry in entries} == {"person:max.maker"}
    assert world.evidence.get(taken.document) == record("M1")


def test_the_receipt_is_verified_with_the_key_alone(world: World) -> None:
    maker = signed_in("max.maker")
    taken = handed_over(maker, record("M1"))
    receipt = json.loads(maker.get(reverse("partners:receipt_file", args=[taken.position])).content)
    entry = base64.b64decode(receipt["entry"])
    Inclusion.parse(receipt["proof"]).verify(entry, open_signing_key().verification)
    said = world.ledger.catalogue.read(entry)
    assert isinstance(said.event, DocumentReceived)
    assert said.event.document == receipt["document"]["sha256"]
    printed = maker.get(reverse("partners:receipt", args=[taken.position])).content.decode()
    assert "c2sp.org/tlog-proof@v1" in printed


def test_the_same_file_again_is_known(world: World) -> None:
    maker = signed_in("max.maker")
    taken, size = handed_over(maker, record("M1")), world.ledger.size()
    page = sent(maker, record("M1"))
    assert f"Already received, at position {taken.position}" in page.content.decode()
    assert world.ledger.size() == size


def test_a_token_that_is_used_twice_takes_once(world: World) -> None:
    maker = signed_in("max.maker")
    (reading,) = sent(maker, record("M1")).context["readings"]
    for _ in range(2):
        assert maker.post(reverse("partners:hand_over"), {"token": reading.token}).status_code == 302
    assert sum(1 for _ in world.ledger.read(Query(types=(DocumentReceived,)))) == 1


def test_a_correction_shows_what_changed_before_and_after(world: World) -> None:
    maker = signed_in("max.maker")
    first = handed_over(maker, record("M1"))
    page = sent(maker, record("M1", ph="7.40", issued=2)).content.decode()
    assert "<del>7.20</del> → <ins>7.40</ins>" in page
    second = handed_over(maker, record("M1", ph="7.40", issued=2))
    assert (second.supersedes, second.changes) == (first.document, 1)
    shown = maker.get(reverse("partners:document", args=[second.position])).content.decode()
    assert "<del>7.20</del>" in shown
    assert "Replaced by" in maker.get(reverse("partners:document", args=[first.position])).content.decode()


@pytest.mark.parametrize(("data", "code"), [
    (b"no record", "intake.unknown_format"),
    (b" ", "intake.empty"),
    (record("NEW", site="OTHER-1"), "partners.not_theirs"),
    (record("NEW", site="NOWHERE"), "partners.not_theirs"),
    (record("THEIRS"), "partners.not_theirs"),
    (record("M1", events=[{"@type": "execution.comment_recorded.v1", "lot": "THEIRS", "subject": "s", "text": "t"}]),
     "partners.not_theirs"),
    (record("M1", document="theirs"), "partners.not_theirs"),
    (record("x" * 121), "partners.head"), (record("a\nb"), "partners.head"), (record("a\x00b"), "partners.head"),
])  # fmt: skip
def test_what_a_site_may_not_hand_over_is_kept_with_why_and_nothing_else(
    world: World, data: bytes, code: str
) -> None:
    handed_over(signed_in("olga.other"), record("THEIRS", site="OTHER-1", document="theirs"))
    before = world.ledger.size()
    page = sent(signed_in("max.maker"), data, name="bad.json" if data.startswith(b"{") else "bad")
    assert page.status_code == 422
    (reading,) = page.context["readings"]
    assert reading.refusals[0].code == code
    (entry,) = world.ledger.read(after=before)
    assert isinstance(entry.event, DocumentRefused)
    assert entry.actor == "person:max.maker"
    assert world.evidence.get(entry.event.document) == data
    shown = signed_in("max.maker").get(reverse("partners:document", args=[entry.position])).content.decode()
    assert reading.refusals[0].where in shown or "&" in shown
    assert signed_in("olga.other").get(reverse("partners:document", args=[entry.position])).status_code == 404


def test_unknown_and_anothers_lots_are_told_alike(world: World) -> None:
    handed_over(signed_in("olga.other"), record("THEIRS", site="OTHER-1"))
    about = {"@type": "execution.comment_recorded.v1", "subject": "s", "text": "t"}
    told = []
    for lot in ("THEIRS", "NOBODYS"):
        data = record("M1", events=[{**about, "lot": lot}])
        (reading,) = sent(signed_in("max.maker"), data).context["readings"]
        told.append([{**r.as_dict(), "where": r.where.replace(lot, "LOT")} for r in reading.refusals])
    assert told[0] == told[1]


def test_a_reading_is_of_one_person(world: World) -> None:
    (reading,) = sent(signed_in("max.maker"), record("M1")).context["readings"]
    size = world.ledger.size()
    for person in ("olga.other", "rita.review"):
        client = signed_in(person)
        assert client.get(reverse("partners:reading", args=[reading.token])).status_code == 422
        assert client.post(reverse("partners:hand_over"), {"token": reading.token}).status_code == 409
    for token in ("", "x", reading.token[:-1]):
        assert signed_in("max.maker").post(reverse("partners:hand_over"), {"token": token}).status_code == 409
    assert world.ledger.size() == size


def test_a_lot_that_became_anothers_between_reading_and_taking_is_refused(world: World) -> None:
    maker = signed_in("max.maker")
    (reading,) = sent(maker, record("RACE")).context["readings"]
    handed_over(signed_in("olga.other"), record("RACE", site="OTHER-1"))
    answer = maker.post(reverse("partners:hand_over"), {"token": reading.token})
    assert answer.status_code == 409
    assert "You may not hand over records of this lot." in answer.content.decode()


@pytest.mark.parametrize("person", EVERYBODY)
def test_who_may_open_what(world: World, person: str) -> None:
    taken = handed_over(signed_in("max.maker"), record("M1"))
    client = signed_in(person)
    at_home = 200 if person in ("max.maker", "olga.other") else 403
    uploads = 200 if person in ("max.maker", "olga.other", "rita.review") else 403
    assert client.get(reverse("partners:home")).status_code == at_home
    assert client.get(reverse("partners:upload")).status_code == uploads
    assert client.get(reverse("partners:documents")).status_code == uploads
    registers = 200 if uploads == 200 or person == "ada.admin" else 403
    assert client.get(reverse("partners:mappings")).status_code == registers
    sees = uploads if person != "olga.other" else 404
    for page in ("document", "receipt", "receipt_file"):
        assert client.get(reverse(f"partners:{page}", args=[taken.position])).status_code == sees
        if uploads == 200:
            for guessed in (0, taken.position + 1, 9**25):
                assert client.get(reverse(f"partners:{page}", args=[guessed])).status_code == 404


@pytest.mark.parametrize("query", [
    "text=M1", "text=COI-M", "text={digest}", "outcome=taken", "site=MAKER-1", "state=review", "page=9", "missing=9",
    "sort=drop", "state=%27", "text=%25", "product=CART&sort=infusion",
])  # fmt: skip
def test_no_filter_shows_anothers_lot(world: World, query: str) -> None:
    taken = handed_over(signed_in("max.maker"), record("M1"))
    other = signed_in("olga.other")
    for page in ("home", "documents"):
        shown = other.get(f"{reverse(f'partners:{page}')}?{query.format(digest=taken.document)}")
        assert shown.status_code == 200
        assert not shown.context["page"].object_list
        assert f"/{taken.position}/" not in shown.content.decode()


def test_a_document_that_speaks_of_anothers_lot_too_is_hidden(world: World) -> None:
    data = record("M1", events=json.loads(record("O1", site="OTHER-1"))["events"])
    taken = handed_over(signed_in("rita.review"), data)
    for person, seen in (("rita.review", 1), ("max.maker", 0), ("olga.other", 0)):
        assert documents(world.actor(person), Wanted()).filter(pk=taken.pk).count() == seen


def test_what_is_missing_follows_the_record(world: World) -> None:
    world.lot("M1")
    maker = world.actor("max.maker")
    assert [gap.kind for gap in gaps("M1")] == ["end"]
    world.append(
        "M1",
        LotCompleted(lot="M1", completed_at=NOW),
        ResultReported(lot="M1", test="sterility", status="pending"),
    )
    assert [(gap.kind, gap.name) for gap in gaps("M1")] == [("result", "sterility")]
    assert [card.lot for card in incomplete_lots(maker, Wanted())] == ["M1"]
    assert not incomplete_lots(world.actor("olga.other"), Wanted())
    assert (
        "A final result: sterility" in signed_in("max.maker").get(reverse("partners:home")).content.decode()
    )
    world.append("M1", ResultReported(lot="M1", test="sterility", status="final", value="negative"))
    assert not gaps("M1")
    assert not incomplete_lots(maker, Wanted())


def test_what_a_replaced_document_said_counts_no_more(world: World) -> None:
    maker = signed_in("max.maker")
    end = {"@type": "execution.lot_completed.v1", "lot": "M1", "completed_at": T.format(1)}
    handed_over(maker, record("M1", events=[end]))
    assert not gaps("M1")
    handed_over(maker, record("M1", issued=2))
    assert [gap.kind for gap in gaps("M1")] == ["end"]


def test_a_closed_lot_is_done_and_misses_nothing(world: World) -> None:
    world.lot("M1")
    disposed = LotDisposed(lot="M1", market="EU", decision="rejected", signature="s", through_position=1)
    draft = Draft(event=disposed, actor="person:quentin.qp", occurred_at=NOW, tags=("lot:M1",), reason="r")
    world.ledger.append([draft])
    maker = world.actor("max.maker")
    assert not incomplete_lots(maker, Wanted())
    assert [card.lot for card in own_lots(maker, Wanted(state="nobody"))] == ["M1"]
    assert state_counts(maker, Wanted())["nobody"] == 1


def test_questions_are_shown_to_those_who_answer(world: World) -> None:
    lot = world.lot("M1", "major")
    (card,) = world.findings("M1")
    world.desk("rita.review").ask(finding=card.key, text="Was the probe dry?", seen=lot.position)
    for person, shown in (("max.maker", True), ("olga.other", False)):
        page = signed_in(person).get(reverse("partners:home")).content.decode()
        assert (f"exception-{card.key}" in page) is shown


def test_tables_are_read_by_the_mapping_of_their_sender(world: World) -> None:
    handed_over(signed_in("max.maker"), record("M1"))
    rita, maker = signed_in("rita.review"), signed_in("max.maker")
    table = b"Lot,Test,Value\nM1,viability,92.5\n"
    assert sent(maker, table, name="t.csv").status_code == 422
    file = BytesIO(MAPPING.format("1", "All").encode())
    file.name = "m.yaml"
    form = {"file": file, "organisation": "MAKER", "reason": "first"}
    assert rita.post(reverse("partners:mappings"), form).status_code == 302
    assert handed_over(maker, table, "t.csv").lots == ["M1"]
    assert "results" in maker.get(reverse("partners:mappings")).content.decode()
    assert "results" not in signed_in("olga.other").get(reverse("partners:mappings")).content.decode()
    assert maker.post(reverse("partners:mappings"), {"reason": "x"}).status_code == 403
    for wrong in ({}, {"reason": "x"}, {"file": BytesIO(b"no: [yaml"), "reason": "kept"}):
        answer = rita.post(reverse("partners:mappings"), wrong)
        assert answer.status_code == 422
        assert wrong.get("reason", "") in answer.content.decode()


def test_what_is_too_large_is_told_and_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onelot.partners.service.MAX_FILE", 10)
    size = world.ledger.size()
    maker = signed_in("max.maker")
    page = sent(maker, record("M1"))
    assert page.context["readings"][0].refusals[0].code == "partners.too_large"
    assert world.ledger.size() == size
    monkeypatch.setattr("onelot.web.uploads.MAX_REQUEST", 10)
    assert sent(maker, record("M1")).status_code in (400, 413)


def test_several_files_are_read_and_handed_over_together(world: World) -> None:
    maker = signed_in("max.maker")
    page = sent(maker, record("M1"), record("M2"), b"no record", name="f")
    tokens = [reading.token for reading in page.context["readings"] if reading.token]
    assert (page.status_code, len(tokens)) == (422, 2)
    assert maker.post(reverse("partners:hand_over"), {"token": tokens}).status_code == 302
    assert sent(maker).context["readings"][0].refusals[0].code == "partners.no_file"


NAMES = (
    "../../etc/passwd", "a\x00b.json", "c:\\x.csv", "x" * 9000, "..", "/", "r.xlsx", "\u202excod.xml", "ä\ud800.csv",
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.binary(max_size=300) | st.binary(max_size=80).map(lambda tail: record("M1")[:-1] + tail),
    name=st.text(max_size=300) | st.sampled_from(NAMES),
)
def test_whatever_is_sent_is_answered(world: World, data: bytes, name: str) -> None:
    boundary = "xx-onelot-xx"
    quoted = quote(name.encode("utf-8", "replace"), safe=" .<>'%")
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"; '
        f"filename*=UTF-8''{quoted}\r\nContent-Type: application/octet-stream\r\n\r\n"
    ).encode() + data + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip
    client = Client()
    client.force_login(Account.objects.get(person="max.maker"), "django.contrib.auth.backends.ModelBackend")
    answer = client.post(
        reverse("partners:upload"), body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert answer.status_code in (200, 400, 422)


def test_the_read_models_are_what_the_ledger_says(world: World) -> None:
    maker = signed_in("max.maker")
    handed_over(maker, record("M1"))
    handed_over(maker, record("M1", ph="7.40", issued=2))
    sent(maker, b"no record")
    world.append("M1", ResultReported(lot="M1", test="sterility", status="pending"))

    def tables() -> list[Any]:
        return [
            list(SentDocument.objects.order_by("position").values()),
            list(SentLot.objects.order_by("document_id", "lot").values("document_id", "lot")),
            list(Statement.objects.order_by("position").values()),
        ]

    before = tables()
    world.ledger.rebuild()
    assert tables() == before
