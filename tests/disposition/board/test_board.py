"""The board: its figures equal plain counting over the ledger, and nobody sees another's lots in them."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.disposition.board.attention import PAUSE, seen
from onelot.disposition.board.models import Attention, FullReview, Hours, LotPath
from onelot.disposition.board.queries import Wanted, loads, rows
from onelot.disposition.events import LotDisposed
from onelot.execution.events import LotOpened
from onelot.intake.events import DocumentReceived
from onelot.ledger.catalogue import Catalogue
from onelot.ledger.entry import Draft
from onelot.ledger.store import Ledger
from onelot.review.desk.events import ReviewSigned
from onelot.review.desk.models import FindingCard, LotCard, Remark
from onelot.review.events import FindingRaised, LotReviewed
from onelot.settings.projectors import PROJECTORS
from onelot.settings.vocabulary import EVENTS
from tests.site import NOW, World
from tests.web.test_pages import EVERYBODY, signed_in, world

__all__ = ["world"]
pytestmark = [pytest.mark.site, pytest.mark.django_db]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["L1", "L2", "L3", "OTHER-LOT"]),
        st.sampled_from(["record", "clean", "exceptions", "sign", "dispose"]),
        st.integers(1, 40),
    ),
    max_size=25,
)


def happen(world: World, steps: list[tuple[str, str, int]]) -> None:
    """Append a history, hour by hour, as the rooms would."""
    now = NOW
    ledger = Ledger(Catalogue(EVENTS), projectors=PROJECTORS, clock=lambda: now)
    world.ledger = ledger
    reviews: dict[str, str] = {}
    for number, (lot, step, hours) in enumerate(steps):
        now += timedelta(hours=hours)
        review = f"{lot}-{number}"
        if step == "record":
            received = DocumentReceived(
                document=f"{number:064}",
                name="r",
                size=1,
                adapter="a",
                adapter_version="1",
                lots=(lot,),
                facts=1,
            )
            site = "OTHER-1" if lot == "OTHER-LOT" else "MAKER-1"
            opened = LotOpened(
                lot=lot, coi_identifier="C", product="CART", mbr="M", mbr_version="1", site=site
            )
            world.append(lot, received, opened)
        elif step in ("clean", "exceptions") and LotCard.objects.filter(lot=lot).exists():
            world.review(
                lot,
                *(["major", "minor"] if step == "exceptions" else ["minor"]),
                accepted=int(step == "clean"),
            )  # type: ignore[list-item]
            reviews[lot] = LotCard.objects.get(lot=lot).review
        elif step == "sign" and lot in reviews:
            world.append(lot, ReviewSigned(lot=lot, review=reviews[lot], signature=review, decided=0))
        elif step == "dispose" and lot in reviews:
            disposed = LotDisposed(
                lot=lot, market="EU", decision="released", signature=review, through_position=1
            )
            draft = Draft(
                event=disposed, actor="person:quentin.qp", occurred_at=now, tags=(f"lot:{lot}",), reason="r"
            )
            ledger.append([draft])


def counted(world: World) -> dict[str, Any]:
    """The same figures by going through the entries one by one."""
    last, first, held, signed, disposed, review = {}, {}, Counter(), {}, {}, {}  # type: ignore[var-annotated]
    raised: dict[str, list[str]] = {}
    for entry in world.ledger.read():
        event = entry.event
        if isinstance(event, DocumentReceived):
            last |= dict.fromkeys(event.lots, entry.recorded_at)
        elif isinstance(event, LotReviewed):
            first.setdefault(event.lot, event.review)
            review[event.lot], raised[event.lot] = event.review, []
        elif isinstance(event, FindingRaised) and event.state == "open":
            held[event.lot] += first[event.lot] == event.review
            raised[event.lot].append(event.check)
        elif isinstance(event, ReviewSigned):
            signed[event.lot] = (entry.recorded_at - last[event.lot]).total_seconds() / 3600
        elif isinstance(event, LotDisposed):
            disposed.setdefault(event.lot, (entry.recorded_at - last[event.lot]).total_seconds() / 3600)
    return {
        "lots": sorted(last),
        "clean": sum(not held[lot] for lot in first),
        "reviewed": len(first),
        "signed": signed,
        "disposed": disposed,
        "exceptions": sum(map(len, raised.values())),
    }


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_the_figures_are_those_of_the_ledger(world: World, steps: list[tuple[str, str, int]]) -> None:
    for model in (LotCard, FindingCard, Remark, LotPath):
        model.objects.all().delete()
    before = world.ledger.size()
    happen(world, steps)
    found = signed_in("hilde.head").get(reverse("board:board")).context
    said = counted_after(world, before)
    assert found["count"] == len(said["lots"])
    assert (found["first"].hits, found["first"].trials) == (said["clean"], said["reviewed"])
    for name, known in (("to_signature", said["signed"]), ("to_disposition", said["disposed"])):
        assert found[name].lots == len(known)
        if known:
            assert found[name].median == pytest.approx(statistics.median(known.values()))
    assert sum(number for _, _, number, _ in found["exceptions"]) == said["exceptions"]
    assert sum(sum(ages.values()) for ages in found["states"].values()) == len(said["lots"])
    assert sum(found["states"]["nobody"].values()) == len(said["disposed"])


def counted_after(world: World, before: int) -> dict[str, Any]:
    """Earlier examples stay in the ledger, whose entries are never removed; their lots are not counted."""
    whole = world.ledger

    class _Later:
        def read(self) -> Any:
            return whole.read(after=before)

    return counted(type("W", (), {"ledger": _Later()})())  # type: ignore[arg-type]


def measured(world: World, lot: str, person: str, *gaps: timedelta) -> None:
    at = NOW - timedelta(hours=1)
    seen(lot, person, at)
    for gap in gaps:
        at += gap
        seen(lot, person, at)


def test_time_is_measured_without_pauses(world: World) -> None:
    card = world.lot("L1")
    minute = timedelta(minutes=1)
    measured(world, "L1", "rita.review", 2 * minute, 3 * minute, PAUSE + minute, 4 * minute)
    assert Attention.objects.count() == 2
    hilde = signed_in("hilde.head")
    assert not hilde.get(reverse("board:board")).context["savings"], "not signed yet"
    world.append("L1", ReviewSigned(lot="L1", review=card.review, signature="s", decided=0))
    (saving,) = hilde.get(reverse("board:board")).context["savings"]
    assert (saving.mean, saving.saved) == (9.0, None)
    form = {"what": "full", "product": "", "minutes": "60 75.5; 80", "source": "Protocol 12"}
    assert hilde.post(reverse("board:declare"), form).status_code == 302
    (saving,) = hilde.get(reverse("board:board")).context["savings"]
    assert (saving.full_lots, saving.low) == (3, None)
    assert saving.saved == pytest.approx(71.8333 - 9, abs=0.001)


def test_pages_of_a_lot_are_what_is_measured(world: World) -> None:
    world.lot("L1", "major")
    world.lot("OTHER-LOT", site="OTHER-1")
    signed_in("rita.review").get(reverse("desk:lot", args=["L1"]))
    signed_in("rita.review").get(reverse("desk:lot", args=["NONE"]))
    signed_in("max.maker").get(reverse("desk:lot", args=["L1"]))
    signed_in("max.maker").get(reverse("desk:lot", args=["OTHER-LOT"]))
    assert list(Attention.objects.values_list("lot", "person")) == [("L1", "rita.review")]


def test_hours_are_compared_with_what_was_measured(world: World) -> None:
    world.lot("L1", "major")
    at = timedelta(minutes=5)
    for _ in range(3):
        measured(world, "L1", "rita.review", at, at)
        Attention.objects.all().update(seen_at=NOW)
    hilde = signed_in("hilde.head")
    for hours, status in (
        ("8", 302),
        ("8.5", 302),
        ("-1", 422),
        ("61", 422),
        ("x", 422),
        ("٣", 422),
        ("", 422),
    ):
        form = {"what": "hours", "person": "rita.review", "hours": hours}
        answer = hilde.post(reverse("board:declare"), form)
        assert answer.status_code == status, hours
        if status == 422:
            assert f'value="{hours}"' in answer.content.decode()
    assert Hours.objects.get(person="rita.review").hours_per_week == 8.5
    assert (
        hilde.post(reverse("board:declare"), {"what": "hours", "person": "x", "hours": "1"}).status_code
        == 422
    )


@pytest.mark.parametrize("form", [
    {"minutes": "", "source": "s"}, {"minutes": "1 two", "source": "s"}, {"minutes": "1", "source": " "},
    {"minutes": "9 " * 501, "source": "s"}, {"minutes": "1e9", "source": "s"},
])  # fmt: skip
def test_what_is_no_measurement_is_refused_with_the_text_kept(world: World, form: dict[str, str]) -> None:
    size = world.ledger.size()
    answer = signed_in("hilde.head").post(reverse("board:declare"), {"what": "full", **form})
    assert answer.status_code == 422
    assert form["minutes"].strip()[:20] in answer.content.decode()
    assert world.ledger.size() == size


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_board_is_for_those_who_lead(world: World, person: str) -> None:
    world.lot("L1", "major")
    allowed = person in ("hilde.head", "quentin.qp", "vera.valid")
    client = signed_in(person)
    for page in ("board", "lots", "lots_csv", "figures_csv"):
        assert client.get(reverse(f"board:{page}")).status_code == (200 if allowed else 403)
    form = {"what": "full", "minutes": "60", "source": "s"}
    assert client.post(reverse("board:declare"), form).status_code == (302 if person == "hilde.head" else 403)


@pytest.mark.parametrize("query", [
    "", "site=OTHER-1", "check=RNG-ACTION", "days=7", "days=x", "age=9", "state=%27", "late=due", "first=exceptions",
    "done=signed", "page=99", "product=%F0%9F%98%80",
])  # fmt: skip
def test_a_head_of_one_maker_sees_no_other(world: World, query: str) -> None:
    world.person("hans.head", "Hans Head", "quality_head", organisation="MAKER", scope="MAKER")
    world.lot("M1", "major")
    world.lot("OTHER-LOT", "major", site="OTHER-1")
    hans = signed_in("hans.head")
    for page in ("board", "lots", "lots_csv", "figures_csv"):
        answer = hans.get(f"{reverse(f'board:{page}')}?{query}")
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "OTHER-LOT" not in text.replace("OTHER-LOT=", "")
        assert "OTHER-1</" not in text
    assert [row.lot for row in rows(world.actor("hans.head"), Wanted(), NOW)] == ["M1"]


def test_each_figure_lists_its_lots(world: World) -> None:
    world.lot("M1", "major")
    world.lot("M2")
    world.desk("rita.review").plan_infusion(lot="M2", planned_for=NOW)
    hilde = signed_in("hilde.head")
    for query, lots in (
        ("state=decision", ["M1"]), ("state=signature", ["M2"]), ("first=clean", ["M2"]), ("check=RNG-ACTION", ["M1"]),
        ("late=infusion", ["M2"]), ("done=disposed", []), ("", ["M1", "M2"]),
    ):  # fmt: skip
        page = hilde.get(f"{reverse('board:lots')}?{query}")
        assert [row.lot for row in page.context["page"]] == lots, query
        table = csv.DictReader(
            io.StringIO(hilde.get(f"{reverse('board:lots_csv')}?{query}").content.decode())
        )
        assert [line["lot"] for line in table] == lots


def test_a_table_file_holds_no_formula(world: World) -> None:
    world.lot("=1+1")
    lines = signed_in("hilde.head").get(reverse("board:lots_csv")).content.decode()
    assert "'=1+1" in lines


def test_the_read_models_are_what_the_ledger_says(world: World) -> None:
    happen(world, [("L1", "record", 1), ("L1", "exceptions", 2), ("L1", "sign", 3), ("L1", "record", 4),
                   ("L1", "clean", 1), ("L1", "dispose", 9)])  # fmt: skip
    hilde = signed_in("hilde.head")
    hilde.post(reverse("board:declare"), {"what": "full", "minutes": "60", "source": "s"})
    hilde.post(reverse("board:declare"), {"what": "hours", "person": "rita.review", "hours": "8"})
    models = (LotPath, Hours, FullReview)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    assert all(before)
    world.ledger.rebuild()
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


def test_pages_hold_no_foreign_address_and_no_style(world: World, tmp_path: Path) -> None:
    world.lot("M1", "major")
    for page in ("board", "lots"):
        text = signed_in("hilde.head").get(reverse(f"board:{page}")).content.decode()
        assert "://" not in text
        assert "style=" not in text


def test_a_head_of_one_maker_sees_no_names_of_others(world: World) -> None:
    world.person("hans.head", "Hans Head", "quality_head", organisation="MAKER", scope="MAKER")
    card = world.lot("M1", "major")
    (finding,) = world.findings("M1")
    world.desk("rita.review").ask(finding=finding.key, text="Was the probe dry?", seen=card.position)
    now = NOW + timedelta(hours=1)
    assert {load.person: load.decisions for load in loads(world.actor("hans.head"), Wanted(), now)} == {
        "hans.head": 0, "rita.review": 1,
    }  # fmt: skip
