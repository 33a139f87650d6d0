"""What a corrected document says otherwise than the one it replaces, lot by lot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from onelot.custody.events import HandedOver
from onelot.execution.events import (
    AlarmRaised,
    CommentRecorded,
    EntryChanged,
    EquipmentUsed,
    LotCompleted,
    LotOpened,
    MaterialUsed,
    ParameterRecorded,
    PhasePerformed,
    ResultReported,
    SeriesPoint,
    SeriesRecorded,
)
from onelot.identity.events import IdentifierRead, LabelsReconciled
from onelot.intake.events import ContentUnmapped, Difference
from onelot.kernel.events import Event
from onelot.supply.events import MaterialLotStatusChanged

_NAMED_BY: dict[type[Event], tuple[str, ...]] = {
    LotOpened: (),
    LotCompleted: (),
    PhasePerformed: ("phase",),
    ParameterRecorded: ("phase", "parameter"),
    EntryChanged: ("subject", "field"),
    MaterialUsed: ("phase", "material", "use"),
    EquipmentUsed: ("phase", "equipment_class"),
    SeriesRecorded: ("series",),
    AlarmRaised: ("alarm",),
    ResultReported: ("test", "sample"),
    CommentRecorded: ("subject",),
    HandedOver: ("leg", "container"),
    IdentifierRead: ("point", "carrier", "kind"),
    LabelsReconciled: ("label",),
    MaterialLotStatusChanged: ("material", "material_lot"),
    ContentUnmapped: ("name",),
}
"""What makes two statements speak of the same thing. Several of one name are told apart by their order."""
_HEAD_SUBJECT = "lot"

Statements = dict[tuple[str, ...], dict[str, str]]


def differences(before: Iterable[Event], after: Iterable[Event]) -> dict[str, tuple[Difference, ...]]:
    """By lot (empty: a site's) each field that differs; what was added or removed is one difference."""
    old, new = _by_lot(before), _by_lot(after)
    found: dict[str, tuple[Difference, ...]] = {}
    for lot in sorted(old.keys() | new.keys()):
        changes = tuple(_changes(old.get(lot, {}), new.get(lot, {})))
        if changes:
            found[lot] = changes
    return found


def _changes(old: Statements, new: Statements) -> Iterable[Difference]:
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key, {}), new.get(key, {})
        subject = "/".join(part for part in key[1:-1] if part) or _HEAD_SUBJECT
        if not before or not after:
            yield Difference(subject=subject, field=key[0], before=_summary(before), after=_summary(after))
            continue
        for field in sorted(before.keys() | after.keys()):
            one, other = before.get(field, ""), after.get(field, "")
            if one != other:
                yield Difference(subject=subject, field=field, before=one, after=other)


def _summary(statement: dict[str, str]) -> str:
    return "; ".join(f"{field} {value}" for field, value in statement.items())


def _by_lot(events: Iterable[Event]) -> dict[str, Statements]:
    lots: dict[str, Statements] = {}
    order: Counter[tuple[str, ...]] = Counter()
    for event in events:
        lot = getattr(event, "lot", "")
        name = event.event_name().split(".")[1]
        named = tuple(str(getattr(event, field)) for field in _NAMED_BY.get(type(event), ()))
        order[lot, name, *named] += 1
        key = (name, *named, str(order[lot, name, *named]))
        lots.setdefault(lot, {})[key] = _fields(event)
    return lots


def _fields(event: Event) -> dict[str, str]:
    """Every field as text; instants in one form, so that another offset of the same instant is no difference."""
    fields: dict[str, str] = {}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name == "points":
            fields |= {f"reading {_text(point.at)}": _reading(point) for point in value}
        elif name != "lot" and value not in (None, "", ()):
            fields[name] = _text(value)
    return fields


def _reading(point: SeriesPoint) -> str:
    return point.value if point.quality == "good" else f"{point.value} ({point.quality})"


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return str(msgspec.to_builtins(value.astimezone(UTC)))
    return "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)
