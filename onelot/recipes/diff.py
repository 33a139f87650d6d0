"""What a change of a document allows that the old version did not, and the reverse (ICH Q10, 3.2.3).

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
from onelot.recipes.policy import AutoAcceptance, ReviewPolicy, SeverityRule

Direction = Literal["allows", "forbids", "changes"]

_MORE_ALLOWS = frozenset(
    ("high", "max", "max_duration", "max_gap", "max_area", "alert", "tolerance", "late_entry", "verify_within",
    "interval", "max_occurrences", "up_to", "shelf_life", "minors_become_major", "robust_distance")
)  # fmt: skip
"""A larger value allows more; none means: without an end."""
_LESS_ALLOWS = frozenset(("low", "min", "above"))
_TRUE_FORBIDS = frozenset(
    ("required", "single_lot", "calibration", "cleaning", "qualification", "low_open", "high_open")
)
_RANKS: Mapping[str, Mapping[str, int]] = {
    "verification": {"none": 0, "machine": 1, "second_person": 2},
    "severity": {"information": 0, "minor": 1, "major": 2, "critical": 3},
}
"""Words of which a lower one allows more."""
_ORDERED = _MORE_ALLOWS | _LESS_ALLOWS | _TRUE_FORBIDS | {*_RANKS}
_MEMBERS_ALLOW = frozenset(("choices", "accepted", "text", "accepts", "severities"))
"""Lists in which each member is something that may be."""
_MEMBERS_FORBID = frozenset(("after", "training", "equipment", "carriers", "always_to_a_person"))
"""Lists in which each member is something that must be."""
_ITEMS_FORBID = frozenset(
    ("phases", "parameters", "clocks", "series", "identity_points", "labels", "custody_legs", "yields", "criteria",
     "expiry", "unit_procedures", "operations", "alert", "action", "plausible", "percent", "limits", "sampling",
     "reconciliation", "quantity")
)  # fmt: skip
"""Where a whole item is a demand: without it, more is allowed."""
_ITEMS_ALLOW = frozenset(("markets", "any_of", "auto_accept", "justifications", "not_run"))
_PATH = ("unit_procedures ", "operations ", "phases ", "parameters ")
_NAMED_BY = ("id", "market", "material", "test", "up_to", "code")


@dataclass(frozen=True)
class Difference:
    """One rule that differs; ``before`` or ``after`` is empty where the rule is new or gone."""

    direction: Direction
    rule: str
    """Full name, for example ``expand/culture/culture/ph action high``."""
    before: str
    after: str


def diff(old: MasterBatchRecord | ReviewPolicy, new: MasterBatchRecord | ReviewPolicy) -> list[Difference]:
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
    elif isinstance(value, dict):
        for key, why in value.items():
            yield (*name, f"{field} {key}"), why
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        taken: set[str] = set()
        for number, item in enumerate(value, 1):
            called = _item_name(item, number)
            called = f"{called} ({number})" if called in taken else called  # no rule hides another
            taken.add(called)
            item_name = (*name, f"{field} {called}")
            yield item_name, _PRESENT
            yield from _rules(item, item_name)
        if isinstance(value[0], SeverityRule):  # the first that fits decides
            yield (*name, "order of severities"), tuple(_item_name(item, 0) for item in value)
    elif value is not None and value != ():
        yield (*name, field), value


def _item_name(item: BaseModel, number: int) -> str:
    if isinstance(item, SeverityRule | AutoAcceptance):
        parts = (item.check, item.variant, getattr(item, "criticality", None))
        return " ".join(part for part in parts if part)
    return next((str(value) for key in _NAMED_BY if (value := getattr(item, key, None))), str(number))


def _direction(rule: Rule, before: Any, after: Any) -> Direction:
    field = rule[-1].split(" ")[0]
    if _PRESENT in (before, after) or (field in _ITEMS_ALLOW and None in (before, after)):
        return _of_item(field, gone=after is None)
    if field == "checks":  # of a policy: what must run; of a justification: for what it may be chosen
        return _of_members(before, after, allows=len(rule) > 1)
    if field in _MEMBERS_ALLOW | _MEMBERS_FORBID:
        return _of_members(before, after, allows=field in _MEMBERS_ALLOW)
    if field not in _ORDERED or (field in _RANKS and None in (before, after)):
        return "changes"
    return "allows" if _more_is_allowed(field, before, after) else "forbids"


def _of_item(field: str, *, gone: bool) -> Direction:
    if field in _ITEMS_FORBID:
        return "allows" if gone else "forbids"
    if field in _ITEMS_ALLOW:
        return "forbids" if gone else "allows"
    return "changes"


def _more_is_allowed(field: str, before: Any, after: Any) -> bool:
    if field in _RANKS:
        return _RANKS[field][after] < _RANKS[field][before]
    if field in _TRUE_FORBIDS:
        return bool(before) and not after
    if before is None or after is None:
        return after is None
    larger = _number(after) > _number(before)
    return larger if field in _MORE_ALLOWS else not larger


def _of_members(before: Any, after: Any, *, allows: bool) -> Direction:
    if "all" in (before, after):
        more = after == "all"
        return "allows" if more is allows else "forbids"
    if isinstance(before or after, str):
        return "changes"
    old, new = {*(before or ())}, {*(after or ())}
    if not allows:
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
