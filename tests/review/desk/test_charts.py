"""Charts of exceptions: each check's own, drawn as an image of its own address, and never needed to understand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.execution.events import SeriesPoint, SeriesRecorded
from onelot.kernel.ids import new_id
from onelot.recipes.approval import approve
from onelot.review.desk import drawing
from onelot.review.desk.charted import minutes_in
from onelot.review.desk.charts import (
    POINTS_AT_MOST,
    Band,
    Chart,
    clock_chart,
    history_chart,
    series_chart,
    thinned,
)
from onelot.review.desk.models import FindingCard
from onelot.review.events import FindingRaised, LotReviewed
from tests.site import World, signed_in

MBR = Path(__file__).parents[3] / "examples/network/mbr/cart-fresh.yaml"
START = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = Band(2.0, 8.0)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    settings.CACHES = {
        **settings.CACHES,
        "charts": {**settings.CACHES["charts"], "LOCATION": tmp_path / "charts"},
    }
    return world


def raised(world: World, lot: str, check: str, subject: str, expected: str, observed: str) -> FindingCard:
    """An exception of one check, of a lot that was reviewed by the approved example MBR."""
    approved = approve(
        world.ledger,
        world.evidence,
        MBR.read_bytes(),
        MBR.name,
        prepared_by="a",
        reviewed_by="r",
        approved_by="b",
        reason="t",
    )
    world.lot(lot)
    review = new_id()
    finding = FindingRaised(
        lot=lot, review=review, check=check, variant="v", severity="major", subject=subject, sentence="It was so.",
        expected=expected, observed=observed, clause="c", evidence=(1,),
    )  # fmt: skip
    reviewed = LotReviewed(
        lot=lot, review=review, engine="test", mbr=approved.id, mbr_version=approved.version,
        mbr_digest=approved.digest, policy="p", policy_version="1", policy_digest="b" * 64, through_position=1,
        checkpoint="r", verdict="c" * 64, held=True, findings=1,
    )  # fmt: skip
    world.append(lot, reviewed, finding)
    (card,) = world.findings(lot)
    return card


def readings(world: World, lot: str, values: Mapping[int, str], unit: str = "Cel") -> None:
    """A temperature log, one reading a minute."""
    points = tuple(SeriesPoint(START + timedelta(minutes=minute), value) for minute, value in values.items())
    world.append(
        lot, SeriesRecorded(lot=lot, series="inbound.temperature", unit=unit, points=points, device="LOG-1")
    )


def shown(client: Client, card: FindingCard) -> Any:
    answer = client.get(reverse("desk:chart", args=[card.lot, card.key]))
    assert answer.status_code == 200
    return answer


def images(page: Any) -> dict[str, str]:
    """The addresses of the two images of a chart's page."""
    shown = page.context
    return {
        theme: reverse("desk:chart_image", args=[shown["lot"].lot, shown["card"].key, theme, shown["name"]])
        for theme in ("light", "dark")
    }


@pytest.mark.site
@pytest.mark.django_db
def test_an_excursion_is_drawn_with_the_limits_of_the_approved_record(world: World) -> None:
    card = raised(world, "L1", "TRD-EXCURSION", "inbound.temperature", "2 to 8 Cel", "11.5 Cel")
    readings(world, "L1", {0: "5.0", 1: "11.5", 2: "<1", 3: "5.5"})
    page = shown(signed_in("rita.review"), card)
    chart: Chart = page.context["chart"]
    assert chart.rows == (("2026-03-01 00:01:00 UTC", "11.5"),), "what is outside, and no censored value"
    assert "3 readings from 5 to 11.5 Cel" in chart.sentence
    drawn = json.dumps(chart.spec)
    assert '"datum": 8.0' in drawn
    assert '"datum": 2.0' in drawn
    text = page.content.decode()
    assert f'width="{chart.width}" height="{chart.height}" loading="lazy"' in text
    assert "It was so." in text


@pytest.mark.site
@pytest.mark.django_db
def test_limits_of_another_unit_are_not_drawn_and_one_reading_is_no_series(world: World) -> None:
    card = raised(world, "L1", "TRD-SERIES", "inbound.temperature", "complete", "a gap")
    readings(world, "L1", {0: "41.0"}, "[degF]")
    rita = signed_in("rita.review")
    assert shown(rita, card).context["chart"] is None
    assert "No chart" in shown(rita, card).content.decode()
    readings(world, "L1", {1: "52.7"}, "[degF]")
    chart = shown(rita, card).context["chart"]
    assert "datum" not in json.dumps(chart.spec)
    assert not chart.rows, "nothing is outside of limits that do not apply"


@pytest.mark.site
@pytest.mark.django_db
@pytest.mark.parametrize("check", ["HLD-CLOCK", "ALR-CLOCK"])
def test_a_clock_is_drawn_against_its_limit(world: World, check: str) -> None:
    card = raised(world, "L1", check, "vector_in_use", "at most 180 min 0 s", "241 min 30 s")
    chart: Chart = shown(signed_in("rita.review"), card).context["chart"]
    assert chart.rows == (("measured", "241.5"), ("limit", "180"))
    assert "Vector from thaw to use (min)" in json.dumps(chart.spec)


@pytest.mark.site
@pytest.mark.django_db
@pytest.mark.parametrize(("expected", "observed"), [
    ("end after start", "3 min 0 s"), ("at most 180 min 0 s", "none recorded"),
])  # fmt: skip
def test_a_clock_without_a_time_has_no_chart(world: World, expected: str, observed: str) -> None:
    card = raised(world, "L1", "HLD-CLOCK", "vector_in_use", expected, observed)
    assert shown(signed_in("rita.review"), card).context["chart"] is None


@pytest.mark.site
@pytest.mark.django_db
def test_an_image_is_kept_by_the_browser_and_by_the_site(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = raised(world, "L1", "HLD-CLOCK", "vector_in_use", "at most 180 min 0 s", "241 min 30 s")
    rita = signed_in("rita.review")
    page = shown(rita, card)
    found = {theme: rita.get(address) for theme, address in images(page).items()}
    for theme, answer in found.items():
        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert answer.content.startswith(b"<svg ")
        assert b"<script" not in answer.content
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["ETag"] == f'"{page.context["name"]}-{theme}"'
    assert found["light"].content != found["dark"].content
    monkeypatch.setattr(drawing, "drawn", lambda _spec: pytest.fail("it was drawn already"))
    for theme, address in images(page).items():
        assert rita.get(address).content == found[theme].content
        assert rita.get(address, headers={"If-None-Match": found[theme].headers["ETag"]}).status_code == 304


@pytest.mark.site
@pytest.mark.django_db
def test_an_image_that_is_not_kept_any_more_is_drawn_again_and_only_that_one(world: World) -> None:
    card = raised(world, "L1", "HLD-CLOCK", "vector_in_use", "at most 180 min 0 s", "241 min 30 s")
    rita = signed_in("rita.review")
    addresses = images(shown(rita, card))
    drawing.caches[drawing.CACHE].clear()
    assert rita.get(addresses["light"]).status_code == 200
    name = addresses["light"].rpartition("/")[2]
    for wrong in (
        addresses["light"].replace(name, f"{'0' * 64}.svg"), addresses["light"].replace("/light/", "/blue/"),
        addresses["light"].replace("/L1/", "/L404/"), addresses["light"].replace(card.key, "nothing"),
    ):  # fmt: skip
        assert rita.get(wrong).status_code == 404, wrong
    assert signed_in("olga.other").get(addresses["light"]).status_code == 404


@pytest.mark.site
@pytest.mark.django_db
def test_without_an_image_the_sentence_and_the_values_remain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = raised(world, "L1", "HLD-CLOCK", "vector_in_use", "at most 180 min 0 s", "241 min 30 s")
    rita = signed_in("rita.review")

    def fail(*_: object, **__: object) -> str:
        raise ValueError("no room")

    monkeypatch.setattr("vl_convert.vegalite_to_svg", fail)
    page = shown(rita, card)
    refused = rita.get(images(page)["light"])
    assert (refused.status_code, "no room" in refused.content.decode()) == (422, True)
    assert "241.5" in page.content.decode()


CHARTS = {
    "series": series_chart("T", "Cel", [(START, 5.0), (START + timedelta(hours=1), 9.0)], LIMITS, "s"),
    "history": history_chart("<pH>", "", [("L1", 6.9, False), ("L2", 9.9, True)], Band(6.8, None), "s"),
    "clock": clock_chart("C", 241.5, 180, "s"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHARTS)
def test_a_drawing_has_the_size_that_the_page_keeps_free_for_it(kind: str) -> None:
    chart = CHARTS[kind]
    svg = drawing.drawn(chart.spec)
    assert f'width="{chart.width}" height="{chart.height}"' in svg
    assert svg == drawing.drawn(chart.spec), "the same specification gives the same bytes"


@pytest.mark.parametrize("kind", CHARTS)
def test_the_dark_drawing_differs_in_colours_only(kind: str) -> None:
    light, dark = (json.dumps(drawing.painted(CHARTS[kind].spec, theme)) for theme in ("light", "dark"))
    for colour, other in drawing.DARK.items():
        assert colour not in dark
        light = light.replace(colour, other)
    assert light == dark


@pytest.mark.parametrize(
    "odd", ['a\n"b', "\u2028'); alert(1); ('", "<script>", "{{x}} ${y}", "\\", "\x07", " ", "名" * 500]
)
def test_whatever_a_record_calls_it_is_drawn_as_text(odd: str) -> None:
    values = [(START, 5.0), (START + timedelta(hours=1), 9.0)]
    for chart in (
        series_chart(odd, odd, values, LIMITS, odd), clock_chart(odd, 3, 2, odd),
        history_chart(odd, odd, [(odd, 6.9, False), (odd, 9.9, True)], LIMITS, odd),
    ):  # fmt: skip
        assert "<script" not in drawing.drawn(chart.spec)


def test_nothing_is_fetched_for_a_drawing() -> None:
    from onelot.kernel.refusals import Refused

    with pytest.raises(Refused, match="cannot be drawn"):
        drawing.drawn({"data": {"url": "http://127.0.0.1:9/x.json"}, "mark": "point", "encoding": {}})


@settings(max_examples=25)
@given(st.integers(1, 3_000), st.floats(0, 1, exclude_max=True), st.floats(60, 90), st.integers(0, 2**32))
def test_no_excursion_is_lost_where_points_are_left_out(
    count: int, place: float, peak: float, seed: int
) -> None:
    random = Random(seed)
    values = [random.uniform(-50, 50) for _ in range(count)]
    values[int(place * count)] = peak
    points = [(START + timedelta(minutes=minute), value) for minute, value in enumerate(values)]
    kept = thinned(points)
    assert len(kept) <= POINTS_AT_MOST
    assert max(value for _, value in kept) == peak
    assert kept == sorted(kept)
    assert set(kept) <= set(points)


@pytest.mark.parametrize(("text", "minutes"), [
    ("at most 240 min 0 s", 240.0), ("265 min 30 s", 265.5), ("2 h", 120.0), ("none", None), ("", None),
])  # fmt: skip
def test_a_time_in_words_is_minutes(text: str, minutes: float | None) -> None:
    assert minutes_in(text) == minutes
