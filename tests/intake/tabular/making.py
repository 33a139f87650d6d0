"""Events and mappings for the tests of tables, drawn so that every field takes part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from onelot.execution.events import ParameterRecorded, ResultReported, SeriesPoint
from onelot.intake.tabular.mapping import LoadedMapping, load_mapping
from onelot.intake.tabular.mapping_checks import KINDS
from onelot.kernel.events import Event

HERE = Path(__file__).parent
EXAMPLES = Path(__file__).parents[3] / "examples" / "network" / "mappings"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

_CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
# What a table could take for something else: words of the examples, signs, formulas, numbers of two notations.
_TRAPS = st.sampled_from(
    ["n. z.", "N/A", "=1+1", "-", "+1", "@x", "'", "''a", "[Alarme]", "S010", "7.40", "7,40", "1.234", "1,234.5",
     "<0.5", "< 0,5", "NMT 5", "nlt 3.0", "-0", "0.0", "007", "1e5", "1E-7", ".5", "5.", "12.05.2026", "a|b", "\\|",
     "a;b", 'a"b', " x ", "\t", "\r", "a\nb", "a\r\nb", "_x000D_", "true", "null", "1 234", "\ufeff", "-1|x!A0", "%"]
)  # fmt: skip
texts = _TRAPS | st.text(_CHARACTERS, max_size=10)
words = texts.filter(bool)
numbers = st.decimals(-(10**8), 10**8, allow_nan=False, allow_infinity=False, places=3).map(str)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# The hours around both changes of clocks in Berlin and Toronto are drawn often.
_CHANGES = [datetime(2026, 10, 25, 0, 30), datetime(2026, 3, 29, 0, 30), datetime(2026, 11, 1, 5, 30),
            datetime(2026, 3, 8, 6, 30)]  # fmt: skip
times = st.datetimes(datetime(1800, 1, 1), datetime(2090, 1, 1), timezones=zones) | st.builds(
    lambda change, shift: (change + timedelta(minutes=shift)).replace(tzinfo=UTC),
    st.sampled_from(_CHANGES),
    st.integers(-90, 90),
)
points = st.builds(SeriesPoint, times, texts | numbers, st.sampled_from(["good", "uncertain", "bad"]))


def _of(field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    options = (field.type, *get_args(field.type))
    literals = [word for option in options if get_origin(option) is Literal for word in get_args(option)]
    if field.name == "lot":
        return st.sampled_from(["LOT-1", "0042", "[Alarme]", "n. z."])
    if field.name == "points":
        return st.lists(points, max_size=3).map(tuple)
    if field.name == "values":
        return st.just(())
    if datetime in options:
        drawn: st.SearchStrategy[Any] = times
    elif int in options:
        drawn = st.integers(0, 10**9)
    elif literals:
        drawn = st.sampled_from(literals)
    else:
        drawn = texts | numbers
    return drawn | st.none() if type(None) in options else drawn


def events_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    fields = {field.name: _of(field) for field in msgspec.structs.fields(kind)}
    drawn = st.builds(kind, **fields)
    if kind in (ParameterRecorded, ResultReported):
        many = {"value": st.just(""), "values": st.lists(texts, min_size=1, max_size=3).map(tuple)}
        return drawn | st.builds(kind, **{**fields, **many})
    return drawn


one = st.sampled_from(sorted(KINDS.values(), key=lambda kind: kind.event_name())).flatmap(events_of)
many = st.lists(one, min_size=1, max_size=6)


def in_order(events: Iterable[Event]) -> list[bytes]:
    """The events in an order that does not depend on the file's sections, their times in UTC."""
    return sorted(map(msgspec.json.encode, map(_in_utc, events)))


def _in_utc(event: Event) -> Event:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    changed: dict[str, Any] = {
        name: value.astimezone(UTC) for name, value in fields.items() if isinstance(value, datetime)
    }
    if "points" in fields:
        changed["points"] = tuple(
            msgspec.structs.replace(point, at=point.at.astimezone(UTC)) for point in fields["points"]
        )
    return msgspec.structs.replace(event, **changed)


def load(path: Path) -> LoadedMapping:
    """A mapping from a file."""
    return load_mapping(path.read_bytes(), path.name)


def made(text: str) -> LoadedMapping:
    """A mapping from its text, below a head that suits it."""
    head = 'format: onelot-mapping/1\nid: test\nversion: "1"\ntitle: Test\n'
    return load_mapping((head + text).encode(), "mapping.yaml")
