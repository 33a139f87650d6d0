"""What is left of a document without its faults of shape, so that the rest can be judged for its sense as well.

Who writes a document by hand wants all of its faults at once. A value of a wrong shape is taken out, and with it
whatever cannot be without it, until the rest is well formed. A fault of sense in the rest is an echo, and not told,
where it may come from what was taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from onelot.kernel.yaml_lines import Path, YamlDocument
from onelot.recipes.faults import Fault
from onelot.recipes.model import MasterBatchRecord
from onelot.recipes.semantics import faults_of

_STAND_INS: dict[str, Any] = {
    "format": "onelot-mbr/1", "id": "unknown", "version": "0", "title": "", "effective_from": "2000-01-01",
    "product": {"code": "unknown", "name": "", "modality": "other"},
    "procedure": {"id": "unknown", "unit_procedures": [
        {"id": "unknown", "operations": [{"id": "unknown", "phases": [{"id": "unknown"}]}]},
    ]},
    "specification": {
        "id": "unknown", "version": "0", "tests": [{"id": "unknown", "unit": "1"}],
        "markets": [{"market": "ZZ", "criteria": [{"id": "unknown", "test": "unknown", "limits": {"low": "0"}}]}],
    },
}  # fmt: skip
"""What no document can be without. Stands in where nothing of it is left, and has no fault itself."""

_NAMES = {"id": "unknown", "market": "ZZ"}
"""Names that no part can be without: these stand in, so that the part is judged all the same."""

_DEFINE_NAMES = {
    "procedure", "unit_procedures", "operations", "phases", "parameters", "materials", "equipment_classes", "curricula",
    "custody_legs", "identity_points", "tests",
}  # fmt: skip
_DEFINED_IN = {
    "training": "curricula", "equipment": "equipment_classes", "material": "materials", "test": "tests",
    "custody": "custody_legs", "identity": "identity_points",
}  # fmt: skip
"""By the field that names it, or the start of a point's name: where a name is defined; else in the procedure."""

_DEPENDS_ON = {
    "mbr.accepted_not_a_choice": {"choices", "type"},
    "mbr.action_outside_plausible": {"action", "plausible"},
    "mbr.alert_outside_action": {"action", "alert", "max"},
    "mbr.choices_missing": {"choices", "type"},
    "mbr.choices_unused": {"type"},
    "mbr.clock_without_limit": {"min", "max"},
    "mbr.criterion_type": {"limits", "text", "tests"},
    "mbr.criterion_ways": {"any_of", "bands", "limits", "test", "text"},
    "mbr.duplicate_id": {"id", "market"},
    "mbr.limits_empty": {"low", "high"},
    "mbr.limits_inverted": {
        "above",
        "high",
        "interval",
        "low",
        "max",
        "max_gap",
        "min",
        "occurrences",
        "up_to",
    },
    "mbr.limits_on_text": {"type"},
    "mbr.open_without_limit": {"low", "high"},
    "mbr.sampling_of_one": {"occurrences"},
    "mbr.target_outside_limits": {"action", "alert", "type"},
    "mbr.trend_of_text": {"type"},
    "mbr.unit_missing": {"type", "unit"},
    "mbr.unknown_name": {"any_of", "test"},
    "mbr.weight_bands": {"bands"},
    "mbr.weight_missing": {"weight"},
}
"""By code of a fault: the fields, of what it is told of or of what that belongs to, without which it may be an echo."""


def sense_faults(document: YamlDocument, wrong: list[Path]) -> list[Fault]:
    """Faults of sense in the part of an MBR that is well formed, with their paths in the whole document.

    ``wrong``: the paths of the faults of shape, as pydantic gives them. Empty where no part can be judged.
    """
    gone = _Gone(document.value, [*document.unread, *wrong])
    mbr = gone.sound_part()
    if mbr is None:
        return []
    faults = [fault._replace(path=gone.original(fault.path)) for fault in faults_of(mbr)]
    return [fault for fault in faults if not gone.may_cause(fault)]


class _Gone:
    """A document's value, the paths in it that are taken out, and those where something stands in."""

    def __init__(self, value: Any, paths: list[Path]) -> None:
        self._value = value
        self._paths: set[Path] = set()
        self._stand_ins: dict[Path, Any] = {}
        self._first = set(paths)
        for path in paths:
            self._take_out(path)

    def sound_part(self) -> MasterBatchRecord | None:
        """The MBR without what was taken out, and without what cannot be without it; None if nothing is left."""
        while () not in self._paths:
            before = len(self._paths) + len(self._stand_ins)
            try:
                return MasterBatchRecord.model_validate(self._rest(self._value, ()))
            except ValidationError as error:
                for path in [self.original(tuple(fault["loc"])) for fault in error.errors()]:
                    self._take_out(path)
            if len(self._paths) + len(self._stand_ins) == before:
                return None
        return None

    def _take_out(self, path: Path) -> None:
        if len(path) == 1 and path[0] in _STAND_INS:
            self._stand_ins[path] = _STAND_INS[str(path[0])]
        elif path and path[-1] in _NAMES:
            self._stand_ins[path] = _NAMES[str(path[-1])]
        elif not any(path[:length] in self._paths for length in range(len(path))):
            # Of a field that is missing, what should have it goes.
            self._paths.add(path if self._has(path) else path[:-1])

    def _has(self, path: Path) -> bool:
        if not path or path in self._paths:
            return False
        around, last = self._at(path[:-1]), path[-1]
        if isinstance(around, list):
            return isinstance(last, int) and last < len(around)
        return isinstance(around, dict) and last in around

    def _at(self, path: Path) -> Any:
        value = self._value
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def _rest(self, value: Any, path: Path) -> Any:
        if path in self._stand_ins:
            return self._stand_ins[path]
        if isinstance(value, dict):
            kept = {key: item for key, item in value.items() if (*path, key) not in self._paths}
            kept |= {str(at[-1]): None for at in self._stand_ins if at[:-1] == path}
            return {key: self._rest(item, (*path, key)) for key, item in kept.items()}
        if isinstance(value, list):
            return [self._rest(value[i], (*path, i)) for i in self._kept(value, path)]
        return value

    def _kept(self, items: list[Any], path: Path) -> list[int]:
        return [i for i in range(len(items)) if (*path, i) not in self._paths]

    def original(self, path: Path) -> Path:
        """Where a path of the rest lies in the whole: lists count what was taken out of them."""
        found: Path = ()
        for step in path:
            value = self._at(found)
            kept = self._kept(value, found) if isinstance(value, list) else []
            found = (*found, kept[step] if isinstance(step, int) and step < len(kept) else step)
        return found

    def may_cause(self, fault: Fault) -> bool:
        """Whether a fault of the rest may come from what was taken out or stands in."""
        wrong = {*self._paths, *self._stand_ins, *self._first}
        around = [fault.path[:length] for length in range(len(fault.path) + 1)]
        fields = [(*part, field) for part in around for field in _DEPENDS_ON.get(fault.code, ())]
        if any(path[: len(field)] == field for path in wrong for field in fields):
            return True
        if fault.code in ("mbr.unknown_name", "mbr.unknown_point"):
            named_by = [fault.got.partition(":")[0], *(step for step in fault.path if isinstance(step, str))]
            place = next((_DEFINED_IN[step] for step in named_by if step in _DEFINED_IN), "procedure")
            if any(place in path and self._hides_a_name(path) for path in self._first):
                return True
        names = {*re.split("[/:]", fault.got), *re.split("[/:]", fault.got.rpartition(".")[0])} - {""}
        lost = (self._at(path) for path in (*self._paths, *self._stand_ins))
        return any(name in names for value in lost for name in _texts(value))

    def _hides_a_name(self, path: Path) -> bool:
        """Whether a fault of shape leaves unknown what something is called."""
        is_nothing = path[-2:-1] and path[-2] in _DEFINE_NAMES and not isinstance(self._at(path), dict)
        return path[-1] == "id" or path[-1] in _DEFINE_NAMES or bool(is_nothing)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
