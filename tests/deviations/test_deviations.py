"""Deviations: their states, and who may do what with them, on what was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from onelot.deviations.models import Deviation
from onelot.deviations.queries import unassessed
from onelot.deviations.service import Deviations
from onelot.kernel.refusals import Refused
from onelot.registry.permissions import Place
from tests.site import NOW, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
HERE = Place("MAKER", "MAKER-1", "CART")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def of(world: World, person: str) -> Deviations:
    return Deviations(world.ledger, world.actor(person), HERE, lambda: NOW)


def opened(world: World) -> Deviation:
    number = of(world, "max.maker").open(
        lot="L1", severity="major", title="Door open", description="for an hour"
    )
    return Deviation.objects.get(number=number)


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.refusals[0].code


def test_a_deviation_is_opened_assessed_and_closed(world: World) -> None:
    held = opened(world)
    assert unassessed("L1") == [held]
    hilde = of(world, "hilde.head")
    hilde.assess(
        number=held.number, impact="none", severity="minor", reason="no product near", seen=held.position
    )
    held.refresh_from_db()
    assert (held.state, held.impact, held.severity, held.assessed_by) == (
        "assessed",
        "none",
        "minor",
        "hilde.head",
    )
    assert unassessed("L1") == []
    hilde.close(number=held.number, conclusion="latch replaced", seen=held.position)
    held.refresh_from_db()
    assert (held.state, held.conclusion) == ("closed", "latch replaced")


def test_what_nobody_assessed_is_not_closed_and_what_is_closed_stays_so(world: World) -> None:
    held, hilde = opened(world), of(world, "hilde.head")
    with pytest.raises(Refused) as raised:
        hilde.close(number=held.number, conclusion="done", seen=held.position)
    assert code_of(raised) == "deviations.not_now"
    hilde.assess(number=held.number, impact="none", severity="minor", reason="why", seen=held.position)
    held.refresh_from_db()
    hilde.close(number=held.number, conclusion="done", seen=held.position)
    held.refresh_from_db()
    with pytest.raises(Refused) as raised:
        hilde.assess(number=held.number, impact="reject", severity="major", reason="why", seen=held.position)
    assert code_of(raised) == "deviations.not_now"


@pytest.mark.parametrize(("person", "opens", "assesses", "closes"), [
    ("max.maker", True, False, False), ("rita.review", True, False, False), ("hilde.head", True, True, True),
    ("quentin.qp", False, True, False), ("vera.valid", False, False, False), ("ada.admin", False, False, False),
    ("olga.other", False, False, False),
])  # fmt: skip
def test_who_may(world: World, person: str, opens: bool, assesses: bool, closes: bool) -> None:
    held, service = opened(world), of(world, person)

    def may(act: str) -> bool:
        position = Deviation.objects.get(number=held.number).position
        try:
            if act == "open":
                service.open(lot="L1", severity="minor", title="t", description="d")
            elif act == "assess":
                service.assess(number=held.number, impact="none", severity="minor", reason="r", seen=position)
            else:
                service.close(number=held.number, conclusion="c", seen=position)
        except Refused as refused:
            assert refused.refusals[0].code == "registry.not_allowed"  # noqa: PT017
            return False
        return True

    assert (may("open"), may("assess")) == (opens, assesses)
    if not assesses:
        of(world, "hilde.head").assess(
            number=held.number, impact="none", severity="minor", reason="r", seen=held.position
        )
    assert may("close") is closes


def test_of_two_who_assess_the_second_is_told(world: World) -> None:
    held = opened(world)
    of(world, "hilde.head").assess(
        number=held.number, impact="none", severity="minor", reason="r", seen=held.position
    )
    with pytest.raises(Refused) as raised:
        of(world, "quentin.qp").assess(
            number=held.number, impact="reject", severity="critical", reason="r", seen=held.position
        )
    assert code_of(raised) == "deviations.changed"


@pytest.mark.parametrize("text", ["", " \n", "x" * 4001])
def test_texts_are_needed_and_bearable(world: World, text: str) -> None:
    held = opened(world)
    for act in (
        lambda: of(world, "max.maker").open(lot="L1", severity="minor", title=text, description=""),
        lambda: of(world, "hilde.head").assess(
            number=held.number, impact="none", severity="minor", reason=text, seen=held.position
        ),
    ):
        with pytest.raises(Refused) as raised:
            act()
        assert code_of(raised) == "deviations.text"
