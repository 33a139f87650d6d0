"""Events for the tests of B2MML, drawn so that every field takes part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import strategies as st

from onelot.custody.events import RECORDED as CUSTODY
from onelot.execution.events import EVENTS as EXECUTION
from onelot.execution.events import ParameterRecorded, ResultReported, SeriesPoint
from onelot.identity.events import RECORDED as IDENTITY
from onelot.intake.b2mml.fields import fields_of
from onelot.intake.events import ContentUnmapped
from onelot.kernel.events import Event
from onelot.registry.events import RECORDED as REGISTRY
from onelot.supply.events import RECORDED as SUPPLY

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALL = (*EXECUTION, *IDENTITY, *CUSTODY, *REGISTRY, *SUPPLY, ContentUnmapped)

_XML = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n\r"
)
texts = st.text(_XML, max_size=12)
words = st.text(_XML, min_size=1, max_size=12)
units = st.sampled_from(["Cel", "%", "mL", "10*6/mL", "[pH]", "{cells}", "g/L"])
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=zones)
points = st.builds(SeriesPoint, times, texts, st.sampled_from(["good", "uncertain", "bad"]))


def _field(event: type[Event], name: str) -> st.SearchStrategy[Any]:
    found = fields_of(event)[name]
    if name == "lot":
        return st.just("LOT-1")
    if name == "points":
        return st.lists(points, max_size=3).map(tuple)
    if name == "values":
        return st.just(())
    known = {
        "text": texts,
        "unit": units if found.required else units | st.just(""),
        "time": times,
        "count": st.integers(0, 10**9),
        "word": st.sampled_from(sorted(found.words) or [""]),
    }[found.kind]
    return known if found.required or found.default is not None else known | st.none()


def events_of(event: type[Event]) -> st.SearchStrategy[Event]:
    drawn = st.builds(event, **{name: _field(event, name) for name in fields_of(event)})
    if event in (ParameterRecorded, ResultReported):
        values = {**{name: _field(event, name) for name in fields_of(event)}, "value": st.just("")}
        return drawn | st.builds(
            event, **{**values, "values": st.lists(texts, min_size=1, max_size=3).map(tuple)}
        )
    return drawn


one = st.sampled_from(ALL).flatmap(events_of)
many = st.lists(one, max_size=6)


def in_order(events: Iterable[Event]) -> list[bytes]:
    """The events in an order that does not depend on the file's sections; as JSON, to compare offsets of times too."""
    return sorted(map(msgspec.json.encode, events))
