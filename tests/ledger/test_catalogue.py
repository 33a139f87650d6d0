"""The catalogue: exact event types only, drafts that read back as given, old versions read as new."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.canonical import canonical
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused
from onelot.ledger.catalogue import Catalogue, Step
from onelot.ledger.entry import GENESIS, Draft, Source, seal, stamp, tail
from onelot.settings.vocabulary import EVENTS
from tests.ledger.making import CATALOGUE, NOON, LotHeld, VialUsed, draft, vial


class Point(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    value: str


class Everything(Event, tag="test.everything.v1"):
    text: str
    number: int | None = None
    flag: bool = False
    choice: Literal["a", "b"] = "a"
    at: datetime | None = None
    texts: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    members: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it


ALL = Catalogue([Everything])
instants = st.datetimes(
    min_value=datetime(1, 1, 3),
    max_value=datetime(9999, 12, 29),
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
texts = st.text(st.characters(codec="utf-8"), max_size=30)
everything = st.builds(
    Everything,
    text=texts,
    number=st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    flag=st.booleans(),
    choice=st.sampled_from(["a", "b"]),
    at=st.none() | instants,
    texts=st.lists(texts, max_size=3).map(tuple),
    points=st.lists(st.builds(Point, at=instants, value=texts), max_size=3).map(tuple),
    members=st.dictionaries(st.text(st.characters(codec="ascii"), max_size=5), texts, max_size=3),
)


def prepare(event: Event, **envelope: Any) -> bytes:
    return ALL.prepare(draft(event, **envelope)).fact


@settings(max_examples=200, deadline=None)
@given(event=everything, occurred=instants, reason=texts, place=texts)
def test_stored_bytes_are_rfc_8785_and_read_back_as_given(
    event: Everything, occurred: datetime, reason: str, place: str
) -> None:
    fact = prepare(event, occurred_at=occurred, reason=reason, source=Source("ab" * 32, place))
    stored = seal(fact, 7, GENESIS, stamp(NOON))
    assert rfc8785.dumps(json.loads(stored)) == stored
    entry = ALL.read(stored)
    assert (entry.event, entry.occurred_at, entry.reason, entry.position) == (event, occurred, reason, 7)
    assert entry.recorded_at == NOON
    assert tail(stored) is not None


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_canonical_bytes_equal_an_independent_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_the_whole_vocabulary_is_exact() -> None:
    assert Catalogue(EVENTS).current_names == tuple(sorted(event.event_name() for event in EVENTS))


class Inner(msgspec.Struct):
    weight: Decimal


def _event(name: str, annotation: Any) -> type[Event]:
    return msgspec.defstruct(
        "Made", [("value", annotation)], bases=(Event,), frozen=True, kw_only=True, tag=name
    )


@pytest.mark.parametrize(
    "annotation",
    [float, float | None, tuple[float, ...], list[Inner], dict[str, float], Any, set[str], dict[int, str]],
    ids=str,
)
def test_a_type_without_one_json_form_is_refused(annotation: Any) -> None:
    with pytest.raises(Refused) as caught:
        Catalogue([_event("test.made.v1", annotation)])
    assert caught.value.refusals[0].code == "ledger.event_type_not_exact"
    assert caught.value.refusals[0].where.startswith("test.made.v1 value")


def test_all_faults_of_a_vocabulary_are_told_at_once() -> None:
    with pytest.raises(Refused) as caught:
        Catalogue(
            [_event("test.made.v1", float), _event("test.made.v1", str), _event("NoVersion", str)],
            [Step("test.old.v1", "test.gone.v2", dict), Step("test.made.v1", "test.made.v1", dict)],
        )
    assert sorted(refusal.code for refusal in caught.value.refusals) == [
        "ledger.event_name_twice",
        "ledger.event_name_wrong",
        "ledger.event_type_not_exact",
        "ledger.step_ambiguous",
        "ledger.step_leads_nowhere",
    ]


NAIVE = datetime(2026, 3, 1, 8, 30)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Everything(text=1.5), "ledger.event_not_exact"),  # type: ignore[arg-type]
        (Everything(text="a", choice="c"), "ledger.event_not_exact"),  # type: ignore[arg-type]
        (Everything(text="a", number=2**53), "ledger.event_not_exact"),
        (Everything(text="a", number=-(2**53)), "ledger.event_not_exact"),
        (Everything(text="a", number=1.5), "ledger.event_not_exact"),  # type: ignore[arg-type]
        (Everything(text="\ud800"), "ledger.event_not_exact"),
        (Everything(text="a", members={"\u00e9": "b"}), "ledger.event_not_exact"),
        (Everything(text="a", texts=["b"]), "ledger.event_not_exact"),  # type: ignore[arg-type]
        (Everything(text="a", at=NAIVE), "kernel.time_without_zone"),
        (Everything(text="a", points=(Point(NAIVE, "1"),)), "ledger.event_not_exact"),
        (VialUsed(vial="V", lot="L"), "ledger.event_unknown"),
    ],
)
def test_a_value_that_would_not_read_back_is_refused(event: Event, expected: str) -> None:
    with pytest.raises(Refused) as caught:
        prepare(event)
    assert caught.value.refusals[0].code == expected


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"actor": ""}, "ledger.actor_wrong"),
        ({"actor": "op1"}, "ledger.actor_wrong"),
        ({"actor": "person: op1"}, "ledger.actor_wrong"),
        ({"occurred_at": NAIVE}, "kernel.time_without_zone"),
        ({"tags": ("L1",)}, "ledger.tag_wrong"),
        ({"tags": ("lot:",)}, "ledger.tag_wrong"),
        ({"tags": ("lot:a\nb",)}, "ledger.tag_wrong"),
        ({"tags": ("lot:" + "x" * 201,)}, "ledger.tag_wrong"),
    ],
)
def test_a_wrong_envelope_is_refused(wrong: dict[str, Any], expected: str) -> None:
    good: dict[str, Any] = {"event": VialUsed(vial="V", lot="L"), "actor": "person:op1", "occurred_at": NOON}
    with pytest.raises(Refused) as caught:
        CATALOGUE.prepare(Draft(**{**good, **wrong}))
    assert caught.value.refusals[0].code == expected


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_event_that_needs_a_reason_is_refused_without(reason: str) -> None:
    with pytest.raises(Refused) as caught:
        CATALOGUE.prepare(draft(LotHeld(lot="L1"), reason=reason))
    assert caught.value.refusals[0].code == "ledger.reason_missing"
    CATALOGUE.prepare(draft(LotHeld(lot="L1"), reason="alarm"))


def test_terms_are_the_name_each_tag_once_and_who_stated_it() -> None:
    prepared = CATALOGUE.prepare(draft(VialUsed(vial="V", lot="L"), "lot:L", "vial:V", "lot:L"))
    assert prepared.terms == ("test.vial_used.v1", "lot:L", "vial:V", "by:person:op1")
    assert CATALOGUE.prepare(draft(VialUsed(vial="V", lot="L"), actor="system:x")).terms == (
        "test.vial_used.v1",
    )


class Weighed1(Event, tag="test.weighed.v1"):
    grams: str


class Weighed3(Event, tag="test.weighed.v3"):
    value: str
    unit: str
    scale: str = ""


STEPS = [
    Step("test.weighed.v1", "test.weighed.v2", lambda old: {"value": old["grams"], "unit": "g"}),
    Step("test.weighed.v2", "test.weighed.v3", lambda old: {**old, "scale": "unknown"}),
]


NEWEST = Catalogue([Weighed3], STEPS)


def _stored(event: Event) -> bytes:
    fact = Catalogue([type(event)]).prepare(draft(event, "lot:L1")).fact
    return seal(fact, 1, GENESIS, stamp(NOON))


def test_an_old_version_is_read_as_the_newest_and_its_bytes_stay() -> None:
    entry = NEWEST.read(_stored(Weighed1(grams="3.0")))
    assert entry.event == Weighed3(value="3.0", unit="g", scale="unknown")
    assert entry.tags == ("lot:L1",)
    assert NEWEST.stored_names(Weighed3) == ("test.weighed.v3", "test.weighed.v2", "test.weighed.v1")


def test_an_old_version_is_replayed_as_the_newest() -> None:
    stored = _stored(Weighed1(grams="3.0"))
    (sourced,), entry = NEWEST.sourced([stored]), NEWEST.read(stored)
    assert sourced == entry.sourced()
    assert sourced.event == Weighed3(value="3.0", unit="g", scale="unknown")


def test_an_entry_that_no_step_leads_on_from_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        Catalogue([Weighed3]).read(_stored(Weighed1(grams="3.0")))
    assert caught.value.refusals[0].code == "ledger.entry_unreadable"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"fact":{}}', b'{"fact":{"event":7}}', b"\xff"])
def test_bytes_that_are_no_entry_are_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        CATALOGUE.read(data)
    assert caught.value.refusals[0].code == "ledger.entry_unreadable"
    assert tail(data) is None


def test_the_schema_of_an_event_describes_its_bytes() -> None:
    schema = CATALOGUE.schema("test.vial_used.v1")
    text = json.dumps(schema)
    assert '"vial"' in text
    assert "test.vial_used.v1" in text
    with pytest.raises(Refused):
        CATALOGUE.schema("test.nothing.v1")


def test_every_draft_gets_an_id_of_its_own() -> None:
    ids = {json.loads(CATALOGUE.prepare(vial()).fact)["id"] for _ in range(100)}
    assert len(ids) == 100
