"""How each event of a record stands in the standard's ``Event`` element; reader and writer share this table.

Fields that the standard has no element for stand in a ``UserAttribute`` with AttributeID ``onelot.<field>``.
Comments, series, results, training and equipment status stand in elements of their own (``sections.py``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from onelot.custody.events import HandedOver
from onelot.execution.events import (
    AlarmRaised,
    EntryChanged,
    EquipmentUsed,
    LotCompleted,
    LotOpened,
    MaterialUsed,
    ParameterRecorded,
    PhasePerformed,
)
from onelot.identity.events import IdentifierRead, LabelsReconciled
from onelot.intake.b2mml.fields import Field, fields_of
from onelot.intake.b2mml.vocabulary import PREFIX
from onelot.intake.events import ContentUnmapped
from onelot.kernel.events import Event
from onelot.registry.events import AccountChanged
from onelot.supply.events import MaterialLotStatusChanged

Kind = tuple[str, str]
"""EventType and EventSubType."""

VALUE, UNIT, KEY, PHASE = "Value", "Value/UnitOfMeasure", "Value/Key", "ProceduralElementReference"
MANY = PREFIX + "many"
"""Says of a single ``Value`` that it is the one chosen answer of a multiple-choice entry."""


@dataclass(frozen=True)
class Entry:
    """One kind of event as one kind of ``Event`` element."""

    event: type[Event]
    kind: Kind
    elements: Mapping[str, str]
    """Element path within ``Event`` -> field."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Fields whose value the kind of element already says."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Elements that must hold this word (in any case)."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Field -> word in the file (lower case) -> value. The first word of a value is the one written."""
    assumed: Mapping[str, str] = field(default_factory=dict)
    """Required fields that a record of standard elements leaves out, and what then stands for them."""
    always: tuple[str, ...] = ()
    """Fields that are written even where they have their default."""
    counted: tuple[str, ...] = ()
    """Fields within which a missing occurrence is counted, in reading order."""
    also: tuple[Kind, ...] = ()
    """Further kinds that other senders use for the same."""

    @cached_property
    def targets(self) -> Mapping[str, Field]:
        """Element path -> field, ready to read."""
        known = fields_of(self.event)
        return {path: known[name] for path, name in self.elements.items()}

    @cached_property
    def attributes(self) -> Mapping[str, Field]:
        """AttributeID -> field, ready to read."""
        taken = {*self.elements.values(), *self.given, "lot", "values"}
        return {PREFIX + name: found for name, found in fields_of(self.event).items() if name not in taken}

    @cached_property
    def required(self) -> frozenset[str]:
        """Fields that an entry must give: those without a default, and words that make it what it is."""
        named = {name for name in self.always if name in self.words}
        return frozenset({name for name, found in fields_of(self.event).items() if found.required} | named)

    @cached_property
    def has_lot(self) -> bool:
        """Whether the event belongs to a lot."""
        return "lot" in fields_of(self.event)

    @cached_property
    def spoken(self) -> Mapping[str, Mapping[str, str]]:
        """Field -> value -> word that is written."""
        return {
            name: {value: word for word, value in reversed(list(words.items()))}
            for name, words in self.words.items()
        }


_PERFORMED = {"PersonID": "performed_by", PHASE: "phase"}
_MATERIAL = {
    **_PERFORMED, "TimeStamp": "used_at", VALUE: "quantity", UNIT: "unit", KEY: "material_lot", "Category": "material",
}  # fmt: skip

TABLE: tuple[Entry, ...] = (
    Entry(LotOpened, ("Control Recipe", "Allocation"), {"TimeStamp": "opened_at"}),
    Entry(
        LotCompleted, ("Control Recipe", "State Change"), {"TimeStamp": "completed_at"}, fixed={VALUE: "Complete"}
    ),
    Entry(
        PhasePerformed, ("Procedural Execution", "State Change"), {**_PERFORMED, "TimeStamp": "started_at"},
        given={"state": "running"}, fixed={VALUE: "Running"}, always=("occurrence",), counted=("phase",),
    ),
    Entry(
        PhasePerformed, ("Procedural Execution", "State Change"),
        {**_PERFORMED, "TimeStamp": "ended_at", VALUE: "state"},
        words={"state": {
            "complete": "completed", "completed": "completed", "aborted": "aborted", "skipped": "skipped",
        }},
        # A change of state that does not say to which is no completed phase.
        always=("occurrence", "state"), counted=("phase",),
    ),
    Entry(
        IdentifierRead, ("Operator", "Prompt Response"),
        {"TimeStamp": "read_at", VALUE: "identifier", KEY: "kind", "Category": "carrier", PHASE: "point",
         "PersonID": "read_by", "ComputerID": "device"},
    ),
    Entry(
        ParameterRecorded, ("Operator", "Parameter Data"),
        {**_PERFORMED, "TimeStamp": "performed_at", VALUE: "value", UNIT: "unit", KEY: "parameter",
         "EquipmentID": "device"},
        always=("occurrence",), counted=("phase", "parameter"),
        also=(
            ("Operator", "Prompt Response"), ("Operator", "Process Data"), ("Equipment", "Process Data"),
            ("Equipment", "Parameter Data"), ("Procedural Execution", "Process Data"),
            ("Procedural Execution", "Parameter Data"), ("General", "Process Data"),
        ),
    ),
    Entry(
        EntryChanged, ("Operator", "Modification"),
        {"TimeStamp": "changed_at", VALUE: "after", "PreviousValue": "before", KEY: "field",
         PHASE: "subject", "PersonID": "changed_by", "MessageText": "reason"},
        assumed={"field": "value"},
    ),
    Entry(MaterialUsed, ("Material", "Consume"), _MATERIAL, given={"use": "consumed"}),
    Entry(MaterialUsed, ("Material", "Produce"), _MATERIAL, given={"use": "produced"}),
    Entry(MaterialUsed, ("Material", "Movement"), _MATERIAL),
    Entry(
        EquipmentUsed, ("Equipment", "Allocation"),
        {"TimeStamp": "used_from", "EquipmentID": "equipment", "Category": "equipment_class", PHASE: "phase"},
        assumed={"equipment_class": ""},
    ),
    Entry(
        AlarmRaised, ("Alarm", "Message"),
        {"TimeStamp": "raised_at", "EquipmentID": "device", "MessageText": "message", PHASE: "phase",
         "AlarmData/AlarmType": "alarm", "AlarmData/Priority": "priority"},
        fixed={"AlarmData/AlarmEvent": "Raised"}, always=("priority",),
        assumed={"priority": "critical"},  # an alarm of unknown weight is weighed heavily
        also=(("Alarm", "Process"), ("Alarm", "Equipment"), ("Alarm", "System")),
    ),
    Entry(
        LabelsReconciled, ("Material", "Reconciliation"),
        {"TimeStamp": "reconciled_at", VALUE: "printed", KEY: "label", "PersonID": "reconciled_by"},
    ),
    Entry(
        HandedOver, ("General", "Movement"),
        {"TimeStamp": "released_at", VALUE: "container", "Category": "leg", "PersonID": "released_by"},
    ),
    Entry(
        AccountChanged, ("Operator", "Security"),
        {"TimeStamp": "changed_at", VALUE: "change", KEY: "person", "PersonID": "changed_by"},
    ),
    Entry(
        MaterialLotStatusChanged, ("Material", "Status Change"),
        {"TimeStamp": "changed_at", VALUE: "status", KEY: "material_lot", "Category": "material"},
    ),
    Entry(ContentUnmapped, ("Other", "Other"), {"Category": "name", "MessageText": "value"}),
)  # fmt: skip


def _by_kind() -> Mapping[Kind, tuple[Entry, ...]]:
    found: defaultdict[Kind, list[Entry]] = defaultdict(list)
    for entry in TABLE:
        found[entry.kind].append(entry)
    for entry in TABLE:
        for kind in entry.also:
            found[kind].append(entry)
    return {kind: tuple(entries) for kind, entries in found.items()}


BY_KIND = _by_kind()
"""The readings of one kind of ``Event`` element; the first that its content fits is taken."""


def entry_for(event: Event) -> Entry:
    """How this event is written. Raises KeyError for an event that is no ``Event`` element."""
    for entry in TABLE:
        if entry.event is type(event) and all(
            getattr(event, name) == value for name, value in entry.given.items()
        ):
            return entry
    raise KeyError(event.event_name())
