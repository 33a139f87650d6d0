"""Reads element strings: as a scanner sends them, or as they are printed below a symbol, ``(01)...(10)...``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from onelot.identity.domain.gs1.checks import CHECKS, SETS
from onelot.identity.domain.gs1.dictionary import (
    Application,
    Component,
    applications,
    is_one_of,
    prefix_lengths,
)
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

SEPARATOR = "\x1d"
"""GS, which a scanner sends for FNC1 within a symbol."""
_PRINTED = re.compile(r"\(([0-9]{2,4})\)")


@dataclass(frozen=True)
class Element:
    """One application identifier with its value."""

    ai: str
    value: str


def read_elements(data: str) -> tuple[Element, ...]:
    """The elements of a scanned symbol, without its symbology identifier; a leading GS is passed over.

    Raises Refused (``identity.gs1``) for the first thing that is wrong, with the application identifier.
    """
    rest, found = data.removeprefix(SEPARATOR), []
    if not rest:
        raise _wrong("", "The symbol is empty.", data)
    while rest:
        ai = rest[: prefix_lengths().get(rest[:2], 2)]
        known = applications().get(ai)
        if known is None:
            raise _wrong(ai, "There is no such application identifier.", data)
        rest = rest[len(ai) :]
        if known.is_terminated:
            value, _, rest = rest.partition(SEPARATOR)
        else:
            size = sum(component.longest for component in known.components)
            value, rest = rest[:size], rest[size:].removeprefix(SEPARATOR)
        found.append(Element(ai, value))
    return _checked(tuple(found), data)


def read_printed(text: str) -> tuple[Element, ...]:
    """The elements of a text as printed below a symbol. Raises Refused as ``read_elements`` does."""
    pieces = _PRINTED.split(text)
    if pieces[0] or len(pieces) < 3:
        raise _wrong("", "An application identifier in brackets must come first.", text)
    found = tuple(Element(ai, value) for ai, value in zip(pieces[1::2], pieces[2::2], strict=True))
    for element in found:
        if element.ai not in applications():
            raise _wrong(element.ai, "There is no such application identifier.", text)
    return _checked(found, text)


def written(elements: tuple[Element, ...]) -> str:
    """Elements in brackets, as they are printed and as a symbol is made from."""
    return "".join(f"({element.ai}){element.value}" for element in elements)


def scanned(elements: tuple[Element, ...]) -> str:
    """Elements as a scanner sends them, without symbology identifier."""
    parts = []
    for place, element in enumerate(elements):
        ends = applications()[element.ai].is_terminated and place + 1 < len(elements)
        parts.append(f"{element.ai}{element.value}{SEPARATOR if ends else ''}")
    return "".join(parts)


def _checked(elements: tuple[Element, ...], data: str) -> tuple[Element, ...]:
    for element in elements:
        fault = value_fault(applications()[element.ai], element.value)
        if fault:
            raise _wrong(element.ai, said("A value is not as it must be: {fault}.", fault=fault), data)
    fault = _together_fault(elements)
    if fault:
        raise _wrong("", fault, data)
    return elements


def value_fault(known: Application, value: str) -> str:
    """What is wrong with a value; empty: nothing."""
    if not value:
        return said("it is empty")
    rest = value
    for component in known.components:
        if not rest and component.is_optional:
            break
        part, rest = rest[: component.longest], rest[component.longest :]
        if len(part) < component.shortest:
            return said("it is too short")
        if fault := _part_fault(component, part, value):
            return fault
    return said("it is too long") if rest else ""


def _part_fault(component: Component, part: str, value: str) -> str:
    if not SETS[component.kind].fullmatch(part):
        return said("it holds a character that is not in its set {kind}", kind=component.kind)
    if component.kind == "Z" and len(value) % 3 and "=" in value:
        return said("its padding is wrong")
    for name in component.checks:
        check = CHECKS.get(name)
        if check is not None and (fault := check(part)):
            return fault
    return ""


def _together_fault(elements: tuple[Element, ...]) -> str:
    values: dict[str, str] = {}
    for element in elements:
        if values.setdefault(element.ai, element.value) != element.value:
            return said("({ai}) stands there twice with different values.", ai=element.ai)
    for ai in values:
        known = applications()[ai]
        for pattern in known.excludes:
            if any(other != ai and is_one_of(other, pattern) for other in values):
                return said("({ai}) does not go together with ({pattern}).", ai=ai, pattern=pattern)
        for rule in known.requires:
            if not any(all(any(is_one_of(o, p) for o in values if o != ai) for p in group) for group in rule):
                wanted = " or ".join("+".join(f"({pattern})" for pattern in group) for group in rule)
                return said("({ai}) needs {wanted}.", ai=ai, wanted=wanted)
    return ""


def _wrong(ai: str, what: str, data: str) -> Refused:
    return refuse(
        "identity.gs1", what, where=f"({ai})" if ai else "symbol", expected="a GS1 element string",
        got=data.replace(SEPARATOR, "<GS>")[:120], hint="Scan it again; if it stays so, take the label out of use.",
    )  # fmt: skip
