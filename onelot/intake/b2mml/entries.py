"""The ``Event`` element: its content collected in one walk, then read by the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree

from onelot.execution.events import ParameterRecorded, PhasePerformed
from onelot.intake.b2mml.fields import Malformed, NotFitting, read_field
from onelot.intake.b2mml.reading import Element, Reading
from onelot.intake.b2mml.table import BY_KIND, KEY, MANY, UNIT, VALUE, Entry
from onelot.intake.b2mml.vocabulary import EVENT_ELEMENTS, NIL, UNITS

_COMPLEX = {"Value", "PreviousValue", "AlarmData", "UserAttribute"}
_PARTS = {
    "Value": {"ValueString": VALUE, "UnitOfMeasure": UNIT, "Key": KEY},
    "PreviousValue": {"ValueString": "PreviousValue", "UnitOfMeasure": "PreviousValue/UnitOfMeasure",
                      "Key": "PreviousValue/Key"},
    "AlarmData": {name: f"AlarmData/{name}" for name in ("AlarmEvent", "AlarmType", "Priority")},
}  # fmt: skip
_DATA_TYPE = "DataType"
_UNTAKEN = frozenset(("EntryID", "ObjectType", "EventType", "EventSubType"))
_attributes = etree.XPath("boolean(descendant-or-self::*/@*)")
_size = etree.XPath("count(descendant::*)")


class _Content:
    """What one ``Event`` element holds."""

    __slots__ = ("attributes", "extras", "more", "seen", "texts")

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.more: list[dict[str, str]] = []
        """Second and further ``Value`` elements."""
        self.extras: list[tuple[Element, str]] = []
        """Elements that are repeated or of a vendor, with the name of their parent."""
        self.seen = 0
        """How many elements were understood."""


class EventReader:
    """Reads complete ``Event`` elements of one file."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        tag = reading.prefix
        self._leafs = {tag + name: name for name in EVENT_ELEMENTS if name not in _COMPLEX}
        self._parts = {tag + name: {tag + k: v for k, v in parts.items()} for name, parts in _PARTS.items()}
        self._attribute, self._attribute_id = f"{tag}UserAttribute", f"{tag}AttributeID"
        self._value, self._value_string = f"{tag}Value", f"{tag}ValueString"
        self._data_type = tag + _DATA_TYPE
        self._ids = reading.entry_ids

    def read(self, element: Element, place: str) -> None:
        """Turn one element into a fact, or into unmapped content, or into faults."""
        reading = self._reading
        content = self._collect(element, place)
        texts = content.texts
        faults = len(reading.faults)
        entry_id = texts.get("EntryID")
        if not entry_id or entry_id in self._ids or texts.get("ObjectType") != "Event":
            reading.entry(element, entry_id, texts.get("ObjectType"), place)
        else:
            self._ids.add(entry_id)
        if content.seen + _subtree_sizes(content.extras) != _size(element):
            self._nested_leafs(element, place)
        if "EventType" not in texts or "EventSubType" not in texts:
            missing = "EventType" if "EventType" not in texts else "EventSubType"
            reading.fault(
                "intake.b2mml.missing", f"Event has no {missing}.", element, place, expected=missing
            )
        if len(reading.faults) > faults:
            return
        self._interpret(element, content, place)
        for child, parent in content.extras:
            local = reading.local(child.tag)
            reading.unknown_or_repeated(child, f"{place}/{local}", parent)
        if _attributes(element):
            for inner in element.iter():
                if inner.attrib:
                    reading.keep_attributes(inner, f"Event/{reading.local(inner.tag)}", place)

    def _collect(self, element: Element, place: str) -> _Content:
        content = _Content()
        texts, extras, leafs, parts = content.texts, content.extras, self._leafs, self._parts
        seen = 0
        for child in element:
            tag = child.tag
            name = leafs.get(tag)
            if name is not None:
                if name in texts:
                    extras.append((child, "Event"))
                else:
                    texts[name] = child.text or ""
                    seen += 1
            elif tag == self._attribute:
                seen += self._user_attribute(child, content)
            elif tag in parts:
                seen += self._compound(child, tag, parts[tag], content)
            else:
                extras.append((child, "Event"))
            tail = child.tail
            if tail is not None and not tail.isspace():
                self._reading.stray(tail, element, place)
        content.seen = seen
        return content

    def _user_attribute(self, element: Element, content: _Content) -> int:
        key = text = None
        seen = 1
        for child in element:
            tag = child.tag
            if tag == self._attribute_id and key is None:
                key = child.text or ""
                seen += 1
            elif tag == self._value and text is None:
                seen += 1
                for inner in child:
                    if inner.tag == self._value_string and text is None:
                        text = inner.text or ""
                    elif inner.tag != self._data_type:
                        content.extras.append((inner, "UserAttribute/Value"))
                        continue
                    seen += 1
            else:
                content.extras.append((child, "UserAttribute"))
        if key is None or key in content.attributes:
            content.extras.append((element, "Event"))
            content.extras = [
                (e, p) for e, p in content.extras if e is element or e.getparent() is not element
            ]
            return 0
        content.attributes[key] = text or ""
        return seen

    def _compound(self, element: Element, tag: str, parts: dict[str, str], content: _Content) -> int:
        texts = content.texts
        further: dict[str, str] | None = None
        if any(path in texts for path in parts.values()):
            if tag != self._value:
                content.extras.append((element, "Event"))
                return 0
            further = texts = {}
        seen = 1
        for child in element:
            inner = child.tag
            path = parts.get(inner)
            if path is not None and path not in texts:
                text = child.text
                if text is not None or child.get(NIL) != "true":
                    texts[path] = text or ""
            elif inner != self._data_type:
                content.extras.append((child, tag[len(self._reading.prefix) :]))
                continue
            seen += 1
        if further is not None:
            content.more.append(further)
        return seen

    def _nested_leafs(self, element: Element, place: str) -> None:
        for child in element.iter():
            local = self._reading.local(child.tag)
            if (
                len(child)
                and local not in _COMPLEX
                and local != "Event"
                and child.tag.startswith(self._reading.prefix)
            ):
                self._reading.text(child, f"{place}/{local}")

    def _interpret(self, element: Element, content: _Content, place: str) -> None:
        reading, texts = self._reading, content.texts
        kind = (texts["EventType"].strip(), texts["EventSubType"].strip())
        for entry in BY_KIND.get(kind, ()):
            if entry.has_lot and not reading.lot and entry.event.__name__ != "ContentUnmapped":
                reading.fault(
                    "intake.b2mml.lot_missing", "The record does not say which lot it is of.", element, place,
                    expected="LotID (or BatchID) of the BatchProductionRecord, before its entries",
                )  # fmt: skip
                return
            try:
                values = self._values(entry, content)
            except NotFitting:
                continue
            except Malformed as error:
                self._malformed(entry, content, element, place, error)
                return
            self._keep(entry, values, place)
            for name, text in _leftover(entry, content):
                reading.unmapped(f"Event/{name}", text, place)
            return
        shown = "; ".join(
            [
                f"{name}={text}"
                for name, text in texts.items()
                if name not in ("ObjectType", "EventType", "EventSubType")
            ]
            + [f"Value={more.get(VALUE, '')}" for more in content.more]
            + [f"{name}={text}" for name, text in content.attributes.items()]
        )
        reading.unmapped(f"Event/{kind[0]}/{kind[1]}", shown, place)

    def _values(self, entry: Entry, content: _Content) -> dict[str, Any]:
        """Typed fields. Raises NotFitting where the content is another kind's, Malformed where it is faulty."""
        texts, targets = content.texts, entry.targets
        for path, word in entry.fixed.items():
            if texts.get(path, "").strip().lower() != word.lower():
                raise NotFitting(path)
        values: dict[str, Any] = {"lot": self._reading.lot} if entry.has_lot else {}
        values.update(entry.given)
        for path, text in texts.items():
            field = targets.get(path)
            if field is None:
                continue
            words = entry.words.get(field.name)
            if words is not None:
                value = words.get(text.strip().lower())
                if value is None:
                    raise NotFitting(path)
                values[field.name] = value
            elif text or field.kind == "text":
                values[field.name] = text if field.kind == "text" else read_field(field, text)
        known = entry.attributes
        for key, text in content.attributes.items():
            field = known.get(key)
            if field is not None:
                values[field.name] = read_field(field, text)
        if entry.event is ParameterRecorded:
            _answers(values, content)
        elif content.more:
            raise NotFitting(VALUE)
        for name, stands in entry.assumed.items():
            values.setdefault(name, stands)
        if not values.keys() >= entry.required:
            raise NotFitting("required")
        return values

    def _keep(self, entry: Entry, values: dict[str, Any], place: str) -> None:
        reading = self._reading
        if entry.counted and "occurrence" not in values:
            if entry.event is PhasePerformed and self._paired(values):
                return
            what = (entry.event, *(values[name] for name in entry.counted))
            reading.counts[what] += 1
            values["occurrence"] = reading.counts[what]
            if values.get("state") == "running":
                reading.running[reading.lot, values["phase"]] = len(reading.extracts)
        reading.found(entry.event(**values), place)

    def _paired(self, values: dict[str, Any]) -> bool:
        """The end of a phase whose start another entry gave: one run of the phase, at the place of its start."""
        at = self._reading.running.pop((self._reading.lot, values["phase"]), None)
        if at is None or values["state"] == "running":
            return False
        begun = self._reading.extracts[at]
        values = {
            name: value for name, value in values.items() if name in ("state", "ended_at", "performed_by")
        }
        self._reading.extracts[at] = begun._replace(event=msgspec.structs.replace(begun.event, **values))
        return True

    def _malformed(
        self, entry: Entry, content: _Content, element: Element, place: str, first: Malformed
    ) -> None:
        """Every faulty text of the element, not only the first."""
        reported = False
        sources = [(f"/{path}", entry.targets.get(path), text) for path, text in content.texts.items()]
        sources += [
            (f"/UserAttribute[{key}]", entry.attributes.get(key), text)
            for key, text in content.attributes.items()
        ]
        for path, field, text in sources:
            if field is None or field.kind not in ("time", "count"):
                continue
            try:
                read_field(field, text)
            except Malformed as error:
                at = next((c for c in element if self._reading.local(c.tag) == path[1:]), element)
                self._reading.malformed(error, at, place + path)
                reported = True
        if not reported:
            self._reading.malformed(first, element, place)


def _subtree_sizes(extras: list[tuple[Element, str]]) -> float:
    return sum(1 + _size(element) for element, _ in extras) if extras else 0


def _answers(values: dict[str, Any], content: _Content) -> None:
    """A multiple-choice entry has one ``Value`` for each answer; an entry without a value was left blank."""
    if content.more:
        unit = content.texts.get(UNIT, "")
        for more in content.more:
            if (
                VALUE not in more
                or more.get(UNIT, unit) != unit
                or more.get(KEY, values.get("parameter")) != values.get("parameter")
            ):
                raise NotFitting(VALUE)
        values["values"] = (values.pop("value", ""), *(more[VALUE] for more in content.more))
    elif content.attributes.get(MANY) == "true":
        values["values"] = (values.pop("value", ""),)
    elif not values.get("value") and "status" not in values:
        values["status"] = "blank"
    if "unit" in values:
        values["unit"] = UNITS.get(values["unit"], values["unit"])


def _leftover(entry: Entry, content: _Content) -> Iterator[tuple[str, str]]:
    """Content that the kind of entry has no field for."""
    targets = entry.targets
    for path, text in content.texts.items():
        if path not in targets and path not in _UNTAKEN and path not in entry.fixed and text.strip():
            yield path, text
    for key, text in content.attributes.items():
        if key not in entry.attributes and key != MANY:
            yield f"UserAttribute[{key}]", text
