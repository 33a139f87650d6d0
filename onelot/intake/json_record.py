"""onelot's own record format: the events themselves, as JSON.

``{"format": "onelot-record/1", "document": id, "issued_at": time, "sender": name, "events": [...]}``;
the JSON Schema is published in ``docs/reference/record.schema.json``. Read strictly: no unknown fields, no duplicate
keys, no number where text is due, every time with an offset.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal, NoReturn

import msgspec

from onelot.custody.events import RECORDED as CUSTODY
from onelot.execution.events import EVENTS as EXECUTION
from onelot.identity.events import RECORDED as IDENTITY
from onelot.intake.adapter import Extract, Extraction
from onelot.intake.events import ContentUnmapped
from onelot.intake.times import times_without_zone
from onelot.kernel.events import TYPE_MEMBER, Event
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.kernel.said import said
from onelot.registry.events import RECORDED as REGISTRY
from onelot.supply.events import RECORDED as SUPPLY

RECORD_EVENTS: tuple[type[Event], ...] = (
    *REGISTRY,
    *IDENTITY,
    *SUPPLY,
    *CUSTODY,
    *EXECUTION,
    ContentUnmapped,
)
"""What a record made elsewhere may state."""

FORMAT = "onelot-record/1"
MAX_REPORTED = 100
_BY_NAME = {event.event_name(): event for event in RECORD_EVENTS}
_DECODERS = {name: msgspec.json.Decoder(event) for name, event in _BY_NAME.items()}


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["onelot-record/1"]
    document: str
    events: tuple[msgspec.Raw, ...]
    sender: str = ""
    issued_at: datetime | None = None


class _Kind(msgspec.Struct, frozen=True):
    type: str = msgspec.field(name=TYPE_MEMBER)


_head_decoder = msgspec.json.Decoder(_Head)
_kind_decoder = msgspec.json.Decoder(_Kind)


class JsonRecordAdapter:
    """Reader of ``onelot-record/1``."""

    name = "onelot-json"
    version = "1"

    def recognises(self, head: bytes, name: str) -> bool:
        """A JSON object, or a file that calls itself JSON."""
        return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" or name.lower().endswith(".json")

    def read(self, data: bytes, name: str) -> Extraction:
        """Raises Refused (``intake.json.*``) with the JSON pointer of every fault, at most 100."""
        _check_text(data, name)
        head = _decode_head(data, name)
        extracts: list[Extract] = []
        faults: list[Refusal] = []
        for index, raw in enumerate(head.events):
            pointer = f"/events/{index}"
            try:
                event = _decode_event(bytes(raw), name, pointer)
            except Refused as refused:
                faults += refused.refusals
                if len(faults) >= MAX_REPORTED:
                    break
                continue
            extracts.append(Extract(event, pointer))
        if faults:
            raise Refused(faults)
        return Extraction(self.name, self.version, head.document, tuple(extracts), issued_at=head.issued_at)


def _check_text(data: bytes, name: str) -> None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise refuse(
            "intake.json.not_utf8", "The file is not UTF-8, which JSON must be.", where=f"{name}:{line}",
            expected="UTF-8 text (RFC 8259, 8.1)", got=said("byte 0x{data}", data=f"{data[error.start]:02x}"),
        ) from error  # fmt: skip
    if text.startswith("\ufeff"):
        raise refuse(
            "intake.json.byte_order_mark", "The file begins with a byte order mark, which JSON must not have.",
            where=name, expected="{ as first character", hint="Save the file as UTF-8 without BOM.",
        )  # fmt: skip
    try:
        json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise refuse(
            "intake.json.not_well_formed", said("This is not well-formed JSON: {msg}.", msg=error.msg),
            where=said("{name}:{lineno} (column {colno})", name=name, lineno=error.lineno, colno=error.colno),
            hint="Was the file cut off on its way?" if error.pos >= len(text.rstrip()) else "",
        ) from error  # fmt: skip
    except RecursionError as error:
        raise refuse("intake.json.too_deep", "The JSON is nested too deeply.", where=name) from error
    except ValueError as error:
        raise refuse(
            "intake.json.ambiguous",
            said("{error}.", error=error.args[0]),
            where=name,
            expected="JSON with one meaning",
        ) from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(said("The key {key} is given twice in one object", key=repr(twice)))
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(said("{name} is not a JSON number", name=name))


def _decode_head(data: bytes, name: str) -> _Head:
    try:
        head = _head_decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise refuse(
            "intake.json.head", said("The record's head is not as it must be: {error}.", error=str(error)), where=name,
            expected=f'{{"format": "{FORMAT}", "document": "...", "events": [...]}}',
            hint="The JSON Schema is in docs/reference/record.schema.json.",
        ) from error  # fmt: skip
    if not head.document.strip():
        raise refuse(
            "intake.json.head", "The record has no document id, so a correction of it could not be known.",
            where=f"{name}#/document", expected="the sender's own id of this document", got='""',
        )  # fmt: skip
    return head


def _decode_event(raw: bytes, name: str, pointer: str) -> Event:
    where = f"{name}#{pointer}"
    try:
        kind = _kind_decoder.decode(raw).type
    except msgspec.MsgspecError as error:
        raise refuse("intake.json.event", said("This is not an event: {error}.", error=str(error)), where=where,
                     expected='an object with an "@type"') from error  # fmt: skip
    if kind not in _DECODERS:
        raise refuse(
            "intake.json.unknown_type", said("There is no event type {kind}.", kind=repr(kind)), where=f"{where}/@type",
            expected="a type of the published schema, such as execution.parameter_recorded.v1", got=kind,
        )  # fmt: skip
    try:
        event: Event = _DECODERS[kind].decode(raw)
    except msgspec.MsgspecError as error:
        message, _, path = str(error).partition(" - at ")
        raise refuse(
            "intake.json.event", said("The event {kind} is not as it must be: {message}.", kind=kind, message=message),
            where=where + path.strip("`").removeprefix("$").replace(".", "/"),
            hint="Measured values are text with the recorded digits, such as \"7.40\"." if "`str`" in message else "",
        ) from error  # fmt: skip
    if faults := [
        Refusal(
            "intake.time_without_zone",
            said("The time {field} has no offset.", field=field),
            where=f"{where}/{field}",
            expected="RFC 3339 with an offset, such as 2026-03-01T08:30:00+01:00",
            got=got,
        )
        for field, got in times_without_zone(event)
    ]:
        raise Refused(faults)
    return event
