"""The complete batch record: every phase with its entries, materials and equipment; series, alarms, remarks.

Values that were changed since they were entered are marked, with what they were before (EU GMP Annex 11, 8.2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext

from onelot.disposition.dossier.blocks import Block, facts, heading, notice, paragraph, table
from onelot.disposition.dossier.chain import marked
from onelot.disposition.dossier.content import Content
from onelot.disposition.dossier.words import CHANGED, since, told, versioned, when
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
)
from onelot.intake.events import ContentUnmapped, DocumentSuperseded
from onelot.kernel.events import Event
from onelot.ledger.entry import Entry
from onelot.recipes.columns import limit_text
from onelot.recipes.model import MasterBatchRecord, Parameter, Phase
from onelot.registry.events import EquipmentStatusRecorded, TrainingRecorded
from onelot.supply.events import MaterialLotStatusChanged

_E = TypeVar("_E", PhasePerformed, ParameterRecorded, MaterialUsed, EquipmentUsed)
_Change = tuple[str, str, str]
"""Before, after, and who changed it when and why."""


def record(content: Content, exceptions: Mapping[int, int]) -> Iterator[Block]:
    """The batch record in the order of the master batch record, and of first occurrence where it says nothing."""
    yield heading(gettext("Batch record"))
    yield from _head(content)
    changed = _changes(content)
    if changed:
        yield paragraph(
            gettext("%(sign)s marks a value that was changed since it was entered, with what it was before.")
            % {"sign": CHANGED}
        )
    runs, entries = _by_phase(content, PhasePerformed), _by_phase(content, ParameterRecorded)
    materials, equipment = _by_phase(content, MaterialUsed), _by_phase(content, EquipmentUsed)
    known = _phases(content.mbr)
    order = {path: number for number, path in enumerate(known)}
    met = dict.fromkeys((*known, *runs, *entries, *materials, *equipment))
    for path in sorted(met, key=lambda path: order.get(path, len(order))):
        phase = known.get(path)
        yield heading(f"{phase.title}: {path}" if phase and phase.title else path, 2)
        if path in runs:
            yield _runs(runs[path], exceptions, changed)
        else:
            yield notice(gettext("This phase is not in the record."), "bad")
        if path in entries:
            yield _entries(entries[path], phase, exceptions, changed)
        if path in materials:
            yield _materials(materials[path], exceptions, changed)
        if path in equipment:
            yield _equipment(equipment[path], exceptions)


def further(content: Content, exceptions: Mapping[int, int]) -> Iterator[Block]:
    """Alarms, remarks, changes after entry, what sites say of equipment, material and people."""
    yield from _listed(content, exceptions, AlarmRaised, gettext("Alarms"))
    yield from _listed(content, exceptions, CommentRecorded, gettext("Remarks in the record"))
    yield from _listed(
        content, exceptions, EntryChanged, gettext("Changes in the source system's audit trail")
    )
    yield from _corrections(content)
    yield from _listed(
        content, exceptions, ContentUnmapped, gettext("Kept, but without a meaning for onelot")
    )
    yield from _listed(content, exceptions, EquipmentStatusRecorded, gettext("Status of the equipment used"))
    yield from _listed(content, exceptions, MaterialLotStatusChanged, gettext("Status of the material used"))
    yield from _listed(
        content, exceptions, TrainingRecorded, gettext("Training of the people who performed or verified")
    )


def _head(content: Content) -> Iterator[Block]:
    for entry, event in content.events(LotOpened):
        yield facts([
            (gettext("Master batch record"), versioned(event.mbr, event.mbr_version)),
            (gettext("Product"), event.product),
            (gettext("Made at"), f"{event.site} {event.organisation}"),
            (gettext("Intended market"), event.intended_market),
            (gettext("Opened"), when(event.opened_at)), (gettext("Ledger entry"), str(entry.position)),
        ])  # fmt: skip
    for entry, done in content.events(LotCompleted):
        declared = (
            ""
            if done.declared_entries is None
            else gettext(", with %(number)s entries by its own count") % {"number": done.declared_entries}
        )
        yield paragraph(
            gettext("Completed %(when)s%(declared)s (entry %(position)s).")
            % {"when": when(done.completed_at), "declared": declared, "position": entry.position}
        )


def _by_phase(content: Content, kind: type[_E]) -> dict[str, list[tuple[Entry, _E]]]:
    found: dict[str, list[tuple[Entry, _E]]] = defaultdict(list)
    for entry, event in content.events(kind):
        found[event.phase].append((entry, event))
    return found


def _phases(mbr: MasterBatchRecord | None) -> dict[str, Phase]:
    if mbr is None:
        return {}
    return {
        f"{unit.id}/{operation.id}/{phase.id}": phase
        for unit in mbr.procedure.unit_procedures
        for operation in unit.operations
        for phase in operation.phases
    }


def _changes(content: Content) -> dict[tuple[str, int | None], list[_Change]]:
    """By subject and occurrence (None: any): what an audit trail or a corrected document says was changed."""
    found: dict[tuple[str, int | None], list[_Change]] = defaultdict(list)
    for _, event in content.events(EntryChanged):
        why = f"{event.changed_by}, {when(event.changed_at)}: {event.reason or gettext('no reason given')}"
        change = (f"{event.field} {event.before or gettext('empty')}", event.after or gettext("deleted"), why)
        found[event.subject, event.occurrence].append(change)
    for _, corrected in content.events(DocumentSuperseded, standing=False):
        for difference in corrected.differences:
            why = gettext("corrected document, %(when)s") % {"when": when(corrected.superseded_at)}
            change = (
                f"{difference.field} {difference.before or gettext('empty')}",
                difference.after or gettext("removed"),
                why,
            )
            found[difference.subject, None].append(change)
    return found


def _mark(changed: Mapping[tuple[str, int | None], list[_Change]], subject: str, occurrence: int) -> str:
    """The history of a changed value, below it; empty for one that stands as entered."""
    history = [*changed.get((subject, occurrence), ()), *changed.get((subject, None), ()),
               *changed.get((f"{subject}#{occurrence}", None), ())]  # fmt: skip
    return "".join(
        f"\n{CHANGED} " + gettext("was %(before)s, became %(after)s (%(why)s)")
        % {"before": before, "after": after, "why": why} for before, after, why in history
    )  # fmt: skip


def _people(performed: str, verified: str, verification: str | None) -> str:
    second = verified or (gettext("machine") if verification == "machine" else "")
    return f"{performed or '–'}\n{second}" if second else performed or "–"


def _times(event: ParameterRecorded | MaterialUsed, done: datetime | None) -> str:
    """When it was done, entered and verified; of the later two only the time of day, on the same date."""
    lines = [when(done)]
    for name, instant in ((gettext("entered"), event.entered_at), (gettext("verified"), event.verified_at)):
        if instant is not None:
            lines.append(f"{name} {since(instant, done)}")
    return "\n".join(lines)


def _runs(
    runs: list[tuple[Entry, PhasePerformed]], exceptions: Mapping[int, int],
    changed: Mapping[tuple[str, int | None], list[_Change]],
) -> Block:  # fmt: skip
    columns = (
        (gettext("Entry"), 14),
        (gettext("Run"), 24),
        (gettext("Started"), 38),
        (gettext("Ended"), 38),
        (gettext("By, verified by"), 30),
        (gettext("Place, reason"), 30),
    )
    return table(columns, [
        (marked(entry.position, exceptions), f"{event.occurrence}, {event.state}"
         + _mark(changed, event.phase, event.occurrence), when(event.started_at), when(event.ended_at),
         _people(event.performed_by, event.verified_by, event.verification),
         "\n".join(filter(None, (event.location, event.reason))) or "–")
        for entry, event in runs
    ])  # fmt: skip


def _entries(
    entries: list[tuple[Entry, ParameterRecorded]], phase: Phase | None, exceptions: Mapping[int, int],
    changed: Mapping[tuple[str, int | None], list[_Change]],
) -> Block:  # fmt: skip
    known = {parameter.id: parameter for parameter in phase.parameters} if phase else {}
    columns = (
        (gettext("Entry"), 14),
        (gettext("Parameter"), 38),
        (gettext("Value"), 31),
        (gettext("Limits"), 27),
        (gettext("By, verified by"), 26),
        (gettext("Performed"), 38),
    )
    return table(columns, [
        (marked(entry.position, exceptions), _named(known.get(event.parameter), event),
         _value(event) + _mark(changed, f"{event.phase}/{event.parameter}", event.occurrence),
         _limits(known.get(event.parameter)), _people(event.performed_by, event.verified_by, event.verification),
         _times(event, event.performed_at))
        for entry, event in entries
    ])  # fmt: skip


def _named(parameter: Parameter | None, event: ParameterRecorded) -> str:
    name = parameter.title if parameter and parameter.title else event.parameter
    again = f" ({event.occurrence})" if event.occurrence > 1 else ""
    return f"{name}{again}"


def _value(event: ParameterRecorded) -> str:
    if event.status != "recorded":
        text = event.status.replace("_", " ")
    else:
        unit = f" {event.unit}" if event.unit not in ("", "1") else ""
        text = f"{event.value or ', '.join(event.values) or gettext('no value')}{unit}"
    return "\n".join(filter(None, (text, event.reason, event.device)))


def _limits(parameter: Parameter | None) -> str:
    if parameter is None:
        return "–"
    if parameter.action is not None:
        return limit_text(parameter.action, parameter.unit or "")
    return gettext(" or ").join(parameter.accepted or parameter.choices) or "–"


def _materials(
    used: list[tuple[Entry, MaterialUsed]], exceptions: Mapping[int, int],
    changed: Mapping[tuple[str, int | None], list[_Change]],
) -> Block:  # fmt: skip
    columns = (
        (gettext("Entry"), 14),
        (gettext("Material"), 36),
        (gettext("Lot, container"), 36),
        (gettext("Use, quantity"), 24),
        (gettext("By, verified by"), 26),
        (gettext("Used"), 38),
    )
    return table(columns, [
        (marked(entry.position, exceptions), event.material,
         "\n".join(filter(None, (event.material_lot, event.container))),
         f"{event.use}\n{event.quantity} {event.unit}" + _mark(changed, f"{event.phase}/{event.material}", 1),
         _people(event.performed_by, event.verified_by, event.verification), _times(event, event.used_at))
        for entry, event in used
    ])  # fmt: skip


def _equipment(used: list[tuple[Entry, EquipmentUsed]], exceptions: Mapping[int, int]) -> Block:
    columns = (
        (gettext("Entry"), 14),
        (gettext("Equipment"), 52),
        (gettext("Class"), 32),
        (gettext("From"), 38),
        (gettext("Until"), 38),
    )
    return table(columns, [
        (marked(entry.position, exceptions), event.equipment, event.equipment_class,
         when(event.used_from), when(event.used_until))
        for entry, event in used
    ])  # fmt: skip


def _listed(
    content: Content, exceptions: Mapping[int, int], kind: type[Event], title: str
) -> Iterator[Block]:
    found = [*content.events(kind)]
    if found:
        yield heading(title, 2)
        yield table(((gettext("Entry"), 16), (gettext("Content"), 158)), [
            (marked(entry.position, exceptions), told(event)) for entry, event in found
        ])  # fmt: skip


def _corrections(content: Content) -> Iterator[Block]:
    found = [*content.events(DocumentSuperseded, standing=False)]
    if found:
        yield heading(gettext("Corrected documents"), 2)
        yield table(((gettext("Entry"), 16), (gettext("Subject"), 62), (gettext("Field"), 28),
            (gettext("Before"), 34), (gettext("After"), 34)), [
            (str(entry.position), item.subject, item.field, item.before or "–", item.after or "–")
            for entry, event in found for item in event.differences
        ])  # fmt: skip
