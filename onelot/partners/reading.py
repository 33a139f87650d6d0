"""What was understood of a file, field by field, as its sender reads it before handing it over. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onelot.execution.events import LotOpened, PhasePerformed, SeriesRecorded
from onelot.intake.adapter import Extract, Extraction
from onelot.intake.events import ContentUnmapped

_NAMES = (
    "phase", "parameter", "test", "sample", "series", "material", "material_lot", "use", "equipment",
    "equipment_class", "alarm", "leg", "container", "point", "carrier", "kind", "label", "subject", "name", "person",
    "curriculum",
)  # fmt: skip
"""Fields that say what a fact is about, in the order in which they are shown."""
_SHOWN = {"lot", "value", "values", "unit", "points", *_NAMES}
UNMAPPED = ContentUnmapped.event_name()


@dataclass(frozen=True)
class Field:
    """One fact of the file."""

    kind: str
    """Name of the event."""
    lot: str
    about: str
    value: str
    unit: str
    more: str
    """Every other field that was read."""
    place: str
    """Where it stands in the file."""


@dataclass(frozen=True)
class Understood:
    """A file in short."""

    heads: tuple[LotOpened, ...]
    lots: tuple[str, ...]
    counts: dict[str, int]
    """How many facts of each kind, by name of the event."""
    phases: int
    unmapped: tuple[Field, ...]
    """What was kept and has no meaning for onelot."""


def understood(extraction: Extraction) -> Understood:
    """The file in short."""
    events = [extract.event for extract in extraction.extracts]
    return Understood(
        heads=tuple(event for event in events if isinstance(event, LotOpened)),
        lots=extraction.lots,
        counts=dict(sorted(Counter(event.event_name() for event in events).items())),
        phases=len({event.phase for event in events if isinstance(event, PhasePerformed)}),
        unmapped=tuple(fields(extraction, UNMAPPED)),
    )


def fields(extraction: Extraction, kind: str = "") -> Iterator[Field]:
    """Every fact in reading order; ``kind``: only events of this name."""
    for extract in extraction.extracts:
        if not kind or extract.event.event_name() == kind:
            yield _field(extract)


def _field(extract: Extract) -> Field:
    event = extract.event
    said = {name: getattr(event, name) for name in event.__struct_fields__}
    value = _text(said.get("value") or said.get("values") or "")
    if isinstance(event, SeriesRecorded):
        value = _stretch(event)
    return Field(
        kind=event.event_name(),
        lot=said.get("lot", ""),
        about=" / ".join(_text(said[name]) for name in _NAMES if said.get(name)),
        value=value,
        unit=said.get("unit", ""),
        more="; ".join(
            f"{name} {_text(found)}"
            for name, found in said.items()
            if name not in _SHOWN and found not in ("", None, ())
        ),
        place=extract.place,
    )


def _stretch(event: SeriesRecorded) -> str:
    if not event.points:
        return "0"
    first, last = event.points[0].at, event.points[-1].at
    return f"{len(event.points)} × {_text(first)} … {_text(last)}"


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
