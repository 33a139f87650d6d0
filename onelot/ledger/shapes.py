"""Which event types have exactly one JSON form, and the checks that only a value can fail.

Events hold text, integers, booleans, times, choices, and structures of these. Then sorted compact JSON is
RFC 8785, provided that integers are within +-(2**53 - 1) (its section 3.2.2.3) and the keys of mappings are
ASCII; and times must have a zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import inspect

from onelot.kernel.events import Event
from onelot.kernel.refusals import Refusal, refuse

_PLAIN = (inspect.StrType, inspect.BoolType, inspect.NoneType, inspect.LiteralType)
_WATCHED = (inspect.DateTimeType, inspect.IntType, inspect.DictType)
_LARGEST = 2**53 - 1


def shape_faults(event: type[Event]) -> Iterable[Refusal]:
    """One refusal for each field, at any depth, whose type has no single JSON form."""
    for path, found in _walk(inspect.type_info(event), event.event_name(), frozenset()):
        if not isinstance(found, _PLAIN + _WATCHED):
            yield Refusal(
                "ledger.event_type_not_exact",
                "A field's type has no single JSON form, so it cannot stand in the ledger.",
                where=path,
                expected="text, integer, boolean, time, choice, or a tuple, mapping or structure of these",
                got=type(found).__name__.removesuffix("Type").lower(),
                hint="keep measured values as the recorded text",
            )


class Guard:
    """The checks of one event type, looking only at the fields that can fail them."""

    def __init__(self, event: type[Event]) -> None:
        self._name = event.event_name()
        info = inspect.type_info(event)
        fields = [field.name for field in getattr(info, "fields", ()) if _is_watched(field.type)]
        # attrgetter of one name gives the bare value, so a first, harmless one is always asked for.
        self._get = attrgetter("__class__", *fields) if fields else None
        self._fields = fields

    def check(self, event: Event) -> None:
        """Raises Refused (``kernel.time_without_zone``, ``ledger.event_not_exact``)."""
        if self._get is not None:
            for value in self._get(event)[1:]:
                if value is not None and not _is_exact(value):
                    self._refuse(event)

    def _refuse(self, event: Event) -> None:
        for field in self._fields:
            value = getattr(event, field)
            if not _is_exact(value):
                naive = isinstance(value, datetime)
                raise refuse(
                    "kernel.time_without_zone" if naive else "ledger.event_not_exact",
                    "A value cannot be stored exactly.",
                    where=f"{self._name} {field}",
                    expected="times with a zone, integers within +-(2**53 - 1), keys of mappings in ASCII",
                    got=repr(value)[:200],
                )


def _is_exact(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, int):
        return -_LARGEST <= value <= _LARGEST
    if isinstance(value, tuple | list):
        return all(map(_is_exact, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and key.isascii() and _is_exact(item) for key, item in value.items())
    if isinstance(value, msgspec.Struct):
        return all(_is_exact(getattr(value, field)) for field in value.__struct_fields__)
    return True


def _is_watched(shape: inspect.Type) -> bool:
    return any(isinstance(found, _WATCHED) for _, found in _walk(shape, "", frozenset()))


def _walk(shape: inspect.Type, path: str, seen: frozenset[type]) -> Iterable[tuple[str, inspect.Type]]:
    """Every type that is no container, and every mapping, with its path of field names."""
    if isinstance(shape, inspect.StructType):
        if shape.cls not in seen:
            for field in shape.fields:
                yield from _walk(field.type, f"{path} {field.name}".strip(), seen | {shape.cls})
    elif (members := _members(shape)) is not None:
        for member in members:
            yield from _walk(member, path, seen)
    elif isinstance(shape, inspect.DictType):
        yield path, shape if isinstance(shape.key_type, inspect.StrType) else inspect.AnyType()
        yield from _walk(shape.value_type, path, seen)
    else:
        yield path, shape


def _members(shape: inspect.Type) -> tuple[inspect.Type, ...] | None:
    match shape:
        case inspect.UnionType():
            return shape.types
        case inspect.TupleType():
            return shape.item_types
        case inspect.VarTupleType() | inspect.ListType():
            return (shape.item_type,)
        case inspect.Metadata():
            return (shape.type,)
        case _:
            return None
