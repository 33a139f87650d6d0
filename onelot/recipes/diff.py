"""What a change of a master batch record allows that the old version did not, and the reverse (ICH Q10, 3.2.3).

Both documents are laid out as rules with stable names (identifiers instead of positions in lists). For each rule that
differs, its kind of field says in which direction the difference goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from onelot.recipes.model import MasterBatchRecord, Parameter

Direction = Literal["allows", "forbids", "changes"]

_MORE_ALLOWS = frozenset(
    ("high", "max", "max_duration", "max_gap", "max_area", "alert", "tolerance", "late_entry", "verify_within",
     "interval", "max_occurrences", "up_to", "shelf_life")
)  # fmt: skip
"""A larger value allows more; none means: without an end."""
_LESS_ALLOWS = frozenset(("low", "min", "above"))
_TRUE_FORBIDS = frozenset(
    ("required", "single_lot", "calibration", "cleaning", "qualification", "low_open", "high_open")
)
_ORDERED = _MORE_ALLOWS | _LESS_ALLOWS | _TRUE_FORBIDS | {"verification"}
_MEMBERS_ALLOW = frozenset(("choices", "accepted", "text", "accepts"))
"""Lists in which each member is something that may be."""
_MEMBERS_FORBID = frozenset(("after", "training", "equipment", "carriers"))
"""Lists in which each member is something that must be."""
_ITEMS_FORBID = frozenset(
    ("phases", "parameters", "clocks", "series", "identity_points", "labels", "custody_legs", "yields", "criteria",
     "expiry", "unit_procedures", "operations", "alert", "action", "plausible", "percent", "limits", "sampling",
     "reconciliation", "quantity")
)  # fmt: skip
"""Where a whole item is a demand: without it, more is allowed."""
_ITEMS_ALLOW = frozenset(("markets", "any_of"))
_VERIFICATION = {"none": 0, "machine": 1, "second_person": 2}
_PATH = ("unit_procedures ", "operations ", "phases ", "parameters ")
_NAMED_BY = ("id", "market", "material", "test", "up_to")


@dataclass(frozen=True)
class Difference:
    """One rule that differs; ``before`` or ``after`` is empty where the rule is new or gone."""

    direction: Direction
    rule: str
    """Full name, for example ``expand/culture/culture/ph action high``."""
    before: str
    after: str


def diff(old: MasterBatchRecord, new: MasterBatchRecord) -> list[Difference]:
    """Every rule that differs, sorted by name. Titles and versions count as changes that allow nothing."""
    before, after = dict(_rules(old)), dict(_rules(new))
    found = []
    for rule in sorted(before.keys() | after.keys()):
        one, other = before.get(rule), after.get(rule)
        if one != other and not _inside_of_other(rule, before, after):
            found.append(Difference(_direction(rule, one, other), _name(rule), _shown(one), _shown(other)))
    return found


Rule = tuple[str, ...]
_PRESENT = "present"


def _inside_of_other(rule: Rule, before: Mapping[Rule, Any], after: Mapping[Rule, Any]) -> bool:
    """Whether the item that holds this rule is itself new or gone, and so is named instead."""
    return any(
        (rule[:length] in before) != (rule[:length] in after)
        for length in range(1, len(rule))
        if rule[:length] in before or rule[:length] in after
    )


def _rules(part: BaseModel, name: Rule = ()) -> Iterator[tuple[Rule, Any]]:
    for field, value in part:
        meant = value or part.choices if field == "accepted" and isinstance(part, Parameter) else value
        yield from _rule(field, meant, name)


def _rule(field: str, value: Any, name: Rule) -> Iterator[tuple[Rule, Any]]:
    if isinstance(value, BaseModel):
        yield (*name, field), _PRESENT
        yield from _rules(value, (*name, field))
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for number, item in enumerate(value, 1):
            item_name = (*name, f"{field} {_item_name(item, number)}")
            yield item_name, _PRESENT
            yield from _rules(item, item_name)
    elif value is not None and value != ():
        yield (*name, field), value


def _item_name(item: BaseModel, number: int) -> str:
    return next((str(value) for key in _NAMED_BY if (value := getattr(item, key, None))), str(number))


def _direction(rule: Rule, before: Any, after: Any) -> Direction:
    field = rule[-1].split(" ")[0]
    if _PRESENT in (before, after):
        return _of_item(field, gone=after is None)
    if field in _MEMBERS_ALLOW | _MEMBERS_FORBID:
        return _of_members(field, before, after)
    if field not in _ORDERED:
        return "changes"
    return "allows" if _more_is_allowed(field, before, after) else "forbids"


def _of_item(field: str, *, gone: bool) -> Direction:
    if field in _ITEMS_FORBID:
        return "allows" if gone else "forbids"
    if field in _ITEMS_ALLOW:
        return "forbids" if gone else "allows"
    return "changes"


def _more_is_allowed(field: str, before: Any, after: Any) -> bool:
    if field == "verification":
        return _VERIFICATION[after] < _VERIFICATION[before]
    if field in _TRUE_FORBIDS:
        return bool(before) and not after
    if before is None or after is None:
        return after is None
    larger = _number(after) > _number(before)
    return larger if field in _MORE_ALLOWS else not larger


def _of_members(field: str, before: Any, after: Any) -> Direction:
    old, new = {*(before or ())}, {*(after or ())}
    if field in _MEMBERS_FORBID:
        old, new = new, old
    if old < new:
        return "allows"
    return "forbids" if new < old else "changes"


def _number(value: Any) -> Decimal:
    return Decimal(str(value.total_seconds())) if isinstance(value, timedelta) else Decimal(str(value))


def _name(rule: Rule) -> str:
    """``unit_procedure/operation/phase/parameter`` first, then what belongs to it."""
    path = [part.split(" ", 1)[1] for part in rule if part.startswith(_PATH)]
    rest = [part for part in rule if part != "procedure" and not part.startswith(_PATH)]
    return " ".join(filter(None, ("/".join(path), *rest)))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
