"""The catalogue: which events exist, their schemas, and how old versions are read as new ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Union

import msgspec

from onelot.kernel.canonical import canonical
from onelot.kernel.events import TYPE_MEMBER, Event, Sourced
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import Refusal, Refused, refuse
from onelot.ledger.entry import Draft, Entry, Source
from onelot.ledger.shapes import Guard, shape_faults

_NAME = re.compile(r"[a-z]+(\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*")
_ACTOR = re.compile(r"[a-z][a-z_]*:\S(.*\S)?")
_TAG = re.compile(r"[a-z][a-z_]*:[^\x00-\x1f\x7f]{1,200}")


class _Typed(msgspec.Struct):
    type: str = msgspec.field(name=TYPE_MEMBER)


class _Labelled(msgspec.Struct):
    actor: str
    event: _Typed
    tags: tuple[str, ...] = ()


class _Labels(msgspec.Struct):
    fact: _Labelled


_labels = msgspec.json.Decoder(_Labels)


@dataclass(frozen=True)
class Step:
    """How to read an event of an older version as the next: a pure function of its JSON members.

    ``change`` gets the stored members without ``@type`` and returns those of ``new``. The stored bytes stay.
    """

    old: str
    new: str
    change: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Prepared:
    """A draft that passed every check, ready to be sealed: canonical bytes and index terms."""

    fact: bytes
    terms: tuple[str, ...]


class Catalogue:
    """The vocabulary of one ledger.

    Raises Refused with all faults when it is made of event types that cannot be stored exactly: names
    without a version, two types of one name, fields that hold floating-point numbers or anything else
    whose JSON is not unique (RFC 8785), steps that lead nowhere.
    """

    def __init__(self, events: Iterable[type[Event]], steps: Iterable[Step] = ()) -> None:
        events, steps = tuple(events), tuple(steps)
        self._types = {event.event_name(): event for event in events}
        self._steps = {step.old: step for step in steps}
        faults = [*_name_faults(events), *self._step_faults(steps)]
        for event in events:
            faults.extend(shape_faults(event))
        if faults:
            raise Refused(faults)
        self._guards = {event: Guard(event) for event in events}
        # The union is built at run time, so it is no type that mypy can follow.
        union: Any = Union[events]  # noqa: UP007
        self._fact: type[Any] = msgspec.defstruct(
            "Fact",
            [
                ("actor", str),
                ("event", union),
                ("id", str),
                ("occurred_at", datetime),
                ("reason", str, ""),
                ("source", Source | None, None),
                ("tags", tuple[str, ...], ()),
            ],
            frozen=True,
            omit_defaults=True,
            forbid_unknown_fields=True,
            gc=False,
        )
        self._stored: type[Any] = msgspec.defstruct(
            "Stored",
            [("fact", self._fact), ("position", int), ("previous", str), ("recorded_at", datetime)],
            frozen=True,
            gc=False,
        )
        self._fact_decoder = msgspec.json.Decoder[Any](self._fact)
        self._decoder = msgspec.json.Decoder[Any](self._stored)
        # What is not named here is passed over, which takes half the time of reading it.
        told = msgspec.defstruct("Told", [("event", union), ("source", Source | None, None)], gc=False)
        self._told_decoder = msgspec.json.Decoder[Any](
            msgspec.defstruct("Placed", [("fact", told), ("position", int)], gc=False)
        )

    @property
    def current_names(self) -> tuple[str, ...]:
        """The names of the event types, sorted; older versions are left out."""
        return tuple(sorted(self._types))

    def event_type(self, name: str) -> type[Event] | None:
        """The event type of a versioned name; None when there is no such."""
        return self._types.get(name)

    def stored_names(self, event: type[Event]) -> tuple[str, ...]:
        """The names under which events that are read as ``event`` may be stored, the newest first."""
        if self._types.get(event.event_name()) is not event:
            raise _unknown(event)
        names = [event.event_name()]
        for name in names:
            names.extend(sorted(step.old for step in self._steps.values() if step.new == name))
        return tuple(names)

    def schema(self, name: str) -> dict[str, Any]:
        """JSON Schema (2020-12) of an event type, by its versioned name."""
        if name not in self._types:
            raise refuse("ledger.event_unknown", "The catalogue has no such event.", got=name)
        return msgspec.json.schema(self._types[name])

    def prepare(self, draft: Draft) -> Prepared:
        """Check a draft and make its canonical bytes.

        Raises Refused: ``ledger.event_unknown``, ``ledger.event_not_exact``, ``ledger.reason_missing``,
        ``ledger.actor_wrong``, ``ledger.tag_wrong``, ``kernel.time_without_zone``.
        """
        event = draft.event
        guard = self._guards.get(type(event))
        if guard is None:
            raise _unknown(type(event))
        name = event.event_name()
        guard.check(event)
        _check_envelope(draft, name)
        fact = self._fact(
            actor=draft.actor,
            event=event,
            id=new_id(),
            occurred_at=draft.occurred_at,
            reason=draft.reason,
            source=draft.source,
            tags=draft.tags,
        )
        try:
            data = canonical(fact)
            exact = self._fact_decoder.decode(data) == fact
        except (ValueError, TypeError, msgspec.MsgspecError) as error:
            raise _not_exact(name, str(error)) from error
        if not exact:
            raise _not_exact(name, "a value that reads back as another one")
        return Prepared(data, _terms(name, draft.tags, draft.actor))

    def read(self, data: bytes) -> Entry:
        """The entry in stored bytes, its event in the newest version.

        Raises Refused (``ledger.entry_unreadable``) when bytes are not an entry of this catalogue.
        """
        try:
            stored = self._decoder.decode(data)
        except msgspec.MsgspecError:
            stored = self._read_old(data)
        fact = stored.fact
        return Entry(
            position=stored.position,
            id=fact.id,
            event=fact.event,
            actor=fact.actor,
            occurred_at=fact.occurred_at,
            recorded_at=stored.recorded_at,
            tags=fact.tags,
            reason=fact.reason,
            source=fact.source,
        )

    def sourced(self, entries: Iterable[bytes]) -> Iterator[Sourced]:
        """The events in stored entries, in the newest version, and where they were found; as ``read`` raises."""
        decode = self._told_decoder.decode
        for data in entries:
            try:
                placed = decode(data)
            except msgspec.MsgspecError:
                yield self.read(data).sourced()
                continue
            told = placed.fact
            source = told.source
            if source is None:
                yield Sourced(position=placed.position, event=told.event)
            else:
                yield Sourced(
                    position=placed.position, event=told.event, document=source.document, place=source.place
                )

    def _read_old(self, data: bytes) -> Any:
        """The same, for an entry whose event is of an older version."""
        try:
            stored = msgspec.json.decode(data)
            event = stored["fact"]["event"]
            name = event.pop(TYPE_MEMBER)
            while step := self._steps.get(name):
                name, event = step.new, step.change(event)
            stored["fact"]["event"] = {**event, TYPE_MEMBER: name}
            return msgspec.convert(stored, self._stored)
        except (msgspec.MsgspecError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise _unreadable(data, error) from error

    def _step_faults(self, steps: tuple[Step, ...]) -> Iterable[Refusal]:
        for step in steps:
            if step.old in self._types or [other.old for other in steps].count(step.old) > 1:
                yield Refusal(
                    "ledger.step_ambiguous",
                    "An event version is read in two ways.",
                    where=step.old,
                    expected="either an event type or one step",
                )
            seen, name = {step.old}, step.new
            while name in self._steps and name not in seen:
                seen.add(name)
                name = self._steps[name].new
            if name not in self._types:
                yield Refusal(
                    "ledger.step_leads_nowhere",
                    "Reading an old event version does not end at an event type.",
                    where=step.old,
                    got=name,
                )


def terms(data: bytes) -> tuple[str, ...]:
    """The index terms of stored bytes. Raises Refused (``ledger.entry_unreadable``)."""
    try:
        labels = _labels.decode(data).fact
    except msgspec.MsgspecError as error:
        raise _unreadable(data, error) from error
    return _terms(labels.event.type, labels.tags, labels.actor)


def by(actor: str) -> str:
    """The index term of what a person stated. What machines state is not indexed by them: it is most entries."""
    return f"by:{actor}"


def _terms(name: str, tags: tuple[str, ...], actor: str) -> tuple[str, ...]:
    stated = (by(actor),) if actor.startswith("person:") else ()
    return tuple(dict.fromkeys((name, *tags, *stated)))


def _name_faults(events: tuple[type[Event], ...]) -> Iterable[Refusal]:
    seen: set[str] = set()
    for event in events:
        name = event.event_name()
        if not _NAME.fullmatch(name):
            yield Refusal(
                "ledger.event_name_wrong",
                "An event's name must be dotted, in small letters, and end with its version.",
                where=event.__qualname__,
                expected="for example execution.parameter_recorded.v1",
                got=name,
            )
        if name in seen:
            yield Refusal("ledger.event_name_twice", "Two event types have one name.", got=name)
        seen.add(name)


def _check_envelope(draft: Draft, name: str) -> None:
    if draft.occurred_at.tzinfo is None:
        raise refuse(
            "kernel.time_without_zone", "The time of an event has no zone.", where=f"{name} occurred_at"
        )
    if not _ACTOR.fullmatch(draft.actor):
        raise refuse(
            "ledger.actor_wrong",
            "An event must say who states it (21 CFR 11.10(e)).",
            where=name,
            expected="kind:name, for example person:op17 or system:intake",
            got=repr(draft.actor),
        )
    if draft.event.reason_required and not draft.reason.strip():
        raise refuse(
            "ledger.reason_missing",
            "An event of this type must say why (EU GMP Annex 11, 9).",
            where=name,
            expected="a reason",
        )
    for tag in draft.tags:
        if not _TAG.fullmatch(tag):
            raise refuse(
                "ledger.tag_wrong",
                "A tag cannot be used.",
                where=name,
                expected="kind:value, for example lot:L-0001; at most 200 characters, none of them control",
                got=repr(tag),
            )


def _unknown(event: type[Any]) -> Refused:
    return refuse(
        "ledger.event_unknown",
        "The catalogue has no such event.",
        got=event.__qualname__,
        hint="list the type in its room's EVENTS",
    )


def _not_exact(name: str, got: str) -> Refused:
    return refuse(
        "ledger.event_not_exact",
        "The event's values do not fit its type, so it could not be read back.",
        where=name,
        got=got,
    )


def _unreadable(data: bytes, error: Exception) -> Refused:
    return refuse(
        "ledger.entry_unreadable",
        "A stored entry cannot be read with this catalogue of events.",
        expected="one of its event types, or an older version that a step leads on from",
        got=f"{data[:200]!r}: {error}",
        hint="run `onelot ledger verify`; if it finds nothing, this onelot is older than the ledger",
    )
