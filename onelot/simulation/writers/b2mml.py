"""A record as B2MML/BatchML 7: one ``BatchProductionRecord``, or a ``Sync`` message of several lots.

It follows the table of ``onelot.intake.b2mml.table`` and validates against the standard's schemas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from onelot.execution.events import (
    CommentRecorded,
    LotOpened,
    ParameterRecorded,
    ResultReported,
    SeriesRecorded,
)
from onelot.intake.b2mml.fields import written
from onelot.intake.b2mml.sections import EQUIPMENT, PERFORMER, PERSONNEL, RESULT_DETAILS
from onelot.intake.b2mml.table import KEY, MANY, UNIT, VALUE, Entry, entry_for
from onelot.intake.b2mml.vocabulary import EVENT_ELEMENTS, OBJECT_TYPES, V7, XSI
from onelot.kernel.events import Event
from onelot.kernel.refusals import refuse
from onelot.registry.events import EquipmentStatusRecorded, TrainingRecorded

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
_IN_ATTRIBUTE = str.maketrans({"\n": "&#10;", "\t": "&#9;"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def b2mml(events: Sequence[Event], *, document: str, sender: str, issued_at: datetime) -> bytes:
    """The events as one BatchML 7 file, the same bytes for the same events. Raises Refused for text XML cannot hold."""
    lots: dict[str, list[Event]] = {}
    for event in events:
        lots.setdefault(getattr(event, "lot", ""), []).append(event)
    if len(lots) == 2 and "" in lots and not any(hasattr(event, "lot") for event in lots[""]):
        (lot,) = lots.keys() - {""}
        lots = {lot: list(events)}
    if len(lots) <= 1:
        groups = list(lots.items()) or [("", [])]
        lines = _record(
            *groups[0], document=document, sender=sender, issued_at=issued_at,
            namespaces=f' xmlns="{V7}" xmlns:xsi="{XSI}"',
        )  # fmt: skip
    else:
        lines = _message(lots, document, sender, issued_at)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(lines) + "\n").encode()


def _message(lots: dict[str, list[Event]], document: str, sender: str, issued_at: datetime) -> Iterator[str]:
    yield f'<SyncBatchProductionRecord xmlns="{V7}" xmlns:xsi="{XSI}" releaseID="7.0"><ApplicationArea>'
    yield f"<Sender>{_leaf('LogicalID', sender)}</Sender>{_leaf('CreationDateTime', issued_at.isoformat())}"
    yield f"{_leaf('BODID', document)}</ApplicationArea><DataArea><Sync/>"
    for number, (lot, group) in enumerate(lots.items(), 1):
        yield from _record(lot, group, document=f"{document}/{number}", sender=sender, issued_at=issued_at)
    yield "</DataArea></SyncBatchProductionRecord>"


def _escape(text: str) -> str:
    if found := _FORBIDDEN.search(text):
        raise refuse(
            "simulation.b2mml.character", "XML cannot hold this character.", got=repr(found[0]),
            expected="characters that XML 1.0 allows (section 2.2)",
        )  # fmt: skip
    return text.translate(_ESCAPES)


def _leaf(name: str, text: str, attribute: str = "", value: str = "") -> str:
    given = f' {attribute}="{_escape(value).translate(_IN_ATTRIBUTE)}"' if attribute and value else ""
    return f"<{name}{given}>{_escape(text)}</{name}>"


def _entry(name: str, number: str, at: datetime | None) -> str:
    stamp = _leaf("TimeStamp", at.isoformat()) if at is not None else ""
    return f"{_leaf('EntryID', number)}{_leaf('ObjectType', OBJECT_TYPES[name])}{stamp}"


def _record(
    lot: str, events: list[Event], *, document: str, sender: str, issued_at: datetime, namespaces: str = ""
) -> Iterator[str]:
    opened = next((event for event in events if isinstance(event, LotOpened)), None)
    yield f"<BatchProductionRecord{namespaces}>{_leaf('ID', document, 'schemeAgencyName', sender)}"
    yield _entry("BatchProductionRecord", "0", None)
    if opened and opened.site:
        yield _leaf("EquipmentScope", opened.site)
    yield _leaf("PublishedDate", issued_at.isoformat())
    if opened and opened.opened_at:
        yield _leaf("CreationDate", opened.opened_at.isoformat())
    if opened:
        yield _leaf("BatchProductionRecordSpec", opened.mbr)
    if lot:
        yield _leaf("LotID", lot)
    if opened:
        yield _leaf("MaterialDefinitionID", opened.product) + _leaf("Version", opened.mbr_version)
    numbers = count(1)
    for section, write in _WRITERS:
        chosen = [event for event in events if _OWN.get(type(event), "Events") == section]
        if chosen:
            yield f"<{section}>"
            yield from (write(event, str(next(numbers))) for event in chosen)
            yield f"</{section}>"
    yield "</BatchProductionRecord>"


def _event(event: Event, number: str) -> str:
    entry = entry_for(event)
    slots = {path: written(value) for path, value in _slots(entry, event)} | dict(entry.fixed)
    kind, subkind = entry.kind
    parts = [f"<Event>{_leaf('EntryID', number)}{_leaf('ObjectType', 'Event')}"]
    for name in EVENT_ELEMENTS[2:]:
        if name == "EventType":
            parts.append(f"{_leaf('EventType', kind)}{_leaf('EventSubType', subkind)}")
        elif name == "Value":
            parts += _values(event, slots)
        elif name == "PreviousValue" and name in slots:
            parts.append(f"<PreviousValue>{_leaf('ValueString', slots[name])}</PreviousValue>")
        elif name == "AlarmData" and "AlarmData/AlarmType" in slots:
            inner = (
                _leaf(part, slots[f"AlarmData/{part}"]) for part in ("AlarmEvent", "AlarmType", "Priority")
            )
            parts.append(f"<AlarmData>{''.join(inner)}</AlarmData>")
        elif name == "UserAttribute":
            parts += [_attribute(key, text) for key, text in _attributes(entry, event)]
        elif name in slots:
            parts.append(_leaf(name, slots[name]))
    return "".join(parts) + "</Event>"


def _slots(entry: Entry, event: Event) -> Iterator[tuple[str, Any]]:
    for path, field in entry.targets.items():
        value = getattr(event, field.name)
        if field.required or value != field.default or field.name in entry.always:
            yield path, entry.spoken[field.name][value] if field.name in entry.spoken else value


def _attributes(entry: Entry, event: Event) -> Iterator[tuple[str, str]]:
    for key, field in entry.attributes.items():
        value = getattr(event, field.name)
        if isinstance(event, ParameterRecorded) and field.name == "status":
            due = "recorded" if event.value or event.values else "blank"
            if value != due:
                yield key, value
        elif field.required or value != field.default or field.name in entry.always:
            yield key, written(value)
    if isinstance(event, ParameterRecorded) and len(event.values) == 1:
        yield MANY, "true"


def _values(event: Event, slots: dict[str, str]) -> Iterator[str]:
    texts: Sequence[str | None] = [slots[VALUE]] if VALUE in slots else []
    if isinstance(event, ParameterRecorded):
        texts = event.values or [event.value or None]
    elif not texts and (KEY in slots or UNIT in slots):
        texts = [None]
    for text in texts:
        unit = _leaf("UnitOfMeasure", slots[UNIT]) if UNIT in slots else ""
        key = _leaf("Key", slots[KEY]) if KEY in slots else ""
        yield f"<Value>{_value_string(text)}{unit}{key}</Value>"


def _value_string(text: str | None) -> str:
    if text is None:
        return '<ValueString xsi:nil="true"/>'
    return _leaf("ValueString", text) + _leaf("DataType", "decimal" if _NUMBER.fullmatch(text) else "string")


def _attribute(key: str, text: str) -> str:
    return f"<UserAttribute>{_leaf('AttributeID', key)}<Value>{_leaf('ValueString', text)}</Value></UserAttribute>"


def _comment(event: Event, number: str) -> str:
    assert isinstance(event, CommentRecorded)
    person = _leaf("PersonID", event.written_by) if event.written_by else ""
    return (
        f"<Comment>{_entry('Comment', number, event.written_at)}{_leaf('RecordReference', event.subject)}"
        f"{_leaf('CommentText', event.text)}{person}</Comment>"
    )


def _qualification(event: Event, number: str) -> str:
    name = "ResourceQualificationsManifest"
    if isinstance(event, TrainingRecorded):
        resource, use, kind, outcome = (
            _leaf("ResourceID", event.person),
            event.curriculum,
            PERSONNEL,
            "qualified",
        )
        certificate, by = "", ""
    else:
        assert isinstance(event, EquipmentStatusRecorded)
        resource = _leaf("ResourceID", event.equipment, "schemeName", event.equipment_class)
        use, kind, outcome = event.kind, EQUIPMENT, event.outcome
        certificate = event.certificate
        by = (
            _leaf("ExternalReference", event.performed_by, "schemeName", PERFORMER)
            if event.performed_by
            else ""
        )
    until = _leaf("ExpirationTimeStamp", event.valid_until.isoformat()) if event.valid_until else ""
    return (
        f"<{name}>{_entry(name, number, None)}{by}{_leaf('RecordReference', certificate)}{resource}"
        f"{_leaf('ResourceUse', use)}{_leaf('ResourceType', kind)}{_leaf('QualificationStatus', outcome)}"
        f"{_leaf('EffectiveTimeStamp', event.valid_from.isoformat())}{until}</{name}>"
    )


def _sample(event: Event, number: str) -> str:
    assert isinstance(event, ResultReported)
    unit = _leaf("UnitOfMeasure", event.unit) if event.unit else ""
    texts: Iterable[str | None] = event.values or (
        [event.value] if event.value else [None] if event.unit else []
    )
    results = "".join(f"<Results>{_value_string(text)}{unit}</Results>" for text in texts)
    details: dict[str, Any] = {name: getattr(event, name, "") for name in RESULT_DETAILS}
    details["many"] = "true" if len(event.values) == 1 else ""
    results += "".join(
        f"<Results>{_leaf('ValueString', written(value))}{_leaf('Key', name)}</Results>"
        for name, value in details.items()
        if value not in ("", None)
    )
    source = _leaf("SampleSourceID", event.sample) if event.sample else ""
    method = _leaf("AnalysisUsed", event.method) if event.method else ""
    return (
        f"<Sample>{_entry('Sample', number, event.sampled_at)}{source}"
        f"<SampleTest>{_entry('SampleTest', f'{number}.1', event.tested_at)}{_leaf('TestCode', event.test)}"
        f"<SampleTestResult>{_entry('SampleTestResult', f'{number}.1.1', event.reported_at)}"
        f"{_leaf('TestDisposition', event.status)}{method}{results}</SampleTestResult></SampleTest></Sample>"
    )


def _data_set(event: Event, number: str) -> str:
    assert isinstance(event, SeriesRecorded)
    device = _leaf("EquipmentID", event.device) if event.device else ""
    data = "\n".join(
        f"<OrderedData>{_leaf('TimeValue', point.at.isoformat())}<DataValue><TagIndex>1</TagIndex>"
        f"{_leaf('Value', point.value)}{_leaf('Quality', point.quality)}</DataValue></OrderedData>"
        for point in event.points
    )
    if not event.points:
        data = (
            "<DelimitedDataBlock><TagDelimiter>,</TagDelimiter><OrderDelimiter>;</OrderDelimiter>"
            "<DelimitedData></DelimitedData></DelimitedDataBlock>"
        )
    return (
        f"<DataSet>{_entry('DataSet', number, None)}<TagSpecification><TagIndex>1</TagIndex>"
        f"<DataType>string</DataType>{_leaf('UnitOfMeasure', event.unit)}{_leaf('Alias', event.series)}{device}"
        f"</TagSpecification>\n{data}</DataSet>"
    )


_OWN: dict[type[Event], str] = {
    CommentRecorded: "Comments",
    SeriesRecorded: "DataSets",
    TrainingRecorded: "ResourceQualifications",
    EquipmentStatusRecorded: "ResourceQualifications",
    ResultReported: "Samples",
}
_WRITERS: tuple[tuple[str, Callable[[Event, str], str]], ...] = (
    ("Comments", _comment),
    ("DataSets", _data_set),
    ("Events", _event),
    ("ResourceQualifications", _qualification),
    ("Samples", _sample),
)
