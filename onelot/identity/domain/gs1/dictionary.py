"""What each GS1 application identifier (AI) holds, and which ones go together.

``application_identifiers.csv`` states it as facts: a range of AIs, the data title, whether FNC1 ends the value unless
it is the last one, the parts of the value with the names of their checks, the AIs that must be there too (rules by
spaces, ``,`` between alternatives, ``+`` between AIs of one alternative), and those that must not.
Source: GS1 General Specifications, section 3, as decomposed by GS1's Barcode Syntax Dictionary.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_COMPONENT = re.compile(r"(?P<opt>\[)?(?P<kind>[NXYZ])(?P<upto>\.\.)?(?P<size>\d+)\]?(?P<checks>(?:,\w+)*)")


@dataclass(frozen=True)
class Component:
    """A part of a value."""

    kind: str
    """N: digits, X: set 82, Y: set 39, Z: base64 for addresses."""
    shortest: int
    longest: int
    is_optional: bool
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Application:
    """One application identifier."""

    ai: str
    title: str
    is_terminated: bool
    """Whether FNC1 ends the value unless it is the last one."""
    components: tuple[Component, ...]
    requires: tuple[tuple[tuple[str, ...], ...], ...]
    """For each rule, alternatives of AIs that must be there together; ``n`` stands for any digit."""
    excludes: tuple[str, ...]
    """AIs that must not be there."""


@cache
def applications() -> dict[str, Application]:
    """Every application identifier; read once."""
    text = files(__package__).joinpath("application_identifiers.csv").read_text("utf-8")
    found: dict[str, Application] = {}
    for row in csv.DictReader(text.splitlines()):
        for number in range(int(row["first"]), int(row["last"]) + 1):
            ai = f"{number:0{len(row['first'])}}"
            found[ai] = _application(ai, row)
    return found


def _application(ai: str, row: dict[str, str]) -> Application:
    requires = tuple(
        tuple(tuple(group.split("+")) for group in rule.split(",")) for rule in row["requires"].split()
    )
    excludes = tuple(other for rule in row["excludes"].split() for other in rule.split(","))
    components = tuple(_component(part) for part in row["components"].split())
    return Application(ai, row["title"], row["is_terminated"] == "1", components, requires, excludes)


def _component(part: str) -> Component:
    found = _COMPONENT.fullmatch(part)
    if found is None:
        raise ValueError(f"application_identifiers.csv: {part!r} is no part of a value")
    size = int(found["size"])
    return Component(
        found["kind"], 1 if found["upto"] else size, size, found["opt"] is not None,
        tuple(found["checks"].split(",")[1:]),
    )  # fmt: skip


@cache
def prefix_lengths() -> dict[str, int]:
    """How many digits an application identifier has, by its first two."""
    return {ai[:2]: len(ai) for ai in applications()}


def is_one_of(ai: str, pattern: str) -> bool:
    """Whether an AI is meant by a pattern such as ``31nn``."""
    return len(ai) == len(pattern) and all(
        wanted in ("n", got) for got, wanted in zip(ai, pattern, strict=True)
    )
