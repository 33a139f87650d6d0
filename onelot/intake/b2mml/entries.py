"""The ``Event`` element: its content collected in one walk, then read by the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from lxml import etree

from onelot.execution.events import ParameterRecorded, PhasePerformed
from onelot.intake.b2mml.content import Collector, Content
from onelot.intake.b2mml.fields import MalformedError, NotFittingError, read_field
from onelot.intake.b2mml.reading import Element, Reading
from onelot.intake.b2mml.table import BY_KIND, KEY, MANY, UNIT, VALUE, Entry
from onelot.kernel.said import said

_UNTAKEN = frozenset(("EntryID", "ObjectType", "EventType", "EventSubType"))
_attributes = etree.XPath("boolean(descendant-or-self::*/@*)")


class EventReader:
    """Reads complete ``Event`` elements of one file."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._collector = Collector(reading)
        self._ids = reading.entry_ids

    def read(self, element: Element, place: str) -> None:
        """Turn one element into a fact, or into unmapped content, or into faults."""
        reading = self._reading
        faults = len(reading.faults)
        content = self._collector.collect(element, place)
        texts = content.texts
        entry_id = texts.get("EntryID")
        if not entry_id or entry_id in self._ids or texts.get("ObjectType") != "Event":
            reading.entry(element, entry_id, texts.get("ObjectType"), place)
        else:
            self._ids.add(entry_id)
        for name in ("EventType", "EventSubType"):
            if name not in texts:
                reading.fault(
                    "intake.b2mml.missing",
                    said("Event has no {name}.", name=name),
                    element,
                    place,
                    expected=name,
                )
        for child, parent in content.extras:
            reading.unknown_or_repeated(child, f"{place}/{reading.local(child.tag)}", parent)
        if len(reading.faults) > faults:
            return
        self._interpret(element, content, place)
        if _attributes(element):
            for inner in element.iter():
                if inner.attrib:
                    reading.keep_attributes(inner, f"Event/{reading.local(inner.tag)}", place)

    def _interpret(self, element: Element, content: Content, place: str) -> None:
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
            except NotFittingError:
                continue
            except MalformedError as error:
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

    def _values(self, entry: Entry, content: Content) -> dict[str, Any]:
        """Typed fields. Raises NotFittingError for the content of another kind, MalformedError for a faulty text."""
        texts = content.texts
        for path, word in entry.fixed.items():
            if texts.get(path, "").strip().lower() != word.lower():
                raise NotFittingError(path)
        values: dict[str, Any] = {"lot": self._reading.lot} if entry.has_lot else {}
        values.update(entry.given)
        targets, known = entry.targets, entry.attributes
        for path, text in texts.items():
            field = targets.get(path)
            if field is None:
                continue
            if field.kind == "text":
                values[field.name] = text
            elif field.name in entry.words:
                values[field.name] = _word(entry.words[field.name], text)
            else:
                values[field.name] = read_field(field, text)
        for key, text in content.attributes.items():
            field = known.get(key)
            if field is not None:
                values[field.name] = read_field(field, text)
        _fit_answers(entry, values, content)
        for name, stands in entry.assumed.items():
            values.setdefault(name, stands)
        if not values.keys() >= entry.required:
            raise NotFittingError("required")
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
        self, entry: Entry, content: Content, element: Element, place: str, first: MalformedError
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
            except MalformedError as error:
                at = next((c for c in element if self._reading.local(c.tag) == path[1:]), element)
                self._reading.malformed(error, at, place + path)
                reported = True
        if not reported:
            self._reading.malformed(first, element, place)


def _word(words: Mapping[str, str], text: str) -> str:
    value = words.get(text.strip().lower())
    if value is None:
        raise NotFittingError(text)
    return value


def _fit_answers(entry: Entry, values: dict[str, Any], content: Content) -> None:
    """A multiple-choice entry has one ``Value`` for each answer; an entry without a value was left blank."""
    if entry.event is not ParameterRecorded:
        if content.more:
            raise NotFittingError(VALUE)
        return
    texts = content.texts
    if content.more:
        same = {(more.get(UNIT, texts.get(UNIT)), more.get(KEY, texts.get(KEY))) for more in content.more}
        if same != {(texts.get(UNIT), texts.get(KEY))} or not all(VALUE in more for more in content.more):
            raise NotFittingError(VALUE)
        values["values"] = (values.pop("value", ""), *(more[VALUE] for more in content.more))
    elif content.attributes.get(MANY) == "true":
        values["values"] = (values.pop("value", ""),)
    elif not values.get("value") and "status" not in values:
        values["status"] = "blank"


def _leftover(entry: Entry, content: Content) -> Iterator[tuple[str, str]]:
    """Content that the kind of entry has no field for."""
    targets = entry.targets
    for path, text in content.texts.items():
        if path not in targets and path not in _UNTAKEN and path not in entry.fixed and text.strip():
            yield path, text
    for key, text in content.attributes.items():
        if key not in entry.attributes and key != MANY:
            yield f"UserAttribute[{key}]", text
