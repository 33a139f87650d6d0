"""What stands first at the desk: the infusion, the product's expiry, the agreed turnaround, then severity."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.execution.events import LotOpened, PhasePerformed
from onelot.intake.events import DocumentReceived
from onelot.kernel.events import Sourced
from onelot.kernel.refusals import Refused
from onelot.recipes.approval import approve
from onelot.recipes.document import load_mbr, load_policy
from onelot.recipes.model import Expiry
from onelot.review.desk.models import LotCard
from onelot.review.desk.queries import Wanted, queue
from onelot.review.engine import Reviewer
from onelot.review.expiry import Expiries
from onelot.review.service import review_ledger
from tests.site import NOW, World, signed_in

ROOT = Path(__file__).parents[3]
MBR = ROOT / "examples/network/mbr/cart-fresh.yaml"
POLICY = ROOT / "onelot/review/default_policy.yaml"
FILL = "finish/formulate/fill"
HOUR = timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    return world


def filled(lot: str, *ends: datetime, state: str = "completed") -> list[PhasePerformed]:
    return [
        PhasePerformed(lot=lot, phase=FILL, occurrence=run, state=state, started_at=end - HOUR, ended_at=end)  # type: ignore[arg-type]
        for run, end in enumerate(ends, 1)
    ]


def reviewed(world: World, lot: str, *ends: datetime) -> LotCard:
    """A lot that was filled at these times, reviewed by the example's MBR."""
    mbr = load_mbr(MBR.read_bytes(), MBR.name)
    opened = LotOpened(
        lot=lot, coi_identifier=f"COI-{lot}", product="CARF", mbr=mbr.mbr.id, mbr_version=mbr.mbr.version,
        site="MAKER-1", intended_market="DE",
    )  # fmt: skip
    document = DocumentReceived(
        document="0" * 64, name=lot, size=1, adapter="json", adapter_version="1", lots=(lot,), facts=1
    )
    world.append(lot, document, opened, *filled(lot, *ends))
    reviewer = Reviewer(mbr, load_policy(POLICY.read_bytes(), POLICY.name))
    review_ledger(world.ledger, world.evidence, reviewer, mbr.mbr.id, lots=[lot], clock=lambda: NOW)
    return LotCard.objects.get(lot=lot)


def approved(world: World) -> None:
    for path in (MBR, POLICY):
        approve(
            world.ledger,
            world.evidence,
            path.read_bytes(),
            path.name,
            prepared_by="a",
            reviewed_by="r",
            approved_by="b",
            reason="t",
        )


@pytest.mark.site
@pytest.mark.django_db
def test_a_lot_expires_its_shelf_life_after_it_was_filled(world: World) -> None:
    approved(world)
    assert reviewed(world, "L1", NOW - 2 * HOUR, NOW - HOUR).expires_at == NOW + 47 * HOUR
    assert reviewed(world, "L2").expires_at is None, "what the record does not say is not guessed"
    assert world.lot("L3").expires_at is None, "this review's MBR says nothing of a shelf life"
    before = [*LotCard.objects.order_by("lot").values()]
    world.ledger.rebuild()
    assert [*LotCard.objects.order_by("lot").values()] == before


@pytest.mark.site
@pytest.mark.django_db
def test_the_most_urgent_lot_stands_first(world: World) -> None:
    approved(world)
    admin, head = world.desk("ada.admin"), world.desk("hilde.head")
    admin.agree_turnaround(hours=48, product="CART")
    world.lot("E-MINOR", "minor")
    world.lot("D-CRITICAL", "critical")  # the same turnaround, and worse
    reviewed(world, "C-LATER", NOW - HOUR)
    reviewed(world, "B-SOONER", NOW - 2 * HOUR)
    world.lot("A-INFUSION", "minor")
    head.plan_infusion(lot="A-INFUSION", planned_for=NOW + 20 * 24 * HOUR)
    world.lot("A-FIRST", "minor")
    head.plan_infusion(lot="A-FIRST", planned_for=NOW + 48 * HOUR)
    order = ["A-FIRST", "A-INFUSION", "B-SOONER", "C-LATER", "D-CRITICAL", "E-MINOR"]
    assert [card.lot for card in queue(world.actor("rita.review"), Wanted(lane="all"))] == order
    page = signed_in("rita.review").get(reverse("desk:queue"))
    assert [card.lot for card in page.context["page"]] == order
    head.plan_infusion(lot="E-MINOR", planned_for=NOW + 24 * HOUR)
    assert queue(world.actor("rita.review"), Wanted(lane="all"))[0].lot == "E-MINOR"


@pytest.mark.site
@pytest.mark.django_db
def test_the_infusion_is_recorded_on_the_lots_page_in_the_sites_time(world: World) -> None:
    lot = world.lot("L1", "minor")
    rita, address = signed_in("rita.review"), reverse("desk:act", args=["L1"])
    form = {"act": "infusion", "planned_for": "2026-03-10T09:30", "seen": lot.position}
    assert rita.post(address, form).status_code == 302
    lot.refresh_from_db()
    assert lot.infusion_at is not None
    assert lot.infusion_at.isoformat() == "2026-03-10T08:30:00+00:00"
    assert 'value="2026-03-10T09:30"' in rita.get(reverse("desk:lot", args=["L1"])).content.decode()
    for wrong in ("", "tomorrow", "2026-03-29T02:30", "9999-12-31T23:59:59", "2026-02-30T10:00"):
        refused = rita.post(address, {**form, "planned_for": wrong})
        assert refused.status_code == 409, wrong
    assert signed_in("max.maker").post(address, form).status_code == 403
    assert signed_in("olga.other").post(address, form).status_code == 404


times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=NOW.tzinfo))


@settings(max_examples=30)
@given(st.lists(times, max_size=5), st.lists(times, max_size=3))
def test_only_completed_steps_start_a_shelf_life_and_the_last_counts(
    ends: list[datetime], aborted: list[datetime]
) -> None:
    expiries = Expiries(Expiry(starts_on=f"phase:{FILL}.end", shelf_life=48 * HOUR))
    runs = [*filled("L1", *ends), *filled("L1", *aborted, state="aborted")]
    facts = [Sourced(position=number, event=run) for number, run in enumerate(runs, 1)]
    assert [*expiries.passing(facts)] == facts
    assert expiries.of("L1") == (max(ends) + 48 * HOUR if ends else None)
    assert expiries.of("L2") is None


@pytest.mark.parametrize("expiry", [
    "{starts_on: phase:finish/formulate/gone.end, shelf_life: PT48H}",
    "{starts_on: custody:outbound.received, shelf_life: PT48H}",
    "{starts_on: phase:finish/formulate/fill.end, shelf_life: PT0H}", "{starts_on: phase:finish/formulate/fill.end}",
])  # fmt: skip
def test_a_shelf_life_is_counted_from_a_phase_that_there_is(expiry: str) -> None:
    text = MBR.read_text()
    known = "expiry: {starts_on: phase:finish/formulate/fill.end, shelf_life: PT48H}"
    assert known in text
    with pytest.raises(Refused) as raised:
        load_mbr(text.replace(known, f"expiry: {expiry}").encode(), "m")
    assert "expiry" in raised.value.refusals[0].where
